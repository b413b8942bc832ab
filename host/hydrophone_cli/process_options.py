"""Options of a long-running process: what it shows of itself, its logs, where it runs."""

import argparse
import logging
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.logs import FORMATS, LEVELS, LOGGER, configure, log
from hydrophone_cli.options import whole

if TYPE_CHECKING:
    from hydrophone.telemetry import RunTelemetry


def add_process_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `prepare_process` and `shown`."""
    group = parser.add_argument_group("process")
    group.add_argument(
        "--telemetry",
        metavar="NAME",
        help="show this run to `hydrophone top NAME` (default: the name of --publish)",
    )
    group.add_argument(
        "--log-format",
        choices=FORMATS,
        help="form of log records (default: text); json has one object a line",
    )
    group.add_argument(
        "--log-level",
        choices=LEVELS,
        help="least level of log records (default: warning; info of a file or of json)",
    )
    group.add_argument(
        "--log-file",
        type=Path,
        metavar="FILE",
        help="add log records to a file (default: the standard error)",
    )
    group.add_argument(
        "--cpu",
        type=_processors,
        metavar="N[,N…]",
        help="run on these processors alone, counted from 0; see docs/telemetry.md",
    )
    group.add_argument(
        "--huge-pages",
        action="store_true",
        help="keep the engine's state on reserved huge pages (default: on transparent ones)",
    )
    group.add_argument(
        "--lock-memory", action="store_true", help="keep all memory in RAM: nothing is swapped out"
    )
    group.add_argument(
        "--numa-node",
        type=whole(0, 1023, what="a node"),
        metavar="N",
        help="take memory from this NUMA node alone",
    )


def prepare_process(args: argparse.Namespace) -> None:
    """Sets up logs and place as the options say; called before anything is opened.

    Raises:
        CommandError: The log's file cannot be written.
        PlacementError: The system does not allow a place.
    """
    from hydrophone.placement import place

    try:
        configure(format=args.log_format, level=args.log_level, path=args.log_file)
    except OSError as error:
        raise CommandError(
            f"cannot write the log to {args.log_file}: {error.strerror}", Exit.OUTPUT
        ) from error
    for done in place(
        cpus=args.cpu,
        huge_pages=args.huge_pages,
        lock_memory=args.lock_memory,
        numa_node=args.numa_node,
    ):
        log(LOGGER, logging.INFO, done)


def run_name(args: argparse.Namespace) -> str | None:
    """Name under which `hydrophone top` finds the run: its own, or that of its shared memory."""
    published: str | None = getattr(args, "publish", None)
    if args.telemetry is None and published is not None and published[:1] not in ("/", "."):
        return published
    return args.telemetry


@contextmanager
def shown(name: str | None, telemetry: "RunTelemetry") -> Generator[None]:
    """Shows a run to `hydrophone top` under a name, if it has one.

    Raises:
        TelemetryError: It cannot be written, or another process has the name.
    """
    with ExitStack() as stack:
        if name is not None:
            from hydrophone.telemetry_file import TelemetryFile

            stack.enter_context(TelemetryFile(name, telemetry.snapshot))
        yield


def _processors(text: str) -> tuple[int, ...]:
    number = whole(0, 4095, what="a processor's number")
    return tuple(dict.fromkeys(number(part) for part in text.split(",")))
