"""``hydrophone bench``: latency and throughput on this machine."""

import argparse
import json
from pathlib import Path

from hydrophone.cli.contract import Commands, Exit


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure latency and throughput on this machine",
        description="Measures the whale pipeline on one processor of this machine: natively, "
        "from Python, and beside what others would use.",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures as JSON too")
    parser.add_argument("--quick", action="store_true", help="a few seconds, rougher figures")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if a goal is missed, for quiet machines"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone.devices import CPU
    from hydrophone_drivers.device import DeviceError

    absence = CPU.absence()
    if absence is not None:
        raise DeviceError(f"there is nothing to measure: {absence}")

    from hydrophone.bench.measure import QUICK, Effort
    from hydrophone.bench.measure import run as measure
    from hydrophone.bench.table import render
    from hydrophone.cli.outputs import write

    report = measure(QUICK if args.quick else Effort())
    print(render(report))
    if args.json is not None:
        write(args.json, json.dumps(report.record(), indent=2) + "\n")
    missed = args.check and not all(goal.met for goal in report.goals)
    return Exit.FAILED if missed else Exit.DONE
