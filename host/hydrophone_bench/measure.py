"""Benchmarks of the engine. Contenders run in turn, so that ratios are of the same minute."""

import gc
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
from numpy.typing import NDArray

from hydrophone import Session, open
from hydrophone.engine import isas
from hydrophone_bench.figures import Figure, Goal, Report, distribution, median
from hydrophone_bench.fusion import decisions
from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.machine import Machine
from hydrophone_bench.native import bench_native
from hydrophone_bench.peers import NAME, HalfSpaceTrees, features
from hydrophone_bench.signal_pipeline import paths
from hydrophone_bench.tape import WORK, synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import RESULT

WINDOWS = (64, 1024)
"""Lengths of every sliding window for which the pipeline is measured; the first is the preset's."""
BATCH = 32
"""Events of a small batch: what the engine takes at once."""
NAMES = ("time_ns", "price", "size", "symbol", "side")


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured.

    Attributes:
        events: Events of the tape.
        rounds: Times it is played; odd, so that a median over them was measured.
        decisions: Decisions of the fusion, taken as often.
        pushes: Events pushed one by one.
        turn_events: Events of a turn: few, so that a turn which another process cuts into is one
            of many.
        turns: Turns that two rivals take.
        peer_events: Events of a turn of the peer.
        model_events: Events of a turn of the golden model.
        model_turns: Turns of the golden model.
        watched_s: Seconds in which an empty loop counts what interrupts it.
    """

    events: int = 1 << 17
    rounds: int = 13
    decisions: int = 1 << 13
    pushes: int = 200_000
    turn_events: int = 1 << 13
    turns: int = 101
    peer_events: int = 50
    model_events: int = 4096
    model_turns: int = 5
    watched_s: float = 1.0


QUICK = Effort(
    events=1 << 14, rounds=3, decisions=1 << 11, pushes=20_000, turns=31, peer_events=20,
    model_events=1024, model_turns=3, watched_s=0.2,
)  # fmt: skip


def run(effort: Effort) -> Report:
    """Measures everything that can be measured here, on one processor.

    Raises:
        DeviceError: The C++ engine is absent.
    """
    with quiet_processor() as (cpu, cores):
        report = Report(
            machine=Machine.here(cpu=cpu, cores=cores),
            interruptions=Interruptions.here(seconds=effort.watched_s),
            isa=isas().chosen,
            tape=WORK,
        )
        decisions(report, count=effort.decisions, rounds=effort.rounds, batch=BATCH)
        paths(report, events=effort.turn_events, turns=effort.turns)
        for window in WINDOWS:
            with open("cpu", windowed(window)) as session:
                tape = synthetic(events=effort.events, symbols=session.config.pipeline.symbols)
                native(report, session.config, window, tape, effort)
                batches(report, session, window, tape, effort)
                if window == WINDOWS[0]:
                    pushes(report, session, tape, effort)
                    model(report, session.config, tape, effort)
                    peer(report, session, tape, effort)
    return report


def windowed(length: int) -> DesignConfig:
    """The default preset with every sliding window of that length."""
    windows = {name: {"window": length} for name in ("volume", "entropy", "correlation")}
    preset = DesignConfig.preset()
    config = DesignConfig.build(windows, name=f"default, windows of {length}")
    return preset if config.pipeline == preset.pipeline else config


@contextmanager
def quiet_processor() -> Generator[tuple[int, int]]:
    """Pins the process to one processor and stops the garbage collector.

    Yields:
        The processor, and the number of processors there were to choose from.
    """
    allowed = os.sched_getaffinity(0)
    cpu = max(allowed)
    collecting = gc.isenabled()
    os.sched_setaffinity(0, {cpu})
    gc.disable()
    try:
        yield cpu, len(allowed)
    finally:
        os.sched_setaffinity(0, allowed)
        if collecting:
            gc.enable()


def native(
    report: Report, config: DesignConfig, window: int, tape: NDArray[np.void], effort: Effort
) -> None:
    """The engine from within: each event by itself, and in small batches."""
    bench = bench_native(config.pipeline, tape, rounds=effort.rounds, batch=BATCH)
    work = f"{effort.rounds} x {tape.size:,} events, warm"
    clock = f"cycle counter, its own {bench.overhead_ns:.0f} ns taken off"
    for view in bench.views():
        report.figures += [
            Figure(
                name=f"native, one event a call, window {window}{view.when}", unit="ns",
                values=view.singles, start=f"event in memory; {clock}", stop="result in memory",
                headline="an event, alone" if window == WINDOWS[0] else "",
                work=f"{work}; {view.how}",
            ),
            Figure(
                name=f"native, {BATCH} events a call, window {window}{view.when}", unit="ns/event",
                values=view.batches, start=f"first of {BATCH} events in memory; {clock}",
                stop="last result in memory", work=f"{work}; {bench.calls}; {view.how}",
                headline=f"an event, {BATCH} a call" if window == WINDOWS[0] else "",
            ),
        ]  # fmt: skip
        if window == WINDOWS[0]:
            report.goals += [
                Goal(
                    name=f"an event in a batch, {share}{view.when}", unit="ns",
                    value=view.batches[statistic], limit=limit,
                )
                for share, statistic, limit in (
                    ("median", "p50", 100.0),
                    ("99.99 %", "p99.99", 200.0),
                )
            ]  # fmt: skip


def batches(
    report: Report, session: Session, window: int, tape: NDArray[np.void], effort: Effort
) -> None:
    """One call from Python for many events, beside one call from C++, turn by turn."""
    tape = tape[: effort.turn_events]
    out = np.zeros(tape.size, RESULT.dtype)
    python: list[float] = []
    inside: list[float] = []
    for _ in range(effort.turns):
        inside.append(float(bench_native(session.config.pipeline, tape, rounds=1).rounds_ns[0]))
        # The other's state has displaced ours in the caches; the native round was warmed up too.
        session.process(tape, out)
        start = perf_counter_ns()
        session.process(tape, out)
        python.append((perf_counter_ns() - start) / tape.size)
    work = f"{effort.turns} x {tape.size:,} events, warm"
    report.figures += [
        Figure(
            name=f"native, {tape.size} events a call, window {window}",
            unit="ns/event",
            values=median(inside),
            start="events in memory",
            stop="last result in memory",
            work=work,
        ),
        Figure(
            name=f"Session.process, {tape.size} events a call, window {window}",
            unit="ns/event",
            values=median(python),
            start="call from Python, events in a NumPy array",
            stop="return to Python, results in the caller's NumPy array",
            work=work,
            headline=f"an event from Python, {tape.size:,} a call" if window == WINDOWS[0] else "",
        ),
    ]
    if window == WINDOWS[0]:
        ratio = median(np.array(python) / np.array(inside))["median"]
        report.goals.append(
            Goal(name="batch call from Python beside native", value=ratio, limit=1.1, unit="x")
        )


def pushes(report: Report, session: Session, tape: NDArray[np.void], effort: Effort) -> None:
    """One event a call from Python."""
    tape = np.resize(tape, effort.pushes)
    rows = list(zip(*(tape[name].tolist() for name in NAMES), strict=True))
    push, clock = session.push, perf_counter_ns
    session.reset()
    empty = min(-clock() + clock() for _ in range(1000))
    times: list[int] = []
    for time_ns, price, size, symbol, side in rows:
        start = clock()
        push(time_ns=time_ns, price=price, size=size, symbol=symbol, side=side)
        times.append(clock() - start)
    report.figures.append(
        Figure(
            name=f"Session.push, window {WINDOWS[0]}",
            unit="ns",
            values=distribution(np.array(times) - empty),
            start=f"call from Python by perf_counter_ns, its own {empty} ns taken off",
            stop="return to Python with the result",
            work=f"{len(times):,} events one by one, warm",
            headline="an event from Python, alone",
        )
    )


def model(report: Report, config: DesignConfig, tape: NDArray[np.void], effort: Effort) -> None:
    """The golden model, in batches long enough for NumPy."""
    tape = tape[: effort.model_events]
    out = np.zeros(tape.size, RESULT.dtype)
    times: list[float] = []
    with open("golden", config) as session:
        for _ in range(effort.model_turns):
            start = perf_counter_ns()
            session.process(tape, out)
            times.append((perf_counter_ns() - start) / tape.size)
    report.figures.append(
        Figure(
            name=f"golden model, {tape.size} events a call, window {WINDOWS[0]}",
            unit="ns/event",
            values=median(times),
            start="call from Python",
            stop="return to Python",
            work=f"{effort.model_turns} x {tape.size:,} events",
        )
    )


def peer(report: Report, session: Session, tape: NDArray[np.void], effort: Effort) -> None:
    """The peer beside the engine, turn by turn, both called from Python."""
    try:
        trees = HalfSpaceTrees()
    except ModuleNotFoundError:
        report.notes.append(f"{NAME}: not measured, river is not installed (hydrophone[eval])")
        return
    seen = features(np.resize(tape, effort.peer_events * effort.turns))
    tape = tape[: effort.turn_events]
    out = np.zeros(tape.size, RESULT.dtype)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(effort.turns):
        session.process(tape, out)
        start = perf_counter_ns()
        session.process(tape, out)
        ours.append((perf_counter_ns() - start) / tape.size)
        part = seen[turn * effort.peer_events : (turn + 1) * effort.peer_events]
        start = perf_counter_ns()
        trees.process(part)
        theirs.append((perf_counter_ns() - start) / len(part))
    report.figures.append(
        Figure(
            name=f"{NAME}, one event a call",
            unit="ns/event",
            values=median(theirs),
            start="first call from Python, features ready as dicts",
            stop="last return to Python",
            work=f"score and learn, {trees.detail}, {effort.turns} x {effort.peer_events} events",
            headline=f"an event, {NAME}",
        )
    )
    ratio = median(np.array(theirs) / np.array(ours))["median"]
    report.goals.append(
        Goal(
            name=f"times faster an event than {NAME}",
            value=ratio,
            limit=500.0,
            unit="x",
            atleast=True,
        )
    )
