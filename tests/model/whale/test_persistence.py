"""Persistence against floating point, its symmetry, and how it leaks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp.log2 import ERROR_BOUND
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.persistence import (
    SUM,
    UNIT_LOG2,
    PersistenceModel,
    PersistenceParams,
)
from hydrophone_model.whale.volume import OCTAVES

PARAMS = PersistenceParams(symbols=2, leak=5)
SIXTEENTH = OCTAVES.one // 16


def persistence(side: Raw, joined: Raw, above: Raw, params: PersistenceParams = PARAMS) -> Raw:
    inputs = {"symbol": np.zeros_like(side), "side": side, "joined": joined, "above_print": above}
    return PersistenceModel(params).process(**inputs)["persistence"]


PRINTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 6 * OCTAVES.one)),
    min_size=1,
    max_size=80,
).map(lambda prints: np.array(prints).T)


@given(PRINTS)
def test_it_is_the_logarithm_of_a_leaking_sum(prints: Raw):
    side, joined, above = prints
    amount = (PARAMS.base + np.minimum(above // SIXTEENTH, PARAMS.most)) / 16
    amount = amount / np.where(joined, 2**PARAMS.joined, 1)
    sums = {0: 0.0, 1: 0.0}
    got = persistence(side, joined, above) / EVIDENCE.one
    for place, (own, step) in enumerate(zip(side.tolist(), amount.tolist(), strict=True)):
        for which in sums:
            kept = sums[which] * (1 - 2.0**-PARAMS.leak)
            sums[which] = max(kept + (step if which == own else -step), 0.0)
        truth = np.log2(1 + sums[own] * 2.0**-UNIT_LOG2)
        # Cutting off the leak and the joining share moves a sum by a unit a print, and leaking
        # forgets that as fast: 2**leak units and some.
        slip = 2 ** (PARAMS.leak + 1) * SUM.resolution * 2.0**-UNIT_LOG2 / np.log(2)
        assert abs(got[place] - truth) <= EVIDENCE.resolution + ERROR_BOUND + slip, place


@given(PRINTS)
def test_sides_are_alike(prints: Raw):
    side, joined, above = prints
    assert np.array_equal(persistence(1 - side, joined, above), persistence(side, joined, above))


def test_size_counts_up_to_its_limit():
    one, zero = np.zeros(1, np.int64), np.zeros(1, np.int64)
    most = PARAMS.most * SIXTEENTH
    at, beyond, below = (
        persistence(one, zero, np.array([above])) for above in (most, OCTAVES.max, most // 2)
    )
    assert below < at == beyond


def test_children_of_one_parent_count_less():
    flow, zero = np.zeros(40, np.int64), np.zeros(40, np.int64)
    above = zero + OCTAVES.one
    assert persistence(flow, zero + 1, above)[-1] < persistence(flow, zero, above)[-1]


def test_a_steady_side_settles_where_the_leak_takes_what_comes():
    flow = np.zeros(2000, np.int64)
    got = persistence(flow, flow, flow + OCTAVES.one)
    settled = (PARAMS.base + 16) / 16 * 2**PARAMS.leak
    assert abs(got[-1] / EVIDENCE.one - np.log2(1 + 4 * settled)) < 2 * EVIDENCE.resolution
    assert np.all(np.diff(got) >= 0)


def test_the_sum_saturates():
    flow = np.zeros(60_000, np.int64)
    slow = PersistenceParams(symbols=1, leak=12, most=255, base=16)
    got = persistence(flow, flow, flow + OCTAVES.max, slow)
    top = np.log2(1 + 4 * SUM.max / SUM.one)
    assert abs(got[-1] / EVIDENCE.one - top) <= EVIDENCE.resolution + ERROR_BOUND


def test_a_fair_coin_is_less_persistent_than_one_that_leans(seed: int):
    rng = np.random.default_rng(seed)
    side = rng.integers(0, 2, 20_000)
    zero = np.zeros_like(side)
    above = zero + OCTAVES.one
    fair = persistence(side, zero, above)
    leans = (rng.random(side.size) < 0.25).astype(np.int64)
    leaning = persistence(leans, zero, above)[leans == 0]
    assert np.percentile(fair, 90) < np.median(leaning)
