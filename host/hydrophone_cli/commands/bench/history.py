"""``hydrophone bench history``: samples figures and flags what changed beyond the noise."""

import argparse
from dataclasses import asdict
from typing import Any

from hydrophone_cli.command import CommandError, Exit

BUSY = 0.02
"""Share of a processor that others may take while figures are judged."""
_WATCHED = 0.5


def measure(args: argparse.Namespace) -> tuple[dict[str, Any], Exit]:
    """Samples, compares with earlier runs of this machine, prints, and adds the run to the history.

    Returns:
        The run and its changes as JSON takes them, and the exit code.
    """
    from hydrophone_bench.history import BenchRun, append, comparable, default_path, read
    from hydrophone_bench.interruptions import Interruptions
    from hydrophone_bench.regression import ALPHA, changes
    from hydrophone_bench.table import aligned, number
    from hydrophone_bench.workloads import (
        PROCESSES,
        QUICK_PROCESSES,
        QUICK_TURNS,
        TURNS,
        sampled,
    )

    path = args.history or default_path()
    try:
        runs, broken = read(path)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}", Exit.INPUT) from error
    effort = (QUICK_PROCESSES, QUICK_TURNS) if args.quick else (PROCESSES, TURNS)
    before = Interruptions.here(seconds=_WATCHED)
    run = BenchRun.of(*sampled(*effort))
    taken = max(before.share, Interruptions.here(seconds=_WATCHED).share)
    earlier = comparable(runs, run)
    found = changes([one.figures for one in earlier], run.figures)
    if taken <= BUSY:
        try:
            append(path, run)
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror}", Exit.OUTPUT) from error

    print(f"machine: {run.described}\ncommit:  {run.commit or 'not known'}\n")
    rows = [("", "ns", "change", "noise", "p", "")]
    by_name = {change.name: change for change in found}
    for name, nanoseconds in run.nanoseconds.items():
        change = by_name.get(name)
        if change is None:
            rows.append((name, number(nanoseconds), "", "", "", "no earlier run"))
            continue
        verdict = "SLOWER" if change.slower else "faster" if change.flagged else ""
        rows.append(
            (name, number(nanoseconds), f"{change.relative:+.1%}", f"±{change.least:.1%}",
             f"{change.p:.2g}", verdict)
        )  # fmt: skip
    print("\n".join(aligned(rows, left_end=True)))
    print(
        f"\nbeside {len(earlier)} earlier runs of this machine in {path}; where nothing has "
        f"changed, any figure is flagged in at most {ALPHA:.0%} of runs"
    )
    if broken:
        print(f"{broken} lines of the history are damaged or of another version: passed over")
    if taken > BUSY:
        print(
            f"this machine is busy: {taken:.0%} of a processor went to others; nothing here is a "
            "verdict, and the run is not added to the history"
        )
    record = asdict(run) | {"changes": [asdict(one) | {"flagged": one.flagged} for one in found]}
    slower = taken <= BUSY and any(change.slower for change in found)
    return record, Exit.FAILED if args.check and slower else Exit.DONE
