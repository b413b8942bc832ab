"""Min-max normalisation against fractions, and which systems are left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.normal import ERROR_BOUND, NORMAL, ONE, normalised

WHOLE = st.integers(SCORE.min + 1, SCORE.max)
ROWS = st.integers(2, 9).flatmap(lambda n: arrays.arrays(np.int64, n, elements=WHOLE))


def row(scores: Raw, present: Raw | None = None) -> tuple[bool, Raw]:
    """One system of one decision."""
    there = np.ones(scores.shape, bool) if present is None else present != 0
    used, values = normalised(scores[None, None], there[None])
    return bool(used[0, 0]), values[0, 0]


@given(ROWS, st.integers(0, 14))
def test_it_is_the_quotient_within_the_bound(scores: Raw, narrower: int):
    scores >>= narrower
    used, values = row(scores)
    assert used == (scores.max() > scores.min())
    if used:
        truth = (scores - scores.min()) / (scores.max() - scores.min())
        assert np.all(np.abs(values * NORMAL.resolution - truth) < ERROR_BOUND)


def test_every_range_has_its_ends_exactly_and_never_turns_the_order():
    for span in [*range(1, 300), *range(4000, 4200), 32767, 32768, SCORE.max - SCORE.min - 1]:
        inside = np.linspace(0, span, 50).astype(np.int64)
        _, values = row(SCORE.min + 1 + inside)
        assert (values[0], values[-1]) == (0, ONE)
        assert np.all(np.diff(values) >= 0)


@given(ROWS, st.integers(-16000, 16000), st.integers(0, 3))
def test_a_constant_or_a_power_of_two_changes_nothing(scores: Raw, more: int, places: int):
    scores >>= 4
    used, values = row(scores)
    assert row((scores << places) + more)[0] == used
    assert np.array_equal(row((scores << places) + more)[1], values)


@pytest.mark.parametrize(
    ("scores", "present", "used"),
    [
        ([1, 2, MISSING], [1, 1, 1], False),
        ([1, 2, MISSING], [1, 1, 0], True),
        ([5, 5, 5], [1, 1, 1], False),
        ([5, 5, 6], [1, 1, 0], False),
        ([5, 5, 6], [1, 0, 1], True),
        ([1, 2, 3], [0, 1, 0], False),
        ([1, 2, 3], [0, 0, 0], False),
        ([SCORE.min + 1, SCORE.max, SCORE.max], [1, 1, 1], True),
    ],
)
def test_who_is_left_out(scores: list[int], present: list[int], used: bool):
    told, values = row(np.array(scores), np.array(present))
    assert told == used
    assert np.all((values == 0) | ((np.array(present) != 0) & used))
    assert used == (values.max() == ONE)
