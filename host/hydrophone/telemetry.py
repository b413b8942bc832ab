"""Telemetry of a run: latency histograms of its stages, counters, symbols and latest alerts.

One thread runs and records; `RunTelemetry.snapshot` may be asked by any other.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone.histogram import Histogram
from hydrophone.stage_clock import Stage, StageClock
from hydrophone_model.formats import TAIL
from hydrophone_model.histogram import PS_PER_NS
from hydrophone_model.records import RESULT, Kind, ResultFlag, Side

if TYPE_CHECKING:
    from hydrophone.session import Session

VERSION = 1
"""Version of the snapshot's schema; a reader refuses another."""
ALERTS = 20
"""Latest alerts of a snapshot."""
SYMBOLS = 256
"""Symbols of a snapshot at most: those with the latest events."""
_INTERVAL = 0.25
"""Seconds between two looks at the counters of device and tape."""

Records = NDArray[np.void]


class Named(Protocol):
    """A tape, as far as telemetry looks at it: see `hydrophone.feeds.Tape`."""

    @property
    def symbols(self) -> list[str]:
        """Names by index."""
        ...

    @property
    def sources(self) -> list[str]:
        """Names of the sources."""
        ...

    @property
    def report(self) -> "Counted":
        """What was skipped and changed."""
        ...

    @property
    def clock(self) -> StageClock:
        """Counts the time of its stages."""
        ...

    def size(self, symbol: int, lots: int) -> int | float:
        """A size in the tape's own units."""
        ...


class Counted(Protocol):
    """Counts of a tape: see `hydrophone.feeds.TapeReport`."""

    @property
    def skipped(self) -> Mapping[str, int]:
        """Prints left out, by reason."""
        ...

    @property
    def changed(self) -> Mapping[str, int]:
        """Prints with a changed value, by reason."""
        ...

    @property
    def passed_over(self) -> Mapping[str, int]:
        """Messages that are no prints, by source."""
        ...


class RunTelemetry:
    """What a run knows of itself; `snapshot` is what `hydrophone top` and metrics show.

    Args:
        session: The session, looked at by the thread that runs alone.
        tape: Its tape.
        symbols: Whether to keep the latest result of every symbol, some 4 ns an event.
        live: Whether every batch is shown at once, for there may be no other for long.

    Attributes:
        clock: Of the stages; the run enters them.
        stages: Nanoseconds an event in each stage, as batches come.
        dropped: Counters of what others drop, such as slow subscribers, by name.
    """

    def __init__(
        self, session: "Session", tape: Named, *, symbols: bool = False, live: bool = False
    ) -> None:
        self.clock = tape.clock
        self.stages = {stage: Histogram() for stage in Stage}
        self.dropped: dict[str, Callable[[], int]] = {}
        self._session, self._tape = session, tape
        self._interval = 0.0 if live else _INTERVAL
        self._lock = Lock()
        self._started = time.time()
        self._state = "running"
        self._looked_at = 0.0
        self._counters: dict[str, Any] = {}
        self._engine: Histogram | None = None
        self._names: list[str] = []
        self._alerts: deque[Mapping[str, Any]] = deque(maxlen=ALERTS)
        capacity = session.config.pipeline.symbols if symbols else 0
        self._latest: Records = np.zeros(capacity, RESULT.dtype)
        self._events = np.zeros(capacity, np.int64)
        self._alerted = np.zeros(capacity, np.int64)
        self._place = np.full(capacity, -1, np.int64)
        self._look()

    def take(self, results: Records, alerts: tuple[Mapping[str, Any], ...]) -> None:
        """Takes a batch that went through all stages: their time is shared out among its events.

        Args:
            results: One an event.
            alerts: Alerts among them, as records for people.
        """
        events = len(results)
        spent = self.clock.take(events)
        with self._lock:
            self._alerts.extend(alerts)
            if events:
                for stage, nanoseconds in spent.items():
                    if nanoseconds:
                        self.stages[stage].record(nanoseconds * PS_PER_NS // events, events)
                if self._latest.size:
                    self._take_symbols(results)
            if time.monotonic() - self._looked_at >= self._interval:
                self._look()

    def finish(self, state: str = "ended") -> None:
        """Takes the last counters; ``state`` is ``ended`` or ``failed``."""
        with self._lock:
            self._state = state
            self._look()

    def snapshot(self) -> dict[str, Any]:
        """All of it for programs (JSON); docs/telemetry.md has the schema."""
        with self._lock:
            stages = self._histograms()
            counters = dict(self._counters)
            # Who reads `dropped` must find the device's there, too.
            counters["dropped"] = dict(counters["dropped"])
            alerts, symbols = list(self._alerts), self._symbol_records()
        counters["dropped"] |= {name: count() for name, count in self.dropped.items()}
        return {
            "version": VERSION,
            "pid": os.getpid(),
            "state": self._state,
            "started": self._started,
            "time": time.time(),
            "device": self._session.device,
            "device_detail": self._session.info.detail,
            "config": self._session.config.name,
            "sources": self._tape.sources,
            "counters": counters,
            "stages": {
                name: histogram.record_of() | {"buckets": histogram.sparse()}
                for name, histogram in stages.items()
            },
            "symbols": symbols,
            "alerts": alerts,
        }

    def latencies(self) -> dict[str, dict[str, Any]]:
        """Figures of each stage, and of the engine, that an event was in."""
        with self._lock:
            return {name: found.record_of() for name, found in self._histograms().items()}

    def _histograms(self) -> dict[str, Histogram]:
        """Copies of those that are not empty, by stage; the engine's own is called ``engine``."""
        found = {stage.value: histogram.copy() for stage, histogram in self.stages.items()}
        if self._engine is not None:
            found["engine"] = self._engine
        return {name: histogram for name, histogram in found.items() if histogram.count}

    def _look(self) -> None:
        """Reads the counters of device and tape; only the thread that runs may."""
        self._looked_at = time.monotonic()
        counters, report = self._session.counters, self._tape.report
        self._counters = {
            "events": counters.events,
            "alerts": counters.alerts,
            "late": counters.late,
            "dropped": {"alert_queue": counters.dropped},
            "skipped": dict(report.skipped),
            "changed": dict(report.changed),
            "passed_over": sum(report.passed_over.values()),
        }
        self._engine = self._session.latency
        self._names = list(self._tape.symbols)

    def _take_symbols(self, results: Records) -> None:
        symbols = results["symbol"]
        # Of a symbol's events the last one's place stays.
        self._place[symbols] = np.arange(len(results))
        seen = np.flatnonzero(self._place >= 0)
        self._latest[seen] = results[self._place[seen]]
        self._place[seen] = -1
        self._events += np.bincount(symbols, minlength=self._events.size)
        opened = symbols[results["flags"] & ResultFlag.ALERT > 0]
        if opened.size:
            self._alerted += np.bincount(opened, minlength=self._alerted.size)

    def _symbol_records(self) -> list[dict[str, Any]]:
        seen = np.flatnonzero(self._events[: len(self._names)])
        order = np.argsort(self._latest["time_ns"][seen], kind="stable")[::-1]
        return [self._symbol_record(int(symbol)) for symbol in seen[order[:SYMBOLS]]]

    def _symbol_record(self, symbol: int) -> dict[str, Any]:
        latest = self._latest[symbol]
        return {
            "symbol": self._names[symbol],
            "events": int(self._events[symbol]),
            "alerts": int(self._alerted[symbol]),
            "time_ns": int(latest["time_ns"]),
            "side": Side(int(latest["side"])).name.lower(),
            "parent_size": self._tape.size(symbol, int(latest["parent_size"])),
            "kind": Kind(int(latest["kind"])).name.lower(),
            "score": int(latest["score"]) * TAIL.resolution,
            "episode": bool(latest["flags"] & ResultFlag.EPISODE),
        }
