"""Ground truth of real parent orders: which prints one taker's order made.

Exact where a feed carries the taker's order id; elsewhere prints of one side that carry the very
same timestamp, which a matching engine gives to the fills of one order.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fixed import Raw
from hydrophone_model.records import EVENT

TOP = 0.01
"""Share of the parents, by size, that a detector should put first."""
TAKER_IDS = "bitstamp_2026/trades.csv"
"""The tape whose feed carries order ids, below the data folder."""
LOT = 1e-8


@dataclass(frozen=True, kw_only=True)
class Parents:
    """The real parents of a tape.

    Attributes:
        of: Parent of each event, counted from 0.
        size: Total size of each parent in lots.
    """

    of: Raw
    size: Raw

    @property
    def top(self) -> NDArray[np.bool_]:
        """The largest parents: `TOP` of all and those as large as the last of these."""
        count = max(1, round(TOP * self.size.size))
        return self.size >= np.sort(self.size)[-count]

    def best(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The highest score among each parent's events."""
        best = np.full(self.size.size, -np.inf)
        np.maximum.at(best, self.of, scores)
        return best


def by_timestamp(events: NDArray[np.void]) -> Parents:
    """Parents as consecutive prints of one side with one timestamp."""
    time, side = events["time_ns"], events["side"]
    begins = np.append(True, (time[1:] != time[:-1]) | (side[1:] != side[:-1]))
    return _parents(np.cumsum(begins) - 1, events)


def by_taker(path: Path) -> tuple[NDArray[np.void], Parents]:
    """Events and parents of a tape in CSV with ``buy_order_id``, ``sell_order_id`` and ``side``.

    The side is the taker's. Columns beside: ``exchange_timestamp`` in milliseconds, ``price`` in
    cents at the finest, ``amount``.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    events = np.zeros(len(rows), EVENT.dtype)
    takers: dict[str, int] = {}
    of = np.empty(len(rows), np.int64)
    # Lots are made coarse enough that the largest trade fits into 32 bits.
    lot = max(LOT, max(float(row["amount"]) for row in rows) / (1 << 31))
    for place, row in enumerate(rows):
        sells = row["side"] == "sell"
        events["time_ns"][place] = int(row["exchange_timestamp"]) * 1_000_000
        events["price"][place] = round(float(row["price"]) * 100)
        events["size"][place] = max(1, round(float(row["amount"]) / lot))
        events["side"][place] = sells
        taker = row["sell_order_id" if sells else "buy_order_id"]
        of[place] = takers.setdefault(taker, len(takers))
    events["sequence"] = np.arange(events.size)
    return events, _parents(of, events)


def _parents(of: Raw, events: NDArray[np.void]) -> Parents:
    size = np.zeros(int(of.max()) + 1, np.int64)
    np.add.at(size, of, events["size"].astype(np.int64))
    return Parents(of=of.astype(np.int64), size=size)
