"""``hydrophone report``: synthesises the design and renews the committed implementation report."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone_cli.command import CommandError, Commands, Exit
from hydrophone_cli.options import count

if TYPE_CHECKING:
    from hydrophone_hdl.report.measurements import Rows

PAGE = Path("docs/implementation.md")


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "report",
        help="measure the hardware's cost, clock and latency",
        description="Synthesises the whale detector and each of its blocks for every device "
        "family, places and routes them where there is an open router, holds the schedule's "
        "estimates against what comes out, and writes the implementation report. Takes the better "
        "part of an hour; what is finished stays in --work, and is not measured again while the "
        "design is the same.",
    )
    parser.add_argument("--preset", default="default", help="design configuration (%(default)s)")
    parser.add_argument(
        "--target", action="append", help="device family; may be repeated (default: all)"
    )
    parser.add_argument(
        "--block",
        action="append",
        metavar="BLOCK",
        help="measure this one alone, beside the whole; may be repeated (default: all)",
    )
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument(
        "--rows",
        action="store_true",
        help="measure the blocks alone, or the whole with --block pipeline, and write no page",
    )
    parts.add_argument(
        "--finished",
        action="store_true",
        help="write the page from what is finished in --work, and measure nothing",
    )
    parser.add_argument(
        "--jobs",
        type=count,
        metavar="N",
        help="designs to synthesise at a time (default: as many as processors)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"page to write ({PAGE})")
    parser.add_argument(
        "--work", type=Path, default=Path("build/report"), help="tools' files (%(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.outputs.files import NewFile, make_folder, writing
    from hydrophone_hdl.report.measurements import ALONE, WHOLE, finished_rows, measure_rows
    from hydrophone_hdl.report.page import page
    from hydrophone_hdl.synthesis.errors import SynthesisError
    from hydrophone_model.targets import TARGETS

    targets = args.target or list(TARGETS)
    unknown = [target for target in targets if target not in TARGETS]
    if unknown:
        raise CommandError(f"no target {unknown[0]!r}: use one of {', '.join(TARGETS)}", Exit.USAGE)
    blocks = args.block or list(ALONE)
    known = (*ALONE, WHOLE) if args.rows else ALONE
    strange = [block for block in blocks if block not in known]
    if strange:
        raise CommandError(f"no block {strange[0]!r}: use one of {', '.join(known)}", Exit.USAGE)
    if args.jobs is not None and args.finished:
        raise CommandError("--jobs beside --finished: nothing is synthesised, leave it out")
    if args.out is not None and args.rows:
        raise CommandError("--out beside --rows: no page is written, leave it out")
    out: Path = args.out or PAGE
    # Places that cannot be written are found before the work, not after it.
    make_folder(args.work)
    work = args.work.resolve()
    # The whole design takes longest: it goes first.
    wanted = blocks if args.rows else [WHOLE, *blocks]

    def rows() -> "Rows":
        if args.finished:
            return finished_rows(args.preset, targets, wanted, work)
        try:
            return measure_rows(args.preset, targets, wanted, work, _say, jobs=args.jobs)
        except SynthesisError as error:
            raise CommandError(str(error), Exit.FAILED) from error

    if args.rows:
        print(f"{len(rows())} rows are in {args.work}")
        return Exit.DONE
    make_folder(out.parent)
    with NewFile(out) as file:
        text = page(args.preset, rows(), targets, blocks)
        with writing(out):
            file.draft.write_text(text, encoding="utf-8")
        file.publish()
    print(f"wrote {out}")
    return Exit.DONE


def _say(line: str) -> None:
    print(line, flush=True)
