"""Benchmark of the shared memory: publishing, reading, and the way of an alert between processors.

Writer and reader are pinned to a processor each and read its time stamp counter; docs/
shared-memory.md says what exactly is timed. Results are the engine's on the synthetic tape.
"""

import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hydrophone
from hydrophone import _kernels
from hydrophone_bench.tape import synthetic

SYMBOLS, EVENTS, BATCH = 64, 8192, 32
READ_GOAL, PUBLISH_GOAL, ALERT_GOAL = 50.0, 20.0, 150.0
"""Nanoseconds: of 99.99 % of the reads, an event published, half of the alerts."""


class ProcessorError(hydrophone.HydrophoneError):
    """Too few processors to measure what goes between two."""


@dataclass(frozen=True, kw_only=True)
class SharedMemoryReport:
    """Nanoseconds, as docs/shared-memory.md defines them.

    Attributes:
        cpus: Processors of writer and reader.
        publish: An event published without readers, the median of the rounds.
        publish_read: The same while another processor reads all the time.
        publish_single: An event published without readers, in calls of one.
        read: Percentiles of a read, by name.
        reads_a_batch: Reads that are timed together.
        busy: Reads that met a snapshot which was written throughout every try.
        alert: Percentiles from writer to reader, by name.
        alerts_missed: Alerts that the reader was too late for.
    """

    cpus: tuple[int, int]
    publish: float
    publish_read: float
    publish_single: float
    read: dict[str, float]
    reads_a_batch: int
    busy: int
    alert: dict[str, float]
    alerts_missed: int

    @property
    def met(self) -> bool:
        """Whether every goal is met."""
        return (
            self.publish <= PUBLISH_GOAL
            and self.read["p99.99"] < READ_GOAL
            and self.alert["p50"] <= ALERT_GOAL
        )

    def record(self) -> dict[str, Any]:
        """The figures, for programs."""
        return asdict(self)

    def text(self) -> str:
        """The figures, for a person."""
        rows = [
            f"writer on processor {self.cpus[0]}, reader on {self.cpus[1]}; nanoseconds",
            f"publish  {self.publish:.1f} an event in calls of {BATCH} (goal {PUBLISH_GOAL:g})",
            f"         {self.publish_read:.1f} while another processor reads",
            f"         {self.publish_single:.1f} in calls of one",
            f"read     {_listed(self.read)}, {self.reads_a_batch} snapshots timed together",
            f"         (goal p99.99 below {READ_GOAL:g}); {self.busy} busy",
            f"alert    {_listed(self.alert)} (goal p50 {ALERT_GOAL:g})",
            f"         {self.alerts_missed} missed",
        ]
        return "\n".join(rows)


def measure(seconds: float = 3.0) -> SharedMemoryReport:
    """Measures on the first two processors that this process may use.

    Args:
        seconds: Length of each of the three parts.

    Raises:
        ProcessorError: There are not two.
    """
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        raise ProcessorError("shared memory is measured between two processors: allow two")
    tape = synthetic(events=EVENTS, symbols=SYMBOLS)
    with hydrophone.open("cpu") as session:
        results = session.process(tape)
    writer, reader = cpus
    bench = _kernels.bench_shared(results, SYMBOLS, BATCH, writer, reader, seconds)
    single = _kernels.bench_shared(results, SYMBOLS, 1, writer, reader, min(seconds, 0.2))
    return SharedMemoryReport(
        cpus=(writer, reader),
        publish=_median(bench["publish_alone_ns"]),
        publish_read=_median(bench["publish_read_ns"]),
        publish_single=_median(single["publish_alone_ns"]),
        read=_percentiles(bench["reads_ns"], 50, 99, 99.9, 99.99),
        reads_a_batch=bench["reads_a_batch"],
        busy=bench["busy"],
        alert=_percentiles(bench["alerts_ns"], 1, 50, 99),
        alerts_missed=bench["alerts_missed"],
    )


def _numbers(memory: bytes) -> NDArray[np.float32]:
    return np.frombuffer(memory, np.float32)


def _median(memory: bytes) -> float:
    return float(np.median(_numbers(memory)))


def _percentiles(memory: bytes, *places: float) -> dict[str, float]:
    """Percentiles by name; NaN where nothing was measured."""
    numbers = _numbers(memory)
    values = np.percentile(numbers, places) if numbers.size else np.full(len(places), np.nan)
    return {
        f"p{place:g}": round(float(value), 1) for place, value in zip(places, values, strict=True)
    }


def _listed(percentiles: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" for name, value in percentiles.items())
