"""The reciprocal against integers: every argument, its bound, and its laws."""

import numpy as np

from hydrophone_model.dsp.reciprocal import (
    ARGUMENT,
    ERROR_BOUND,
    RECIPROCAL,
    UNIT,
    ReciprocalModel,
    ReciprocalParams,
    reciprocal,
)

EVERY = np.arange(1 << (ARGUMENT.width - 1), 1 << ARGUMENT.width)


def test_every_argument_is_within_the_bound_and_the_bound_is_tight():
    excess = EVERY * reciprocal(EVERY) / 2.0**UNIT - 1
    assert excess.max() <= ERROR_BOUND
    assert excess.max() > 0.95 * ERROR_BOUND


def test_it_is_never_below_the_true_reciprocal_and_exact_at_a_half():
    assert np.all(EVERY * reciprocal(EVERY) >= 1 << UNIT)
    assert reciprocal(EVERY[:1]) == RECIPROCAL.max // 2 + 1 == 2 * RECIPROCAL.one


def test_it_never_increases_and_keeps_its_format():
    results = reciprocal(EVERY)
    assert np.all(np.diff(results) <= 0)
    RECIPROCAL.checked(results)


def test_the_top_bit_counts_as_set():
    assert np.array_equal(reciprocal(EVERY - EVERY[0]), reciprocal(EVERY))


def test_the_model_is_the_function_without_state():
    model = ReciprocalModel(ReciprocalParams())
    assert np.array_equal(model.process(x=EVERY)["y"], reciprocal(EVERY))
    model.reset()
    assert np.array_equal(model.process(x=EVERY[:0])["y"], [])
