"""Reader of QuantConnect LEAN data (format ``lean``): zipped US equity trades and futures trades.

Equities carry prices in ten-thousandths of a dollar and a hexadecimal set of sale conditions;
futures carry plain prices, one member of the archive for each contract. Times are milliseconds
after midnight in New York. Neither tells the aggressor.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.column_parsers import floats
from hydrophone.feeds.csv_parser import parse_headerless
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.text_stream import TextStream
from hydrophone.feeds.time_zones import midnight_ns, since_midnight
from hydrophone.feeds.trades import UNKNOWN_SIDE, Mask, Trades

EQUITY = re.compile(r"(?P<date>\d{8})_(?P<symbol>[^_/]+)_trade_tick\.csv$", re.IGNORECASE)
FUTURE = re.compile(
    r"(?P<date>\d{8})_(?P<symbol>[^_/]+)_tick_trade_(?P<expiry>\d{6})\.csv$", re.IGNORECASE
)
CONDITIONS = {
    "auction": 0x40 | 0x80 | 0x100 | 0x200000,
    "official_value": 0x1000000 | 0x4000000,
    "late_report": 0x800 | 0x4000 | 0x2000000,
    "settlement": 0x2 | 0x4 | 0x8,
    "off_market": 0x200 | 0x10000 | 0x40000 | 0x100000 | 0x400000,
}
"""Sale conditions of prints that nobody's order at the market made.

Opening, closing and crossing auctions; official opening and closing values, which repeat a print;
prints reported late or out of sequence; special settlement; prices derived, averaged, or away from
the market. Blocks, sweeps and odd lots stay.
"""
_NAMES = ["time", "price", "size", "venue", "condition", "suspicious"]
_ZONE = "America/New_York"


def read_lean(source: TextStream, context: ReaderContext) -> Iterator[Trades]:
    """Yields the prints of one member of an archive.

    Raises:
        FeedError: The member's name tells no symbol and date.
        DamagedInputError: The input broke off; what came before was yielded.
    """
    equity, future = EQUITY.search(source.file_name), FUTURE.search(source.file_name)
    named = equity or future
    if named is None:
        raise FeedError(
            f"{source.name}: expected is DATE_SYMBOL_Trade_Tick.csv or "
            "DATE_SYMBOL_tick_trade_EXPIRY.csv: the name tells what the numbers mean"
        )
    name = named["symbol"].upper() + (f"-{future['expiry']}" if future else "")
    symbol = context.symbol(name)
    midnight = midnight_ns(named["date"], _ZONE)
    unit = 10_000 if equity else 1
    context.report.note("this tape tells no side: sides are inferred by the tick rule")
    pa = import_optional("pyarrow", purpose="reading the tape")
    words = pa.dictionary(pa.int32(), pa.string())
    types = dict.fromkeys(("time", "price", "size"), pa.float64())
    types |= {"condition": words, "suspicious": words}
    for cells, line, text in parse_headerless(
        source, names=_NAMES, types=types, report=context.report
    ):
        time, price, size = (
            floats(cells.column(column).combine_chunks()) for column in ("time", "price", "size")
        )
        time_ns, timed = since_midnight(time, 10**6, midnight)
        trades = Trades(
            source=source.name,
            time_ns=time_ns,
            symbol=np.full(len(time), symbol, dtype=np.int32),
            price=price / unit,
            size=size,
            side=np.full(len(time), UNKNOWN_SIDE, dtype=np.int8),
            line=line,
        )
        troubles = {
            "time_unreadable": ~timed,
            "price_not_a_number": np.isnan(price),
            "size_not_a_number": np.isnan(size),
        }
        if context.options.conditions:
            troubles |= _exclusions(cells)
        yield trades.leaving_out(troubles, context.report, text)


def _exclusions(cells: Any) -> dict[str, Mask]:
    """Prints to leave out by their sale condition, and those that were flagged as suspicious."""
    pc = import_optional("pyarrow.compute", purpose="reading the tape")
    pa = import_optional("pyarrow", purpose="reading the tape")
    bits = _condition_bits(cells.column("condition").combine_chunks())
    masks: dict[str, Mask] = {"condition_unreadable": bits < 0}
    masks |= {f"condition_{name}": (bits & flags) != 0 for name, flags in CONDITIONS.items()}
    flag = pc.cast(cells.column("suspicious").combine_chunks(), pa.string())
    masks["suspicious"] = pc.fill_null(pc.equal(flag, "1"), False).to_numpy(zero_copy_only=False)
    return masks


def _condition_bits(column: Any) -> NDArray[np.int64]:
    """Hexadecimal conditions as integers; an empty one is 0, an unreadable one -1."""
    pa = import_optional("pyarrow", purpose="reading the tape")
    pc = import_optional("pyarrow.compute", purpose="reading the tape")
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    words: list[str | None] = column.dictionary.to_pylist()
    meaning = np.array([_hexadecimal(word) for word in [*words, None]], dtype=np.int64)
    return meaning[pc.fill_null(column.indices, len(words)).to_numpy(zero_copy_only=False)]


def _hexadecimal(word: str | None) -> int:
    try:
        return int(word, 16) & 0xFFFFFFFF if word and word.strip() else 0
    except ValueError:
        return -1
