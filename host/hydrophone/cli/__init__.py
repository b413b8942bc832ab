"""The command line: ``hydrophone COMMAND …``.

Each command is a module of this package with ``add_parser(commands)``, which sets ``run`` as the
parser's default, and ``run(args) -> int``, which returns an exit code. Modules stay light:
whatever a command needs is imported when it runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from hydrophone.cli.contract import CommandError, Exit
from hydrophone.cli.printable import printable
from hydrophone.cli.signals import handled, told

COMMANDS = (
    "listen",
    "fuse",
    "demo",
    "verify",
    "fit",
    "evaluate",
    "bench",
    "devices",
    "kernels",
    "samples",
    "schedule",
    "report",
    "characterise",
)
"""The commands, in the order of the help; each is a module of this package."""
DEBUG = "HYDROPHONE_DEBUG"
"""Environment variable that brings the traces of unexpected errors."""

_USAGE_ERRORS = ("ConfigError", "DeviceError", "MissingPackageError", "ScheduleError", "ToolError")
_EPILOG = """\
exit codes:
  0    done
  1    a check found a difference, or a goal was missed
  2    an option, a configuration or a device that cannot be
  3    input that is missing, in no known format, or broke off
  4    a file that cannot be written
  70   a defect of hydrophone itself; HYDROPHONE_DEBUG=1 shows the trace
  129  the terminal has gone (SIGHUP)
  130  interrupted (Ctrl-C)
  141  whoever read the output has gone
  143  ended by SIGTERM
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands whose modules are there."""
    parser = argparse.ArgumentParser(
        prog="hydrophone",
        description="Hears very large traders in a market-data stream.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hydrophone {_version()}")
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
    args = build_parser().parse_args(argv)
    try:
        with handled():
            return int(args.run(args))
    except KeyboardInterrupt as stopped:
        return _say(*told(stopped))
    except BrokenPipeError:
        # Whoever read our output has gone; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNREAD
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        return _say(*_explained(error))


def _explained(error: Exception) -> tuple[str, Exit]:
    """One line about an error, and the exit code of its kind; a schedule's path has more."""
    line = printable(str(error))
    if isinstance(error, CommandError):
        return line, error.code
    name = type(error).__name__
    home = type(error).__module__
    if home.startswith("hydrophone") and name in _USAGE_ERRORS:
        return "\n".join(map(printable, str(error).split("\n"))), Exit.USAGE
    if home == "hydrophone.feeds.errors":
        return line, Exit.INPUT
    defect = (
        f"unexpected {name}: {line or 'no message'}; this is a defect of hydrophone, "
        f"set {DEBUG}=1 to see the trace"
    )
    return defect, Exit.INTERNAL


def _say(message: str, code: Exit) -> int:
    sys.stdout.flush()
    print(f"hydrophone: {message}", file=sys.stderr)
    return code


def _version() -> str:
    try:
        return version("hydrophone")
    except PackageNotFoundError:
        return "(not installed)"
