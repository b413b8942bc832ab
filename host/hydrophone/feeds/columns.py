"""Column mapping: which column of a table is what, as the user or its usual names say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.options import COLUMNS, TIME_UNITS, TapeOptions
from hydrophone.feeds.report import TapeReport

_USUAL = {
    "time_ns": (
        "time_ns", "exchange_timestamp", "date+time", "time", "timestamp", "datetime",
        "date_time", "ts", "transact_time", "time_us", "time_ms", "time_s", "timestamp_ns",
        "timestamp_us",
        "timestamp_ms", "exchange_time", "epoch",
    ),
    "symbol": ("symbol", "sym", "ticker", "instrument", "pair", "market", "coin"),
    "price": ("price", "px", "p", "trade_price", "last", "close"),
    "size": ("size", "volume", "vol", "qty", "quantity", "amount", "sz", "q", "shares"),
    "side": ("side", "aggressor_side", "aggressor", "taker_side", "is_buyer_maker", "direction"),
}  # fmt: skip
_NEEDED = ("time_ns", "price", "size")
MAKER_COLUMN = "is_buyer_maker"
"""A side column of this name is true where the buyer rested: the seller is the aggressor."""


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Columns of a table by what they mean.

    Attributes:
        time: One column, or a date and a time column to be joined.
        price: Column of prices.
        size: Column of sizes.
        symbol: Column of symbols, if there is one.
        side: Column of aggressor sides, if there is one.
    """

    time: tuple[str, ...]
    price: str
    size: str
    symbol: str | None
    side: str | None

    @property
    def all(self) -> list[str]:
        """Every column to read, once."""
        named = [*self.time, self.price, self.size, self.symbol, self.side]
        return list(dict.fromkeys(name for name in named if name is not None))


def map_columns(
    present: Sequence[str], options: TapeOptions, report: TapeReport, source: str
) -> ColumnMap:
    """Finds each column that a tape needs among those that are there.

    Raises:
        FeedError: A column is missing; the message lists those that are there and the remedy.
    """
    by_name = {name.strip().lower(): name for name in reversed(present)}
    found: dict[str, tuple[str, ...]] = {}
    for meaning in COLUMNS:
        named = options.columns.get(meaning)
        if named is not None:
            found[meaning] = tuple(
                _present(part, present, meaning, source)
                for part in ([named] if named in present else named.split("+"))
            )
            continue
        for usual in _USUAL[meaning]:
            parts = usual.split("+")
            if all(part in by_name for part in parts):
                found[meaning] = tuple(by_name[part] for part in parts)
                break
    missing = [meaning for meaning in _NEEDED if meaning not in found]
    if missing:
        example = ",".join(f"{meaning}=NAME" for meaning in missing)
        raise FeedError(
            f"{source}: no column for {', '.join(missing)} among {_listed(present)}: "
            f"name it with --columns {example}"
        )
    renamed = [f"{m}={'+'.join(found[m])}" for m in COLUMNS if m in found and found[m] != (m,)]
    if renamed:
        report.note(f"columns read as {', '.join(renamed)}")
    symbol, side = found.get("symbol"), found.get("side")
    if options.sides and side is None:
        report.note(f"sides has no effect on {source}, which has no side column")
    return ColumnMap(
        time=found["time_ns"],
        price=found["price"][0],
        size=found["size"][0],
        symbol=symbol[0] if symbol else None,
        side=side[0] if side else None,
    )


def _listed(names: Sequence[str]) -> str:
    """Column names for a message, as many and as much of them as a person reads."""
    shown = [name if len(name) <= 24 else f"{name[:24]}…" for name in names[:16]]
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "")


def _present(name: str, present: Sequence[str], meaning: str, source: str) -> str:
    if name not in present:
        raise FeedError(
            f"{source}: there is no column {name!r} to read {meaning} from; "
            f"the columns are {_listed(present)}"
        )
    return name


def unit_of(column: str, sample: float, options: TapeOptions, source: str) -> int:
    """Nanoseconds in one unit of a numeric time column.

    The option decides, else the column's name (``time_ms``), else the size of the first value,
    taken for a time after 1973.

    Raises:
        FeedError: Neither tells.
    """
    if options.time_unit is not None:
        return TIME_UNITS[options.time_unit]
    ending = re.search(r"_(s|ms|us|ns)$", column.lower())
    if ending:
        return TIME_UNITS[ending.group(1)]
    for limit, unit in ((1e8, ""), (1e11, "s"), (1e14, "ms"), (1e17, "us"), (1e20, "ns")):
        if sample < limit:
            if not unit:
                break
            return TIME_UNITS[unit]
    raise FeedError(
        f"{source}: {column} begins with {sample:g}, which is no time since 1970 in any unit: "
        "name the unit with --time-unit s|ms|us|ns"
    )


def symbol_of(file_name: str, options: TapeOptions) -> str:
    """Symbol of a source without a symbol column: as named, else the file's name."""
    return options.symbol or file_name.partition(".")[0].upper() or "TAPE"
