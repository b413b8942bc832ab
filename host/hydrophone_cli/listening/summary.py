"""Run summary: counts, rates and latencies of a run, for programs (JSON) and the closing table."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.histogram import PS_PER_NS, LogHistogram

PERCENTILES = (50.0, 99.0, 99.9, 99.99)


@dataclass(kw_only=True)
class Latencies:
    """Latency of the device over its calls, however long the run is.

    Attributes:
        window: Most events in one timed call; a call's time is shared out evenly among its events.
        calls: Calls by the time an event.
        total: Seconds of all calls.
    """

    window: int
    calls: LogHistogram = field(default_factory=LogHistogram)
    total: float = 0.0

    def add(self, seconds: NDArray[np.float64], events: NDArray[np.int64]) -> None:
        """Adds the calls of one batch: what each took, and for how many events."""
        if not seconds.size:
            return
        self.total += float(seconds.sum())
        self.calls.record_many(seconds * 1e9 * PS_PER_NS / events)

    def record(self) -> dict[str, Any]:
        """Percentiles over the calls, and the largest."""
        figures: dict[str, Any] = {"unit": "ns per event", "window": self.window}
        if self.calls.count:
            for percentile in PERCENTILES:
                value = self.calls.quantile(percentile / 100) / PS_PER_NS
                figures[f"p{percentile:g}"] = round(value, 1)
            figures["max"] = round(self.calls.most / PS_PER_NS, 1)
        return figures


@dataclass(kw_only=True)
class Cycles:
    """Hardware cycles from accepted to answered, where the device counts them."""

    events: int = 0
    total: int = 0
    least: int = 0
    most: int = 0

    def add(self, cycles: NDArray[np.int64]) -> None:
        """Adds the events of one batch."""
        if not len(cycles):
            return
        low, high = int(cycles.min()), int(cycles.max())
        self.least = min(self.least, low) if self.events else low
        self.most = max(self.most, high)
        self.total += int(cycles.sum())
        self.events += len(cycles)

    def record(self) -> dict[str, Any] | None:
        """Least, mean and most cycles, or None on a device without a clock."""
        if not self.events:
            return None
        return {"min": self.least, "mean": self.total / self.events, "max": self.most}


@dataclass(kw_only=True)
class Summary:
    """A finished run.

    Attributes:
        device: Name of the device.
        detail: What exactly answered.
        reason: Why it is this device.
        config: Name of the configuration.
        sources: Sources with their formats.
        symbols: Number of symbols.
        events: Events processed.
        alerts: Alerts raised.
        kinds: Alerts by kind.
        dropped: Alerts that met a full queue.
        late: Events that the device found late.
        skipped: Prints left out, by reason.
        changed: Prints handed on with a changed value, by reason.
        passed_over: Messages that are no prints.
        examples: First places of each reason.
        notes: What was inferred or decided.
        seconds: Wall time from the first byte to the last result.
        device_seconds: Part of it spent in the device.
        latency: Nanoseconds an event.
        stages: Likewise in each stage of the run, and in the engine.
        cycles: Hardware cycles an event, if there is a clock.
        error: Why the run ended early, if it did.
    """

    device: str
    detail: str
    reason: str
    config: str
    sources: list[str]
    symbols: int = 0
    events: int = 0
    alerts: int = 0
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    dropped: int = 0
    late: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    passed_over: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    notes: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    device_seconds: float = 0.0
    latency: dict[str, Any] = field(default_factory=dict[str, Any])
    stages: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    cycles: dict[str, Any] | None = None
    error: str | None = None

    def record(self) -> dict[str, Any]:
        """The run as JSON: every attribute, with the rates and the total of skips."""
        rate = self.events / self.seconds if self.seconds else 0.0
        device_rate = self.events / self.device_seconds if self.device_seconds else 0.0
        return {
            "device": self.device,
            "device_detail": self.detail,
            "device_reason": self.reason,
            "config": self.config,
            "sources": self.sources,
            "symbols": self.symbols,
            "events": self.events,
            "alerts": self.alerts,
            "alerts_by_kind": self.kinds,
            "dropped": self.dropped,
            "late": self.late,
            "skipped": self.skipped,
            "changed": self.changed,
            "passed_over": self.passed_over,
            "examples": self.examples,
            "notes": self.notes,
            "seconds": round(self.seconds, 6),
            "device_seconds": round(self.device_seconds, 6),
            "events_per_second": round(rate),
            "device_events_per_second": round(device_rate),
            "latency_ns": self.latency,
            "stages_ns": self.stages,
            "cycles": self.cycles,
            "error": self.error,
        }
