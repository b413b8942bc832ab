"""SimSIMD: distances and dot products; the rest as one would build it from them."""

from importlib import import_module
from math import log, log2, sqrt
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Offer, Shape, always

LN2 = log(2)


def load() -> Offer:
    """What SimSIMD offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    simsimd: Any = import_module("simsimd")

    distance = always("euclidean(x, y)", euclidean=simsimd.euclidean)

    def entropy(case: Case) -> Contender:
        ones = np.ones(case.window, np.float32)
        divergence = simsimd.kullbackleibler

        def from_divergence(w: Any) -> float:
            total = simsimd.dot(w, ones)
            return log2(total) - divergence(w, ones) / (total * LN2)

        return Contender(
            code="entropy(w)", names={"entropy": from_divergence}, aside="from its divergence"
        )

    def correlation(case: Case) -> Contender:
        names = {"pearson": by_dots(simsimd.dot, case.window)}
        return Contender(code="pearson(x, y)", names=names, aside="from five dot products")

    return Offer(
        contenders={
            ("distance", Shape.CALL): distance,
            ("distance", Shape.SERIES): distance,
            ("entropy", Shape.CALL): entropy,
            ("correlation", Shape.CALL): correlation,
        },
        natives={"distance": simsimd.pointer_to_euclidean("f32")},
    )


def by_dots(dot: Any, length: int) -> Any:
    """Pearson's correlation of two windows from five dot products."""
    ones = np.ones(length, np.float32)

    def pearson(x: Any, y: Any) -> float:
        sx, sy = dot(x, ones), dot(y, ones)
        return (length * dot(x, y) - sx * sy) / sqrt(
            (length * dot(x, x) - sx * sx) * (length * dot(y, y) - sy * sy)
        )

    return pearson
