"""Volume analysis against float64, its laws and its edges."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp import exp2
from hydrophone_model.dsp.log2 import ERROR_BOUND, log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import LOG, SIZE
from hydrophone_model.whale.volume import (
    DEVIATIONS,
    OCTAVES,
    REFERENCE,
    STEP,
    VolumeModel,
    VolumeParams,
    first_loud,
    reference,
)

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
            ("above_parent", parents[end], ended(parents, closed, max(end - params.lag, 0))),
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
    assert 0.001 < np.mean(got.pop("loud")) < 0.1
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
    sizes = np.r_[np.full(PARAMS.minimum + PARAMS.lag, 16), 16 << 9]
    closed = np.r_[0, np.ones(PARAMS.minimum, np.int64), np.zeros(PARAMS.lag, np.int64)]
    got = analysed(sizes, sizes, closed)
    assert got["above_parent"][-1] == 10 * OCTAVES.one
    assert got["z_window"][-1] == DEVIATIONS.max
    assert got["loud"].tolist() == [0] * (sizes.size - 1) + [1]
    short = analysed(sizes[1:], sizes[1:], np.r_[0, closed[2:]])
    for name in ("above_parent", "z_window", "loud"):
        assert not short[name].any()


def test_equal_sizes_lie_an_octave_above_half_their_mean_and_have_the_least_deviation():
    sizes = np.full(100, 37)
    closed = np.r_[0, np.ones(99, np.int64)]
    got = analysed(sizes, sizes, closed)
    assert {int(z) for z in got["above_print"][PARAMS.minimum :]} == {OCTAVES.one}
    assert {int(z) for z in got["above_parent"][PARAMS.minimum + PARAMS.lag :]} == {OCTAVES.one}
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


@pytest.mark.parametrize("lag", [8, 32])
def test_a_parent_is_measured_against_what_was_there_some_events_of_the_symbol_before(
    lag: int, seed: int
):
    """The parents' mean jumps from one lot to many at once; others' events count for nothing."""
    params = VolumeParams(symbols=2, minimum=2, lag=lag)
    before, sizes = 100, np.r_[np.ones(101, np.int64), np.full(60, 1 << 20)]
    closed = np.r_[0, np.ones(160, np.int64)]
    parents = sizes.copy()
    rng = np.random.default_rng(seed)
    mine = np.sort(rng.choice(1000, sizes.size, replace=False))
    columns = {"size": sizes, "parent_size": parents, "print": log2(sizes), "parent": log2(parents)}
    inputs = {name: rng.permutation(np.resize(column, 1000)) for name, column in columns.items()}
    inputs |= {"symbol": np.ones(1000, np.int64), "closed": rng.integers(0, 2, 1000)}
    for name, column in {**columns, "closed": closed, "symbol": np.zeros_like(sizes)}.items():
        inputs[name][mine] = column
    got = VolumeModel(params).process(**inputs)["above_parent"][mine]
    # The first large parent is the print after `before`, which the next one closes.
    jumped = before + 2 + lag
    assert np.all(got[before + 1 : jumped] == 21 * OCTAVES.one)
    assert np.all(got[jumped:] < 10 * OCTAVES.one)
    assert not got[: 2 + lag].any()
    assert np.all(got[2 + lag : before + 1] == OCTAVES.one)


def test_a_threshold_changes_with_the_reference(seed: int):
    sizes, parents, closed = tape(np.random.default_rng(seed), 600)
    inputs = {
        "symbol": np.zeros_like(sizes), "size": sizes, "parent_size": parents,
        "print": log2(sizes), "parent": log2(parents), "closed": closed,
    }  # fmt: skip
    model, change = VolumeModel(PARAMS), 300
    parts: list[dict[str, Raw]] = []
    for loud, places in ((0, slice(0, change)), (64, slice(change, None))):
        model.params = VolumeParams(symbols=2, loud=loud)
        parts.append(model.process(**{name: column[places] for name, column in inputs.items()}))
    got = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    heard = np.arange(600) >= change + PARAMS.lag
    assert np.array_equal(got["loud"] != 0, (got["above_parent"] >= 64) & heard)
    assert got["loud"].any()


@given(
    st.integers(0, SIZE.max << PARAMS.memory), st.integers(0, 200), st.integers(0, OCTAVES.max),
    st.integers(0, SIZE.max),
)  # fmt: skip
def test_one_comparison_of_sizes_tells_the_loud(mean: int, count: int, loud: int, other: int):
    against = reference(PARAMS, np.array([mean]), np.array([count]))
    threshold = np.array([loud])
    limit = int(first_loud(against, threshold)[0])
    for size in {other, limit - 1, limit, limit + 1}:
        if 0 <= size <= SIZE.max:
            octaves = np.maximum(log2(np.array([size])) - against, 0) >> STEP
            wanted = loud > 0 and OCTAVES.saturate(octaves)[0] >= loud
            assert (size >= limit) == wanted, size


def test_the_comparison_holds_at_every_threshold_and_reference():
    rng = np.random.default_rng(8)
    references = np.r_[REFERENCE.max, REFERENCE.min, rng.integers(-13 << 10, 31 << 10, 200)]
    against, loud = np.meshgrid(references, np.arange(OCTAVES.max + 1))
    limit = first_loud(against, loud)
    assert np.all((limit >= 0) & (limit <= SIZE.max + 1))
    assert np.all(limit[(loud == 0) | (against == REFERENCE.max)] == SIZE.max + 1)
    for beside in (-1, 0, 1):
        size = np.clip(limit + beside, 0, SIZE.max)
        octaves = OCTAVES.saturate(np.maximum(log2(size) - against, 0) >> STEP)
        assert np.array_equal(size >= limit, (loud > 0) & (octaves >= loud))


def test_the_blocks_flag_is_the_quick_form(seed: int):
    params = VolumeParams(symbols=2, minimum=8, loud=150)
    sizes, parents, closed = tape(np.random.default_rng(seed), 900)
    got = analysed(sizes, parents, closed, params)
    past = [ended(parents, closed, max(end - params.lag, 0)) for end in range(sizes.size)]
    mean, count, exact = 0, 0, []
    for history in past:
        for value in history[count:]:
            mean += ((value << params.memory) - mean) >> ((count + 1).bit_length() - 1)
            count += 1
        against = reference(params, np.array([mean]), np.array([count]))
        exact.append(int(first_loud(against, np.array([params.loud]))[0]))
    assert np.array_equal(got["loud"], parents >= np.array(exact))
    assert 0.05 < got["loud"].mean() < 0.9
