"""``hydrophone listen``: names the whales in a tape."""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.cli.contract import CommandError, Commands, Exit
from hydrophone.cli.fuse import COMBINATION, chosen
from hydrophone.cli.tapes import add_tape_options, tape_from

if TYPE_CHECKING:
    from hydrophone.cli.outputs import LineFile, ScoreFile
    from hydrophone.cli.summary import Summary

Records = NDArray[np.void]


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
    out.add_argument("--alerts", type=Path, metavar="OUT.jsonl", help="alerts, one a line")
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
        type=float,
        metavar="A",
        help="share of events that may open an alert, such as 0.001",
    )
    group.add_argument("--limit", type=_count, metavar="N", help="stop after N events")


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
    from hydrophone.cli.apart import check_apart
    from hydrophone.cli.deciding import Deciding
    from hydrophone.cli.hearing import Sink, hear
    from hydrophone.cli.outputs import LineFile, NewFile, ScoreFile, writing
    from hydrophone.cli.screen import Screen
    from hydrophone.feeds.tape import labelled
    from hydrophone_model.config import DesignConfig

    if not args.fuse and (args.decisions or args.combination):
        raise CommandError("--decisions and --combination need --fuse: nothing is decided without")
    check_apart(
        [args.alerts, args.scores, args.decisions, args.picture],
        [args.config, *(labelled(source)[1] for source in args.sources)],
    )
    with ExitStack() as stack:
        design = chosen(DesignConfig.load(args.config), args.combination)
        session = stack.enter_context(
            hydrophone.open(args.device, design, alert_budget=args.alert_budget)
        )
        tape = tape_from(args, capacity=session.config.pipeline.symbols)
        sinks: list[Sink] = []
        desk: Deciding | None = None
        if args.fuse:
            # First of all: whoever comes after it hears of its decisions.
            desk = Deciding(session, tape, args.decisions)
            stack.callback(desk.discard)
            sinks.append(desk)
        alert_file: LineFile | None = None
        score_file: ScoreFile | None = None
        if args.alerts is not None:
            alert_file = LineFile(args.alerts)
            stack.callback(alert_file.discard)
            sinks.append(_Alerts(alert_file))
        if args.scores is not None:
            score_file = ScoreFile(args.scores, tape)
            stack.callback(score_file.discard)
            sinks.append(_Scores(score_file))
        picture_file, view = None, None
        if args.picture is not None:
            from hydrophone.scene import Gathered

            picture_file = stack.enter_context(NewFile(args.picture))
            view = Gathered()
            sinks.append(view)
        screen = None if args.json else stack.enter_context(Screen(tape))
        if screen is not None:
            screen.say(f"listening to {', '.join(tape.sources[:3])} on {session.device}")
            sinks.append(screen)
        summary = hear(
            session,
            tape,
            sinks,
            limit=args.limit,
            progress=screen.advance if screen is not None else None,
        )
        if alert_file is not None:
            alert_file.publish()
        if score_file is not None:
            score_file.publish()
        if desk is not None:
            desk.publish()
        if picture_file is not None and view is not None:
            from hydrophone.picture import draw

            if title is not None:
                title = title.format(events=summary.events)
            with writing(picture_file.path):
                draw(view, tape, picture_file.draft, title=title, device=session.device)
            picture_file.publish()
    if screen is not None:
        screen.close(summary)
        for line in desk.lines() if desk is not None else ():
            screen.say(line)
    else:
        fusion = {} if desk is None else {"fusion": desk.record()}
        json.dump(summary.record() | fusion, sys.stdout, indent=2)
        print()
    return _end(summary)


def _end(summary: "Summary") -> int:
    if summary.error is None:
        return Exit.DONE
    interrupted = summary.error.startswith("interrupted")
    raise CommandError(summary.error, Exit.INTERRUPTED if interrupted else Exit.INPUT)


class _Alerts:
    """Hands alerts to their file."""

    def __init__(self, file: "LineFile") -> None:
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


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r}: a number of events, at least 1, is expected")
    return int(text)
