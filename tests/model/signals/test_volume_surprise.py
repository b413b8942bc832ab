"""Volume surprise against float64, its laws and its edges."""

import numpy as np
import pytest
from tests.model.signals.truth import averages, scored, sides, sizes

from hydrophone_model.formats import SIZE
from hydrophone_model.signals.volume_surprise import (
    ERROR_BOUND,
    VolumeSurpriseModel,
    VolumeSurpriseParams,
)

PARAMS = VolumeSurpriseParams(symbols=1)


@pytest.mark.parametrize(("fast", "memory"), [(1, 7), (4, 8), (6, 12)])
def test_it_is_the_octaves_that_net_flow_adds(fast: int, memory: int, seed: int):
    rng = np.random.default_rng(seed)
    size, side = sizes(rng, 6000), sides(rng, 6000)
    model = VolumeSurpriseModel(VolumeSurpriseParams(symbols=1, fast=fast, memory=memory))
    got = scored(model, size=size, side=side)
    flow = averages(np.where(side, -size, size), fast) * 2.0**fast
    truth = np.sign(flow) * np.log2(1 + np.abs(flow) / averages(size, memory))
    settled = (1 << memory) - 2
    assert np.all(np.isnan(got[:settled]))
    # Sizes of some ten thousand lots: what the averages cut off is beyond the last digit.
    assert np.max(np.abs(got - truth)[settled:]) <= ERROR_BOUND + 2e-3


def test_small_lots_lean_to_neither_side():
    turns = np.arange(3000) % 2
    got = scored(VolumeSurpriseModel(PARAMS), size=np.ones(3000, int), side=turns)[300:]
    assert abs(np.mean(got)) < 0.2
    assert np.max(np.abs(got)) < 1


def test_a_whale_is_a_surprise_with_its_side():
    size, side = np.full(600, 10), np.arange(600) % 2
    size[500] = 10_000
    for whale, sign in ((0, 1), (1, -1)):
        side[500] = whale
        got = scored(VolumeSurpriseModel(PARAMS), size=size, side=side)
        assert np.max(np.abs(got[300:500])) < 1.1
        assert 7 < sign * got[500] < 9


def test_the_largest_sizes_stay_in_range():
    size = np.where(np.arange(2000) < 1900, 1, SIZE.max)
    got = scored(VolumeSurpriseModel(PARAMS), size=size, side=np.ones(2000, int))
    assert -8.1 < np.nanmin(got) < -7.9
