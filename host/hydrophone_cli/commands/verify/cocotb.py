"""``hydrophone verify --engine cocotb``: cycle-accurate benches, every pin on every clock."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone_cli.commands.verify.progress import ProgressLines
from hydrophone_cli.commands.verify.report import Report, Result

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.timing import Timing
    from hydrophone_sim.benches.run import Failure
    from hydrophone_sim.named import Named

EVENTS = 2000
"""Events of a bench or of a block's vectors, unless asked for otherwise."""
TOP_EVENTS = 1000
"""Fewest events of a bench of the design top: enough for others to be in flight throughout."""


def bench(
    args: argparse.Namespace,
    config: "DesignConfig",
    blocks: "list[Named]",
    out: Path,
    report: Report,
) -> None:
    """Runs the benches of blocks and, with the pipeline, of the design top."""
    from hydrophone_sim.benches.build import check_libpython
    from hydrophone_sim.benches.run import bench_blocks, bench_top

    check_libpython()  # before blocks are made that would go unused
    screen = ProgressLines()
    pins = {
        f"custom{place}" if block.custom else block.name: block
        for place, block in enumerate(blocks)
    }
    events: int = args.events or EVENTS
    timing = config.pipeline.timing
    folder = out / "cocotb" / timing.target
    count, failures = bench_blocks(
        {name: block.hardware(config) for name, block in pins.items()},
        config,
        events=events,
        seed=args.seed,
        folder=folder,
        say=screen.print_line,
        custom={
            name: (block.name, args.model or "") for name, block in pins.items() if block.custom
        },
    )
    benched = f"{len(blocks)} blocks for {timing}"
    report.notes.append(f"cocotb: {count} benches of {benched}, {len(failures)} failed")
    for name, block in pins.items():
        faults = tuple(failure for failure in failures if failure.block == name)
        report.results.append(_result(block.name, timing, faults))
    if "pipeline" in pins:
        count, wrong = bench_top(
            config,
            events=max(events, TOP_EVENTS),
            seed=args.seed,
            folder=folder / "top",
            say=screen.print_line,
        )
        benched = f"the design top for {timing}"
        report.notes.append(f"cocotb: {count} benches of {benched}, {len(wrong)} failed")
        report.results.append(_result("design top", timing, tuple(wrong)))


def _result(block: str, timing: "Timing", faults: "tuple[Failure, ...]") -> Result:
    return Result(block=block, engine="cocotb", timing=timing, faults=faults)
