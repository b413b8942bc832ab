"""Options of ``hydrophone listen``, and which of them go together."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hydrophone_cli.command import CommandError
from hydrophone_cli.options import count
from hydrophone_cli.outputs.files import STDOUT
from hydrophone_cli.outputs.output_conflicts import check_conflicts
from hydrophone_cli.process_options import add_process_options
from hydrophone_cli.session_options import COMBINATION, add_session_options
from hydrophone_cli.tape_options import add_tape_options

FORMS = (
    ("alerts are JSON lines", ".jsonl"),
    ("scores are Parquet", ".parquet"),
    ("a picture is PNG", ".png"),
)
"""Forms of alerts, scores and picture, and their usual endings."""
ENDINGS = {".jsonl", ".parquet", ".csv", ".png", ".svg", ".pdf", ".jpg"}
"""Endings that promise a form."""


def listen_options(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a command line, for commands that listen on the way."""
    parser = argparse.ArgumentParser()
    add_listen_options(parser)
    return parser.parse_args(argv)


def add_listen_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    add_tape_options(parser)
    add_session_options(parser)
    add_process_options(parser)
    out = parser.add_argument_group("outputs")
    out.add_argument(
        "--alerts",
        type=Path,
        metavar="OUT.jsonl",
        help="alerts as JSON lines; a pipe or - for standard output gets each at once, and so does "
        "a file while a source is a pipe",
    )
    out.add_argument(
        "--scores", type=Path, metavar="OUT.parquet", help="scores as Parquet, one row an event"
    )
    out.add_argument(
        "--fuse",
        action="store_true",
        help="decide on every event which symbol is the best of the first ones, by eight signals",
    )
    out.add_argument("--combination", metavar="C", help=f"with --fuse, {COMBINATION}")
    out.add_argument(
        "--decisions",
        type=Path,
        metavar="FILE",
        help="with --fuse, decisions as .parquet or .csv, one row a candidate, or .jsonl",
    )
    out.add_argument(
        "--picture", type=Path, metavar="OUT.png", help="picture of price, volume and alerts"
    )
    out.add_argument(
        "--publish",
        metavar="NAME",
        help="publish snapshots and alerts in shared memory to this user's other processes",
    )
    out.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="append alerts to a log that survives a crash: each is in it once, over restarts too",
    )
    out.add_argument(
        "--log-sync",
        choices=["each", "often", "end"],
        default="often",
        help="when alerts are on the disk: at once, within 100 ms, or at checkpoints and the end",
    )
    state = parser.add_argument_group("state")
    state.add_argument(
        "--state-in", type=Path, metavar="FILE", help="go on where the run of this state was"
    )
    state.add_argument("--state-out", type=Path, metavar="FILE", help="write the state at the end")
    state.add_argument(
        "--checkpoint", type=count, metavar="N", help="with --state-out, and every N events"
    )
    out.add_argument(
        "--json", action="store_true", help="print the summary as JSON, and nothing else"
    )


def check_options(args: argparse.Namespace) -> None:
    """Refuses options that do not go together, and outputs that are inputs or promise other forms.

    Raises:
        CommandError: There are such.
    """
    from hydrophone.feeds.tape import labelled

    if args.checkpoint is not None and args.state_out is None:
        raise CommandError("--checkpoint needs --state-out: there is nowhere to write to")
    if not args.fuse and (args.decisions or args.combination):
        raise CommandError("--decisions and --combination need --fuse: nothing is decided without")
    if args.json and takes_stdout(args):
        raise CommandError(
            "the summary of --json and the lines of - would both go to the standard output: name "
            "a file or a pipe for the lines"
        )
    check_conflicts(
        [args.alerts, args.scores, args.decisions, args.picture, args.log],
        [args.config, *(labelled(source)[1] for source in args.sources)],
    )
    for path, (what, own) in zip((args.alerts, args.scores, args.picture), FORMS, strict=True):
        if path is not None and path.suffix.lower() in ENDINGS - {own}:
            raise CommandError(f"{path}: {what}: use {own}")


def takes_stdout(args: argparse.Namespace) -> bool:
    """Whether lines for programs go to the standard output."""
    return STDOUT in (args.alerts, args.decisions)
