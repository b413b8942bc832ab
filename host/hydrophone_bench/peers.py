"""Peer of the engine: the online anomaly detector of river, half-space trees."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "river's half-space trees"
Features = Mapping[str, float]


class HalfSpaceTrees:
    """river's half-space trees with its own defaults, learning from and scoring each event.

    Raises:
        ModuleNotFoundError: river is not installed.
    """

    def __init__(self) -> None:
        anomaly: Any = import_module("river.anomaly")
        trees: Any = anomaly.HalfSpaceTrees(seed=1)
        self._score: Callable[[Features], float] = trees.score_one
        self._learn: Callable[[Features], None] = trees.learn_one
        self.detail = f"river {version('river')}, defaults"

    def process(self, events: list[Features]) -> None:
        """Scores and then learns each event."""
        score, learn = self._score, self._learn
        for event in events:
            score(event)
            learn(event)


def features(events: NDArray[np.void]) -> list[Features]:
    """What the trees see of each event, each within 0 … 1 as they expect; made outside the clock.

    Size and price move in octaves, and the side: less than the pipeline looks at.
    """
    size = np.log2(events["size"]) / 32
    price = events["price"].astype(np.int64)
    move = np.log2(1 + np.abs(np.diff(price, prepend=price[:1]))) / 32
    columns = zip(size.tolist(), move.tolist(), events["side"].tolist(), strict=True)
    return [{"size": s, "move": m, "side": float(a)} for s, m, a in columns]
