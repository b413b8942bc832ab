"""Row parser: tables of one source become prints, and rows that cannot be read are counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import column_parsers
from hydrophone.feeds.columns import ColumnMap, symbol_of
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.line_filter import BlockText
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.trades import UNKNOWN_SIDE, Mask, Trades

PROOF = 64
"""Rows at the beginning that prove which column is what: one of them at least can be read."""


class RowParser:
    """Parses tables of one source into prints, the same way from the first to the last.

    Args:
        source: What messages call the source.
        file_name: Names the symbol if no column and no option does.
        columns: Which column is what.
        context: What every reader is given.
    """

    def __init__(
        self, *, source: str, file_name: str, columns: ColumnMap, context: ReaderContext
    ) -> None:
        self._source = source
        self._columns = columns
        self._context = context
        self._time = column_parsers.TimeParser(
            columns=columns, options=context.options, source=source
        )
        self._symbol = -1
        if columns.symbol is None:
            self._symbol = context.symbol(symbol_of(file_name, context.options))
        self._seen = 0
        self._hopeless: dict[str, str] = {}

    def trades(self, table: Any, line: NDArray[np.int64], text: BlockText | None = None) -> Trades:
        """The rows of a table that can be read; the others are counted.

        Args:
            table: Arrow table with the mapped columns.
            line: Where each row stands in the source.
            text: The block that the table was read from, to quote.

        Raises:
            FeedError: The first `PROOF` rows cannot be read, none of them: the mapping is wrong.
        """
        columns, context = self._columns, self._context
        cells = {name: table.column(name).combine_chunks() for name in columns.all}
        time_ns, timed = self._time.read(table)
        symbol = np.full(len(line), self._symbol, dtype=np.int32)
        if columns.symbol is not None:
            symbol = column_parsers.symbols(cells[columns.symbol], context.symbol)
        side = np.full(len(line), UNKNOWN_SIDE, dtype=np.int8)
        strange = np.zeros(len(line), dtype=np.bool_)
        if columns.side is not None:
            side, strange = column_parsers.sides(cells[columns.side], columns.side, context.options)
        price = column_parsers.floats(cells[columns.price])
        size = column_parsers.floats(cells[columns.size])
        troubles = {
            "time_unreadable": ~timed,
            "price_not_a_number": np.isnan(price),
            "size_not_a_number": np.isnan(size),
            "symbol_missing": symbol < 0,
        }
        self._check_first_rows(troubles | {"side_not_understood": strange}, line, text)
        trades = Trades(
            source=self._source,
            time_ns=time_ns,
            symbol=symbol,
            price=price,
            size=size,
            side=side,
            line=line,
        )
        places = np.flatnonzero(strange)
        context.report.change(
            "side_not_understood",
            source=self._source,
            lines=line[places],
            what=[quoted(text, int(n)) for n in line[places[:8]]],
        )
        return trades.leaving_out(troubles, context.report, text)

    def prove(self) -> None:
        """Refuses a source at whose end no row could be read.

        Raises:
            FeedError: The mapping is wrong.
        """
        if self._hopeless:
            raise FeedError(next(iter(self._hopeless.values())))

    def _check_first_rows(
        self, troubles: dict[str, Mask], line: NDArray[np.int64], text: BlockText | None
    ) -> None:
        """Keeps in mind what is wrong with every one of the first rows, however they come."""
        first = PROOF - self._seen
        if first <= 0 or not len(line):
            return
        wrong = [reason for reason, bad in troubles.items() if bad[:first].all()]
        if not self._seen:
            self._hopeless = {
                reason: self._explained(reason, int(line[0]), text) for reason in wrong
            }
        self._hopeless = {
            reason: said for reason, said in self._hopeless.items() if reason in wrong
        }
        self._seen += len(line)
        if self._seen >= PROOF:
            self.prove()

    def _explained(self, reason: str, line: int, text: BlockText | None) -> str:
        column = {
            "time_unreadable": "+".join(self._columns.time),
            "price_not_a_number": self._columns.price,
            "size_not_a_number": self._columns.size,
            "symbol_missing": str(self._columns.symbol),
            "side_not_understood": str(self._columns.side),
        }[reason]
        return (
            f"{self._source}:{line}: {_EXPECTED[reason].format(column=column)}; "
            f"the line says {quoted(text, line)}"
        )


_EXPECTED = {
    "time_unreadable": "column {column} holds no time: an epoch number or an ISO date and time "
    "is expected, name another with --columns time_ns=NAME",
    "price_not_a_number": "column {column} holds no price: name another with --columns price=NAME",
    "size_not_a_number": "column {column} holds no size: name another with --columns size=NAME",
    "symbol_missing": "column {column} holds no symbol: name another with --columns symbol=NAME",
    "side_not_understood": "column {column} holds no side: buy and sell are expected, say what "
    "stands for them with --side-values buy=WORD,sell=WORD",
}


def quoted(text: BlockText | None, line: int) -> str:
    """The quoted text of a line, or that there is none."""
    return text.at(line) if text is not None else "nothing readable"
