"""Data of a picture: events collected while a tape runs, and one symbol's part of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.formats import TAIL
from hydrophone_model.records import EventFlag, ResultFlag

Records = NDArray[np.void]
Reals = NDArray[np.float64]

MAX_EVENTS = 20_000_000
"""Events a picture covers at most; what comes later is heard, but not drawn."""


class Units(Protocol):
    """Units of a tape, as a picture needs them."""

    @property
    def symbols(self) -> Sequence[str]:
        """Names by index."""
        ...

    def prices(self, symbols: Any, ticks: Any) -> Reals:
        """Prices in the tape's units."""
        ...

    def sizes(self, symbols: Any, lots: Any) -> Reals:
        """Sizes in the tape's units."""
        ...


class EventCollector:
    """The events and results of a run that its picture shows."""

    def __init__(self) -> None:
        self._events: list[Records] = []
        self._results: list[Records] = []
        self._count = 0
        self.processed = 0

    def take(self, events: Records, results: Records) -> None:
        """Adds a batch."""
        self.processed += len(events)
        if self._count < MAX_EVENTS:
            self._events.append(events)
            self._results.append(results)
            self._count += len(events)

    @property
    def events(self) -> Records:
        """All events that were collected."""
        return np.concatenate(self._events)

    @property
    def results(self) -> Records:
        """Their results."""
        return np.concatenate(self._results)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One symbol's prints in the tape's units, and where its alerts are among them."""

    symbol: str
    time: NDArray[np.int64]
    price: Reals
    size: Reals
    side: NDArray[np.uint8]
    parent: Reals
    kind: NDArray[np.uint8]
    score: Reals
    joined: NDArray[np.bool_]
    alerts: NDArray[np.int64]
    inferred: bool

    @property
    def largest(self) -> int:
        """Place of the alert with the most money in its parent."""
        worth = self.parent[self.alerts] * self.price[self.alerts]
        return int(self.alerts[int(np.argmax(worth))])

    def whole(self, place: int) -> tuple[int, int]:
        """First and last place of the parent order that the print at ``place`` belongs to.

        Prints of the other side may stand between its own.
        """
        first = last = place
        own = np.flatnonzero(self.side == self.side[place])
        at = int(np.searchsorted(own, place))
        back = at
        while back > 0 and self.joined[own[back]]:
            back -= 1
        while at + 1 < len(own) and self.joined[own[at + 1]]:
            at += 1
        first, last = int(own[back]), int(own[at])
        return first, last


def scene_of(collected: EventCollector, units: Units) -> Scene:
    """The symbol with the largest whale; without alerts, the one with the most prints."""
    events, results = collected.events, collected.results
    raised = np.flatnonzero(results["flags"] & ResultFlag.ALERT)
    symbols = events["symbol"]
    if len(raised):
        alerts = results[raised]
        worth = units.sizes(alerts["symbol"], alerts["parent_size"]) * units.prices(
            alerts["symbol"], alerts["price"]
        )
        symbol = int(alerts["symbol"][int(np.argmax(worth))])
    else:
        symbol = int(np.argmax(np.bincount(symbols)))
    own = symbols == symbol
    events, results = events[own], results[own]
    return Scene(
        symbol=units.symbols[symbol],
        time=events["time_ns"].astype(np.int64),
        price=units.prices(events["symbol"], events["price"]),
        size=units.sizes(events["symbol"], events["size"]),
        side=events["side"],
        parent=units.sizes(events["symbol"], results["parent_size"]),
        kind=results["kind"],
        score=results["score"] * TAIL.resolution,
        joined=(results["flags"] & ResultFlag.JOINED) != 0,
        alerts=np.flatnonzero(results["flags"] & ResultFlag.ALERT),
        inferred=bool(np.any(events["flags"] & EventFlag.SIDE_INFERRED)),
    )
