"""Events, results and scores that another thread writes to while they are read.

python -m tests.host.scripts.writers DEVICE SEED; whatever it writes, the process lives, a batch is
whole or refused, and each result tells of values within range.
"""

import sys
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import EVENT, DesignConfig, EventError, kernels

SYMBOLS, SECONDS = 16, 1.0
EVENTS = {"cpu": 100_000, "golden": 500}
CONFIG = DesignConfig.build(
    {"symbols": SYMBOLS, "classes": 4, "repeat": {"slots": 16}, "fusion": {"candidates": 4}},
    name="small",
)


class Writer:
    """Writes noise into some bytes, and then what they were, again and again."""

    def __init__(self, memory: NDArray[np.uint8], seed: int) -> None:
        self._memory, self._good = memory, memory.copy()
        self._noise = np.random.default_rng(seed).integers(0, 256, memory.shape, np.uint8)
        self._stop = False
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._stop:
            self._memory[...] = self._noise
            time.sleep(0)
            self._memory[...] = self._good
            time.sleep(1e-4)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._thread.join()
        self._memory[...] = self._good


def often(call: Callable[[], object]) -> tuple[int, int]:
    """Calls that returned, and those that were refused, in a second."""
    returned = refused = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until or not returned:
        try:
            call()
            returned += 1
        except (EventError, ValueError):
            refused += 1
    return returned, refused


def main() -> None:
    device, seed = sys.argv[1], int(sys.argv[2])
    sys.setswitchinterval(1e-4)
    session = hydrophone.open(device, CONFIG)
    tape = np.resize(random_tape(seed, 4000, SYMBOLS), EVENTS[device])
    said = session.process(tape)
    raw = tape.view(np.uint8).reshape(tape.size, EVENT.size)
    counted = session.counters.events

    def process() -> None:
        nonlocal counted
        results = session.process(tape)
        counted += results.size
        assert results["symbol"].max() < SYMBOLS
        assert results["side"].max() <= 1
        assert min(results["price"].min(), results["parent_size"].min()) > 0
        assert max(results["time_ns"].max(), results["sequence"].max()) < 1 << 63

    with Writer(raw[tape.size // 2 :], seed):
        print("process", often(process))
        print("decide", often(lambda: session.decide(tape, said)))
    assert session.counters.events == counted
    assert session.process(tape).size == tape.size
    scores = np.random.default_rng(seed).integers(-99, 99, (3000, 8, 4), np.int16)
    with Writer(scores.view(np.uint8), seed):
        print("fuse", often(lambda: session.fuse(scores)))
    bins = np.zeros(200_000, np.uint8)
    with Writer(bins, seed):
        print("moving_entropy", often(lambda: kernels.moving_entropy(bins, 64)))


main()
