"""Main loop of a run: a tape through a session, batch by batch, each to every sink."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone import RESULT, Session
from hydrophone.decisions import Decisions
from hydrophone.feeds import FeedError, Tape
from hydrophone.stage_clock import Stage
from hydrophone.telemetry import RunTelemetry
from hydrophone_cli.listening.batch import Batch, alert_records
from hydrophone_cli.listening.decider import Decider
from hydrophone_cli.listening.sinks import Sink
from hydrophone_cli.listening.summary import Cycles, Latencies, Summary
from hydrophone_cli.outputs.files import OutputError
from hydrophone_cli.outputs.output_set import EARLY
from hydrophone_cli.signals import asked, held, raise_held

Records = NDArray[np.void]
WINDOW, SLOW_WINDOW = 512, 4096
"""Events in one timed call of the engine, or of a slower device: few enough to see single delays
and to end soon after a signal, enough that what the call itself costs stays small."""


class Screen(Protocol):
    """Shows a person the run."""

    def take(self, batch: Batch) -> None:
        """Shows the alerts of a batch."""
        ...

    def advance(self, events: int) -> None:
        """Shows how many events were processed so far."""
        ...


def process_tape(
    session: Session,
    tape: Tape,
    sinks: Sequence[Sink],
    *,
    decider: Decider | None = None,
    screen: Screen | None = None,
    limit: int | None = None,
    telemetry: RunTelemetry | None = None,
    source: Iterable[Records] | None = None,
) -> tuple[Summary, BaseException | None]:
    """Processes a tape to its end, or to ``limit`` events, or until something ends it early.

    A signal is obeyed between two calls of the device: what was processed by then goes to every
    sink, whole.

    Args:
        session: Computes the results.
        tape: Gives the events.
        sinks: Take every batch, in this order.
        decider: Decides on every event.
        screen: Shows each batch behind the sinks; a signal may cut it short.
        limit: Most events to process.
        telemetry: Records the run, if others are to see it meanwhile.
        source: Those events of the tape that are to be processed; all if left out.

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
    telemetry = telemetry or RunTelemetry(session, tape)
    clock = telemetry.clock
    started = time.perf_counter()
    try:
        for events in clock.timed(Stage.ORDER, tape if source is None else source):
            if limit is not None:
                events = events[: limit - events_done]
            with held():
                with clock.stage(Stage.PROCESS):
                    events, results = _process_events(session, events, latencies, cycles)
                decisions = None
                if decider is not None:
                    with clock.stage(Stage.DECIDE):
                        decisions = decider.decide(events, results)
                with clock.stage(Stage.SINKS):
                    batch = _batch(tape, events, results, decisions, decider)
                    kinds.update(alert["kind"] for alert in batch.alerts)
                    events_done += len(events)
                    for sink in sinks:
                        sink.take(batch)
                telemetry.take(batch.results, batch.alerts)
            raise_held()
            if screen is not None:
                screen.take(batch)
                screen.advance(events_done)
            if limit is not None and events_done >= limit:
                break
    except FeedError as failure:
        if not events_done:
            raise
        error = str(failure)
    except (*EARLY, OutputError) as cause:
        early = cause
    telemetry.finish("ended" if error is None and early is None else "failed")
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
        stages=telemetry.latencies(),
        cycles=cycles.record(),
        error=error,
    )
    return summary, early


def _batch(
    tape: Tape,
    events: Records,
    results: Records,
    decisions: Decisions | None,
    decider: Decider | None,
) -> Batch:
    """The batch of processed events: views that no sink can write to."""
    candidates = () if decider is None else decider.candidates
    events, results = events.view(), results.view()
    for records in (events, results):
        records.flags.writeable = False
    return Batch(
        events=events,
        results=results,
        decisions=decisions,
        candidates=candidates,
        alerts=alert_records(tape, results, decisions, candidates),
    )


def _process_events(
    session: Session, events: Records, latencies: Latencies, cycles: Cycles
) -> tuple[Records, Records]:
    """Runs events through the device, window by window, each timed.

    Returns:
        Those that were processed, with their results: all, unless a signal came.
    """
    results = np.empty(len(events), dtype=RESULT.dtype)
    edges = np.append(np.arange(0, len(events), latencies.window), len(events))
    nanoseconds = np.empty(len(edges) - 1)
    done = 0
    for start, stop in pairwise(edges):
        before = time.perf_counter_ns()
        session.process(events[start:stop], results[start:stop])
        nanoseconds[done] = time.perf_counter_ns() - before
        done += 1
        clocked = session.cycles
        if clocked is not None:
            cycles.add(clocked)
        if asked():
            break
    latencies.add(nanoseconds[:done] / 1e9, np.diff(edges)[:done])
    count = int(edges[done])
    return events[:count], results[:count]
