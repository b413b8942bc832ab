"""`hydrophone.kernels` on long windows and long series: truth from outside, nothing drifts."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hydrophone import kernels
from hydrophone.kernels import Library, isas

STEP = 2.0**-23
LONG = 1 << 20

Column = NDArray[np.float32]


def long_columns(rng: np.random.Generator) -> Iterator[tuple[str, Column, Column]]:
    """Pairs of columns of 2**20 samples, some with little left about where they begin."""
    noise = rng.normal(size=(2, LONG))
    outliers = np.full((2, LONG), 4.1)
    outliers[:, LONG // 2] = 5.2
    outliers[1, LONG // 4] = 5.9
    first = 4.1 + 1e-3 * noise
    first[:, 0] = 1e4
    steps = np.full((2, LONG), 4.1, np.float32)
    steps[:, ::1000] = np.nextafter(np.float32(4.1), np.float32(5))
    steps[:, LONG // 2] = 5.2
    kinds = {
        "normal": noise,
        "outliers": outliers,
        "first": first,
        "steps": steps,
        "zeros, then far": 1e3 + noise - np.where(np.arange(LONG) < 3, 1e3, 0),
        "walk": 1e5 + np.cumsum(noise, axis=1),
    }
    for kind, values in kinds.items():
        x, y = np.asarray(values).astype(np.float32)
        yield kind, x, y


def test_one_long_window_is_the_truth(seed: int):
    for kind, x, y in long_columns(np.random.default_rng(seed)):
        a, b = x.astype(np.float64), y.astype(np.float64)
        da, db = a - a.mean(), b - b.mean()
        r = (da * db).sum() / np.sqrt((da * da).sum() * (db * db).sum())
        assert kernels.average(x) == pytest.approx(a.mean(), abs=2 * STEP * np.abs(a).mean()), kind
        assert kernels.variance(x) == pytest.approx((da * da).mean(), rel=STEP), kind
        assert kernels.correlation(x, y) == pytest.approx(r, abs=STEP), kind
        d = float(np.linalg.norm(a - b))
        assert kernels.distance(x, y) == pytest.approx(d, rel=2.0**-20), kind
        p = np.abs(a) / np.abs(a).sum()
        h = float(-(p * np.log2(np.maximum(p, 1e-300))).sum())
        assert kernels.entropy(np.abs(x)) == pytest.approx(h, abs=2.0**-20 * 20), kind
        assert kernels.variance(np.full_like(x, x[1])) == 0
        for isa in isas().available:
            library = Library(isa)
            assert library.variance(x) == kernels.variance(x), (kind, isa)
            assert library.correlation(x, y) == kernels.correlation(x, y), (kind, isa)


STREAMS: dict[str, tuple[Callable[[int], Any], int]] = {
    "average": (kernels.Average, 1),
    "variance": (kernels.Variance, 1),
    "correlation": (kernels.Correlation, 2),
    "distance": (kernels.Distance, 2),
    "entropy": (kernels.Entropy, 1),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_million_samples_do_not_drift(name: str, seed: int):
    rng = np.random.default_rng(seed)
    make, count = STREAMS[name]
    x = (1e6 + rng.normal(size=(count, 1_000_000))).astype(np.float32)
    # A giant passes: nothing of it stays.
    x[:, 500_000] = 1e30
    if name == "entropy":
        x = rng.binomial(255, 0.3, x.shape).astype(np.uint8)
    move = getattr(kernels, f"moving_{name}")
    for window in (64, 128) if name == "entropy" else (64, 100):
        whole = move(*x, window)
        fresh = move(*x[:, -window - 50 :].copy(), window)
        assert whole[-50:].tobytes() == fresh[-50:].tobytes()
        assert make(window).push_many(*x)[-1:].tobytes() == whole[-1:].tobytes()
        last = x[:, -window:].astype(np.float64)
        if name == "entropy":
            p = np.unique(last, return_counts=True)[1] / window
            truth = float(-(p * np.log2(p)).sum())
        else:
            truth = {
                "average": lambda v: v[0].mean(),
                "variance": lambda v: v[0].var(),
                "correlation": lambda v: np.corrcoef(v)[0, 1],
                "distance": lambda v: np.linalg.norm(v[0] - v[1]),
            }[name](last)
        error = float(STEP if name == "correlation" else STEP * abs(truth))
        assert whole[-1] == pytest.approx(float(truth), abs=error, rel=0)
