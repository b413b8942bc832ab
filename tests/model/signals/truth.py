"""What float64 says of signals, written from their formulas."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Model
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING, SCORE

Real = NDArray[np.float64]
STEP = SCORE.resolution


def scored(model: Model, **inputs: Raw) -> Real:
    """Scores of one symbol's events; what is missing is no number."""
    events = len(next(iter(inputs.values())))
    score = model.process(symbol=np.zeros(events, np.int64), **inputs)["score"]
    return np.where(score == MISSING, np.nan, score * STEP)


def averages(values: Real | Raw, memory: int) -> Real:
    """Exponential averages that begin as plain ones do, after each value."""
    means, mean = np.empty(len(values)), 0.0
    for count, value in enumerate(values.tolist()):
        mean += 2.0 ** -min(int(np.log2(count + 1)), memory) * (value - mean)
        means[count] = mean
    return means


def walk(rng: np.random.Generator, events: int, deviation: float) -> Raw:
    """A price that wanders, in ticks."""
    path = 10_000_000 + np.cumsum(rng.normal(0, deviation, events))
    return np.rint(path).astype(np.int64)


def sizes(rng: np.random.Generator, events: int) -> Raw:
    """Sizes of every magnitude around ten thousand lots."""
    return np.exp2(np.clip(rng.normal(14, 2, events), 0, 31.9)).astype(np.int64)


def sides(rng: np.random.Generator, events: int) -> Raw:
    """Sides in runs, 1 for sellers."""
    flips = np.cumsum(rng.random(events) < 0.05)
    return ((flips + (rng.random(events) < 0.3)) % 2).astype(np.int64)
