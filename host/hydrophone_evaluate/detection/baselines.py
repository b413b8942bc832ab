"""Baseline detectors: causal anomaly scores of every event of one symbol.

- print-size z-score: log2 size of the print against its exponential mean and deviation;
- running-parent z-score: the same of the running parent order, against closed parents;
- EWMA z-score: exponential average of signed size, against its own mean and deviation;
- CUSUM: two-sided cumulative sum of standardised signed log size;
- half-space trees (river): an online anomaly detector from an outside library.

A score speaks for the side of its event. Means and deviations look back over 1024 values, and over
all values before there are so many.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.optional_imports import import_optional
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.records import EVENT
from hydrophone_model.whale.parent import ParentModel, ParentParams

Scores = NDArray[np.float64]
Columns = dict[str, Raw]

MEMORY = 1024
"""Values that a mean and a deviation look back on."""
QUIET = 8
"""Values before which a score is 0."""
FLOW_MEMORY = 32
"""Events that the EWMA of signed flow averages."""
ALLOWANCE = 0.25
"""What the CUSUM forgives an event, in deviations."""
RESOLUTION = 16
"""Steps of a quantised score to its unit."""


class Running:
    """Exponentially weighted mean and variance; plain ones of the first `MEMORY` values."""

    def __init__(self) -> None:
        self.count, self.mean, self.variance = 0, 0.0, 0.0

    def learn(self, value: float) -> None:
        """Takes in a value."""
        self.count += 1
        rate = 1 / min(self.count, MEMORY)
        off = value - self.mean
        self.mean += rate * off
        self.variance += rate * (off * off * (1 - rate) - self.variance)

    def deviations(self, value: float) -> float:
        """Deviations that a value lies above the mean; 0 while little is known."""
        if self.count < QUIET:
            return 0.0
        return (value - self.mean) / max(self.variance, 1e-6) ** 0.5


def print_z(columns: Columns) -> Scores:
    """Print-size z-score."""
    memory, scores = Running(), np.empty(columns["size"].size)
    for place, value in enumerate(np.log2(columns["size"]).tolist()):
        scores[place] = memory.deviations(value)
        memory.learn(value)
    return scores


def parent_z(columns: Columns) -> Scores:
    """Running-parent z-score; parents as the pipeline's own parent block makes them."""
    model = ParentModel(ParentParams(symbols=1))
    parents = model.process(**{name: columns[name] for name in model.params.inputs})
    memory, scores = Running(), np.empty(columns["size"].size)
    last = 0.0
    for place, (value, closed) in enumerate(
        zip(np.log2(parents["parent_size"]).tolist(), parents["closed"].tolist(), strict=True)
    ):
        if closed:
            memory.learn(last)
        scores[place] = memory.deviations(value)
        last = value
    return scores


def ewma_z(columns: Columns) -> Scores:
    """EWMA z-score of signed flow."""
    sign = 1.0 - 2.0 * columns["side"]
    memory, scores, flow = Running(), np.empty(sign.size), 0.0
    for place, value in enumerate((sign * columns["size"]).tolist()):
        flow += (value - flow) / FLOW_MEMORY
        scores[place] = memory.deviations(flow)
        memory.learn(flow)
    return scores * sign


def cusum(columns: Columns) -> Scores:
    """Two-sided CUSUM on standardised signed log flow."""
    sign = 1.0 - 2.0 * columns["side"]
    flow = (sign * np.log2(1.0 + columns["size"])).tolist()
    memory, scores, up, down = Running(), np.empty(sign.size), 0.0, 0.0
    for place, (value, side) in enumerate(zip(flow, columns["side"].tolist(), strict=True)):
        step = memory.deviations(value)
        up = max(0.0, up + step - ALLOWANCE)
        down = max(0.0, down - step - ALLOWANCE)
        scores[place] = down if side else up
        memory.learn(value)
    return scores


def half_space_trees(columns: Columns) -> Scores:
    """Half-space trees of river on print and parent size, signed flow and price change.

    Raises:
        MissingPackageError: river is not installed.
    """
    anomaly: Any = import_optional("river.anomaly", purpose="the baseline of half-space trees")
    trees = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=250, seed=1)
    model = ParentModel(ParentParams(symbols=1))
    parents = model.process(**{name: columns[name] for name in model.params.inputs})
    sign = 1.0 - 2.0 * columns["side"]
    flow, average = np.empty(sign.size), 0.0
    for place, value in enumerate((sign * np.log2(1.0 + columns["size"]) / 32).tolist()):
        average += (value - average) / FLOW_MEMORY
        flow[place] = average
    rows = np.stack(
        [
            np.log2(columns["size"]) / 32,
            np.log2(parents["parent_size"]) / 32,
            0.5 + 0.5 * np.abs(flow),
            np.clip(0.5 + parents["move"] / 32, 0, 1),
        ],
        axis=-1,
    )
    scores = np.empty(sign.size)
    listed: list[list[float]] = rows.tolist()
    for place, row in enumerate(listed):
        features: dict[int, float] = dict(enumerate(row))
        scores[place] = trees.score_one(features)
        trees.learn_one(features)
    return scores * RESOLUTION


BASELINES: Mapping[str, Callable[[Columns], Scores]] = {
    "print z": print_z,
    "EWMA z": ewma_z,
    "CUSUM": cusum,
    "parent z": parent_z,
    "half-space trees": half_space_trees,
}
"""The detectors by the names that tables use."""
SLOW = "half-space trees"
"""The one that takes tens of microseconds an event and is given less of each tape."""


def columns_of(events: NDArray[np.void]) -> Columns:
    """Events as columns of `int64`."""
    return {name: events[name].astype(np.int64) for name in EVENT.dtype.names or ()}


def quantised(scores: Scores) -> Raw:
    """A score in the format of evidence, negative ones cut to 0."""
    return EVIDENCE.saturate(np.rint(np.maximum(scores, 0) * RESOLUTION).astype(np.int64))
