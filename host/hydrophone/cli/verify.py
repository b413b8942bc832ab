"""``hydrophone verify``: proves that hardware, engine and model are equal, to the last bit."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hydrophone.cli.contract import DATA, CommandError, Commands, Exit

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.fixed import Raw
    from hydrophone_model.timing import Timing
    from hydrophone_model.whale.pipeline import PipelineParams
    from hydrophone_sim.faces import MakeFace
    from hydrophone_sim.verify import Tally

ENGINES = ("cxxrtl", "verilated", "kernel", "cocotb")
DEFAULT_ENGINES = ("cxxrtl", "verilated", "kernel")
MILLION = 1_000_000
COCOTB_EVENTS = 2000
TOP_EVENTS = 1000
"""Fewest events of a bench of the design top: enough for others to be in flight throughout."""
OUT = Path("build/verify")
"""Where logs and waveforms go."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "verify",
        help="prove that hardware, engine and model give equal bits",
        description="Holds the hardware, compiled by two simulators for each target, and the C++ "
        "engine against the golden model, block by block and as a whole. Any difference ends in "
        "exit code 1, with the first event that differs and a waveform. What is compiled for the "
        "first time takes minutes, the pipeline longest; one --target or --engine takes less.",
    )
    parser.add_argument("blocks", nargs="*", metavar="BLOCK", help="default: all, and the pipeline")
    parser.add_argument(
        "--engine",
        action="append",
        choices=ENGINES,
        help=f"may be given several times (default: {', '.join(DEFAULT_ENGINES)}); cocotb watches "
        "every pin on every clock, with the pipeline also those of the design top",
    )
    parser.add_argument(
        "--events",
        type=_count,
        metavar="N",
        help=f"events of each source (default: {MILLION:,}; for cocotb {COCOTB_EVENTS:,})",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: %(default)s")
    parser.add_argument(
        "--config",
        default="default",
        metavar="C",
        help="a preset, a TOML file, or tiny, for proofs",
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="T",
        help="device family; may be given several times (default: all, each at its clock and the "
        "configuration's own at the configuration's)",
    )
    parser.add_argument(
        "--clock",
        type=float,
        metavar="MHZ",
        help="of the targets given, else of the configuration's alone",
    )
    parser.add_argument(
        "--data",
        action="append",
        type=Path,
        metavar="TAPE",
        help=f"real tapes, files or folders (default: ${DATA}, else the fetched samples)",
    )
    parser.add_argument(
        "--vectors",
        nargs="+",
        metavar=("write DIR | check", "FILE"),
        help="write stimulus and expected results for an implementation that is not ours, or "
        "check its results",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    try:
        from hydrophone_sim.tiny import load
    except ModuleNotFoundError as missing:
        raise CommandError(
            f"verify needs {missing.name}, which is not installed: pip install 'hydrophone[sim]'"
        ) from missing
    from hydrophone_model.blocks import BLOCKS

    unknown = [block for block in args.blocks if block not in BLOCKS]
    if unknown:
        raise CommandError(f"no block {unknown[0]!r}: use {', '.join(BLOCKS)}")
    config = load(args.config)
    engines: list[str] = args.engine or list(DEFAULT_ENGINES)
    if args.vectors is not None:
        return _vectors(args, config, args.blocks or list(BLOCKS))
    blocks = _blocks(args.blocks, config) if engines != ["kernel"] else args.blocks or list(BLOCKS)
    timings = _timings(args, config)
    codes: list[Exit] = []
    compiled = [engine for engine in engines if engine != "cocotb"]
    if args.data and not compiled:
        raise CommandError("cocotb reads no tape: leave out --data, or name another --engine too")
    if compiled:
        codes.append(_compiled(args, config, blocks, compiled, timings))
    if "cocotb" in engines:
        codes += [_cocotb(args, config.at(timing), blocks) for timing in timings]
    return Exit.FAILED if Exit.FAILED in codes else max(codes)


def _blocks(named: list[str], config: "DesignConfig") -> list[str]:
    """Blocks to prove in hardware: those named, or all that the configuration's sizes allow.

    Raises:
        ConfigError: One that was named is too large.
    """
    from hydrophone_hdl.blocks import DATAPATHS
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import ConfigError

    allowed: list[str] = []
    for name in named or BLOCKS:
        try:
            DATAPATHS[name](BLOCKS[name].params(config))
        except ConfigError as refusal:
            if named:
                raise
            print(f"{name} is passed over: {refusal}", file=sys.stderr)
        else:
            allowed.append(name)
    return allowed


def _timings(args: argparse.Namespace, config: "DesignConfig") -> list["Timing"]:
    """What the hardware is proved for."""
    from hydrophone_model.timing import FAMILIES

    own = config.pipeline.timing
    targets: list[str] = args.target or (list(FAMILIES) if args.clock is None else [own.target])
    return [own.moved(target, args.clock) for target in dict.fromkeys(targets)]


# -- compiled engines and the kernel ----------------------------------------------------------


def _compiled(
    args: argparse.Namespace,
    config: "DesignConfig",
    blocks: list[str],
    engines: list[str],
    timings: list["Timing"],
) -> Exit:
    from hydrophone_sim.verify import Plan, Proof
    from hydrophone_sim.waves import leave_waveform

    screen = _Screen()
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
        events=args.events or MILLION,
        seed=args.seed,
        real=(lambda: _real(tapes, config.pipeline, screen)) if tapes else None,
        waveform=lambda face, clock: leave_waveform(face, clock, OUT, screen.say),
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
    engine: str, timings: list["Timing"], seed: int, screen: "_Screen"
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
    tapes: list[Path], params: "PipelineParams", screen: "_Screen"
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


# -- cocotb -----------------------------------------------------------------------------------


def _cocotb(args: argparse.Namespace, config: "DesignConfig", blocks: list[str]) -> Exit:
    from hydrophone_hdl.blocks import stream_block
    from hydrophone_sim.benches.run import bench_blocks, bench_top

    screen = _Screen()
    made = {name: stream_block(name, config) for name in blocks}
    events: int = args.events or COCOTB_EVENTS
    timing = config.pipeline.timing
    folder = OUT / "cocotb" / timing.target
    count, failures = bench_blocks(
        made, config, events=events, seed=args.seed, folder=folder, say=screen.say
    )
    benched = f"{len(blocks)} blocks for {timing}"
    print(f"cocotb: {count} benches of {benched}, {len(failures)} failed")
    if "pipeline" in blocks:
        count, wrong = bench_top(
            config,
            events=max(events, TOP_EVENTS),
            seed=args.seed,
            folder=folder / "top",
            say=screen.say,
        )
        print(f"cocotb: {count} benches of the design top for {timing}, {len(wrong)} failed")
        failures += wrong
    for failure in failures:
        print(f"mismatch: {failure}")
    return Exit.FAILED if failures else Exit.DONE


# -- vectors ----------------------------------------------------------------------------------


def _vectors(args: argparse.Namespace, config: "DesignConfig", blocks: list[str]) -> Exit:
    from hydrophone_sim.vectors import VectorError, check, write

    what, *paths = args.vectors
    match what, [Path(path) for path in paths]:
        case "write", [folder]:
            try:
                write(folder, config, blocks, args.events or COCOTB_EVENTS, args.seed)
            except OSError as error:
                raise CommandError(f"{folder} cannot be written: {error}", Exit.OUTPUT) from error
            print(f"wrote {len(blocks)} blocks and manifest.json to {folder}")
            return Exit.DONE
        case "check", [_, *_] as files:
            code = Exit.DONE
            for path in files:
                try:
                    checked = check(path)
                except VectorError as error:
                    raise CommandError(str(error), Exit.INPUT) from error
                if checked.mismatch is None:
                    print(f"{path}: {checked.block}: {checked.events:,} events equal")
                else:
                    print(f"mismatch: {checked.mismatch}")
                    code = Exit.FAILED
            return code
        case _:
            raise CommandError("--vectors takes: write DIR, or: check FILE…")


# -- what a person sees -----------------------------------------------------------------------


class _Screen:
    """Lines as they come; on a terminal, the last one tells how far it is."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Prints a line."""
        self.clear()
        print(text, file=sys.stderr, flush=True)

    def progress(self, what: str, done: int, total: int) -> None:
        """Renews the last line."""
        if self._terminal:
            print(f"\r{what}: {done:,} of {total:,}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Removes the last line."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _count(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: use at least 1")
    return number
