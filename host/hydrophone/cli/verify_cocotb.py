"""``hydrophone verify --engine cocotb``: every pin on every clock."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.cli.contract import Exit
from hydrophone.cli.verify_screen import Lines

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig

EVENTS = 2000
"""Events of a bench or of a block's vectors, unless asked for otherwise."""
TOP_EVENTS = 1000
"""Fewest events of a bench of the design top: enough for others to be in flight throughout."""


def bench(args: argparse.Namespace, config: "DesignConfig", blocks: list[str], out: Path) -> Exit:
    """Runs the benches of blocks and, with the pipeline, of the design top; prints what differs."""
    from hydrophone_hdl.blocks import stream_block
    from hydrophone_sim.benches.run import bench_blocks, bench_top, check_libpython

    check_libpython()  # before blocks are made that would go unused
    screen = Lines()
    made = {name: stream_block(name, config) for name in blocks}
    events: int = args.events or EVENTS
    timing = config.pipeline.timing
    folder = out / "cocotb" / timing.target
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
