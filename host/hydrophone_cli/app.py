"""Command dispatch: the parser of all commands, and how a run of one ends.

Each command is a module, or a package, of `hydrophone_cli.commands` with ``add_parser(commands)``,
which sets ``run`` as the parser's default, and ``run(args) -> int``, which returns an exit code.
Modules of commands stay light: whatever a command needs is imported when it runs.
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
from hydrophone_cli.ending import (
    DEBUG,
    SparedErrors,
    drop_output,
    explained,
    prepare_streams,
    print_ending,
)
from hydrophone_cli.logs import configure
from hydrophone_cli.options import Parser
from hydrophone_cli.signals import ending_of, handled, signal_behind

COMMANDS = (
    "listen",
    "serve",
    "top",
    "log",
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
"""The commands, in the order of the help; each is a module of `hydrophone_cli.commands`."""
_EPILOG = "\n".join(["exit codes:", *(f"  {code.value:<4} {code.doc}" for code in Exit)])


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
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
        import_module(f"hydrophone_cli.commands.{name}").add_parser(commands)
    return parser


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one command; whatever ends it ends in an exit code and a line."""
    prepare_streams()
    configure()
    try:
        return _run_to_its_end(argv)
    finally:
        configure()


def _run_to_its_end(argv: Sequence[str] | None) -> int:
    """Runs one command while the standard error may fail."""
    with redirect_stderr(cast("TextIO", SparedErrors(sys.stderr))):
        try:
            return _dispatch(argv)
        except KeyboardInterrupt as stopped:
            return print_ending(*ending_of(stopped))
        except BrokenPipeError:
            drop_output()
            return Exit.UNREAD
        except Exception as error:
            stopped = signal_behind(error)
            if stopped is not None:
                return print_ending(*ending_of(stopped))
            drop_output()
            if os.environ.get(DEBUG):
                raise
            return print_ending(*explained(error))


def _dispatch(argv: Sequence[str] | None) -> int:
    """Runs one command to its end: all that it prints has left the process."""
    try:
        args = build_parser().parse_args(argv)
        with handled():
            return int(args.run(args))
    finally:
        sys.stdout.flush()
