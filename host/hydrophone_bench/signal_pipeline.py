"""End-to-end benchmark: events through whale pipeline and signals to decisions of the fusion."""

from time import perf_counter_ns

import numpy as np

from hydrophone.engine import SignalPipelineEngine
from hydrophone_bench.figures import Figure, Report, median
from hydrophone_bench.tape import synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import RESULT


def paths(report: Report, *, events: int, turns: int) -> None:
    """Adds the figures of the default preset: all symbols candidates, and a quarter of them.

    Args:
        report: Where they go.
        events: Events of a call.
        turns: Calls.
    """
    config = DesignConfig.preset()
    candidates = config.fusion.candidates
    for symbols in (candidates, config.pipeline.symbols):
        tape = synthetic(events=events, symbols=symbols)
        engine = SignalPipelineEngine(config)
        results, decisions = np.empty(events, RESULT.dtype), np.empty(events, engine.dtype)
        times: list[float] = []
        # The first call warms up, and brings every candidate its scores.
        for _ in range(turns + 1):
            start = perf_counter_ns()
            engine.process(tape, results, decisions)
            times.append((perf_counter_ns() - start) / events)
        report.figures.append(
            Figure(
                name=f"events to decisions, {events} events a call, {symbols} symbols, "
                f"{candidates} of them candidates",
                unit="ns/event",
                values=median(times[1:]),
                start="call from Python, events in a NumPy array",
                stop="return to Python, results and decisions in the caller's NumPy arrays",
                work=f"{turns} x {events:,} events, warm",
                headline=f"an event and its decision, {candidates} of {symbols} symbols"
                if symbols > candidates
                else "",
            )
        )
