"""Entropy against SciPy, its range, and what it forgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hydrophone_model.dsp.entropy import ENTROPY, ERROR_BOUND, EntropyModel, EntropyParams
from hydrophone_model.fixed import Raw


def streamed(params: EntropyParams, bins: Raw) -> tuple[Raw, Raw]:
    """Entropy and fullness at each print of one symbol."""
    outputs = EntropyModel(params).process(symbol=np.zeros_like(bins), bin=bins)
    return outputs["entropy"], outputs["full"]


@pytest.mark.parametrize("window", [8, 64, 1024])
@pytest.mark.parametrize("bins", [2, 32])
def test_it_is_scipys_entropy_within_the_bound(window: int, bins: int, seed: int):
    rng = np.random.default_rng(seed)
    params = EntropyParams(window=window, bins=bins)
    # From nearly even to nearly constant: each stretch draws from a more lopsided law.
    tape = np.concatenate(
        [rng.choice(bins, 400, p=rng.dirichlet(np.full(bins, a))) for a in (100, 3, 0.5, 0.05)]
    )
    got, full = streamed(params, tape)
    assert np.array_equal(full, np.arange(1, tape.size + 1) >= window)
    assert not np.any(got[full == 0])
    for end in np.flatnonzero(full):
        counts = np.bincount(tape[end + 1 - window : end + 1], minlength=bins)
        truth = stats.entropy(counts, base=2)
        assert abs(got[end] * ENTROPY.resolution - truth) <= ERROR_BOUND, (window, bins, end)


@pytest.mark.parametrize(("window", "bins"), [(8, 2), (64, 32), (1024, 32)])
def test_even_counts_reach_the_maximum_and_equal_prints_are_zero(window: int, bins: int):
    params = EntropyParams(window=window, bins=bins)
    even = np.arange(window) % bins
    assert streamed(params, even)[0][-1] == (min(bins, window).bit_length() - 1) * ENTROPY.one
    assert streamed(params, np.full(window, bins - 1))[0][-1] == 0


BINS = st.lists(st.integers(0, 31), min_size=64, max_size=200).map(np.array)


@given(BINS)
def test_it_lies_between_zero_and_log2_of_the_bins(tape: Raw):
    got, _ = streamed(EntropyParams(), tape)
    assert np.all((got >= 0) & (got <= 5 * ENTROPY.one))


@given(BINS, st.permutations(range(32)))
def test_renaming_the_bins_changes_nothing(tape: Raw, names: list[int]):
    params = EntropyParams()
    assert np.array_equal(streamed(params, tape)[0], streamed(params, np.array(names)[tape])[0])


@given(BINS, st.randoms(use_true_random=False))
def test_the_order_within_the_window_changes_nothing(tape: Raw, random):
    window = tape[:64].tolist()
    shuffled = random.sample(window, len(window))
    params = EntropyParams()
    assert streamed(params, np.array(window))[0][-1] == streamed(params, np.array(shuffled))[0][-1]


def test_after_a_million_prints_it_is_that_of_its_last_window(seed: int):
    rng = np.random.default_rng(seed)
    params, model = EntropyParams(symbols=4), EntropyModel(EntropyParams(symbols=4))
    symbol = rng.integers(0, 4, 1_000_000)
    bins = np.minimum(rng.geometric(0.3, symbol.size) - 1, params.bin.max)
    outputs = model.process(symbol=symbol, bin=bins)
    for who in range(4):
        mine = np.flatnonzero(symbol == who)
        fresh, full = streamed(params, bins[mine[-params.window :]])
        assert full[-1]
        assert outputs["entropy"][mine[-1]] == fresh[-1]
