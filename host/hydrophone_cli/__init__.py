"""The command line: ``hydrophone COMMAND …``.

Each command is a module of this package with ``add_parser(commands)``, which sets ``run`` as the
parser's default, and ``run(args) -> int``, which returns an exit code. Modules stay light:
whatever a command needs is imported when it runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from importlib import import_module
from typing import TextIO, cast

import hydrophone
from hydrophone_cli.command import Exit
from hydrophone_cli.ending import DEBUG, SparedErrors, drop_output, explained, prepare_streams, say
from hydrophone_cli.options import Parser
from hydrophone_cli.signals import handled, signal_behind, told

COMMANDS = (
    "listen",
    "fuse",
    "demo",
    "verify",
    "fit",
    "evaluate",
    "bench",
    "config",
    "cache",
    "devices",
    "kernels",
    "samples",
    "schedule",
    "report",
    "characterise",
)
"""The commands, in the order of the help; each is a module of this package."""
_EPILOG = "\n".join(["exit codes:", *(f"  {code.value:<4} {code.doc}" for code in Exit)])


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands whose modules are there."""
    parser = Parser(
        prog="hydrophone",
        description="Hears very large traders in a market-data stream.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"hydrophone {hydrophone.__version__}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name in COMMANDS:
        module = f"{__name__}.{name}"
        try:
            command = import_module(module)
        except ModuleNotFoundError as missing:
            if missing.name != module:
                raise
            continue
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never shows a bare trace."""
    prepare_streams()
    with redirect_stderr(cast("TextIO", SparedErrors(sys.stderr))):
        return _ended(argv)


def _ended(argv: Sequence[str] | None) -> int:
    """Runs one command; whatever ends it ends in an exit code and a line."""
    try:
        return _run(argv)
    except KeyboardInterrupt as stopped:
        return say(*told(stopped))
    except BrokenPipeError:
        drop_output()
        return Exit.UNREAD
    except Exception as error:
        stopped = signal_behind(error)
        if stopped is not None:
            return say(*told(stopped))
        drop_output()
        if os.environ.get(DEBUG):
            raise
        return say(*explained(error))


def _run(argv: Sequence[str] | None) -> int:
    """Runs one command to its end: all that it prints has left the process."""
    try:
        args = build_parser().parse_args(argv)
        with handled():
            return int(args.run(args))
    finally:
        sys.stdout.flush()
