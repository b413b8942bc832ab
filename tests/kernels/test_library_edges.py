"""Edges of `hydrophone.kernels`: not finite, as large or as small as float32 can be, or empty."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import scipy.special
from numpy.typing import NDArray

from hydrophone import kernels
from hydrophone.kernels import Library, isas

Floats = NDArray[np.float32]

ISAS = isas().available
LENGTHS = (1, 2, 4, 7, 16, 64, 100, 1000, 5000)


NOTHING = np.empty(0, np.float32)
NO_INTEGERS = np.empty(0, np.int16)


def test_edges_are_defined():
    ones = np.ones(7, np.float32)
    assert np.isnan(kernels.average(NOTHING))
    assert np.isnan(kernels.variance(NOTHING))
    assert kernels.average(NO_INTEGERS) == kernels.variance(NO_INTEGERS) == 0
    assert kernels.correlation(NOTHING, NOTHING) == kernels.distance(NOTHING, NOTHING) == 0
    assert kernels.entropy(NOTHING) == kernels.entropy(np.zeros(5, np.float32)) == 0
    assert kernels.haar(NOTHING, levels=3).size == kernels.moving_average(NOTHING, 3).size == 0
    assert kernels.variance(ones) == kernels.correlation(ones, ones) == 0
    assert kernels.correlation(np.arange(7, dtype=np.float32), ones) == 0
    assert kernels.correlation(1e-45 * ones, 0.1 * ones) == kernels.variance(0.1 * ones) == 0
    assert np.isnan(kernels.moving_variance(ones, 8)).all()
    assert kernels.moving_correlation(ones, ones, 3)[2:].tolist() == [0.0] * 5
    assert np.isnan(kernels.entropy(np.array([1, -1e-30, 1], np.float32)))
    assert np.isnan(kernels.entropy(np.array([1, np.inf], np.float32)))
    assert kernels.entropy(np.array([1, -0.0, 1], np.float32)) == 1
    assert kernels.average(np.array([np.inf, 1], np.float32)) == np.inf
    assert np.isnan(kernels.variance(np.array([np.inf, 1], np.float32)))
    infinite, zeros = np.array([np.inf, 1, 2, 3], np.float32), np.zeros(4, np.float32)
    assert kernels.distance(infinite, zeros) == np.inf
    assert kernels.moving_distance(infinite, zeros, 4)[-1] == np.inf
    assert np.isnan(kernels.distance(infinite, infinite))
    assert kernels.haar(infinite).tolist() == [np.inf, np.inf, np.inf, -(np.float32(0.5) ** 0.5)]
    assert kernels.moving_distance(1e26 * ones, -ones, 1)[0] == np.float32(1e26)
    with pytest.raises(ValueError, match="x has 0 samples: give a power of two, or levels"):
        kernels.haar(NOTHING)
    with pytest.raises(ValueError, match="x has 0 bin numbers: give a power of two"):
        kernels.entropy(np.empty(0, np.uint8))
    line = np.arange(7, dtype=np.float32)
    assert kernels.correlation(line, -line) == -1


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_constant_hides_what_is_not_finite(n: int, value: float, seed: int):
    rng = np.random.default_rng([seed, n])
    for constant in (0.0, 0.1, 1e30):
        x, y = np.full(n, constant, np.float32), rng.normal(size=n).astype(np.float32)
        for place in {0, n // 2, n - 1}:
            spoilt = y.copy()
            spoilt[place] = value
            for isa in ISAS:
                library = Library(isa)
                for pair in ((x, spoilt), (spoilt, x), (spoilt, spoilt)):
                    found = [
                        library.correlation(*pair),
                        float(library.moving_correlation(*pair, n)[-1]),
                        float(kernels.Correlation(n, isa=isa).push_many(*pair)[-1]),
                    ]
                    assert np.isnan(found).all(), (isa, constant, place)


def spoilt_columns(rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    """Columns with NaNs of every sign and payload, and infinities that meet each other."""
    nans = np.array([0x7FC00000, 0xFFC00000, 0x7FC12345, 0xFFFFFFFF, 0x7F800001], np.uint32)
    special = np.concatenate([nans.view(np.float32), np.array([np.inf, -np.inf], np.float32)])
    for share in (0.005, 0.1, 1.0):
        columns = rng.normal(size=(2, 512)).astype(np.float32)
        chosen = rng.random(columns.shape) < share
        columns[chosen] = rng.choice(special, chosen.sum())
        yield columns[0].copy(), columns[1].copy()
    infinite = np.full(512, np.inf, np.float32)
    yield infinite, np.where(np.arange(512) % 2, infinite, -infinite)


def test_every_nan_has_the_same_bits(seed: int):
    for x, y in spoilt_columns(np.random.default_rng(seed)):
        wanted: dict[str, bytes] = {}
        for isa in ISAS:
            k = Library(isa)
            one = [k.average(x), k.variance(x), k.correlation(x, y), k.distance(x, y), k.entropy(x)]
            found: dict[str, NDArray[Any]] = {"one window": np.array(one, np.float64)}
            for levels in (0, 1, 4, 9):
                found[f"haar {levels}"] = k.haar(x, levels=levels)
            for window in (1, 3, 8, 20, 64):
                found[f"average {window}"] = k.moving_average(x, window)
                found[f"variance {window}"] = k.moving_variance(x, window)
                found[f"correlation {window}"] = k.moving_correlation(x, y, window)
                found[f"distance {window}"] = k.moving_distance(x, y, window)
                pushes = {
                    "average stream": map(kernels.Average(window, isa=isa).push, x),
                    "variance stream": map(kernels.Variance(window, isa=isa).push, x),
                    "correlation stream": map(kernels.Correlation(window, isa=isa).push, x, y),
                    "distance stream": map(kernels.Distance(window, isa=isa).push, x, y),
                }
                for name, pushed in pushes.items():
                    found[f"{name} {window}"] = np.array(list(pushed))
            found["haar of windows"] = k.moving_haar(x, 16)
            found["haar stream"] = kernels.Haar(16, isa=isa).push_many(x)
            for name, values in found.items():
                nans = np.isnan(values)
                same = np.full(nans.sum(), np.nan, values.dtype)
                assert values[nans].tobytes() == same.tobytes(), (name, isa)
                assert wanted.setdefault(name, values.tobytes()) == values.tobytes(), (name, isa)


@pytest.mark.parametrize("n", [1, 2, 4, 33, 1000, 5000])
def test_entropy_does_not_depend_on_the_unit_of_weights(n: int, seed: int):
    rng = np.random.default_rng([seed, n])
    for power in (-149, -148, -140, -127, -126, -125, -100, 0, 99, 125, 126, 127):
        for spread in (0.0, 1.0, 30.0):
            with np.errstate(over="ignore"):
                weights = np.ldexp(np.exp2(-spread * rng.random(n)), power).astype(np.float32)
            if not weights.any():
                continue
            p = weights.astype(np.float64) / weights.astype(np.float64).sum()
            truth = float(scipy.special.entr(p).sum() / np.log(2))
            found = {Library(isa).entropy(weights) for isa in ISAS}
            assert len(found) == 1
            assert found.pop() == pytest.approx(truth, abs=2.0**-20 * np.log2(max(n, 2)))


def test_entropy_of_one_heavy_weight():
    heavy = np.finfo(np.float32).max
    for light in (0.0, 1e-45, 1.0, 1e30):
        weights = np.array([heavy, *[light] * 600], np.float32)
        p = weights.astype(np.float64) / weights.astype(np.float64).sum()
        truth = float(scipy.special.entr(p).sum() / np.log(2))
        assert kernels.entropy(weights) == pytest.approx(truth, abs=2.0**-20 * np.log2(601))
    assert np.isnan(kernels.entropy(np.array([heavy, heavy, np.inf], np.float32)))
    assert np.isnan(kernels.entropy(np.array([heavy, heavy, -1e-45], np.float32)))
    assert np.isnan(kernels.entropy(np.array([1e-45, -1e-45], np.float32)))


@pytest.mark.parametrize("n", [1, 3, 64, 1024, 1025, 5000])
def test_distance_has_no_range_of_its_own(n: int, seed: int):
    rng = np.random.default_rng([seed, n])
    for power in (-149, -140, -100, -64, -62, 0, 60, 64, 100, 119):
        x, y = np.ldexp(rng.normal(size=(2, n)), power).astype(np.float32)
        truth = float(np.linalg.norm(x.astype(np.float64) - y))
        found = {Library(isa).distance(x, y) for isa in ISAS}
        assert len(found) == 1
        assert found.pop() == pytest.approx(truth, rel=2.0**-20, abs=2.0**-150)
    assert kernels.distance(x, x) == 0
    far = np.full(n, 3e38, np.float32)
    assert kernels.distance(far, -far) == np.inf


def haar_truth(x: Floats, level: int) -> tuple[NDArray[np.longdouble], NDArray[np.longdouble]]:
    """Coefficients of a level, and the sums of magnitudes under them; both scaled."""
    scale = np.exp2(np.longdouble(-level) / 2)
    rows = x.astype(np.longdouble).reshape(-1, 1 << level)
    half = rows.shape[1] // 2
    details = rows[:, :half].sum(axis=1) - rows[:, half:].sum(axis=1)
    return details * scale, np.abs(rows).sum(axis=1) * scale


def hard_to_add(rng: np.random.Generator, n: int) -> Iterator[Floats]:
    """Columns whose sums lose what a sum can lose."""
    ulp = 2.0**-23
    yield rng.normal(size=n).astype(np.float32)
    # Just above a power of two, with odd last bits: every sum is a tie, and half a unit is lost.
    yield (1 + ulp * (2 * rng.integers(0, 32, n) + 1)).astype(np.float32)
    yield ((1 + ulp * rng.integers(0, 64, n)) * rng.choice([-1, 1], n)).astype(np.float32)
    yield (np.exp2(rng.integers(-24, 1, n)) * (1 + ulp * rng.integers(0, 8, n))).astype(np.float32)
    yield np.where(rng.random(n) < 0.1, 1, 2.0**-24 * (1 + rng.random(n))).astype(np.float32)
    yield (rng.random(n) * 1e-44).astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 7, 17, 64, 127, 128, 1000, 4097])
def test_average_is_within_two_steps(n: int, seed: int):
    rng = np.random.default_rng([seed, n])
    for _ in range(20):
        for x in hard_to_add(rng, n):
            found = {Library(isa).average(x) for isa in ISAS}
            assert len(found) == 1
            truth, size = math.fsum(x) / n, math.fsum(np.abs(x)) / n
            assert abs(found.pop() - truth) <= 2.0**-22 * size + 2.0**-150


def test_average_has_room_for_every_sum():
    for n in (2, 8, 64, 1000):
        x = np.full(n, np.finfo(np.float32).max)
        for isa in ISAS:
            library = Library(isa)
            assert library.average(x) == x[0]
            assert library.average(-x) == -x[0]
            assert library.average(np.where(np.arange(n) % 2, x, -x)) == 0


def test_haar_is_within_its_bound_at_every_level(seed: int):
    rng = np.random.default_rng(seed)
    worst = dict.fromkeys(range(1, 13), 0.0)
    for _ in range(8):
        for x in hard_to_add(rng, 1 << 13):
            for isa in (ISAS[0], ISAS[-1]):
                transform = Library(isa).haar(x)
                for level in worst:
                    got = transform[len(x) >> level : 2 * len(x) >> level]
                    truth, size = haar_truth(x, level)
                    bound = 2.0**-24 * (level + 2) * size + 2.0**-150
                    worst[level] = max(worst[level], float((np.abs(got - truth) / bound).max()))
    assert max(worst.values()) <= 1
    assert worst[1] > 0.6, "the inputs are no test of the bound"
