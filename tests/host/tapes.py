"""Random tapes of market events with the corners that detectors trip over."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.records import EVENT


def random_tape(seed: int, count: int, symbols: int) -> NDArray[np.void]:
    """Events of many symbols: bursts of one side, repeated clips, late prints, extreme sizes.

    Args:
        seed: Of the generator.
        count: Number of events.
        symbols: Symbols to draw from, some often and some rarely.
    """
    rng = np.random.default_rng(seed)
    events = np.zeros(count, EVENT.dtype)
    gaps = rng.choice([0, 1, 999_999, 1_000_000, 1_000_001, 10**9], count)
    late = rng.random(count) < 0.02
    events["time_ns"] = (
        1_700_000_000_000_000_000 + np.cumsum(gaps) - late * rng.integers(0, 10**10, count)
    )
    events["sequence"] = np.arange(count)
    events["symbol"] = np.minimum(rng.geometric(0.3, count) - 1, symbols - 1)
    side = np.cumsum(rng.random(count) < 0.15) & 1
    events["side"] = side
    events["price"] = 50_000 + np.cumsum(rng.integers(-3, 4, count) + side * 2 - 1)
    sizes = np.exp2(rng.normal(5, 3, count))
    whales = rng.random(count) < 0.01
    clips = rng.random(count) < 0.3
    sizes = np.where(clips, 100, sizes * np.where(whales, 1000, 1))
    events["size"] = np.clip(sizes, 1, 2**32 - 1)
    rare = rng.random(count) < 0.005
    events["size"] = np.where(rare, 2**32 - 1, events["size"])
    return events
