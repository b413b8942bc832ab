"""Persistence against the closed form of a CUSUM, and its symmetry."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.persistence import SUM, PersistenceModel, PersistenceParams
from hydrophone_model.whale.volume import DEVIATIONS

PARAMS = PersistenceParams(symbols=2)


def persistence(side: Raw, joined: Raw, z_print: Raw, params: PersistenceParams = PARAMS) -> Raw:
    inputs = {"symbol": np.zeros_like(side), "side": side, "joined": joined, "z_print": z_print}
    return PersistenceModel(params).process(**inputs)["persistence"]


PRINTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 200)), min_size=1, max_size=80
).map(lambda prints: np.array(prints).T)


@given(PRINTS)
def test_it_is_the_largest_sum_of_any_stretch_that_ends_here(prints: Raw):
    side, joined, z = prints
    step = np.where(joined, PARAMS.joined, SUM.one) + z // 2 ** (DEVIATIONS.fraction - SUM.fraction)
    # Without saturation, a sum that never falls below zero is the walk above its lowest point.
    expected = np.zeros(side.size)
    for own in (0, 1):
        walk = np.cumsum(np.where(side == own, step, -step) - PARAMS.drift)
        above = walk - np.minimum(np.minimum.accumulate(walk), 0)
        assert above.max() <= SUM.max, "choose prints that do not saturate"
        expected[side == own] = above[side == own]
    scaled = np.floor(expected * EVIDENCE.one / SUM.one / 2**PARAMS.scale)
    assert np.array_equal(persistence(side, joined, z), np.minimum(scaled, EVIDENCE.max))


@given(PRINTS)
def test_sides_are_alike(prints: Raw):
    side, joined, z = prints
    assert np.array_equal(persistence(1 - side, joined, z), persistence(side, joined, z))


def test_it_saturates_and_recovers():
    one_way = np.zeros(600, np.int64)
    strong = np.full(600, DEVIATIONS.max)
    plain = PersistenceParams(symbols=2, scale=0)
    up = persistence(one_way, one_way, strong, plain)
    assert up[-1] == EVIDENCE.max
    there_and_back = np.r_[one_way, one_way + 1]
    back = persistence(there_and_back, np.r_[one_way, one_way], np.r_[strong, strong], plain)
    assert back[-1] == EVIDENCE.max


def test_a_fair_coin_is_not_persistent(seed: int):
    rng = np.random.default_rng(seed)
    side = rng.integers(0, 2, 20_000)
    zero = np.zeros_like(side)
    fair = persistence(side, zero, zero)
    leaning = persistence((rng.random(side.size) < 0.25).astype(np.int64), zero, zero)
    assert np.percentile(fair, 99) < np.median(leaning)
