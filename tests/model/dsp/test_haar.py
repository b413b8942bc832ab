"""The Haar transform against PyWavelets, with the scale factors that the model leaves out."""

import numpy as np
import pytest
import pywt
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp.haar import HaarModel, HaarParams, haar, levels
from hydrophone_model.fixed import Raw

LENGTHS = [2, 4, 8, 16, 32, 64]


def windows(length: int) -> st.SearchStrategy[Raw]:
    sample = HaarParams().sample
    values = st.lists(st.integers(sample.min, sample.max), min_size=length, max_size=length)
    return values.map(lambda window: np.array(window, np.int64))


WINDOWS = st.sampled_from(LENGTHS).flatmap(windows)


@pytest.mark.parametrize("length", LENGTHS)
def test_it_is_the_orthonormal_transform_times_the_scale_of_each_level(length: int, seed: int):
    rng = np.random.default_rng(seed)
    sample = HaarParams(length=length).sample
    window = rng.integers(sample.min, sample.max + 1, (200, length))
    truth = np.concatenate(pywt.wavedec(window.astype(float), "haar", axis=-1), axis=-1)
    scale = np.sqrt(2.0) ** np.array(levels(length))
    # Exact up to the rounding of float64: the model itself is exact.
    assert np.allclose(haar(window), truth * scale, rtol=0, atol=1e-9)


def test_levels_name_the_scale_of_each_coefficient():
    assert levels(8) == (3, 3, 2, 2, 1, 1, 1, 1)


@given(WINDOWS)
def test_energy_is_kept_when_each_level_is_weighted_back(window: Raw):
    coefficients = haar(window)
    energy = sum(
        int(c) ** 2 * 2 ** (len(window) - level)
        for c, level in zip(coefficients, levels(len(window)), strict=True)
    )
    assert energy == int(np.sum(window * window)) * 2 ** len(window)


@given(WINDOWS, st.data())
def test_it_is_linear(window: Raw, data: st.DataObject):
    other = data.draw(windows(len(window)))
    a, b = data.draw(st.integers(-9, 9)), data.draw(st.integers(-9, 9))
    assert np.array_equal(haar(a * window + b * other), a * haar(window) + b * haar(other))


@given(WINDOWS)
def test_reversing_time_mirrors_each_level_and_negates_its_details(window: Raw):
    forward, backward = haar(window), haar(window[::-1])
    assert forward[0] == backward[0] == window.sum()
    start = 1
    while start < len(window):
        level = slice(start, 2 * start)
        assert np.array_equal(backward[level], -forward[level][::-1])
        start *= 2


@given(WINDOWS)
def test_the_coefficient_format_holds_every_result(window: Raw):
    params = HaarParams(length=len(window))
    low, high = np.full_like(window, params.sample.min), np.full_like(window, params.sample.max)
    # The widest detail sets one half of the window against the other.
    steps = np.where(np.arange(len(window)) < len(window) // 2, low, high)
    model = HaarModel(params)
    for extreme in (window, low, high, steps, steps[::-1]):
        got = model.process(window=extreme[None])["coefficients"]
        params.outputs["coefficients"].format.checked(got)
