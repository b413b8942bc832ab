"""Options that say what a tape is and where tapes are, for every command that reads some."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from hydrophone.feeds import FORMATS, Late, Tape, TapeOptions, open_tape
from hydrophone.feeds.options import COLUMNS, TIME_UNITS
from hydrophone_cli.command import DATA, CommandError, Exit


def add_tape_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``SOURCE…`` and the options of `TapeOptions`."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a file of trades (plain, gz, zst, bz2, xz, zip), a pipe, - for standard input, or "
        "LABEL=FILE to keep venues apart; several are merged by time",
    )
    group = parser.add_argument_group("tape")
    group.add_argument(
        "--format",
        choices=FORMATS,
        default="auto",
        help="format of the sources (default: detected from the content)",
    )
    group.add_argument(
        "--columns",
        type=mapping,
        default={},
        metavar="NAME=COLUMN,…",
        help=f"columns of a table for {', '.join(COLUMNS)}; DATE+TIME joins two; numbers from 0 "
        "where the file has no header",
    )
    group.add_argument("--symbol", help="symbol of a tape without a symbol column")
    group.add_argument(
        "--time-unit", choices=tuple(TIME_UNITS), help="unit of numeric times (default: inferred)"
    )
    group.add_argument(
        "--time-zone",
        default="UTC",
        metavar="ZONE",
        help="time zone of textual times (default: UTC)",
    )
    for name, what in (("tick", "price"), ("lot", "size")):
        group.add_argument(
            f"--{name}",
            type=_steps,
            default={},
            metavar="STEP",
            help=f"{what} step, or SYMBOL=STEP,… (default: inferred)",
        )
    group.add_argument(
        "--side-values",
        type=mapping,
        default={},
        metavar="buy=WORD,sell=WORD",
        help="words of the side column for buy and sell",
    )
    group.add_argument(
        "--late",
        choices=[late.value for late in Late],
        default=Late.SKIP.value,
        help="prints whose time goes backwards: counted and skipped (default), or kept",
    )
    group.add_argument(
        "--all-conditions",
        action="store_true",
        help="keep auctions, late reports and off-market prints of tapes with sale conditions",
    )


def tape_from(args: argparse.Namespace, *, capacity: int) -> Tape:
    """Opens the tape that the options describe, with room for ``capacity`` symbols.

    Raises:
        FeedError: A source or an option is wrong.
    """
    options = TapeOptions(
        capacity=capacity,
        columns=args.columns,
        symbol=args.symbol,
        time_unit=args.time_unit,
        time_zone=args.time_zone,
        tick=args.tick,
        lot=args.lot,
        sides=args.side_values,
        late=Late(args.late),
        conditions=not args.all_conditions,
    )
    sources: Sequence[str] = args.sources
    return open_tape(sources, format=args.format, options=options)


def tapes_folder(named: Path | None) -> Path:
    """The folder that holds the tapes.

    Raises:
        CommandError: None is named, or it is not there.
    """
    folder = named or (Path(os.environ[DATA]) if os.environ.get(DATA) else None)
    if folder is None:
        raise CommandError(f"no tapes are named: give --data DIR or set {DATA}")
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder of tapes", Exit.INPUT)
    return folder


def mapping(text: str) -> dict[str, str]:
    """``NAME=VALUE,…`` as an option's value."""
    pairs = [part.partition("=") for part in text.split(",") if part]
    if not pairs or not all(name and equals and value for name, equals, value in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: expected is NAME=VALUE, more behind commas")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _steps(text: str) -> dict[str, str]:
    return mapping(text) if "=" in text else {"": text}
