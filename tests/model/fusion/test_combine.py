"""Combinations of given normal scores and ranks, with given weights, against fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.combine import (
    ERROR_BOUND,
    INVERSE,
    INVERSE_BOUND,
    INVERSE_ONE,
    RANKED_FRACTION,
    Combination,
    combine_ranks,
    combine_scores,
    divided,
    inverse,
    trust,
)
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.normal import ONE
from hydrophone_model.fusion.performance import PERFORMANCE
from hydrophone_model.fusion.ranks import ranked
from hydrophone_model.limits import limits_of

LARGEST = 15 * 4096


@given(st.integers(1, 2**30), st.data(), st.sampled_from([0, 5]))
def test_a_quotient_is_within_the_bound(below: int, data: st.DataObject, finer: int):
    above = data.draw(st.integers(0, below << (12 - finer)))
    got = int(divided(np.array([above]), np.array([below]), finer)[0])
    truth = Fraction(above << finer, below)
    assert got <= truth * (1 + Fraction(ERROR_BOUND))
    assert got > truth - Fraction(101, 100)


@pytest.mark.parametrize("below", [1, 2, 3, 40000, 65535, 65536, 65537, 2**30 - 1])
def test_a_quotient_that_is_whole_is_reached(below: int):
    whole = np.arange(0, ONE + 1, 64)
    assert np.all(divided(whole * below, np.array([below]), 0) >= whole)


def test_every_weight_has_its_reciprocal_within_the_bound():
    weights = np.arange(1, LARGEST + 1)
    got = inverse(weights, np.array(True)) / INVERSE.one
    assert np.max(np.abs(got * weights / 2**INVERSE_ONE - 1)) <= INVERSE_BOUND
    assert inverse(np.array([0]), np.array([True])) == inverse(np.array([1]), np.array([True]))
    assert inverse(np.array([5]), np.array([False])) == 0


def weights_of(rng: np.random.Generator, decisions: int, used: NDArray[np.bool_]) -> Raw:
    widths = rng.integers(0, 17, (decisions, 1))
    weights = rng.integers(0, np.minimum(1 << widths, LARGEST), used.shape)
    return np.where(used & (rng.random(used.shape) < 0.8), weights, 0)


def test_scores_are_averaged_and_weighted(seed: int):
    rng = np.random.default_rng(seed)
    decisions, systems, candidates = 300, 5, 6
    used = rng.random((decisions, systems)) < 0.8
    values = rng.integers(0, ONE + 1, (decisions, systems, candidates)) * used[..., None]
    weights = weights_of(rng, decisions, used)
    got = combine_scores(values, used, weights)
    for event in range(decisions):
        mine, its = values[event, used[event]], weights[event, used[event]]
        if not len(mine):
            assert not np.any(got.values[:, event])
            continue
        plain = mine.sum(axis=0) // len(mine)
        assert np.array_equal(got.values[0, event], plain)
        assert np.array_equal(got.keys[0, event], mine.sum(axis=0))
        if not its.any():
            assert np.array_equal(got.values[1, event], plain)
            assert np.array_equal(got.keys[1, event], mine.sum(axis=0))
            continue
        truth = its @ mine / its.sum()
        off = got.values[1, event] - truth
        assert np.all((off > -1.01) & (off <= ERROR_BOUND * truth))
        assert np.array_equal(got.keys[1, event], its @ mine)


def test_ranks_are_averaged_and_weighted_with_reciprocals(seed: int):
    rng = np.random.default_rng(seed)
    decisions, systems, candidates = 300, 5, 6
    used = rng.random((decisions, systems)) < 0.8
    present = rng.random((decisions, candidates)) < 0.9
    keys = rng.integers(0, 9, (decisions, systems, candidates))
    half, _ = ranked(keys, present[:, None, :])
    weights = weights_of(rng, decisions, used)
    got = combine_ranks(half, used, weights)
    for event in range(decisions):
        mine, its = half[event, used[event]], weights[event, used[event]]
        if not len(mine):
            assert not np.any(got.values[:, event])
            continue
        plain = (mine.sum(axis=0) << 5) // len(mine)
        assert np.array_equal(got.values[0, event], plain)
        if not its.any():
            assert np.array_equal(got.values[1, event], plain)
            continue
        inverses = 1 / np.maximum(its, 1)
        truth = inverses @ mine / inverses.sum() * 2 ** (RANKED_FRACTION - 1)
        spread = (mine.max(axis=0) - mine.min(axis=0)) << (RANKED_FRACTION - 1)
        # A weight's relative error moves the mean by no more than that share of the spread.
        slack = 1.01 * INVERSE_BOUND * spread
        off = got.values[1, event] - truth
        assert np.all(off > -1.01 - slack)
        assert np.all(off <= ERROR_BOUND * truth + slack)
        assert got.values[1, event].max() <= present[event].sum() << RANKED_FRACTION
        assert not np.any(got.values[:, event, ~present[event]])


def test_a_bad_performance_weighs_nothing_and_a_perfect_one_all():
    one = PERFORMANCE.one
    shown = np.array([[one, one // 2, 0, -one, one]])
    used = np.array([[True, True, True, True, False]])
    assert trust(shown, used).tolist() == [[1 << 15, 1 << 14, 0, 0, 0]]


def test_combinations_have_names():
    number = limits_of(FusionParams)["combination"].number
    assert number("combination", "rank_average") == Combination.RANK_AVERAGE
    assert number("combination", 3) == Combination.RANK_AVERAGE
    with pytest.raises(ConfigError, match="no combination 'mean': use score_average, score_div"):
        number("combination", "mean")
