"""NumPy, as one writes it: the formula over whole arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone_bench.kernels.cases import (
    Contender,
    Maker,
    Offer,
    Shape,
    always,
)
from hydrophone_bench.kernels.peers.streams import recomputed

Floats = NDArray[np.floating[Any]]


def load() -> Offer:
    """What NumPy offers; never absent."""

    def moving(function: Callable[[Floats, int], Floats]) -> Maker:
        return lambda case: Contender(
            code="moving(x, n)",
            names={"moving": function, "n": case.window},
            aside="differences of running sums, which drift",
        )

    fusion = always("fuse(scores, performance)", fuse=fuse)
    return Offer(
        contenders={
            ("correlation", Shape.CALL): always("correlation(x, y)", correlation=correlation),
            ("haar", Shape.CALL): always("haar(x)", haar=haar),
            ("haar", Shape.SERIES): always("haar(x)", haar=haar),
            ("distance", Shape.CALL): always("distance(x, y)", distance=distance),
            ("distance", Shape.SERIES): always("distance(x, y)", distance=distance),
            ("entropy", Shape.CALL): always("entropy(w)", entropy=entropy),
            ("moving_average", Shape.CALL): always("mean(x)", mean=np.mean),
            ("variance", Shape.CALL): always("var(x)", var=np.var),
            ("fusion", Shape.CALL): fusion,
            ("fusion", Shape.STREAM): always(
                "[fuse(table, performance) for table in scores]", fuse=fuse
            ),
            ("fusion", Shape.SERIES): fusion,
            ("moving_average", Shape.STREAM): recomputed(np.mean, "values"),
            ("variance", Shape.STREAM): recomputed(np.var, "values"),
            ("correlation", Shape.STREAM): recomputed(correlation, "values", "others"),
            ("distance", Shape.STREAM): recomputed(distance, "values", "others"),
            ("entropy", Shape.STREAM): recomputed(bin_entropy, "bins", dtype=np.int64),
            ("moving_average", Shape.SERIES): moving(moving_average),
            ("variance", Shape.SERIES): moving(moving_variance),
        }
    )


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's correlation."""
    return np.corrcoef(x, y)[0, 1]


def distance(x: Floats, y: Floats) -> Any:
    """Euclidean distance."""
    return np.linalg.norm(x - y)


def haar(x: Floats) -> Floats:
    """The orthonormal transform of a power of two of samples, coarsest coefficient first."""
    parts: list[Floats] = []
    root = x.dtype.type(np.sqrt(0.5))
    while x.size > 1:
        even, odd = x[0::2], x[1::2]
        parts.append((even - odd) * root)
        x = (even + odd) * root
    return np.concatenate([x, *reversed(parts)])


def entropy(w: Floats) -> float:
    """Shannon entropy of the shares of a window of positive weights, in bits."""
    p = w / w.sum()
    return -(p @ np.log2(p))


def bin_entropy(bins: NDArray[np.int64]) -> Any:
    """Shannon entropy of the counts by bin of a window, in bits."""
    counts = np.bincount(bins)
    p = counts[counts > 0] / bins.size
    return -(p @ np.log2(p))


def fuse(scores: Floats, performance: Floats) -> Floats:
    """Every combination of scores and of ranks, as `hydrophone.kernels.fuse` has them.

    Args:
        scores: Shape (..., systems, candidates), no two equal in a row.
        performance: Shape (systems,).
    """
    low, high = scores.min(-1, keepdims=True), scores.max(-1, keepdims=True)
    normal = (scores - low) / (high - low)
    order = np.argsort(-normal, axis=-1)
    ranks = np.argsort(order, axis=-1) + np.float32(1)
    curves = np.take_along_axis(normal, order, axis=-1)
    apart = curves[..., np.newaxis, :] - curves[..., np.newaxis, :, :]
    strength = np.sqrt((apart * apart).mean(-1)).mean(-1)
    known = performance if performance.any() else np.ones_like(performance)
    by = [np.ones_like(strength), strength, np.broadcast_to(known, strength.shape)]
    scored = [(w[..., np.newaxis] * normal).sum(-2) / w.sum(-1, keepdims=True) for w in by]
    ranked = [(ranks / w[..., np.newaxis]).sum(-2) / (1 / w).sum(-1, keepdims=True) for w in by]
    return np.stack([*scored, *ranked], axis=-2)


def moving_average(x: Floats, n: int) -> Floats:
    """Means of every window of ``n`` samples."""
    sums = np.cumsum(x, dtype=np.float64)
    sums[n:] -= sums[:-n].copy()
    return sums[n - 1 :] / n


def moving_variance(x: Floats, n: int) -> Floats:
    """Variances of every window of ``n`` samples."""
    doubles = x.astype(np.float64)
    return moving_average(doubles * doubles, n) - moving_average(doubles, n) ** 2
