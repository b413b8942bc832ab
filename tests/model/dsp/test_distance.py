"""Distance to templates against float64, its range, and its laws."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp import exp2, log2
from hydrophone_model.dsp.distance import (
    COSINE,
    ERROR_BOUND,
    NORM_LOG2,
    SQUARED_DISTANCE,
    DistanceModel,
    DistanceParams,
)
from hydrophone_model.dsp.haar import haar
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.whale.pattern import default_templates

PRESET = default_templates()


def truth(params: DistanceParams, windows: Raw, flip: Raw) -> np.ndarray:
    """Squared distance of unit vectors to the nearest unquantised template of each group."""

    def unit(vectors: Raw) -> np.ndarray:
        weighted = (haar(vectors) << np.array(params.shifts)).astype(float)
        norms = np.linalg.norm(weighted, axis=-1, keepdims=True)
        return weighted / np.where(norms == 0, 1, norms)

    cosines = (
        unit(np.where(flip[:, None] != 0, -windows, windows)) @ unit(np.array(params.shapes)).T
    )
    groups = np.array(params.groups)
    nearest = [cosines[:, groups == g].max(axis=1) for g in range(params.group_count)]
    return 2 - 2 * np.clip(np.stack(nearest, axis=-1), 0, 1)


def bound(params: DistanceParams) -> float:
    """Largest possible error of these templates, step by step through the model."""
    weighted = (haar(np.array(params.shapes)) << np.array(params.shifts)).astype(float)
    ideal = weighted / np.linalg.norm(weighted, axis=1, keepdims=True)
    quantised = np.array(params.templates) / (1 << NORM_LOG2)
    template = float(np.linalg.norm(quantised - ideal, axis=1).max())
    # log2 of the dot product, half that of the energy, and up to half a step in halving it.
    exponent = 1.5 * log2.ERROR_BOUND + 0.5 / (1 << log2.FRACTION)
    logarithms = float(np.log(2)) * exponent + exp2.ERROR_BOUND
    return 2 * (template + COSINE.resolution + logarithms * (1 + template))


def measured(params: DistanceParams, windows: Raw, flip: Raw) -> Raw:
    return DistanceModel(params).process(coefficients=haar(windows), flip=flip)["distance"]


def shapes_and_noise(rng: np.random.Generator, params: DistanceParams, count: int) -> Raw:
    """Random windows, sparse ones, and templates at any strength under a little noise."""
    shapes = np.array(params.shapes)[rng.integers(0, len(params.shapes), count)]
    strength = rng.integers(1, 60, (count, 1))
    dense = rng.integers(params.sample.min, params.sample.max + 1, shapes.shape)
    sparse = dense * (rng.random(shapes.shape) < 0.2)
    near = params.sample.saturate(shapes * strength + rng.integers(-3, 4, shapes.shape))
    return np.concatenate([dense, sparse, near])


def test_the_stated_bound_is_that_of_the_presets_templates():
    assert 0.9 * ERROR_BOUND < bound(PRESET) <= ERROR_BOUND


def test_presets_are_within_the_bound(seed: int):
    rng = np.random.default_rng(seed)
    windows = shapes_and_noise(rng, PRESET, 40_000)
    flip = rng.integers(0, 2, len(windows))
    got = measured(PRESET, windows, flip) * SQUARED_DISTANCE.resolution
    worst = np.abs(got - truth(PRESET, windows, flip)).max()
    assert worst <= ERROR_BOUND
    assert worst > 0.6 * ERROR_BOUND


def test_any_templates_are_within_their_bound(seed: int):
    rng = np.random.default_rng(seed)
    for _ in range(20):
        shapes = rng.integers(-9, 10, (6, 8))
        params = DistanceParams(
            shapes=tuple(tuple(row) for row in shapes.tolist()),
            groups=(0, 0, 1, 1, 2, 2),
            scale_shifts=tuple(rng.integers(0, 5, 3).tolist()),
        )
        windows = shapes_and_noise(rng, params, 2000)
        flip = rng.integers(0, 2, len(windows))
        got = measured(params, windows, flip) * SQUARED_DISTANCE.resolution
        assert np.abs(got - truth(params, windows, flip)).max() <= bound(params), params


def test_edges_are_as_far_as_orthogonal_shapes():
    flat = 2 * COSINE.one
    silence = np.zeros((1, PRESET.length), np.int64)
    no = np.zeros(1, np.int64)
    assert np.all(measured(PRESET, silence, no) == flat)
    down = -np.ones((1, PRESET.length), np.int64)
    assert np.all(measured(PRESET, down, no)[0, :-1] == flat)


def test_a_template_is_at_home_in_its_group():
    windows = np.array(PRESET.shapes) * 8
    got = measured(PRESET, windows, np.zeros(len(windows), np.int64))
    for place, group in enumerate(PRESET.groups):
        assert got[place].argmin() == group
        assert got[place, group] * SQUARED_DISTANCE.resolution <= ERROR_BOUND


WINDOW = st.lists(st.integers(-31, 31), min_size=16, max_size=16).map(lambda w: np.array([w]))


@given(WINDOW, st.integers(0, 2), st.integers(0, 1))
def test_laws(window: Raw, octaves: int, flip: int):
    got = measured(PRESET, window, np.array([flip]))
    SQUARED_DISTANCE.checked(got)
    assert np.all((got >= 0) & (got <= 2 * COSINE.one))
    # Strength does not matter, and flipping is looking at the negative.
    assert np.array_equal(measured(PRESET, window << octaves, np.array([flip])), got)
    assert np.array_equal(measured(PRESET, -window, np.array([1 - flip])), got)


def test_formats_hold_the_extremes():
    sample = PRESET.sample
    for extreme in (sample.min, sample.max):
        weighted = haar(np.full(PRESET.length, extreme)) << np.array(PRESET.shifts)
        PRESET.weighted.checked(weighted)
        PRESET.energy.checked(np.sum(weighted * weighted))
        PRESET.dot.checked(np.array(PRESET.templates) @ weighted)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shapes": ((1, 2), (3,))}, r"distance.shapes have lengths \[1, 2\]: use 4, two to the"),
        ({"shapes": ((1, 2), (3, 4))}, r"have lengths \[2\]: use 4"),
        ({"groups": (0, 2)}, r"distance.groups = \(0, 2\) is not allowed: name a group for each"),
        ({"groups": (0,)}, "of 2 shapes, counting from 0 without a gap"),
        ({"shapes": ((1, 2, 3, 4), (0, 0, 0, 0))}, r"distance.shapes\[1\] is all zero: give it a"),
        ({"scale_shifts": (5, 0)}, r"distance.scale_shifts\[0\] = 5 is not allowed: use 0 … 4"),
    ],
)
def test_wrong_templates_are_refused(changes: dict[str, Any], message: str):
    good: dict[str, Any] = {
        "shapes": ((1, 2, 3, 4), (4, 3, 2, 1)),
        "groups": (0, 1),
        "scale_shifts": (1, 0),
    }
    DistanceParams(**good)
    with pytest.raises(ConfigError, match=message):
        DistanceParams(**{**good, **changes})
