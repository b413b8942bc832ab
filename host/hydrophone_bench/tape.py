"""Workload of the benchmarks: a synthetic tape, the same on every machine."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.records import EVENT

SEED = 20240808
WORK = f"synthetic, seed {SEED}: 64 symbols at random, log-normal sizes, runs of one side"
"""The tape in words."""


def synthetic(*, events: int, symbols: int) -> NDArray[np.void]:
    """A tape of that many events over that many symbols, drawn with `SEED`."""
    rng = np.random.default_rng(SEED)
    tape = np.zeros(events, EVENT.dtype)
    tape["time_ns"] = 1_700_000_000_000_000_000 + np.cumsum(rng.exponential(2e5, events)).astype(
        np.int64
    )
    tape["sequence"] = np.arange(events)
    tape["symbol"] = rng.integers(0, symbols, events)
    # Each print keeps its symbol's side three times out of four.
    turns = rng.random(events) < 0.25
    tape["side"] = (np.cumsum(turns) + tape["symbol"]) & 1
    tape["price"] = 1_000_000 + np.cumsum(rng.integers(-2, 3, events))
    tape["size"] = np.exp2(rng.normal(7, 2, events)).astype(np.uint32) + 1
    return tape
