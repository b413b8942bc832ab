"""Trend against PyWavelets, its laws and its edges."""

import numpy as np
import pytest
import pywt
from tests.model.signals.truth import STEP, averages, scored, walk

from hydrophone_model.formats import CHANGE
from hydrophone_model.signals.quotient import ROOT_ERROR
from hydrophone_model.signals.trend import TrendModel, TrendParams

PARAMS = TrendParams(symbols=1)


@pytest.mark.parametrize("length", [4, 16, 32])
def test_it_is_the_weighted_sum_of_the_newest_details(length: int, seed: int):
    price = walk(np.random.default_rng(seed), 1500, 300.0)
    change = CHANGE.saturate(np.diff(price, prepend=price[0]))
    params = TrendParams(symbols=1, length=length)
    got = scored(TrendModel(params), change=change)
    settled = (1 << params.memory) - 2
    assert np.all(np.isnan(got[:settled]))
    volatility = np.sqrt(averages(change.astype(float) ** 2, params.memory))
    halves = 2.0 ** np.arange(length.bit_length() - 1)
    # What each detail deviates by on a random walk: the sum of the squares of a triangle.
    triangles = [[min(k, 2 * m - k) for k in range(1, int(2 * m))] for m in halves]
    weights = [1 / np.sqrt(np.sum(np.square(triangle))) for triangle in triangles]
    for end in range(settled + 1, 1501):
        if end < length:
            continue
        path = price[end - length : end].astype(float)
        details = pywt.wavedec(path, "haar")[1:]
        # Orthonormal and newer first: scaled back to sums, turned round, the finest first.
        rising = [-d[-1] * np.sqrt(2 * m) for d, m in zip(reversed(details), halves, strict=True)]
        agreeing = [w * d for w, d in zip(weights, rising, strict=True) if d * rising[-1] >= -1e-6]
        truth = sum(agreeing) / volatility[end - 1]
        size = sum(abs(part) for part in agreeing) / volatility[end - 1]
        # Weights are rounded to a 128th: the coarsest by a fourth of one in seven or, of 32, two.
        rounding = 0.5 / min(params.weights)
        assert abs(got[end - 1] - truth) <= abs(truth) * ROOT_ERROR + size * rounding + STEP


def test_its_mirror_is_its_negative(seed: int):
    change = np.random.default_rng(seed).integers(CHANGE.min + 1, CHANGE.max + 1, 3000)
    rise, fall = (scored(TrendModel(PARAMS), change=c) for c in (change, -change))
    np.testing.assert_array_equal(rise, -fall)


def test_the_path_wraps_without_a_trace():
    change = np.concatenate([np.full(3000, CHANGE.max), np.full(3000, CHANGE.min)])
    got = scored(TrendModel(PARAMS), change=change)
    assert len(set(got[31:3000].tolist())) == 1
    assert got[2999] > 4
    assert got[-1] == pytest.approx(-got[2999], abs=2 * STEP)


def test_a_price_that_stands_still_has_none():
    assert np.all(scored(TrendModel(PARAMS), change=np.zeros(100, np.int64))[30:] == 0)


def test_scales_that_point_against_the_coarsest_are_left_out():
    up_then_dip = np.array([0] * 31 + [10] * 15 + [-3])
    got = scored(TrendModel(PARAMS), change=up_then_dip)
    assert 0 < got[-1] < got[-2]
