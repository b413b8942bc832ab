"""Mean reversion against float64, its laws and its edges."""

import numpy as np
import pytest
from tests.model.signals.truth import STEP, averages, scored, walk

from hydrophone_model.formats import PRICE
from hydrophone_model.signals.quotient import ROOT_ERROR
from hydrophone_model.signals.reversion import DEVIATION, ReversionModel, ReversionParams


@pytest.mark.parametrize("memory", [3, 7, 10])
@pytest.mark.parametrize("deviation", [2.0, 90.0])
def test_it_is_the_negative_z_score(memory: int, deviation: float, seed: int):
    price = walk(np.random.default_rng(seed), 3000, deviation)
    got = scored(ReversionModel(ReversionParams(symbols=1, memory=memory)), price=price)
    settled = (1 << memory) - 2
    assert np.all(np.isnan(got[:settled]))
    above = price - averages(price, memory)
    spread = np.sqrt(averages(above**2, memory)[settled:])
    truth = -above[settled:] / spread
    # Mean and deviation are each cut off by less than a step of the deviation; so are all those
    # that the spread averages.
    steps = 2 * DEVIATION.resolution / spread
    bound = np.abs(truth) * (ROOT_ERROR + steps) + steps + STEP
    assert np.all(np.abs(got[settled:] - truth) <= bound)


def test_it_is_never_far_above_the_root_of_its_memory(seed: int):
    rng = np.random.default_rng(seed)
    jump = np.where(rng.random(5000) < 0.001, rng.integers(1, PRICE.max, 5000), 70_000)
    got = scored(ReversionModel(ReversionParams(symbols=1, memory=6)), price=jump)
    assert 7.5 < np.nanmax(np.abs(got)) < 8.1


def test_a_price_that_stands_still_lies_on_its_mean():
    for price in (0, 1, 12_345, PRICE.max):
        got = scored(ReversionModel(ReversionParams(symbols=1)), price=np.full(300, price))
        assert np.all(got[126:] == 0)


def test_a_price_that_has_jumped_comes_to_rest_on_its_mean():
    price = np.concatenate([np.full(200, 1000), np.full(4000, 1400), np.full(4000, 900)])
    got = scored(ReversionModel(ReversionParams(symbols=1)), price=price)
    assert got[200] < -5
    assert got[4200] > 5
    assert got[4199] == got[-1] == 0
