"""K-way merge, the fifth stage of a feed: several sources become one stream, ordered by time.

A source promises nothing earlier than the newest time it has shown; up to the oldest of these
promises everything that waits can go out. Of equal times those of the first source come first: a
later source's wait until no more of them can come, so that the order does not depend on how the
sources came in.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError, MissingPackageError
from hydrophone.feeds.report import TapeReport

Events = NDArray[np.void]
"""Structured array of `hydrophone_model.records.EVENT`."""
_NEVER = np.iinfo(np.int64).max


class _Lane:
    """One source: its events that wait, keyed by the newest time up to each, so that keys rise."""

    def __init__(self, chunks: Iterator[Events]) -> None:
        self._chunks = chunks
        self.newest = np.iinfo(np.int64).min
        self.open = True
        self.symbols = set[int]()
        self.events: Events | None = None
        self._keys = np.empty(0, dtype=np.int64)

    def fill(self, failures: list[FeedError]) -> None:
        """Reads one more chunk if none waits; a failure ends this source, not the others."""
        if self.events is not None or not self.open:
            return
        try:
            self.events = next(self._chunks, None)
        except MissingPackageError:
            raise
        except FeedError as failure:
            failures.append(failure)
        if self.events is None:
            self.open = False
            return
        times = self.events["time_ns"].astype(np.int64)
        self._keys = np.maximum(np.maximum.accumulate(times), self.newest)
        self.newest = int(self._keys[-1])
        self.symbols.update(np.flatnonzero(np.bincount(self.events["symbol"])).tolist())

    def take(self, until: int) -> tuple[Events, NDArray[np.int64]] | None:
        """Removes and returns what waits up to a time, with its keys."""
        if self.events is None:
            return None
        cut = int(np.searchsorted(self._keys, until, side="right"))
        if not cut:
            return None
        taken = self.events[:cut], self._keys[:cut]
        whole = cut == len(self._keys)
        self.events, self._keys = (None if whole else self.events[cut:]), self._keys[cut:]
        return taken


def merged(
    sources: Sequence[Iterator[Events]], *, failures: list[FeedError], report: TapeReport
) -> Iterator[Events]:
    """Yields the events of all sources by time; ties keep the order of the sources.

    Args:
        sources: The events of each source, in chunks that are not empty.
        failures: Takes the failures of sources that broke off; the others are read to their end.
        report: Is told whether the sources lie one after another or overlap.
    """
    lanes = [_Lane(chunks) for chunks in sources]
    overlap = False
    while True:
        for lane in lanes:
            lane.fill(failures)
        parts = [
            part
            for lane, until in zip(lanes, _limits(lanes), strict=True)
            if (part := lane.take(until)) is not None
        ]
        if not parts:
            break
        if len(parts) == 1:
            yield parts[0][0]
            continue
        keys = np.concatenate([part_keys for _, part_keys in parts])
        order = np.argsort(keys, kind="stable")
        if not overlap and np.any(order[1:] < order[:-1]):
            overlap = True
            # Told at once: not every tape is read to its end.
            report.note(f"{len(lanes)} sources merged by time")
        if overlap and _shared(lanes):
            report.note(
                "sources that overlap in time share a symbol: if they are different venues, keep "
                "them apart with LABEL=FILE"
            )
        yield np.concatenate([events for events, _ in parts])[order]
    if len(lanes) > 1 and not overlap:
        report.note(f"{len(lanes)} sources that follow one another in time")


def _limits(lanes: Sequence[_Lane]) -> list[int]:
    """Up to which time each lane's events can go out."""
    promises = [lane.newest if lane.open else _NEVER for lane in lanes]
    limits: list[int] = []
    for place in range(len(lanes)):
        before = min(promises[:place], default=_NEVER)
        behind = min(promises[place:], default=_NEVER)
        limits.append(min(behind, before - 1 if before < _NEVER else _NEVER))
    return limits


def _shared(lanes: Sequence[_Lane]) -> bool:
    """Whether two sources have shown the same symbol."""
    seen = [symbol for lane in lanes for symbol in lane.symbols]
    return len(set(seen)) < len(seen)
