"""Tick rule, the sixth stage of a feed: infers the aggressor side that a tape does not tell.

A print above its symbol's last different price was bought, one below was sold, an equal one has the
side of the print before it (Lee & Ready 1991, the tick test). Before a symbol's first change of
price a print counts as bought.
"""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.records import EventFlag, Side

PENDING_SIDE = 255
"""Side of an event that waits for the tick rule."""


class TickRule:
    """Last price and direction of each symbol.

    Args:
        capacity: Number of symbols.
    """

    def __init__(self, *, capacity: int) -> None:
        self._price = np.zeros(capacity, dtype=np.int64)
        self._down = np.zeros(capacity, dtype=np.bool_)

    def fill(self, events: NDArray[np.void]) -> int:
        """Infers the side of events without one, in place, and flags them; returns how many."""
        pending = events["side"] == PENDING_SIDE
        symbols = events["symbol"]
        grouped = np.argsort(symbols, kind="stable")
        symbol = symbols[grouped]
        price = events["price"][grouped].astype(np.int64)
        first = np.ones(len(events), dtype=np.bool_)
        first[1:] = symbol[1:] != symbol[:-1]
        starts = np.flatnonzero(first)

        previous = np.empty_like(price)
        previous[1:] = price[:-1]
        known = self._price[symbol[starts]]
        previous[starts] = np.where(known > 0, known, price[starts])
        step = price - previous

        # Equal prices look back to the last change; the start of a symbol's run to earlier chunks.
        places = np.where((step != 0) | first, np.arange(len(events)), 0)
        last = np.maximum.accumulate(places)
        down = step < 0
        down[starts] = np.where(step[starts] == 0, self._down[symbol[starts]], step[starts] < 0)
        down = down[last]

        ends = np.append(starts[1:], len(events)) - 1
        self._price[symbol[ends]] = price[ends]
        self._down[symbol[ends]] = down[ends]
        if not pending.any():
            return 0
        inferred = np.empty(len(events), dtype=np.uint8)
        inferred[grouped] = np.where(down, Side.SELL, Side.BUY)
        events["side"] = np.where(pending, inferred, events["side"])
        events["flags"] |= np.where(pending, EventFlag.SIDE_INFERRED, 0).astype(np.uint8)
        return int(pending.sum())
