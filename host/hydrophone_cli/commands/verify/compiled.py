"""Equivalence check of compiled hardware and C++ engine against the model, event by event."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hydrophone_cli.command import DATA, CommandError, Exit
from hydrophone_cli.commands.verify.progress import ProgressLines
from hydrophone_cli.commands.verify.report import Report, Result
from hydrophone_cli.instruction_sets import instruction_sets
from hydrophone_cli.outputs.files import make_folder, write

if TYPE_CHECKING:
    from hydrophone_model.block import Model
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.fixed import Raw
    from hydrophone_model.timing import Timing
    from hydrophone_model.whale.pipeline import PipelineParams
    from hydrophone_sim.implementations import MakeImplementation
    from hydrophone_sim.named import Named
    from hydrophone_sim.verify import ProofResult
    from hydrophone_toolchain.tools import FailedToolError

KERNEL_LOG = "kernel.log"
"""File of what the compiler said of a kernel that is wrong."""
EVENTS = 1_000_000
"""Events of each source, unless asked for otherwise."""


def prove(
    args: argparse.Namespace,
    config: "DesignConfig",
    blocks: "list[Named]",
    engines: list[str],
    timings: list["Timing"],
    out: Path,
    report: "Report",
) -> Exit:
    """Proves blocks on some engines, and leaves waveforms in a folder.

    Raises:
        CommandError: A tape is not there, or a library that reads it.
    """
    from hydrophone_sim.verify import Plan, Proof
    from hydrophone_sim.waves import leave_waveform

    screen = ProgressLines()
    implementations = [
        implementation
        for engine in engines
        for implementation in _implementations(engine, timings, args, screen, out)
    ]
    tapes = _tapes(args.data)
    plan = Plan(
        config=config,
        blocks=blocks,
        implementations={
            implementation.name: implementation.make for implementation in implementations
        },
        events=args.events or EVENTS,
        seed=args.seed,
        real=(lambda: _real(tapes, config.pipeline, screen)) if tapes else None,
        waveform=lambda implementation, fault: leave_waveform(
            implementation, fault, out, screen.print_line
        ),
        done=(lambda block, _, implementation: _cover(block, implementation, out, report))
        if args.coverage
        else None,
    )
    if not tapes:
        screen.print_line(f"no real tape: run `hydrophone samples`, give --data or set {DATA}")
    outcome = Proof(plan, screen.progress).run()
    screen.clear()
    report.sources |= outcome.sources
    report.results += [
        result
        for block in blocks
        for implementation in implementations
        for result in _results(outcome, block, implementation)
    ]
    if outcome.mismatches:
        return Exit.FAILED
    if args.data and not outcome.sources.get("real"):
        named = ", ".join(map(str, args.data))
        screen.print_line(f"no real event was proved: nothing in {named} could be read as a tape")
        return Exit.INPUT
    return Exit.DONE


@dataclass(frozen=True)
class _Implementation:
    """Implementation that is held against the model.

    Attributes:
        engine: Its name.
        timing: Of hardware.
        make: Makes it for a block.
        custom: Whether anybody's block has it, too.
    """

    engine: str
    timing: "Timing | None"
    make: "MakeImplementation"
    custom: bool = True

    @property
    def name(self) -> str:
        """Engine and target."""
        return f"{self.engine}/{self.timing.target}" if self.timing else self.engine


def _implementations(
    engine: str, timings: list["Timing"], args: argparse.Namespace, screen: ProgressLines, out: Path
) -> Iterator[_Implementation]:
    """Implementations of an engine: of hardware, one a target."""
    if engine == "kernel":
        instruction_sets()  # refuses an unknown one before anything is computed
        yield _Implementation(
            engine, None, _kernel_of(args.kernel, out), custom=args.kernel is not None
        )
        return
    from hydrophone_sim.implementations import hardware

    made = "covered" if args.coverage and engine == "verilated" else engine
    for timing in timings:
        yield _Implementation(engine, timing, hardware(made, args.seed, screen.print_line, timing))


def _cover(block: str, implementation: "Model", out: Path, report: Report) -> None:
    """Writes what the stimulus reached of a block, if its hardware counted that."""
    from hydrophone_sim.coverage import leave_coverage
    from hydrophone_sim.implementations import HardwareImplementation

    if isinstance(implementation, HardwareImplementation) and implementation.compiled.counts:
        report.coverage.append(leave_coverage(block, implementation, out))


def _kernel_of(source: Path | None, out: Path) -> "MakeImplementation":
    """Makes kernels of blocks: the engine's, of anybody's block the one compiled from a file."""

    def make(block: "Named", config: "DesignConfig") -> "Model | None":
        params = block.params(config)
        if not block.custom:
            from hydrophone.engine import KernelBlock

            return KernelBlock(params)
        if source is None:
            return None
        from hydrophone.custom import CustomKernel
        from hydrophone_toolchain.tools import FailedToolError

        try:
            return CustomKernel(params, source)
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror or error}") from error
        except FailedToolError as error:
            raise _compilation_failure(source, error, out) from error

    return make


def _compilation_failure(source: Path, error: "FailedToolError", out: Path) -> CommandError:
    """The compiler's first error in a line; all that it said is in a file."""
    log = out / KERNEL_LOG
    make_folder(out)
    write(log, error.output)
    lines = error.output.strip().splitlines() or str(error).splitlines()
    first = next((line for line in lines if "error: " in line), lines[0])
    return CommandError(
        f"{source} does not compile: {first.strip()}; all that the compiler said is in {log}",
        Exit.SYSTEM,
    )


def _results(
    outcome: "ProofResult", block: "Named", implementation: _Implementation
) -> Iterator[Result]:
    """The verdict on a block on an implementation, if it has one."""
    if block.custom and not implementation.custom:
        return
    key = (block.name, implementation.name)
    yield Result(
        block=block.name,
        engine=implementation.engine,
        timing=implementation.timing,
        events=outcome.events.get(key, 0),
        clocks=outcome.cycles.get(key),
        seconds=outcome.seconds.get(key, 0.0),
        faults=tuple(m for m in outcome.mismatches if (m.block, m.implementation) == key),
    )


def _tapes(named: list[Path] | None) -> list[Path]:
    """Files of real tapes."""
    from hydrophone_cli.sample_tapes import SAMPLES, cached

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
    tapes: list[Path], params: "PipelineParams", screen: "ProgressLines"
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
            screen.print_line(f"{path} broke off: {damage}")
        except FeedError as failure:
            screen.print_line(f"{path} is passed over: {failure}")
