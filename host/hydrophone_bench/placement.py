"""Benchmark of places: the engine's latency on processors, pages and memory of a choice.

    python -m hydrophone_bench.placement '{"cpus": [1]}'

prints the percentiles of one place as JSON. Each place is that of a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from time import perf_counter_ns
from typing import Any

import numpy as np

from hydrophone import open
from hydrophone.placement import PlacementError, place
from hydrophone_bench.figures import distribution
from hydrophone_bench.tape import synthetic
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ToolError
from hydrophone_model.records import RESULT

BATCH = 32
SYMBOLS = 1024
"""More symbols than the preset's, so that their state does not fit the first caches."""
EVENTS, ROUNDS = 1 << 16, 9
_REFUSED = "refused"


def places(cpu: int) -> dict[str, dict[str, Any]]:
    """Arguments of `hydrophone.placement.place` by the option's name."""
    return {
        "as the system likes": {},
        f"--cpu {cpu}": {"cpus": [cpu]},
        "--huge-pages": {"huge_pages": True},
        "--lock-memory": {"lock_memory": True},
        "--numa-node 0": {"numa_node": 0},
    }


def measure(arguments: Mapping[str, Any]) -> dict[str, float]:
    """Nanoseconds an event of calls of `BATCH` events from Python, in this process at that place.

    Raises:
        PlacementError: The system does not allow it.
    """
    place(**arguments)
    config = DesignConfig.build({"symbols": SYMBOLS}, name="bench")
    tape = synthetic(events=EVENTS, symbols=SYMBOLS)
    out = np.empty(EVENTS, RESULT.dtype)
    starts = range(0, EVENTS, BATCH)
    times = np.empty((ROUNDS, len(starts)))
    with open("cpu", config) as session:
        session.process(tape, out)
        batches = [(tape[start : start + BATCH], out[start : start + BATCH]) for start in starts]
        for row in times:
            for number, (events, results) in enumerate(batches):
                start = perf_counter_ns()
                session.process(events, results)
                row[number] = (perf_counter_ns() - start) / BATCH
    return distribution(times)


def measured(arguments: Mapping[str, Any]) -> dict[str, float] | str:
    """The same in a process of its own; why, where the system does not allow the place.

    Raises:
        ToolError: The process failed.
    """
    command = [sys.executable, "-m", "hydrophone_bench.placement", json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ToolError(f"a process that measures failed: {done.stderr.strip()[-300:]}")
    found = json.loads(done.stdout)
    return found.get(_REFUSED) or found


def main(arguments: Mapping[str, Any]) -> None:
    """Prints what one place measures, or why it is refused."""
    try:
        found: dict[str, Any] = measure(arguments)
    except PlacementError as refusal:
        found = {_REFUSED: str(refusal)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
