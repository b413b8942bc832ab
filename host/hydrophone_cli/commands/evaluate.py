"""``hydrophone evaluate``: whales of known kind in real tapes, and whether fusing signals helps."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone_cli.command import DATA, CommandError, Commands, Exit
from hydrophone_cli.options import share
from hydrophone_cli.outputs.files import NewFile, check_places, write, writing
from hydrophone_cli.tape_options import tapes_folder

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig

BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
"""Marks in a committed report between which the tables stand."""
WHALES, FUSION = "whales", "fusion"


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure on real tapes: detection of injected whales, or whether fusing helps",
        description="whales: injects whales of four kinds into real tapes and measures recall, "
        "chance, lift, events until detection and false episodes of the pipeline and of simple "
        "detectors, all with the same budget of alerts. fusion: rank information coefficient and "
        "hit rate of each signal, of each combination and of chance, walking forward through "
        "markets of several candidates.",
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=(WHALES, FUSION),
        default=WHALES,
        help="what to measure (default: %(default)s)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of the tapes; otherwise ${DATA}"
    )
    parser.add_argument("--quick", action="store_true", help="under a minute, rougher figures")
    parser.add_argument("--config", default="default", metavar="C", help="preset or TOML file")
    parser.add_argument(
        "--alert-budget",
        type=share,
        metavar="A",
        help="whales: share of events that may open an episode",
    )
    parser.add_argument("--device", default="auto", metavar="D", help="golden, cpu, rtl or auto")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure as JSON")
    parser.add_argument(
        "--report", type=Path, metavar="OUT.md", help="renew the tables in a Markdown report"
    )
    parser.add_argument("--picture", type=Path, metavar="OUT.png", help="draw the figures")
    parser.add_argument(
        "--check",
        action="store_true",
        help="whales: exit with 1 if a goal is missed by two standard errors, for full runs",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone import open as open_session
    from hydrophone_cli.outputs.output_conflicts import check_conflicts

    data = tapes_folder(args.data)
    if args.what == FUSION and (args.check or args.alert_budget is not None):
        option = "--check" if args.check else "--alert-budget"
        raise CommandError(f"{option} belongs to `evaluate {WHALES}`: leave it out", Exit.USAGE)
    check_conflicts([args.json, args.report, args.picture], [data, args.config])
    check_places(args.json, args.report, args.picture)
    with open_session("golden", args.config, alert_budget=args.alert_budget) as session:
        config = session.config
    return (_fusion if args.what == FUSION else _whales)(args, data, config)


def _whales(args: argparse.Namespace, data: Path, config: "DesignConfig") -> int:
    from hydrophone_evaluate.detection.experiment import QUICK, Effort
    from hydrophone_evaluate.detection.experiment import run as measure
    from hydrophone_evaluate.detection.figure import draw
    from hydrophone_evaluate.detection.report import tables
    from hydrophone_evaluate.detection.summary import goals, record

    experiment = measure(
        data,
        config,
        effort=QUICK if args.quick else Effort(),
        device=args.device,
        say=lambda what: print(f"hearing: {what}", file=sys.stderr),
    )
    _write_report(args, tables(experiment), record(experiment), lambda path: draw(experiment, path))
    missed = args.check and any(goal.missed for goal in goals(experiment))
    return Exit.FAILED if missed else Exit.DONE


def _fusion(args: argparse.Namespace, data: Path, config: "DesignConfig") -> int:
    from hydrophone_evaluate.fusion.experiment import QUICK
    from hydrophone_evaluate.fusion.experiment import run as measure
    from hydrophone_evaluate.fusion.figure import draw
    from hydrophone_evaluate.fusion.tables import record, tables

    experiment = measure(
        data,
        config,
        most=QUICK if args.quick else None,
        device=args.device,
        say=lambda what: print(f"fusing: {what}", file=sys.stderr),
    )
    _write_report(args, tables(experiment), record(experiment), lambda path: draw(experiment, path))
    return Exit.DONE


def _write_report(
    args: argparse.Namespace, tables: str, figures: object, draw: Callable[[Path], None]
) -> None:
    """Prints the tables, and writes figures, report and picture that were asked for."""
    print(tables)
    if args.json is not None:
        write(args.json, json.dumps(figures, indent=2) + "\n")
    if args.report is not None:
        renew(args.report, tables)
    if args.picture is not None:
        with NewFile(args.picture) as file:
            with writing(args.picture):
                draw(file.draft)
            file.publish()


def renew(path: Path, tables: str) -> None:
    """Renews the tables of a report; a report that is not there yet begins with the tables."""
    from hydrophone_report.markdown import renewed

    try:
        with writing(path):
            old = path.read_text(encoding="utf-8") if path.exists() else f"{BEGIN}\n{END}\n"
        text = renewed(old, tables, begin=BEGIN, end=END)
    except ValueError as error:
        raise CommandError(f"{path}: {error}", Exit.OUTPUT) from error
    write(path, text)
