"""``hydrophone log``: shows an alert log, and what a run appends to it meanwhile."""

import argparse
import json
import sys
from pathlib import Path

from hydrophone_cli.command import Commands, Exit


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "log",
        help="show an alert log",
        description="Shows the alerts of a log, and who writes it; a torn end is told.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what listen --log wrote")
    parser.add_argument(
        "--follow", action="store_true", help="show alerts as they come, until the writer has gone"
    )
    parser.add_argument("--json", action="store_true", help="print alerts as JSON lines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone.alert_log import AlertLogReader, LogStatus
    from hydrophone_cli.printable import printable

    with AlertLogReader(args.file) as log:
        count = 0
        for alert in log.follow() if args.follow else log:
            record, count = alert.record(), count + 1
            if args.json:
                print(json.dumps(record), flush=args.follow)
                continue
            print(
                f"{record['time_ns']:>19}  {printable(record['symbol']):<12} {record['side']:<4} "
                f"{record['kind']:<8} {record['score']:>6.2f} bits  "
                f"{record['parent_size']:>14,.10g} at {record['price']:,.10g}",
                flush=args.follow,
            )
        status = log.status
        if status is LogStatus.TORN:
            print(
                f"hydrophone: {args.file}: its writer died within a record: {log.torn} bytes of no "
                "use follow; the next run cuts them off",
                file=sys.stderr,
            )
        elif not args.json:
            goes_on = status is LogStatus.WRITTEN
            print(f"{count:,} alerts; the log {'is being written' if goes_on else 'has ended'}")
    return Exit.DONE
