"""``hydrophone top``: live view of a running ``hydrophone listen`` or ``serve``."""

import argparse
import json
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from hydrophone_cli.command import Commands, Exit
from hydrophone_cli.options import real


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "top",
        help="show what a running listen or serve does",
        description="Shows a run that was started with --telemetry NAME: rates, what was dropped "
        "or skipped, latency of every stage, symbols with their running parents, alerts. q ends "
        "it.",
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="name of the run (default: the latest)"
    )
    parser.add_argument("--once", action="store_true", help="print the view once")
    parser.add_argument("--json", action="store_true", help="print the figures once, as JSON")
    parser.add_argument(
        "--interval",
        type=real(0.1, 3600, what="seconds"),
        default=1.0,
        metavar="SECONDS",
        help="time from one view to the next (default: 1)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone.telemetry_file import TelemetryError, names, read
    from hydrophone_cli.terminal import moving

    name = args.name or next(iter(names()), None)
    if name is None:
        raise TelemetryError("nothing runs: start `hydrophone listen --telemetry NAME …`")
    snapshot = read(name)
    if args.json:
        print(json.dumps(snapshot, indent=2))
    elif args.once or not moving(sys.stdout):
        from hydrophone_cli.commands.top.screen import print_view

        print_view(snapshot)
    else:
        _watch(name, snapshot, args.interval)
    return Exit.DONE


def _watch(name: str, snapshot: dict[str, Any], interval: float) -> None:
    """Shows snapshot after snapshot until a key or Ctrl-C ends it."""
    from hydrophone.telemetry_file import read
    from hydrophone_cli.commands.top.screen import LiveView
    from hydrophone_cli.signals import Stopped

    before: dict[str, Any] | None = None
    try:
        with _keys(), LiveView() as view:
            while True:
                view.show(snapshot, before)
                if _is_quit(interval):
                    return
                latest = read(name)
                if latest["time"] != snapshot["time"]:
                    before = snapshot if latest["pid"] == snapshot["pid"] else None
                snapshot = latest
    except Stopped as stopped:
        if stopped.number != signal.SIGINT:
            raise


@contextmanager
def _keys() -> Generator[None]:
    """Lets keys come one by one, unseen, where the standard input is a terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _is_quit(seconds: float) -> bool:
    """Waits so long, or until ``q`` is pressed."""
    if sys.stdin is None or not sys.stdin.isatty():
        time.sleep(seconds)
        return False
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], left)[0]:
            key = sys.stdin.read(1)
            if key in ("q", "Q", ""):
                return True
    return False
