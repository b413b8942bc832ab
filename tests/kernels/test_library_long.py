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

# What hydrophone_kernels.h promises of one window of 512 samples and more.
VARIANCE, CORRELATION = 2.0**-20, 2.0**-19

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
        assert kernels.variance(x) == pytest.approx((da * da).mean(), rel=VARIANCE), kind
        assert kernels.correlation(x, y) == pytest.approx(r, abs=CORRELATION), kind
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


def truth(x: Column, y: Column) -> tuple[float, float]:
    """Variance of x and correlation, of columns that vary."""
    dx, dy = (v.astype(np.longdouble) - v.astype(np.longdouble).mean() for v in (x, y))
    xx, yy = (dx * dx).sum(), (dy * dy).sum()
    return float(xx / len(x)), float((dx * dy).sum() / np.sqrt(xx * yy))


def losing_square(rng: np.random.Generator) -> np.float32:
    """Number near 1 whose square loses almost half a step in float32."""
    near = (1 + 0.01 * rng.random(10_000)).astype(np.float32)
    loss = near.astype(np.float64) ** 2 / (near * near).astype(np.float64) - 1
    return rng.choice(near[loss > 0.9 * 2.0**-24])


def losing(rng: np.random.Generator, n: int) -> tuple[Column, Column]:
    """Columns of which every sum of squares loses all but its first term.

    Of eight rounds of 16 lanes the first is near 1, the others each below half a step of what they
    are added to, as the trees go; the mean is 0. Products lose with the opposite sign.
    """
    exponents = np.full((4, 8, 1), -27)
    exponents[0, :, 0] = 0, -24, -25, -25, -26, -26, -26, -26
    roots = np.sqrt(np.exp2(exponents) * (1 - 2.0**-9))
    roots[0, 0] = losing_square(rng)
    alternating = np.where(np.arange(16) % 2, -1, 1)
    x = np.resize((roots * alternating).ravel(), n).astype(np.float32)
    return x, np.where(np.abs(x) > 0.5, x, -x)


def hard_columns(rng: np.random.Generator, n: int) -> Iterator[tuple[str, Column, Column]]:
    """Pairs of columns that leave float32 little: accuracy, room, or a good origin."""
    noise, other = rng.normal(size=(2, n))
    far = 2.0 ** rng.integers(4, 12)
    kinds = {
        "same": (far + noise, 3 * noise - 7),
        "opposite": (noise, far - noise),
        "walk": (1e4 + np.cumsum(noise), 100 + 0.01 * np.cumsum(other)),
        "heavy": (rng.standard_cauchy(n), np.exp(2 * other)),
        "one about zero": (far + noise, noise + other),
        "trend": (noise + np.linspace(0, 30, n), other + np.linspace(0, -3, n)),
        "missed": (noise, other + 3.0 * (np.arange(n) % (n // 8) < n // 20)),
        "steps": (np.float32(far) * (1 + 2.0**-23 * rng.integers(0, 3, n)), noise),
    }
    for kind, (x, y) in kinds.items():
        yield kind, np.asarray(x, np.float32), np.asarray(y, np.float32)
    yield "losing", *losing(rng, n)


LENGTHS = (511, 512, 513, 1000, 1024, 1025, 5000)


@pytest.mark.parametrize("n", LENGTHS)
def test_sums_in_float32_keep_their_bounds(n: int, seed: int):
    rng = np.random.default_rng([seed, n])
    worst: dict[str, float] = {}
    for _ in range(6):
        for kind, x, y in hard_columns(rng, n):
            variances, correlations = set[float](), set[float]()
            for isa in isas().available:
                library = Library(isa)
                variances.add(library.variance(x))
                correlations.update([library.correlation(x, y), library.correlation(y, x)])
            assert len(variances) == len(correlations) == 1, kind
            variance, r = truth(x, y)
            error = abs(variances.pop() / variance - 1) / VARIANCE
            error_r = abs(correlations.pop() - r) / CORRELATION
            assert max(error, error_r) <= 1, kind
            worst[kind] = max(worst.get(kind, 0.0), min(error, error_r))
    if n >= 512:
        assert worst["losing"] > 0.25, "the columns are no test of the bound"


def test_an_origin_far_from_the_mean_is_given_up(seed: int):
    rng = np.random.default_rng(seed)
    n = 1 << 16
    # The origin is the mean of those that differ: about it all other squares lose the same.
    x = np.zeros(n, np.float32)
    for place in range(0, n, n // 8):
        middle = place + n // 16
        x[middle - 8 : middle + 8] = losing_square(rng)
    x[x != 0] = x.max()
    y = np.where(rng.random(n) < 0.5, x, -x)
    variance, r = truth(x, y)
    for isa in isas().available:
        library = Library(isa)
        assert library.variance(x) == pytest.approx(variance, rel=STEP)
        assert library.correlation(x, y) == pytest.approx(r, abs=STEP)


@pytest.mark.parametrize("n", LENGTHS)
def test_long_windows_have_no_range_of_their_own(n: int, seed: int):
    rng = np.random.default_rng([seed, n])
    for power in (-149, -140, -100, -76, -64, -62, 0, 60, 62, 64, 100, 120, 124):
        noise = rng.normal(size=n)
        x = np.ldexp(noise, power).astype(np.float32)
        y = (noise + rng.normal(size=n)).astype(np.float32)
        variance, r = truth(x, y)
        for isa in isas().available:
            library = Library(isa)
            found = library.variance(x)
            if variance > float(np.finfo(np.float32).max):
                assert found == np.inf
            else:
                assert found == pytest.approx(variance, rel=VARIANCE, abs=2.0**-149)
            assert library.correlation(x, y) == pytest.approx(r, abs=CORRELATION)
            assert library.correlation(x, x) == -library.correlation(x, -x) == 1


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
