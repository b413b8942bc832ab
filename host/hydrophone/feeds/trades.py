"""Trade records, the second stage of a feed: prints in the tape's units, of every format alike."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.line_filter import BlockText
from hydrophone.feeds.report import TapeReport

UNKNOWN_SIDE = -1
"""Side of a print whose aggressor the tape does not tell."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Trades:
    """Prints of one source, in its order.

    Attributes:
        source: What messages call the source.
        time_ns: `int64`, since the Unix epoch.
        symbol: `int32` index into the tape's symbol table.
        price: `float64`, in the tape's units.
        size: `float64`, in the tape's units.
        side: `int8` of `Side`, or `UNKNOWN_SIDE`.
        line: `int64`, where the print stands in its source.
        fractional: Whether sizes are written with decimals, so that whole ones prove no lot of 1.
    """

    source: str
    time_ns: NDArray[np.int64]
    symbol: NDArray[np.int32]
    price: NDArray[np.float64]
    size: NDArray[np.float64]
    side: NDArray[np.int8]
    line: NDArray[np.int64]
    fractional: bool = False

    def __len__(self) -> int:
        return len(self.time_ns)

    def where(self, keep: Mask | slice) -> Self:
        """The prints selected by a mask or slice."""
        return type(self)(
            source=self.source,
            time_ns=self.time_ns[keep],
            symbol=self.symbol[keep],
            price=self.price[keep],
            size=self.size[keep],
            side=self.side[keep],
            line=self.line[keep],
            fractional=self.fractional,
        )

    def without(
        self, reason: str, bad: Mask, report: TapeReport, what: Callable[[int], str]
    ) -> Self:
        """Leaves out and counts the prints under a mask; ``what`` describes the one at a place."""
        places = np.flatnonzero(bad)
        if not len(places):
            return self
        report.skip(
            reason,
            source=self.source,
            lines=self.line[places],
            what=[what(int(place)) for place in places[:8]],
        )
        return self.where(~bad)

    def leaving_out(
        self, troubles: Mapping[str, Mask], report: TapeReport, text: BlockText | None
    ) -> Self:
        """Leaves out prints under any of several masks; each counts for the first that it meets."""
        gone = np.zeros(len(self), dtype=np.bool_)
        for reason, bad in troubles.items():
            lines = self.line[bad & ~gone]
            quotes = [text.at(int(line)) if text else "unreadable" for line in lines[:8]]
            report.skip(reason, source=self.source, lines=lines, what=quotes)
            gone |= bad
        return self.where(~gone) if gone.any() else self


def valid(chunks: Iterator[Trades], report: TapeReport) -> Iterator[Trades]:
    """Leaves out prints whose price, size or time cannot be: each counted with file and line."""
    for trades in chunks:
        for name in ("price", "size"):
            values: NDArray[np.float64] = getattr(trades, name)
            if np.all(np.isfinite(values) & (values > 0)):
                continue
            for reason, holds in _IMPOSSIBLE.items():
                values = getattr(trades, name)
                trades = trades.without(
                    f"{name}_{reason}", holds(values), report, _value_text(name, values)
                )
        times = trades.time_ns
        trades = trades.without("time_negative", times < 0, report, _value_text("time", times))
        if len(trades):
            yield trades


def _not_finite(values: NDArray[np.float64]) -> Mask:
    return ~np.isfinite(values)


def _zero(values: NDArray[np.float64]) -> Mask:
    return values == 0


def _negative(values: NDArray[np.float64]) -> Mask:
    return values < 0


_IMPOSSIBLE: Mapping[str, Callable[[NDArray[np.float64]], Mask]] = {
    "not_a_number": _not_finite,
    "zero": _zero,
    "negative": _negative,
}


def _value_text(name: str, values: NDArray[np.float64] | NDArray[np.int64]) -> Callable[[int], str]:
    return lambda place: f"{name} is {values[place]}"
