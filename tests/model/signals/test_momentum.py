"""Momentum against float64, its laws and its edges."""

import numpy as np
import pytest
from tests.model.signals.truth import STEP, scored, walk

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import CHANGE
from hydrophone_model.signals.momentum import MomentumModel, MomentumParams
from hydrophone_model.signals.quotient import ROOT_ERROR

PARAMS = MomentumParams(symbols=1)


def changes(price: Raw) -> Raw:
    return CHANGE.saturate(np.diff(price, prepend=price[0]))


@pytest.mark.parametrize("window", [8, 64, 1024])
@pytest.mark.parametrize("deviation", [0.4, 3.0, 5000.0])
def test_it_is_the_return_over_its_volatility_within_the_bound(
    window: int, deviation: float, seed: int
):
    change = changes(walk(np.random.default_rng(seed), 3000, deviation))
    params = MomentumParams(symbols=1, window=window)
    got = scored(MomentumModel(params), change=change)
    assert np.all(np.isnan(got[: window - 1]))
    for end in range(window, len(change) + 1, 7):
        last = change[end - window : end].astype(float)
        energy = np.sum(last**2)
        truth = np.sum(last) / np.sqrt(energy) if energy else 0.0
        assert abs(got[end - 1] - truth) <= abs(truth) * ROOT_ERROR + STEP


def test_a_straight_line_gives_the_root_of_the_window_and_its_mirror_the_negative():
    for step in (1, 3, CHANGE.max):
        line = np.full(200, step)
        assert scored(MomentumModel(PARAMS), change=line)[-1] == pytest.approx(8, rel=ROOT_ERROR)
    change = changes(walk(np.random.default_rng(3), 500, 20.0))
    rise, fall = (scored(MomentumModel(PARAMS), change=c) for c in (change, -change))
    np.testing.assert_array_equal(rise, -fall)


def test_a_price_that_stands_still_has_none():
    assert np.all(scored(MomentumModel(PARAMS), change=np.zeros(100, np.int64))[63:] == 0)


def test_after_a_million_changes_it_is_that_of_the_last_window(seed: int):
    change = np.random.default_rng(seed).integers(CHANGE.min, CHANGE.max + 1, 1_000_000)
    got = scored(MomentumModel(PARAMS), change=change)
    assert got[-1] == scored(MomentumModel(PARAMS), change=change[-PARAMS.window :])[-1]
