"""Workloads of the benchmark history, and how a process samples them.

    python -m hydrophone_bench.workloads TURNS

prints one sample of each as JSON. A sample is a median of ratios to a reference that is timed right
before: what slows the whole machine for a while slows both. The reference is somebody else's code.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from time import perf_counter_ns

import numpy as np

from hydrophone import open
from hydrophone.engine import FusionEngine, SignalPipelineEngine
from hydrophone_bench.fusion import tables
from hydrophone_bench.measure import NAMES, quiet_processor
from hydrophone_bench.regression import Samples
from hydrophone_bench.tape import synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ToolError
from hydrophone_model.records import RESULT

PROCESSES, TURNS = 11, 41
"""Processes, and turns of each workload in a process."""
QUICK_PROCESSES, QUICK_TURNS = 7, 15
"""Fewer processes could not flag anything: their least p-value would be too large."""
_EVENTS, _SMALL, _PUSHES, _DECISIONS = 8192, 32, 512, 128
_REFERENCE = bytes(1 << 16)

Workload = tuple[Callable[[], object], int]
"""A call, and the number of units that it works on."""


class SamplingError(ToolError):
    """A process that samples has failed; the message says why."""


def workloads() -> dict[str, Workload]:
    """By figure: what one waits for in a trading process."""
    config = DesignConfig.preset()
    tape = synthetic(events=_EVENTS, symbols=config.pipeline.symbols)
    session, out = open("cpu", config), np.empty(_EVENTS, RESULT.dtype)
    engine = SignalPipelineEngine(config)
    decided = np.empty(_EVENTS, engine.dtype)
    fusion = FusionEngine(config.fusion)
    given = tables(config.fusion, _DECISIONS)
    decisions = np.empty(_DECISIONS, fusion.dtype)
    columns: list[list[int]] = [tape[name][:_PUSHES].tolist() for name in NAMES]
    rows = list(zip(*columns, strict=True))
    small, small_out = tape[:_SMALL], out[:_SMALL]

    def push() -> None:
        for time_ns, price, size, symbol, side in rows:
            session.push(time_ns=time_ns, price=price, size=size, symbol=symbol, side=side)

    def process_small() -> None:
        for _ in range(_SMALL):
            session.process(small, small_out)

    return {
        f"Session.process, {_EVENTS} events": (lambda: session.process(tape, out), _EVENTS),
        f"Session.process, {_SMALL} events": (process_small, _SMALL * _SMALL),
        "Session.push": (push, _PUSHES),
        "events to decisions": (lambda: engine.process(tape, out, decided), _EVENTS),
        f"Session.export_state, {config.pipeline.symbols} symbols": (session.export_state, 1),
        "fusion": (lambda: fusion.process(decisions=decisions, **given), _DECISIONS),
    }


def sample(works: Mapping[str, Workload], turns: int) -> dict[str, tuple[float, float]]:
    """One sample of each workload: its time by the reference's, and its nanoseconds a unit.

    The workloads take turns, each behind the reference.
    """
    ratios: dict[str, list[float]] = {name: [] for name in works}
    spent: dict[str, list[float]] = {name: [] for name in works}
    for call, _ in works.values():
        call()
    for _ in range(turns):
        for name, (call, units) in works.items():
            start = perf_counter_ns()
            hashlib.blake2b(_REFERENCE).digest()
            middle = perf_counter_ns()
            call()
            stop = perf_counter_ns()
            ratios[name].append((stop - middle) / (middle - start))
            spent[name].append((stop - middle) / units)
    return {name: (float(np.median(ratios[name])), float(np.median(spent[name]))) for name in works}


def sampled(processes: int, turns: int) -> tuple[dict[str, Samples], dict[str, float]]:
    """Samples of every workload, one a process; and median nanoseconds.

    Raises:
        SamplingError: A process failed.
    """
    ratios: dict[str, list[float]] = {}
    spent: dict[str, list[float]] = {}
    for _ in range(processes):
        command = [sys.executable, "-m", "hydrophone_bench.workloads", str(turns)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SamplingError(f"a process that samples failed: {done.stderr.strip()[-300:]}")
        for name, (ratio, nanoseconds) in json.loads(done.stdout).items():
            ratios.setdefault(name, []).append(ratio)
            spent.setdefault(name, []).append(nanoseconds)
    return dict(ratios), {name: float(np.median(times)) for name, times in spent.items()}


if __name__ == "__main__":
    with quiet_processor():
        json.dump(sample(workloads(), int(sys.argv[1])), sys.stdout)
