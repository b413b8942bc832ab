"""``hydrophone bench``: latency and throughput on this machine."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydrophone_cli.command import CommandError, Commands, Exit
from hydrophone_cli.instruction_sets import instruction_sets

if TYPE_CHECKING:
    from hydrophone_cli.commands.bench.pages import Page

_OPTIONS = {
    "pipeline": {"json", "quick", "check", "pages"},
    "kernels": {"json", "quick", "check", "pages"},
    "session": {"json", "quick", "check"},
    "instructions": {"json", "renew", "baseline"},
    "history": {"json", "quick", "check", "history"},
    "shared": {"json", "quick", "check"},
    "telemetry": {"json"},
    "placement": {"json"},
}


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure latency and throughput on this machine",
        description="Measures on one processor of this machine. pipeline: the whale detector, "
        "natively, from Python, and beside what others would use. kernels: the seven kernels of "
        "hydrophone.kernels beside their peers. session: what the calls of a session take beyond "
        "the engine. instructions: how many instructions kernels and engine take, held against the "
        "committed baseline. history: what changed beyond the noise since earlier runs. telemetry: "
        "what latency histograms cost. placement: what processors, pages and memory of a choice "
        "are worth. shared: publishing to and reading from shared memory, between two "
        "processors.",
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=_OPTIONS,
        default="pipeline",
        help="what to measure (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures as JSON too")
    parser.add_argument("--quick", action="store_true", help="a few seconds, rougher figures")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if a goal is missed, a peer is ahead or something became slower, for "
        "quiet machines",
    )
    parser.add_argument(
        "--pages", type=Path, metavar="FOLDER",
        help="renew the tables in README.md and docs/ of that folder",
    )  # fmt: skip
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="instructions: baseline to hold against"
    )
    parser.add_argument(
        "--renew", action="store_true", help="instructions: write the baseline instead"
    )
    parser.add_argument(
        "--history", type=Path, metavar="FILE",
        help="history: file of earlier runs, to which this one is added (default: in the cache)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.outputs.files import check_places

    given = {
        name
        for name in ("quick", "check", "pages", "renew", "baseline", "history")
        if getattr(args, name)
    }
    for option in sorted(given - _OPTIONS[args.what]):
        fitting = ", ".join(what for what, known in _OPTIONS.items() if option in known)
        raise CommandError(f"--{option} is an option of bench {fitting}", Exit.USAGE)

    instruction_sets()
    check_places(args.json)
    return {
        "pipeline": _pipeline,
        "kernels": _kernels,
        "session": _session,
        "instructions": _instructions,
        "history": _history,
        "shared": _shared,
        "telemetry": _process,
        "placement": _process,
    }[args.what](args)


def _pipeline(args: argparse.Namespace) -> int:
    from hydrophone_bench.measure import QUICK, Effort
    from hydrophone_bench.measure import run as measure
    from hydrophone_bench.page import PAGES
    from hydrophone_bench.table import render
    from hydrophone_cli.commands.bench import pages as bench_pages

    # Pages that have no place for a table are found before the work, not after it.
    pages = bench_pages.found(args.pages, "engine", PAGES) if args.pages else []
    report = measure(QUICK if args.quick else Effort())
    print(render(report))
    _renew(pages, report)
    _write_json(args.json, report.record())
    missed = args.check and not all(goal.met for goal in report.goals)
    return Exit.FAILED if missed else Exit.DONE


def _kernels(args: argparse.Namespace) -> int:
    from hydrophone_bench.kernels import tables
    from hydrophone_bench.kernels.measure import run as measure
    from hydrophone_bench.kernels.race import QUICK, DisagreementError, Effort
    from hydrophone_cli.commands.bench import pages as bench_pages

    pages = bench_pages.found(args.pages, "kernels", tables.PAGES) if args.pages else []
    try:
        report = measure(QUICK if args.quick else Effort())
    except DisagreementError as error:
        raise CommandError(str(error), Exit.FAILED) from error
    print(tables.text(report))
    _renew(pages, report)
    _write_json(args.json, report.record())
    return Exit.FAILED if args.check and (report.behind or report.missed) else Exit.DONE


def _session(args: argparse.Namespace) -> int:
    from hydrophone_bench.measure import QUICK, Effort
    from hydrophone_bench.session_calls import run as measure
    from hydrophone_bench.table import render

    report = measure(QUICK if args.quick else Effort())
    print(render(report))
    _write_json(args.json, report.record())
    missed = args.check and not all(goal.met for goal in report.goals)
    return Exit.FAILED if missed else Exit.DONE


def _shared(args: argparse.Namespace) -> int:
    from hydrophone_bench.shared_memory import ProcessorError, measure

    try:
        report = measure(0.3 if args.quick else 3.0)
    except ProcessorError as error:
        raise CommandError(str(error), Exit.FAILED) from error
    print(report.text())
    _write_json(args.json, report.record())
    return Exit.FAILED if args.check and not report.met else Exit.DONE


def _instructions(args: argparse.Namespace) -> int:
    from hydrophone_bench import counting
    from hydrophone_cli.outputs.files import write
    from hydrophone_cli.outputs.output_conflicts import check_conflicts

    path = args.baseline or counting.ROOT / counting.BASELINE
    check_conflicts([args.json], [path])
    try:
        counts = counting.count()
        found = [] if args.renew else counting.compare(counts, counting.Counts.read(path))
    except OSError as error:
        raise CommandError(f"no baseline {path}: --renew writes it", Exit.INPUT) from error
    for name, value in counts.instructions.items():
        print(f"{name:40} {value:12,.1f}")
    _write_json(args.json, asdict(counts))
    if args.renew:
        write(path, counts.text())
        print(f"wrote {path}")
    for line in found:
        print(line)
    return Exit.FAILED if found else Exit.DONE


def _history(args: argparse.Namespace) -> int:
    from hydrophone_cli.commands.bench.history import measure

    record, code = measure(args)
    _write_json(args.json, record)
    return code


def _process(args: argparse.Namespace) -> int:
    from hydrophone_cli.commands.bench import process

    measure = {"telemetry": process.telemetry, "placement": process.placement}[args.what]
    _write_json(args.json, measure())
    return Exit.DONE


def _renew(pages: "list[Page]", report: object) -> None:
    from hydrophone_cli.outputs.files import write

    for page in pages:
        write(page.path, page.renewed(report))


def _write_json(path: Path | None, record: dict[str, Any]) -> None:
    from hydrophone_cli.outputs.files import write

    if path is not None:
        write(path, json.dumps(record, indent=2) + "\n")
