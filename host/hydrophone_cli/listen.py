"""``hydrophone listen``: names the whales in a tape."""

import argparse
import json
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hydrophone_cli.command import CommandError, Commands, Exit
from hydrophone_cli.fuse import COMBINATION, chosen
from hydrophone_cli.options import count, share
from hydrophone_cli.signals import held, raise_held
from hydrophone_cli.tapes import add_tape_options, tape_from

if TYPE_CHECKING:
    from hydrophone_cli.lines import Lines
    from hydrophone_cli.tables import ScoreFile

Records = NDArray[np.void]
FORMS = (
    ("alerts are JSON lines", ".jsonl"),
    ("scores are Parquet", ".parquet"),
    ("a picture is PNG", ".png"),
)
"""What alerts, scores and picture are written as, and the usual ending."""
ENDINGS = {".jsonl", ".parquet", ".csv", ".png", ".svg", ".pdf", ".jpg"}
"""Endings that promise a form."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "listen",
        help="name the whales in a tape of trades",
        description="Runs a tape of trades through the whale detector and names what it hears.",
    )
    _add_options(parser)
    parser.set_defaults(run=run)


def listening(argv: Sequence[str]) -> argparse.Namespace:
    """The options of a command line, for commands that listen on the way."""
    parser = argparse.ArgumentParser()
    _add_options(parser)
    return parser.parse_args(argv)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_tape_options(parser)
    add_session_options(parser)
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--alerts",
        type=Path,
        metavar="OUT.jsonl",
        help="alerts, one a line; a pipe or - for standard output gets each at once, and so does "
        "a file while a source is a pipe",
    )
    out.add_argument("--scores", type=Path, metavar="OUT.parquet", help="scores, one row an event")
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
    out.add_argument("--picture", type=Path, metavar="OUT.png", help="price, volume and alerts")
    out.add_argument("--json", action="store_true", help="print a summary for programs, only that")


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a session."""
    group = parser.add_argument_group("about the session")
    group.add_argument(
        "--device", default="auto", metavar="D", help="golden, cpu, rtl, or auto (the default)"
    )
    group.add_argument(
        "--config", default="default", metavar="C", help="a preset's name or a TOML file"
    )
    group.add_argument(
        "--alert-budget",
        type=share,
        metavar="A",
        help="share of events that may open an alert, such as 0.001",
    )
    group.add_argument("--limit", type=count, metavar="N", help="stop after N events")


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    return listen(args)


def listen(args: argparse.Namespace, *, title: str | None = None) -> int:
    """Listens as the options say; `hydrophone demo` calls it with options of its own.

    Args:
        args: The options.
        title: Title of the picture; ``{events}`` in it is the number of events processed.
    """
    # The engine and Arrow are loaded here, not by `hydrophone --help`.
    import hydrophone
    from hydrophone.feeds.pipes import is_live
    from hydrophone.feeds.tape import labelled
    from hydrophone_cli.deciding import SYSTEMS, Deciding
    from hydrophone_cli.decisions import decision_file
    from hydrophone_cli.lines import line_file
    from hydrophone_cli.outputs import Outputs
    from hydrophone_cli.run import Sink, hear
    from hydrophone_cli.screen import Screen
    from hydrophone_cli.tables import ScoreFile
    from hydrophone_model.config import DesignConfig

    _check_options(args)
    with ExitStack() as stack:
        design = chosen(DesignConfig.load(args.config), args.combination)
        session = stack.enter_context(
            hydrophone.open(args.device, design, alert_budget=args.alert_budget)
        )
        outputs = stack.enter_context(Outputs())
        # First of all: a live source says nothing until its first line comes.
        live = any(is_live(labelled(source)[1]) for source in args.sources)
        alerts = decisions = None
        if args.decisions is not None:
            with _opening(args.decisions):
                decisions = outputs.add(decision_file(args.decisions, SYSTEMS, live=live))
        if args.alerts is not None:
            with _opening(args.alerts):
                alerts = outputs.add(line_file(args.alerts, live=live))
        tape = tape_from(args, capacity=session.config.pipeline.symbols)
        sinks: list[Sink] = []
        deciding: Deciding | None = None
        if args.fuse:
            # The first sink: whoever comes after it hears of its decisions.
            deciding = Deciding(session, tape, decisions)
            sinks.append(deciding)
        if args.scores is not None:
            with _opening(args.scores):
                sinks.append(_Scores(outputs.add(ScoreFile(args.scores, tape))))
        if args.picture is not None:
            from hydrophone_cli.drawn import Picture

            with _opening(args.picture):
                sinks.append(outputs.add(Picture(args.picture, tape, session.device, title)))
        if alerts is not None:
            # Behind the files: its reader may have gone.
            sinks.append(_Alerts(alerts))
        screen = None
        if not args.json:
            screen = stack.enter_context(Screen(tape, errors=_takes_stdout(args)))
            screen.say(f"listening to {', '.join(tape.sources[:3])} on {session.device}")
        summary, early = hear(session, tape, sinks, screen=screen, limit=args.limit)
        # A signal no longer changes what there is to publish: it would tear it.
        with held():
            if early is not None:
                ending = outputs.end_early(early, f"after {summary.events:,} events")
            else:
                ending = outputs.publish()
                if ending is None and summary.error is not None:
                    ending = CommandError(summary.error, Exit.INPUT)
        summary.error = None if ending is None else str(ending)
    if isinstance(early, BrokenPipeError) and early.filename is None:
        _drop_stdout()
        if not outputs:
            return Exit.UNREAD
    elif screen is not None:
        screen.close(summary)
        for line in deciding.lines() if deciding is not None else ():
            screen.say(line)
    else:
        fusion = {} if deciding is None else {"fusion": deciding.record()}
        json.dump(summary.record() | fusion, sys.stdout, indent=2)
        print()
    if ending is not None:
        raise ending
    return Exit.DONE


def _check_options(args: argparse.Namespace) -> None:
    """Refuses options that do not go together, and outputs that are inputs or promise other forms.

    Raises:
        CommandError: There are such.
    """
    from hydrophone.feeds.tape import labelled
    from hydrophone_cli.output_conflicts import check_apart

    if not args.fuse and (args.decisions or args.combination):
        raise CommandError("--decisions and --combination need --fuse: nothing is decided without")
    if args.json and _takes_stdout(args):
        raise CommandError(
            "the summary of --json and the lines of - would both go to the standard output: name "
            "a file or a pipe for the lines"
        )
    check_apart(
        [args.alerts, args.scores, args.decisions, args.picture],
        [args.config, *(labelled(source)[1] for source in args.sources)],
    )
    for path, (what, own) in zip((args.alerts, args.scores, args.picture), FORMS, strict=True):
        if path is not None and path.suffix.lower() in ENDINGS - {own}:
            raise CommandError(f"{path}: {what}: use {own}")


@contextmanager
def _opening(path: Path) -> Generator[None]:
    """Holds signals back while a file is opened; a named pipe may wait for its reader."""
    from hydrophone_cli.lines import is_stream

    with nullcontext() if is_stream(path) else held():
        yield
    raise_held()


def _takes_stdout(args: argparse.Namespace) -> bool:
    """Whether lines for programs go to the standard output."""
    from hydrophone_cli.outputs import STDOUT

    return STDOUT in (args.alerts, args.decisions)


def _drop_stdout() -> None:
    """Lets nothing more go to a standard output that nobody reads."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


class _Alerts:
    """Hands alerts to their file."""

    def __init__(self, file: "Lines") -> None:
        self._file = file

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Takes the alerts of a batch."""
        self._file.write(heard)


class _Scores:
    """Hands scores to their file."""

    def __init__(self, file: "ScoreFile") -> None:
        self._file = file

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Takes the scores of a batch."""
        self._file.write(events, results)
