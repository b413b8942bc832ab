"""NumKong: distances, dot products and moments; the rest as one would build it from them."""

from importlib import import_module
from math import log, log2, sqrt
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Offer, Shape, always

LN2 = log(2)


def load() -> Offer:
    """What NumKong offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    numkong: Any = import_module("numkong")
    dot, moments = numkong.dot, numkong.moments

    distance = always("euclidean(x, y)", euclidean=numkong.euclidean)

    def entropy(case: Case) -> Contender:
        ones = np.ones(case.window, np.float32)
        divergence = numkong.kullbackleibler

        def from_divergence(w: Any) -> float:
            total = numkong.sum(w)
            return log2(total) - divergence(w, ones) / (total * LN2)

        return Contender(
            code="entropy(w)", names={"entropy": from_divergence}, aside="from its divergence"
        )

    def mean(case: Case) -> Contender:
        return Contender(code="sum(x) / n", names={"sum": numkong.sum, "n": case.window})

    def variance(case: Case) -> Contender:
        n = case.window

        def by_moments(x: Any) -> float:
            total, squares = moments(x)
            return squares / n - (total / n) ** 2

        return Contender(code="variance(x)", names={"variance": by_moments}, aside="from moments")

    def correlation(case: Case) -> Contender:
        n = case.window

        def pearson(x: Any, y: Any) -> float:
            sx, qx = moments(x)
            sy, qy = moments(y)
            return (n * dot(x, y) - sx * sy) / sqrt((n * qx - sx * sx) * (n * qy - sy * sy))

        return Contender(
            code="pearson(x, y)", names={"pearson": pearson}, aside="from moments and a dot product"
        )

    return Offer(
        contenders={
            ("distance", Shape.CALL): distance,
            ("distance", Shape.SERIES): distance,
            ("entropy", Shape.CALL): entropy,
            ("moving_average", Shape.CALL): mean,
            ("variance", Shape.CALL): variance,
            ("correlation", Shape.CALL): correlation,
        },
        natives={"distance": numkong.pointer_to_euclidean("f32")},
    )
