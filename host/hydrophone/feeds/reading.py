"""What the readers of all formats share, and how a table of a source becomes prints."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import values
from hydrophone.feeds.columns import ColumnMap, symbol_of
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.lines import Text
from hydrophone.feeds.options import TapeOptions
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.trades import UNKNOWN_SIDE, Mask, SymbolTable, Trades

PROOF = 64
"""Rows at the beginning that prove which column is what: one of them at least can be read."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What every reader of a tape is given.

    Attributes:
        symbols: The tape's symbols.
        options: What the user said of the tape.
        report: Takes counts and remarks.
        label: Put before symbols, ``label:symbol``, to keep venues apart.
        patience: Seconds that the first prints of a live source are gathered.
    """

    symbols: SymbolTable
    options: TapeOptions
    report: TapeReport
    label: str = ""
    patience: float = 0.0

    def symbol(self, name: str) -> int:
        """Index of a symbol, under its label."""
        return self.symbols.index(f"{self.label}:{name}" if self.label else name)


class Rows:
    """Turns tables of one source into prints, the same way from the first to the last.

    Args:
        source: What messages call the source.
        file_name: Names the symbol if no column and no option does.
        columns: Which column is what.
        reading: What every reader is given.
    """

    def __init__(
        self, *, source: str, file_name: str, columns: ColumnMap, reading: Reading
    ) -> None:
        self._source = source
        self._columns = columns
        self._reading = reading
        self._time = values.TimeReader(columns=columns, options=reading.options, source=source)
        self._symbol = -1
        if columns.symbol is None:
            self._symbol = reading.symbol(symbol_of(file_name, reading.options))
        self._seen = 0
        self._hopeless: dict[str, str] = {}

    def trades(self, table: Any, line: NDArray[np.int64], text: Text | None = None) -> Trades:
        """The rows of a table that can be read; the others are counted.

        Args:
            table: Arrow table with the mapped columns.
            line: Where each row stands in the source.
            text: The block that the table was read from, to quote.

        Raises:
            FeedError: The first `PROOF` rows cannot be read, none of them: the mapping is wrong.
        """
        columns, reading = self._columns, self._reading
        cells = {name: table.column(name).combine_chunks() for name in columns.all}
        time_ns, timed = self._time.read(table)
        symbol = np.full(len(line), self._symbol, dtype=np.int32)
        if columns.symbol is not None:
            symbol = values.symbols(cells[columns.symbol], reading.symbol)
        side = np.full(len(line), UNKNOWN_SIDE, dtype=np.int8)
        strange = np.zeros(len(line), dtype=np.bool_)
        if columns.side is not None:
            side, strange = values.sides(cells[columns.side], columns.side, reading.options)
        price = values.floats(cells[columns.price])
        size = values.floats(cells[columns.size])
        troubles = {
            "time_unreadable": ~timed,
            "price_not_a_number": np.isnan(price),
            "size_not_a_number": np.isnan(size),
            "symbol_missing": symbol < 0,
        }
        self._look(troubles | {"side_not_understood": strange}, line, text)
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
        reading.report.change(
            "side_not_understood",
            source=self._source,
            lines=line[places],
            what=[quoted(text, int(n)) for n in line[places[:8]]],
        )
        return trades.leaving_out(troubles, reading.report, text)

    def prove(self) -> None:
        """Refuses a source at whose end no row could be read.

        Raises:
            FeedError: The mapping is wrong.
        """
        if self._hopeless:
            raise FeedError(next(iter(self._hopeless.values())))

    def _look(self, troubles: dict[str, Mask], line: NDArray[np.int64], text: Text | None) -> None:
        """Keeps in mind what is wrong with every one of the first rows, however they come."""
        first = PROOF - self._seen
        if first <= 0 or not len(line):
            return
        wrong = [reason for reason, bad in troubles.items() if bad[:first].all()]
        if not self._seen:
            self._hopeless = {reason: self._said(reason, int(line[0]), text) for reason in wrong}
        self._hopeless = {
            reason: said for reason, said in self._hopeless.items() if reason in wrong
        }
        self._seen += len(line)
        if self._seen >= PROOF:
            self.prove()

    def _said(self, reason: str, line: int, text: Text | None) -> str:
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


def quoted(text: Text | None, line: int) -> str:
    """What stands on a line, or that there is no text to quote."""
    return text.at(line) if text is not None else "nothing readable"
