"""Cognitive diversity against its formula, and what it does not see."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.model.fusion.oracle import diversity

from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.diversity import (
    DIVERSITY,
    RELATIVE_BOUND,
    diversities,
    rank_score,
    strengths,
)
from hydrophone_model.fusion.normal import NORMAL, ONE

TABLES = st.integers(2, 40).flatmap(
    lambda n: arrays.arrays(np.int64, (3, n), elements=st.integers(0, ONE))
)


def both(table: Raw) -> tuple[Raw, Raw]:
    """Sums of diversities and strengths of a table of rank-score functions."""
    used = np.ones((1, len(table)), bool)
    totals = diversities(table[None], used, np.array([table.shape[1]]))
    return totals[0], strengths(totals, used)[0]


@given(TABLES, st.integers(0, 12))
def test_it_is_the_formula_within_the_bound(table: Raw, closer: int):
    table = ((table << 12 >> closer) + (table[:1] << 12)) >> 13
    totals, means = both(table)
    rows = [[value * NORMAL.resolution for value in row] for row in table.tolist()]
    for number, row in enumerate(rows):
        pairs = [diversity(row, other) for other in rows]
        bound = RELATIVE_BOUND * sum(pairs) + 2 * DIVERSITY.resolution
        assert abs(totals[number] * DIVERSITY.resolution - sum(pairs)) <= bound
        assert means[number] == totals[number] // 2


def test_the_bound_is_tight(seed: int):
    table = np.random.default_rng(seed).integers(0, ONE, (2000, 2, 8), endpoint=True)
    used = np.ones((2000, 2), bool)
    totals = diversities(table, used, np.full(2000, 8))[:, 0] * DIVERSITY.resolution
    truth = np.sqrt(np.mean(np.square(table[:, 0] - table[:, 1]), axis=-1)) * NORMAL.resolution
    assert np.max(np.abs(totals / truth - 1)) > 0.5 * RELATIVE_BOUND


def test_opposite_ends_are_one_apart_and_equal_functions_nothing():
    ends = np.array([[ONE] * 7, [0] * 7, [0] * 7])
    totals, means = both(ends)
    assert totals.tolist() == [2 * DIVERSITY.one, DIVERSITY.one, DIVERSITY.one]
    assert means.tolist() == [DIVERSITY.one, DIVERSITY.one // 2, DIVERSITY.one // 2]


def test_a_system_that_is_not_used_has_none():
    table = np.array([[[ONE, 0], [ONE, ONE], [0, 0]]])
    used = np.array([[True, True, False]])
    totals = diversities(table, used, np.array([2]))
    assert totals[0, 0] == totals[0, 1] > 0 == totals[0, 2]
    assert np.array_equal(strengths(totals, used), totals)
    alone = np.array([[True, False, False]])
    assert not np.any(strengths(diversities(table, alone, np.array([2])), alone))


def test_functions_are_sorted_values_of_the_present():
    values = np.array([[[5, 9, 7, 1]]])
    places = np.array([[[1, 0, 0, 2]]])
    present = np.array([[True, True, False, True]])
    assert rank_score(values, places, present).tolist() == [[[9, 5, 1, 0]]]
