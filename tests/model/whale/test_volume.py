"""Volume analysis against float64, its laws and its edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp import exp2, log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import LOG
from hydrophone_model.whale.volume import DEVIATIONS, VolumeModel, VolumeParams

PARAMS = VolumeParams(symbols=2)
RATIO_ERROR = 2.5 * log2.ERROR_BOUND * np.log(2) + exp2.ERROR_BOUND
"""Relative error of a quotient in the log domain, half a step of halving included."""


def analysed(sizes: Raw, parents: Raw, closed: Raw, params: VolumeParams) -> dict[str, Raw]:
    symbol = np.zeros_like(sizes)
    inputs = {"symbol": symbol, "print": sizes, "parent": parents, "closed": closed}
    return VolumeModel(params).process(**inputs)


def remembered(values: list[float], params: VolumeParams) -> tuple[float, float]:
    """Long memory of values in plain floating point: mean and mean absolute deviation."""
    mean = deviation = 0.0
    for count, value in enumerate(values):
        rate = 2.0 ** -min(int(np.log2(count + 1)), params.memory)
        mean += rate * (value - mean)
        deviation += rate * (abs(value - mean) - deviation)
    return mean, deviation


def tape(rng: np.random.Generator, prints: int) -> tuple[Raw, Raw, Raw]:
    """Log sizes of prints, of their parents, and where parents close, of one symbol."""
    sizes = LOG.saturate(LOG.quantise(np.clip(rng.normal(6, 2, prints), 0, 32)))
    closed = (rng.random(prints) < 0.4).astype(np.int64)
    closed[0] = 0
    parents = sizes + LOG.quantise(np.where(closed, 0, rng.exponential(0.7, prints)))
    return sizes, np.minimum(parents, 32 * LOG.one), closed


@pytest.mark.parametrize("memory", [4, 7, 10])
@pytest.mark.parametrize("window", [16, 64])
def test_deviations_are_those_of_floating_point(memory: int, window: int, seed: int):
    params = VolumeParams(symbols=2, memory=memory, window=window)
    sizes, parents, closed = tape(np.random.default_rng(seed), 700)
    got = analysed(sizes, parents, closed, params)
    size, parent = sizes / LOG.one, parents / LOG.one
    least = 2.0**-params.floor
    # Each step of a memory cuts off less than one unit of its fraction; at the slowest rate these
    # errors add up to 2**memory units, one step of LOG; a deviation sees those of the mean too.
    slip = LOG.resolution
    for end in range(0, sizes.size, 13):
        ended = [float(p) for p in parent[:end][closed[1 : end + 1] != 0]]
        for name, value, history in (
            ("z_print", size[end], [float(v) for v in size[:end]]),
            ("z_parent", parent[end], ended),
        ):
            mean, deviation = remembered(history, params)
            scale = max(deviation, least)
            truth = max(value - mean, 0) / scale if len(history) >= params.minimum else 0
            error = DEVIATIONS.resolution + truth * RATIO_ERROR + (1 + 2 * truth) * slip / scale
            z = got[name][end] / DEVIATIONS.one
            assert abs(z - min(truth, DEVIATIONS.max / DEVIATIONS.one)) <= error, (name, end)
        last = ended[-window:]
        spread = max(float(np.std(last)), least) if last else 1
        far = max(parent[end] - float(np.mean(last)), 0) / spread if last else 0
        truth = far if len(last) >= params.minimum else 0
        error = DEVIATIONS.resolution + truth * RATIO_ERROR
        z = got["z_window"][end] / DEVIATIONS.one
        assert abs(z - min(truth, DEVIATIONS.max / DEVIATIONS.one)) <= error, ("z_window", end)


def test_the_tape_above_is_worth_the_name(seed: int):
    got = analysed(*tape(np.random.default_rng(seed), 700), PARAMS)
    assert all(0.3 < np.mean(z > 0) < 0.7 for z in got.values())
    assert all(z.max() > 2 * DEVIATIONS.one for z in got.values())


TAPES = st.integers(0, 2**32 - 1).map(lambda draw: tape(np.random.default_rng(draw), 150))


@given(TAPES, st.integers(-10, 10))
def test_the_unit_of_sizes_does_not_matter(prints: tuple[Raw, Raw, Raw], octaves: int):
    """Lots of another size shift every logarithm, and no deviation."""
    sizes, parents, closed = prints
    up = 11 * LOG.one
    shift = up + octaves * LOG.one
    base, moved = (analysed(sizes + by, parents + by, closed, PARAMS) for by in (up, shift))
    assert all(np.array_equal(base[name], moved[name]) for name in base)


def test_nothing_is_unusual_before_the_minimum():
    sizes = np.r_[np.full(PARAMS.minimum, LOG.one), 20 * LOG.one]
    early = np.r_[np.full(PARAMS.minimum - 1, LOG.one), 20 * LOG.one]
    zero = np.zeros_like
    assert analysed(sizes, sizes, zero(sizes), PARAMS)["z_print"][-1] == DEVIATIONS.max
    assert analysed(early, early, zero(early), PARAMS)["z_print"][-1] == 0


def test_equal_sizes_have_the_least_deviation():
    least = LOG.one >> PARAMS.floor
    sizes = np.r_[np.full(50, 5 * LOG.one), 5 * LOG.one + least]
    closed = np.r_[0, np.ones(sizes.size - 1, np.int64)]
    got = analysed(sizes, sizes, closed, PARAMS)
    assert {name: int(z[-1]) for name, z in got.items()} == dict.fromkeys(got, DEVIATIONS.one)
    assert all(not np.any(z[:-1]) for z in got.values())


def test_smaller_than_usual_is_not_unusual():
    sizes = np.r_[np.full(50, 20 * LOG.one), 0]
    closed = np.r_[0, np.ones(50, np.int64)]
    assert all(not np.any(z) for z in analysed(sizes, sizes, closed, PARAMS).values())


def test_a_parent_is_learned_when_it_closes_and_not_before():
    """A sweep of growing parents does not raise its own mean."""
    quiet = np.full(60, 4 * LOG.one)
    sweep = (5 + np.arange(20)) * LOG.one
    parents = np.r_[quiet, sweep]
    closed = np.r_[0, np.ones(60, np.int64), np.zeros(19, np.int64)]
    z = analysed(parents, parents, closed, PARAMS)["z_parent"]
    assert np.all(np.diff(z[60:64]) > 0)
    assert np.all(z[64:] == DEVIATIONS.max)
