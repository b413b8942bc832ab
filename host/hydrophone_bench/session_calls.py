"""Overhead of a session's calls: what Python adds to the engine, beside an empty call."""

from collections.abc import Callable
from time import perf_counter_ns

import numpy as np
from numpy.typing import NDArray

from hydrophone import Session, open
from hydrophone.engine import CpuEngine, isas
from hydrophone_bench.figures import Figure, Goal, Report, median
from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.machine import Machine
from hydrophone_bench.measure import BATCH, NAMES, Effort, quiet_processor
from hydrophone_bench.native import bench_native
from hydrophone_bench.tape import WORK, synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import RESULT

PUSH_LIMIT_NS = 120.0
"""What a push may take beyond the engine."""
_CALLS = 1 << 10
"""Calls of a turn: few, so that a turn which another process cuts into is one of many."""

Times = dict[str, list[float]]


def run(effort: Effort) -> Report:
    """Measures calls of a session on one processor; contenders take turns.

    Raises:
        DeviceError: The C++ engine is absent.
    """
    config = DesignConfig.preset()
    with quiet_processor() as (cpu, cores), open("cpu", config) as session:
        report = Report(
            machine=Machine.here(cpu=cpu, cores=cores),
            interruptions=Interruptions.here(seconds=effort.watched_s),
            isa=isas().chosen,
            tape=WORK,
        )
        tape = synthetic(events=_CALLS, symbols=config.pipeline.symbols)
        _report_push(report, _push_times(session, config, tape, effort.turns), effort)
        for count in (1, BATCH):
            for name, times in _batch_times(session, config, tape[:count], effort.turns).items():
                report.figures.append(_figure(name, times, effort, f"{_CALLS // BATCH} calls"))
    return report


def _empty(*, time_ns: int, price: int, size: int, symbol: int, side: int) -> None:
    """The least a Python function with the arguments of a push can do."""


def _push_times(
    session: Session, config: DesignConfig, tape: NDArray[np.void], turns: int
) -> Times:
    """Nanoseconds a call of each turn; the loop's own time is taken off."""
    rows = list(zip(*(tape[name].tolist() for name in NAMES), strict=True))

    def calls(function: Callable[..., object]) -> float:
        start = perf_counter_ns()
        for time_ns, price, size, symbol, side in rows:
            function(time_ns=time_ns, price=price, size=size, symbol=symbol, side=side)
        return (perf_counter_ns() - start) / len(rows)

    def loop() -> float:
        start = perf_counter_ns()
        for _time_ns, _price, _size, _symbol, _side in rows:
            pass
        return (perf_counter_ns() - start) / len(rows)

    times: Times = {"engine": [], "empty": [], "push": []}
    for _ in range(turns):
        bench = bench_native(config.pipeline, tape, rounds=1)
        times["engine"].append(float(np.mean(bench.singles)))
        # The other's state has displaced the session's in the caches.
        calls(session.push)
        own = loop()
        times["push"].append(calls(session.push) - own)
        times["empty"].append(calls(_empty) - own)
    return times


def _report_push(report: Report, times: Times, effort: Effort) -> None:
    beyond = np.array(times["push"]) - np.array(times["engine"])
    for name, values in (
        ("an event in the engine", times["engine"]),
        ("an empty call of a Python function, five arguments by name", times["empty"]),
        ("Session.push", times["push"]),
        ("Session.push, beyond the engine", list(beyond)),
    ):
        report.figures.append(_figure(name, values, effort, f"{_CALLS:,} calls"))
    report.goals.append(
        Goal(
            name="a push beyond the engine's own time",
            value=float(np.median(beyond)),
            limit=PUSH_LIMIT_NS,
            unit="ns",
        )
    )


def _batch_times(
    session: Session, config: DesignConfig, events: NDArray[np.void], turns: int
) -> Times:
    """Nanoseconds a call with a batch, of each turn."""
    engine = CpuEngine(config.pipeline)
    out = np.zeros(events.size, RESULT.dtype)
    results = session.process(events)
    records = session.decide(events, results).records.copy()
    contenders: dict[str, Callable[[], object]] = {
        "the engine's process": lambda: engine.process(events, out),
        "Session.process": lambda: session.process(events),
        "Session.process into out": lambda: session.process(events, out),
        "Session.decide": lambda: session.decide(events, results),
        "Session.decide into out": lambda: session.decide(events, results, records),
    }
    calls = _CALLS // BATCH
    times: Times = {f"{name}, {events.size} a call": [] for name in contenders}
    for _ in range(turns):
        for values, contender in zip(times.values(), contenders.values(), strict=True):
            contender()
            start = perf_counter_ns()
            for _ in range(calls):
                contender()
            values.append((perf_counter_ns() - start) / calls)
    return times


def _figure(name: str, values: list[float], effort: Effort, work: str) -> Figure:
    return Figure(
        name=name,
        unit="ns",
        values=median(values),
        start="call",
        stop="return",
        work=f"median of {effort.turns} turns of {work}, contenders in turn, warm",
    )
