"""The run behind ``listen``: a tape through a session, results to every sink, counts at the end."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone.cli.outputs import alert_record
from hydrophone.cli.summary import Cycles, Latencies, Summary
from hydrophone.feeds import FeedError, Tape
from hydrophone.session import RESULT_DTYPE, Session, alerts

Records = NDArray[np.void]
WINDOW = 512
"""Events in one timed call of the engine: few enough to see single delays, enough that what the
call itself costs stays small."""


class Sink(Protocol):
    """Takes what was heard, batch by batch."""

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Takes a batch: events, their results, and the alerts among them as records."""
        ...


def hear(
    session: Session,
    tape: Tape,
    sinks: Sequence[Sink],
    *,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Processes a tape to its end, or to ``limit`` events, or until it is interrupted.

    Args:
        session: Computes the results.
        tape: Gives the events.
        sinks: Take every batch, in this order.
        limit: Most events to process.
        progress: Told after each batch how many events were processed so far.

    Returns:
        What the run came to. ``error`` says if the tape broke off or was interrupted: then the
        sinks have everything up to there.

    Raises:
        FeedError: No event came at all.
    """
    window = WINDOW if session.device == "cpu" else 1 << 16
    latencies, cycles, kinds = Latencies(window=window), Cycles(), Counter[str]()
    events_done, error = 0, None
    started = time.perf_counter()
    try:
        for batch in tape:
            if limit is not None:
                batch = batch[: limit - events_done]
            results = np.empty(len(batch), dtype=RESULT_DTYPE)
            _process(session, batch, results, latencies, cycles)
            heard = [alert_record(alert, tape) for alert in alerts(results)]
            kinds.update(record["kind"] for record in heard)
            for sink in sinks:
                sink.take(batch, results, heard)
            events_done += len(batch)
            if progress is not None:
                progress(events_done)
            if limit is not None and events_done >= limit:
                break
    except FeedError as failure:
        if not events_done:
            raise
        error = str(failure)
    except KeyboardInterrupt:
        error = f"interrupted after {events_done:,} events"
    counters, report = session.counters, tape.report
    return Summary(
        device=session.device,
        detail=session.info.detail,
        reason=session.reason,
        config=session.config.name,
        sources=tape.sources,
        symbols=len(tape.symbols),
        events=events_done,
        alerts=counters.alerts,
        kinds=dict(kinds),
        dropped=counters.dropped,
        late=counters.late,
        skipped=dict(report.skipped),
        changed=dict(report.changed),
        passed_over=report.passed_over.total(),
        examples=report.examples,
        notes=report.notes,
        seconds=time.perf_counter() - started,
        device_seconds=latencies.total,
        latency=latencies.record(),
        cycles=cycles.record(),
        error=error,
    )


def _process(
    session: Session, batch: Records, results: Records, latencies: Latencies, cycles: Cycles
) -> None:
    """Runs a batch through the device, window by window, each timed."""
    edges = np.append(np.arange(0, len(batch), latencies.window), len(batch))
    nanoseconds = np.empty(len(edges) - 1)
    for place, (start, stop) in enumerate(pairwise(edges)):
        before = time.perf_counter_ns()
        session.process(batch[start:stop], results[start:stop])
        nanoseconds[place] = time.perf_counter_ns() - before
        clocked = session.cycles
        if clocked is not None:
            cycles.add(clocked)
    latencies.add(nanoseconds / 1e9, np.diff(edges))
