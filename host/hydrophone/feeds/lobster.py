"""Reader of LOBSTER message files (format ``lobster``): executions among a day's order messages.

Columns: seconds after midnight, type, order id, size, price times 10,000, direction of the
*resting* order. Types 4 (visible) and 5 (hidden) are executions; the aggressor is on the other
side.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from hydrophone.feeds.column_parsers import floats
from hydrophone.feeds.csv_parser import parse_headerless
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.text_stream import TextStream
from hydrophone.feeds.time_zones import midnight_ns, since_midnight
from hydrophone.feeds.trades import UNKNOWN_SIDE, Trades
from hydrophone_model.records import Side

FILE_NAME = re.compile(r"(?P<symbol>[^/]+)_(?P<date>\d{4}-\d\d-\d\d)_\d+_\d+_message_\d+\.csv")
_NAMES = ["time", "type", "order", "size", "price", "direction"]
_ZONE = "America/New_York"
_VISIBLE, _HIDDEN = 4, 5


def read_lobster(source: TextStream, context: ReaderContext) -> Iterator[Trades]:
    """Yields the executions of a message file.

    Raises:
        FeedError: The file's name tells no symbol and date.
        DamagedInputError: The input broke off; what came before was yielded.
    """
    named = FILE_NAME.search(source.file_name)
    if named is None:
        raise FeedError(
            f"{source.name}: a LOBSTER message file is named "
            "SYMBOL_YYYY-MM-DD_START_END_message_LEVEL.csv: rename it, the date is nowhere else"
        )
    midnight = midnight_ns(named["date"].replace("-", ""), _ZONE)
    symbol = context.symbol(context.options.symbol or named["symbol"])
    real = import_optional("pyarrow", purpose="reading LOBSTER").float64()
    types: dict[str, Any] = dict.fromkeys(("time", "type", "size", "price", "direction"), real)
    for cells, line, text in parse_headerless(
        source, names=_NAMES, types=types, report=context.report
    ):
        number = {name: floats(cells.column(name).combine_chunks()) for name in types}
        kind = number["type"]
        print_ = (kind == _VISIBLE) | (kind == _HIDDEN) | np.isnan(kind)
        context.report.passed_over[source.name] += int((~print_).sum())
        number = {name: values[print_] for name, values in number.items()}
        time_ns, timed = since_midnight(number["time"], 10**9, midnight)
        resting = number["direction"]
        trades = Trades(
            source=source.name,
            time_ns=time_ns,
            symbol=np.full(len(time_ns), symbol, dtype=np.int32),
            price=number["price"] / 10_000,
            size=number["size"],
            side=np.select(
                [resting == -1, resting == 1], [Side.BUY, Side.SELL], UNKNOWN_SIDE
            ).astype(np.int8),
            line=line[print_],
        )
        troubles = {
            "type_unreadable": np.isnan(number["type"]),
            "time_unreadable": ~timed,
            "price_not_a_number": np.isnan(number["price"]),
            "size_not_a_number": np.isnan(number["size"]),
        }
        yield trades.leaving_out(troubles, context.report, text)
