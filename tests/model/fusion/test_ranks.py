"""Ranks against SciPy, and who is asked."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from tests.model.fusion.oracle import mean_ranks

from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.ranks import half_rank_format, ranked

KEYS = st.integers(1, 9).flatmap(lambda n: arrays.arrays(np.int64, n, elements=st.integers(-3, 3)))


@given(KEYS)
def test_they_are_scipys_mean_ranks_and_the_oracles(keys: Raw):
    half, _ = ranked(keys, np.array(True))
    assert np.array_equal(half, 2 * stats.rankdata(-keys, method="average"))
    assert [2 * rank for rank in mean_ranks(keys.tolist())] == half.tolist()
    half_rank_format(keys.size).checked(half)


@given(KEYS)
def test_places_are_those_of_a_stable_sort(keys: Raw):
    _, place = ranked(keys, np.array(True))
    assert np.array_equal(np.argsort(-keys, kind="stable"), np.argsort(place))
    assert sorted(place.tolist()) == list(range(keys.size))


@given(KEYS, st.integers(0, 2**9 - 1))
def test_who_is_not_present_is_not_asked(keys: Raw, mask: int):
    present = (mask >> np.arange(keys.size) & 1) != 0
    half, place = ranked(keys, present)
    alone = ranked(keys[present], np.array(True))
    assert np.array_equal(half[present], alone[0])
    assert np.array_equal(place[present], alone[1])
    assert not np.any(half[~present])
    assert not np.any(place[~present])
