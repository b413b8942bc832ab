"""The run behind ``listen``: a tape through a session, results to every sink, counts at the end."""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import FeedError, Tape
from hydrophone.session import RESULT_DTYPE, Session, alerts
from hydrophone_cli.outputs import EARLY, OutputError
from hydrophone_cli.signals import asked, held, raise_held
from hydrophone_cli.summary import Cycles, Latencies, Summary
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, Side

Records = NDArray[np.void]
WINDOW, SLOW_WINDOW = 512, 4096
"""Events in one timed call of the engine, or of a slower device: few enough to see single delays
and to end soon after a signal, enough that what the call itself costs stays small."""


class Screen(Protocol):
    """Shows a person what is heard."""

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Shows the alerts of a batch."""
        ...

    def advance(self, events: int) -> None:
        """Shows how many events were processed so far."""
        ...


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
    screen: Screen | None = None,
    limit: int | None = None,
) -> tuple[Summary, BaseException | None]:
    """Processes a tape to its end, or to ``limit`` events, or until something ends it early.

    A signal is obeyed between two calls of the device: what was processed by then goes to every
    sink, whole.

    Args:
        session: Computes the results.
        tape: Gives the events.
        sinks: Take every batch, in this order.
        screen: Shows each batch behind the sinks; a signal may cut it short.
        limit: Most events to process.

    Returns:
        What the run came to, and what ended it early: a signal, an output that cannot be written
        or a reader that has gone. If the tape broke off, the summary's ``error`` says so, and the
        sinks have everything up to there.

    Raises:
        FeedError: No event came at all.
    """
    window = WINDOW if session.device == "cpu" else SLOW_WINDOW
    latencies, cycles, kinds = Latencies(window=window), Cycles(), Counter[str]()
    events_done, error, early = 0, None, None
    started = time.perf_counter()
    try:
        for batch in tape:
            if limit is not None:
                batch = batch[: limit - events_done]
            results = np.empty(len(batch), dtype=RESULT_DTYPE)
            with held():
                count = _process(session, batch, results, latencies, cycles)
                batch, results = batch[:count], results[:count]
                heard = [alert_record(alert, tape) for alert in alerts(results)]
                kinds.update(record["kind"] for record in heard)
                events_done += count
                for sink in sinks:
                    sink.take(batch, results, heard)
            raise_held()
            if screen is not None:
                screen.take(batch, results, heard)
                screen.advance(events_done)
            if limit is not None and events_done >= limit:
                break
    except FeedError as failure:
        if not events_done:
            raise
        error = str(failure)
    except (*EARLY, OutputError) as cause:
        early = cause
    counters, report = session.counters, tape.report
    summary = Summary(
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
    return summary, early


def alert_record(alert: np.void, tape: Tape) -> dict[str, Any]:
    """An alert as a person or program reads it: names, and the tape's own units."""
    symbol = int(alert["symbol"])
    return {
        "sequence": int(alert["sequence"]),
        "time_ns": int(alert["time_ns"]),
        "symbol": tape.symbols[symbol],
        "side": Side(int(alert["side"])).name.lower(),
        "kind": Kind(int(alert["kind"])).name.lower(),
        "score": int(alert["score"]) * TAIL.resolution,
        "parent_size": tape.size(symbol, int(alert["parent_size"])),
        "price": tape.price(symbol, int(alert["price"])),
    }


def _process(
    session: Session, batch: Records, results: Records, latencies: Latencies, cycles: Cycles
) -> int:
    """Runs a batch through the device, window by window, each timed.

    Returns:
        How many events were processed: all, unless a signal came.
    """
    edges = np.append(np.arange(0, len(batch), latencies.window), len(batch))
    nanoseconds = np.empty(len(edges) - 1)
    done = 0
    for start, stop in pairwise(edges):
        before = time.perf_counter_ns()
        session.process(batch[start:stop], results[start:stop])
        nanoseconds[done] = time.perf_counter_ns() - before
        done += 1
        clocked = session.cycles
        if clocked is not None:
            cycles.add(clocked)
        if asked():
            break
    latencies.add(nanoseconds[:done] / 1e9, np.diff(edges)[:done])
    return int(edges[done])
