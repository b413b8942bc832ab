"""Volume analysis against float64, its laws and its edges."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.block import ConfigError
from hydrophone_model.dsp import exp2
from hydrophone_model.dsp.log2 import ERROR_BOUND, log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import LOG, SIZE
from hydrophone_model.whale.volume import DEVIATIONS, OCTAVES, VolumeModel, VolumeParams

PARAMS = VolumeParams(symbols=2)
RATIO_ERROR = 2.5 * ERROR_BOUND * np.log(2) + exp2.ERROR_BOUND
"""Relative error of a quotient in the log domain, half a step of halving included."""


def analysed(
    sizes: Raw, parents: Raw, closed: Raw, params: VolumeParams = PARAMS
) -> dict[str, Raw]:
    """Outputs for one symbol's prints and running parents, in lots."""
    return VolumeModel(params).process(
        symbol=np.zeros_like(sizes), size=sizes, parent_size=parents, print=log2(sizes),
        parent=log2(parents), closed=closed,
    )  # fmt: skip


def remembered(values: Sequence[float], memory: int) -> float:
    """Long memory of values in plain floating point."""
    mean = 0.0
    for count, value in enumerate(values):
        mean += 2.0 ** -min(int(np.log2(count + 1)), memory) * (value - mean)
    return mean


def tape(rng: np.random.Generator, prints: int) -> tuple[Raw, Raw, Raw]:
    """Sizes of prints and of their parents in lots, and where parents close, of one symbol."""
    sizes = np.exp2(np.clip(rng.normal(9, 2, prints), 0, 31)).astype(np.int64)
    closed = (rng.random(prints) < 0.4).astype(np.int64)
    closed[0] = 0
    grown = sizes * np.exp2(np.where(closed, 0, rng.exponential(0.7, prints)))
    return sizes, np.minimum(grown.astype(np.int64), SIZE.max), closed


def ended(parents: Raw, closed: Raw, end: int) -> list[int]:
    """Parents that had closed when the print at ``end`` came: each the one before its closing."""
    return parents[:end][closed[1 : end + 1] != 0].tolist()


@pytest.mark.parametrize("memory", [7, 8, 12])
def test_octaves_above_the_mean_are_those_of_floating_point(memory: int, seed: int):
    params = VolumeParams(symbols=2, memory=memory, minimum=20)
    sizes, parents, closed = tape(np.random.default_rng(seed), 900)
    got = analysed(sizes, parents, closed, params)
    for end in range(0, sizes.size, 7):
        for name, value, history in (
            ("above_print", sizes[end], sizes[:end].tolist()),
            ("above_parent", parents[end], ended(parents, closed, end)),
        ):
            octaves = got[name][end] / OCTAVES.one
            if len(history) < params.minimum:
                assert octaves == 0
                continue
            mean = remembered(history, memory)
            truth = max(np.log2(value) - np.log2(mean) + 1, 0)
            # A memory cuts off less than one unit of its fraction a step; at the slowest rate
            # these add up to 2**memory units, one lot.
            slip = np.log2(mean / (mean - 1))
            error = OCTAVES.resolution + 2 * ERROR_BOUND + slip
            assert abs(octaves - truth) <= error, (name, end)


@pytest.mark.parametrize("window", [16, 64])
def test_deviations_are_those_of_floating_point(window: int, seed: int):
    params = VolumeParams(symbols=2, window=window, minimum=10)
    sizes, parents, closed = tape(np.random.default_rng(seed), 900)
    got = analysed(sizes, parents, closed, params)["z_window"] / DEVIATIONS.one
    least = 2.0**-params.floor
    for end in range(0, sizes.size, 7):
        last = (log2(np.array(ended(parents, closed, end), np.int64)) / LOG.one)[-window:]
        truth = 0.0
        if last.size >= params.minimum:
            value = log2(parents[end : end + 1])[0] / LOG.one
            truth = max(value - last.mean(), 0) / max(last.std(), least)
        wanted = min(truth, DEVIATIONS.max / DEVIATIONS.one)
        assert abs(got[end] - wanted) <= DEVIATIONS.resolution + truth * RATIO_ERROR, end


def test_the_tape_above_is_worth_the_name(seed: int):
    got = analysed(*tape(np.random.default_rng(seed), 900))
    assert all(0.2 < np.mean(answer > 0) < 0.8 for answer in got.values())
    assert all(answer.max() > 2 * OCTAVES.one for answer in got.values())


TAPES = st.integers(0, 2**32 - 1).map(lambda draw: tape(np.random.default_rng(draw), 150))


@given(TAPES, st.integers(1, 12))
def test_the_unit_of_sizes_does_not_matter(prints: tuple[Raw, Raw, Raw], octaves: int):
    """Lots of another size shift every logarithm and no deviation; means round otherwise."""
    sizes, parents, closed = prints
    sizes, parents = np.maximum(sizes, 64) >> 4 << 4, np.maximum(parents, 64) >> 4 << 4
    few = VolumeParams(symbols=2, minimum=8)
    base = analysed(sizes, parents, closed, few)
    moved = analysed(sizes << octaves, parents << octaves, closed, few)
    assert np.array_equal(base["z_window"], moved["z_window"])
    for name in ("above_print", "above_parent"):
        assert np.abs(base[name] - moved[name]).max() <= 2


def test_nothing_is_unusual_before_the_minimum():
    for name, known, wanted in (
        ("above_print", PARAMS.minimum, 10 * OCTAVES.one),
        ("above_print", PARAMS.minimum - 1, 0),
    ):
        sizes = np.r_[np.full(known, 16), 16 << 9]
        got = analysed(sizes, sizes, np.zeros_like(sizes))
        assert got[name][-1] == wanted
    sizes = np.r_[np.full(PARAMS.minimum, 16), 16 << 9]
    closed = np.r_[0, np.ones(PARAMS.minimum, np.int64)]
    got = analysed(sizes, sizes, closed)
    assert got["above_parent"][-1] == 10 * OCTAVES.one
    assert got["z_window"][-1] == DEVIATIONS.max
    short = analysed(sizes[1:], sizes[1:], closed[1:] * (np.arange(PARAMS.minimum) > 0))
    assert not short["above_parent"].any()
    assert not short["z_window"].any()


def test_equal_sizes_lie_an_octave_above_half_their_mean_and_have_the_least_deviation():
    sizes = np.full(100, 37)
    closed = np.r_[0, np.ones(99, np.int64)]
    got = analysed(sizes, sizes, closed)
    assert {int(z) for z in got["above_print"][PARAMS.minimum :]} == {OCTAVES.one}
    assert {int(z) for z in got["above_parent"][PARAMS.minimum :]} == {OCTAVES.one}
    assert not got["z_window"].any()
    octave = analysed(np.r_[sizes, 74], np.r_[sizes, 74], np.r_[closed, 1])["z_window"][-1]
    assert octave == DEVIATIONS.one << PARAMS.floor


def test_smaller_than_usual_is_not_unusual():
    sizes = np.r_[np.full(100, 1 << 20), 1]
    closed = np.r_[0, np.ones(100, np.int64)]
    assert all(not answer[-1] for answer in analysed(sizes, sizes, closed).values())


def test_a_parent_is_learned_when_it_closes_and_not_before():
    """A sweep of growing parents does not raise its own mean."""
    quiet = np.full(100, 16)
    sweep = 16 << np.arange(1, 20)
    parents = np.r_[quiet, sweep]
    closed = np.r_[0, np.ones(100, np.int64), np.zeros(18, np.int64)]
    got = analysed(parents, parents, closed)
    assert np.array_equal(got["above_parent"][100:], OCTAVES.one * np.arange(2, 21))
    assert np.all(np.diff(got["z_window"][100:103]) > 0)
    assert np.all(got["z_window"][103:] == DEVIATIONS.max)


def test_the_largest_sizes_fit():
    sizes = np.full(300, SIZE.max)
    closed = np.r_[0, np.ones(299, np.int64)]
    got = analysed(sizes, sizes, closed, VolumeParams(symbols=2, memory=12))
    assert got["above_print"][-1] == OCTAVES.one


def test_a_minimum_that_the_window_never_holds_is_refused():
    with pytest.raises(
        ConfigError, match=r"volume\.minimum = 64 is not allowed: use at most 16, the parents in"
    ):
        VolumeParams(window=16)
