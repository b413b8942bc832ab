"""antilog against log2: every logarithm of small integers, and the edges of wide ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp.antilog import LEAST, PRECISION, antilog
from hydrophone_model.dsp.log2 import FRACTION, log2


def test_comparing_integers_is_comparing_logarithms_for_every_one_of_16_bits():
    values = np.arange(1 << 16)
    logs = np.arange(-5, (16 << FRACTION) + 1)
    # log2 never decreases: the first that reaches a logarithm stands before all that do.
    first = np.searchsorted(log2(values), logs)
    within = first <= values[-1]
    assert np.array_equal(antilog(logs)[within], first[within])
    assert np.all(antilog(logs)[~within] > values[-1])


def test_every_logarithm_up_to_62_octaves_is_reached_there_and_not_before():
    logs = np.arange(1, (62 << FRACTION) + 1)
    least = antilog(logs)
    assert np.all(log2(least) >= logs)
    assert np.all(log2(least - 1) < logs)


@given(st.integers(0, 62 << FRACTION), st.integers(0, 2**63 - 1), st.integers(-2, 2))
def test_it_decides_any_comparison(log: int, value: int, beside: int):
    limit = antilog(np.array([log]))
    for x in (np.array([value]), np.maximum(limit + beside, 0)):
        assert (x >= limit) == (log2(x) >= log)


def test_an_octave_begins_where_the_one_below_rounds_up():
    assert antilog(np.array([20 << FRACTION])) < 1 << 20
    assert antilog(np.array([3 << FRACTION])) == 1 << 3
    assert antilog(np.array([-(5 << FRACTION), -1, 0])).tolist() == [0, 0, 0]


def test_the_table_fits_its_width_and_rises():
    assert max(LEAST) < 2 << PRECISION
    assert np.all(np.diff(LEAST[1:]) > 0)
    assert LEAST[0] < 1 << PRECISION < LEAST[1]
