"""A small made-up tape that behaves as real ones do where detection cares."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_evaluate.tapes import Tape
from hydrophone_model.records import EVENT


def made_up(seed: int, prints: int = 6_000) -> Tape:
    """Log-normal sizes, sides in runs, a price that walks, prints in bursts of one timestamp."""
    rng = np.random.default_rng(seed)
    events: NDArray[np.void] = np.zeros(prints, EVENT.dtype)
    gap = np.where(rng.random(prints) < 0.3, 0, rng.exponential(2e8, prints))
    events["time_ns"] = 1_700_000_000_000_000_000 + np.cumsum(gap).astype(np.uint64)
    events["price"] = 100_000 + np.cumsum(rng.integers(-1, 2, prints))
    events["size"] = np.maximum(1, rng.lognormal(4.0, 1.3, prints)).astype(np.uint32)
    events["side"] = np.cumsum(rng.random(prints) < 0.35) % 2
    events["sequence"] = np.arange(prints)
    return Tape(name="made up", family="none", events=events)
