"""log2 against float64: every small argument, the edges of every octave, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp.log2 import (
    ERROR_BOUND,
    FRACTION,
    MANTISSA,
    Log2Model,
    Log2Params,
    log2,
    output_format,
)
from hydrophone_model.fixed import Raw

ARGUMENTS = st.integers(1, 2**63 - 1)


def error(values: Raw) -> np.ndarray:
    """Distance from the true logarithm in units of the value, to about 1e-16."""
    return np.abs(log2(values) / (1 << FRACTION) - np.log2(values.astype(np.longdouble)))


def test_every_argument_of_22_bits_is_within_the_bound_and_the_bound_is_tight():
    worst = max(
        float(error(np.arange(start, start + (1 << 18))).max())
        for start in range(1, 1 << 22, 1 << 18)
    )
    assert worst <= ERROR_BOUND
    assert worst > 0.95 * ERROR_BOUND


@pytest.mark.parametrize("width", range(MANTISSA + 2, 64))
def test_every_mantissa_of_every_octave_is_within_the_bound(width: int):
    mantissas = np.arange(1 << MANTISSA, 2 << MANTISSA)
    down = width - 1 - MANTISSA
    lowest = mantissas << down
    highest = lowest | ((1 << down) - 1)
    assert float(error(np.concatenate([lowest, highest])).max()) <= ERROR_BOUND


def test_powers_of_two_are_exact_and_zero_counts_as_one():
    exponents = np.arange(63)
    assert np.array_equal(log2(1 << exponents), exponents << FRACTION)
    assert log2(np.array([0])) == 0


def test_it_never_decreases():
    every = np.arange(1 << 21)
    assert np.all(np.diff(log2(every)) >= 0)


@given(ARGUMENTS, ARGUMENTS)
def test_it_keeps_the_order_of_any_two(a: int, b: int):
    low, high = log2(np.array([min(a, b), max(a, b)]))
    assert low <= high


@given(st.integers(1, 2**40), st.integers(0, 22))
def test_doubling_adds_exactly_one(value: int, octaves: int):
    one, scaled = log2(np.array([value, value << octaves]))
    # Bits behind the interpolation are cut off, so a wide argument loses the same ones.
    assert scaled == one + (octaves << FRACTION)


@given(st.integers(1, 63))
def test_the_output_format_holds_every_result(width: int):
    output_format(width).checked(log2(np.array([0, 1, (1 << width) - 1])))


def test_the_model_is_the_function_without_state(seed: int):
    values = np.random.default_rng(seed).integers(0, 2**32, 1000)
    model = Log2Model(Log2Params())
    assert np.array_equal(model.process(x=values)["y"], log2(values))
    model.reset()
    assert np.array_equal(model.process(x=values[:0])["y"], [])
