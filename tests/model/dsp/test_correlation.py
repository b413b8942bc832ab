"""Correlation against NumPy, its laws, and what it forgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp.correlation import (
    CORRELATION,
    ERROR_BOUND,
    CorrelationModel,
    CorrelationParams,
)
from hydrophone_model.fixed import Raw

PARAMS = CorrelationParams()


def streamed(x: Raw, y: Raw, params: CorrelationParams = PARAMS) -> Raw:
    """Correlation at each pair of one symbol."""
    return CorrelationModel(params).process(symbol=np.zeros_like(x), x=x, y=y)["correlation"]


@pytest.mark.parametrize("window", [8, 64, 1024])
def test_it_is_numpys_correlation_within_the_bound(window: int, seed: int):
    rng = np.random.default_rng(seed)
    params = CorrelationParams(window=window)
    worst = 0.0
    for weight in (0.0, 0.1, 0.5, 2.0, 50.0):
        x = PARAMS.x.saturate(np.rint(rng.normal(0, 30, 1500)))
        y = PARAMS.y.saturate(np.rint(rng.normal(0, 3, x.size) + weight * x / 8))
        got = streamed(x, y, params) * CORRELATION.resolution
        for end in range(params.minimum - 1, x.size, 7):
            pair = slice(max(0, end + 1 - window), end + 1)
            if np.ptp(x[pair]) and np.ptp(y[pair]):
                truth = np.corrcoef(x[pair], y[pair])[0, 1]
                worst = max(worst, abs(got[end] - truth))
    assert worst <= ERROR_BOUND
    assert worst > 0.7 * ERROR_BOUND


def test_edges_are_zero():
    ramp = np.arange(20)
    assert not np.any(streamed(ramp, np.full(20, 3)))
    assert not np.any(streamed(np.full(20, 3), ramp))
    assert np.array_equal(streamed(ramp, ramp) != 0, ramp + 1 >= PARAMS.minimum)


def test_a_straight_line_is_one():
    ramp = np.arange(30)
    assert streamed(ramp, ramp)[-1] == CORRELATION.one
    assert streamed(ramp, -ramp)[-1] == -CORRELATION.one


PAIRS = st.lists(st.tuples(st.integers(-30, 30), st.integers(-15, 15)), min_size=8, max_size=100)


@given(PAIRS)
def test_laws(pairs: list[tuple[int, int]]):
    x, y = np.array(pairs).T
    got = streamed(x, y)
    assert np.all(np.abs(got) <= CORRELATION.one)
    assert np.array_equal(streamed(y, x, CorrelationParams(x=PARAMS.y, y=PARAMS.x)), got)
    assert np.array_equal(streamed(-x, y), -got)
    # The shift begins with the stream: the window's unfilled slots are not pairs.
    assert np.array_equal(streamed(x + 11, y - 7), got)
    assert np.array_equal(streamed(x, 2 * y), got)


def test_after_a_million_pairs_it_is_that_of_its_last_window(seed: int):
    rng = np.random.default_rng(seed)
    symbol = rng.integers(0, 4, 1_000_000)
    x = rng.integers(PARAMS.x.min, PARAMS.x.max + 1, symbol.size)
    y = np.clip(rng.integers(-9, 10, symbol.size) + x // 16, PARAMS.y.min, PARAMS.y.max)
    got = CorrelationModel(PARAMS).process(symbol=symbol, x=x, y=y)["correlation"]
    for who in range(4):
        mine = np.flatnonzero(symbol == who)
        last = mine[-PARAMS.window :]
        assert got[mine[-1]] == streamed(x[last], y[last])[-1] != 0
