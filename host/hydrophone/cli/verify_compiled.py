"""The compiled hardware and the C++ engine against the model, event by event, and what to print."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hydrophone.cli.contract import DATA, CommandError, Exit
from hydrophone.cli.verify_screen import Lines

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.fixed import Raw
    from hydrophone_model.timing import Timing
    from hydrophone_model.whale.pipeline import PipelineParams
    from hydrophone_sim.faces import MakeFace
    from hydrophone_sim.verify import Tally

EVENTS = 1_000_000
"""Events of each source, unless asked for otherwise."""


def prove(
    args: argparse.Namespace,
    config: "DesignConfig",
    blocks: list[str],
    engines: list[str],
    timings: list["Timing"],
    out: Path,
) -> Exit:
    """Proves blocks on some engines, prints a table, and leaves waveforms in a folder.

    Raises:
        CommandError: A tape is not there, or a library that reads it.
    """
    from hydrophone_sim.verify import Plan, Proof
    from hydrophone_sim.waves import leave_waveform

    screen = Lines()
    faces = {
        name: face
        for engine in engines
        for name, face in _faces(engine, timings, args.seed, screen)
    }
    tapes = _tapes(args.data)
    plan = Plan(
        config=config,
        blocks=blocks,
        faces=faces,
        events=args.events or EVENTS,
        seed=args.seed,
        real=(lambda: _real(tapes, config.pipeline, screen)) if tapes else None,
        waveform=lambda face, clock: leave_waveform(face, clock, out, screen.say),
    )
    if not tapes:
        screen.say(f"no real tape: run `hydrophone samples`, give --data or set {DATA}")
    tally = Proof(plan, screen.progress).run()
    screen.clear()
    if engines != ["kernel"]:
        print(f"hardware for {', '.join(map(str, timings))}")
    _show(tally, blocks, list(faces))
    if tally.mismatches:
        return Exit.FAILED
    if args.data and not tally.sources.get("real"):
        named = ", ".join(map(str, args.data))
        screen.say(f"no real event was proved: nothing in {named} could be read as a tape")
        return Exit.INPUT
    return Exit.DONE


def _faces(
    engine: str, timings: list["Timing"], seed: int, screen: "Lines"
) -> Iterator[tuple[str, "MakeFace"]]:
    """Faces of an engine by name: of hardware, one a target."""
    if engine == "kernel":
        from hydrophone.engine import KernelBlock
        from hydrophone_model.blocks import BLOCKS

        yield engine, lambda name, config: KernelBlock(BLOCKS[name].params(config))
        return
    from hydrophone_sim.faces import hardware

    for timing in timings:
        yield f"{engine}/{timing.target}", hardware(engine, seed, screen.say, timing)


def _tapes(named: list[Path] | None) -> list[Path]:
    """Files of real tapes."""
    from hydrophone.samples import SAMPLES, cached

    if named is None:
        folder = os.environ.get(DATA)
        found = [cached(sample) for sample in SAMPLES]
        named = [Path(folder)] if folder else [path for path in found if path is not None]
    files: list[Path] = []
    for path in named:
        if not path.exists():
            raise CommandError(f"{path} is not there: name a tape or a folder of tapes", Exit.INPUT)
        inside = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
        files += sorted(inside, key=lambda p: (-p.stat().st_size, p))
    return files


def _real(
    tapes: list[Path], params: "PipelineParams", screen: "Lines"
) -> "Iterator[dict[str, Raw]]":
    """Market events of tapes, one after the other; what cannot be read is said and passed over.

    Raises:
        CommandError: Reading a tape needs a library that is not installed.
    """
    from hydrophone.feeds import DamagedInputError, FeedError, TapeOptions, open_tape
    from hydrophone.feeds.errors import MissingPackageError
    from hydrophone_sim.verify import BATCH

    for path in tapes:
        try:
            for events in open_tape(path, options=TapeOptions(capacity=params.symbols)):
                for start in range(0, len(events), BATCH):
                    batch = events[start : start + BATCH]
                    yield {name: batch[name].astype(np.int64) for name in params.inputs}
        except MissingPackageError as missing:
            raise CommandError(f"{path}: {missing}") from missing
        except DamagedInputError as damage:
            screen.say(f"{path} broke off: {damage}")
        except FeedError as failure:
            screen.say(f"{path} is passed over: {failure}")


def _show(tally: "Tally", blocks: list[str], faces: list[str]) -> None:
    """Prints what was compared and what differs."""
    print(f"{'block':12} {'against':14} {'events':>11} {'clocks':>11} {'per second':>11}")
    wrong = {(m.block, m.face) for m in tally.mismatches}
    for key in ((block, face) for block in blocks for face in faces):
        events, clocks = tally.events.get(key, 0), tally.cycles.get(key)
        seconds = tally.seconds.get(key, 0.0)
        rate = (clocks or events) / seconds if seconds else 0.0
        verdict = "DIFFERS" if key in wrong else "equal"
        shown = f"{clocks:11,}" if clocks is not None else f"{'':11}"
        print(f"{key[0]:12} {key[1]:14} {events:11,} {shown} {rate:11,.0f}  {verdict}")
    for source, events in tally.sources.items():
        print(f"{events:,} {source} events through the model")
    for mismatch in tally.mismatches:
        print(f"mismatch: {mismatch}")
