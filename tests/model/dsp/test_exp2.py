"""exp2 against float64: every mantissa, every shift, saturation, and the way back from log2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp import log2 as log2_module
from hydrophone_model.dsp.exp2 import ERROR_BOUND, PRECISION, Exp2Model, Exp2Params, exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import Fixed

UNIT = 1 << FRACTION


def test_every_mantissa_is_within_the_bound_and_the_bound_is_tight():
    part = np.arange(UNIT)
    mantissa = exp2(part, Fixed(integer=1, fraction=PRECISION)) / (1 << PRECISION)
    relative = np.abs(mantissa / np.exp2(part / UNIT) - 1)
    assert relative.max() <= ERROR_BOUND
    assert relative.max() > 0.95 * ERROR_BOUND


@pytest.mark.parametrize("integer", [0, 1, 4, PRECISION])
@pytest.mark.parametrize("fraction", [1, 6, 8, PRECISION])
def test_every_exponent_is_within_the_bound_and_one_step(integer: int, fraction: int):
    output = Fixed(integer=integer, fraction=fraction)
    exponents = np.arange(-40 * UNIT, 40 * UNIT)
    got = exp2(exponents, output)
    output.checked(got)
    real = np.ldexp(np.exp2(exponents / UNIT), fraction)
    inside = exponents < integer * UNIT
    assert np.all(got[~inside] == output.max)
    off = got[inside] - real[inside]
    assert np.all(off <= ERROR_BOUND * real[inside])
    assert np.all(off > -1 - ERROR_BOUND * real[inside])


def test_whole_exponents_are_exact():
    output = Fixed(integer=8, fraction=8)
    exponents = np.arange(-8, 8)
    assert np.array_equal(exp2(exponents << FRACTION, output), 1 << (exponents + 8))


def test_it_never_decreases():
    exponents = np.arange(-16 * UNIT, 16 * UNIT)
    assert np.all(np.diff(exp2(exponents, Fixed(integer=10, fraction=10))) >= 0)


@given(st.integers(1, 2**40), st.integers(1, 2**40))
def test_a_quotient_in_the_log_domain_is_within_a_thousandth(a: int, b: int):
    output = Fixed(integer=10, fraction=10)
    exponent = log2(np.array([a])) - log2(np.array([b]))
    got = int(exp2(exponent, output)[0]) / output.one
    relative = 2 * log2_module.ERROR_BOUND * np.log(2) + ERROR_BOUND
    assert relative < 1e-3
    if a / b < output.max / output.one / (1 + relative):
        assert abs(got - a / b) <= 1.001 * relative * a / b + output.resolution
    else:
        assert got >= output.max / output.one * (1 - 2 * relative) - output.resolution


def test_the_model_is_the_function_in_its_format(seed: int):
    params = Exp2Params(integer=4, fraction=6)
    shape = params.inputs["x"].format
    x = np.random.default_rng(seed).integers(shape.min, shape.max + 1, 1000)
    assert np.array_equal(
        Exp2Model(params).process(x=x)["y"], exp2(x, Fixed(integer=4, fraction=6))
    )
