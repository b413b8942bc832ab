"""Scores: weighted sums, tails against floating point, and ladders that find their quantiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.dsp import exp2, log2
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE, HEAD, TAIL, WEIGHT
from hydrophone_model.records import Kind
from hydrophone_model.whale.score import (
    HEADS,
    RATIO,
    RUNG_LOG2,
    TERMS,
    Evidence,
    ScoreModel,
    ScoreParams,
    head_values,
    tail,
)

PARAMS = ScoreParams(symbols=4, classes=2)


def test_heads_are_weighted_sums_of_their_evidence(seed: int):
    rng = np.random.default_rng(seed)
    weights = tuple(rng.integers(0, WEIGHT.max + 1, TERMS).tolist())
    evidence = rng.integers(0, EVIDENCE.max + 1, (500, len(Evidence)))
    got = head_values(evidence, ScoreParams(symbols=4, classes=2, weights=weights))
    place = 0
    for kind, terms in HEADS.items():
        total = np.zeros(500)
        for term in terms:
            total += evidence[:, term] / EVIDENCE.one * (weights[place] / WEIGHT.one)
            place += 1
        truth = np.minimum(np.floor(total * HEAD.one), HEAD.max)
        assert np.array_equal(got[:, kind], truth)
    assert place == TERMS


def test_more_evidence_never_lowers_a_head(seed: int):
    rng = np.random.default_rng(seed)
    evidence = rng.integers(0, EVIDENCE.max, (500, len(Evidence)))
    more = evidence.copy()
    more[np.arange(500), rng.integers(0, len(Evidence), 500)] += 1
    assert np.all(head_values(more, PARAMS) >= head_values(evidence, PARAMS))


def float_tail(head: float, rungs: list[float]) -> float:
    """-log2 tail by interpolation between rungs, and beyond the last by its interval's slope."""
    below = sum(head > rung for rung in rungs)
    ladder = [0.0, *rungs]
    interval = ladder[min(below, len(rungs) - 1) + 1] - ladder[min(below, len(rungs) - 1)]
    above = max(head - ladder[below], 0.0)
    return RUNG_LOG2 * (below + above / max(interval, HEAD.resolution))


LADDERS = st.lists(st.integers(1, 400), min_size=2, max_size=6).map(np.cumsum)


@given(LADDERS, st.lists(st.integers(0, 4000), min_size=1, max_size=30))
def test_tails_are_those_of_floating_point(ladder: Raw, values: list[int]):
    heads = np.array(values)[:, None]
    rungs = np.broadcast_to(ladder, (len(values), 1, ladder.size))
    got = tail(heads, rungs)[:, 0] / TAIL.one
    for value, score in zip(values, got, strict=True):
        truth = float_tail(value / HEAD.one, [float(r) / HEAD.one for r in ladder])
        ratio = truth / RUNG_LOG2 - sum(value > rung for rung in ladder)
        relative = 2 * log2.ERROR_BOUND * np.log(2) + exp2.ERROR_BOUND
        error = RUNG_LOG2 * (RATIO.resolution + 1.001 * relative * ratio)
        most = min(TAIL.max / TAIL.one, RUNG_LOG2 * (ladder.size + RATIO.max / RATIO.one))
        assert abs(score - min(truth, most)) <= error, (value, ladder)


@given(LADDERS)
def test_a_larger_head_is_never_likelier(ladder: Raw):
    heads = np.arange(0, 3000, 7)[:, None]
    scores = tail(heads, np.broadcast_to(ladder, (heads.size, 1, ladder.size)))[:, 0]
    assert np.all(np.diff(scores) >= 0)
    assert scores[0] == 0


def test_a_rung_is_where_its_probability_is():
    ladder = np.array([100, 250, 380, 700, 900, 1000])
    got = tail(ladder[:, None], np.broadcast_to(ladder, (6, 1, 6)))[:, 0]
    assert got.tolist() == [RUNG_LOG2 * TAIL.one * rung for rung in range(1, 7)]


def test_crossed_and_equal_rungs_still_answer():
    for ladder in ([500, 300, 400], [300, 300, 300], [0, 0, 0]):
        rungs = np.broadcast_to(np.array(ladder), (5, 1, 3))
        scores = tail(np.array([[0], [299], [301], [450], [HEAD.max]]), rungs)
        TAIL.checked(scores)
    # An interval without width counts as one step of HEAD.
    flat = np.full((2, 1, 3), 300)
    got = tail(np.array([[301], [302]]), flat)[:, 0]
    assert got.tolist() == [RUNG_LOG2 * TAIL.one * 4, RUNG_LOG2 * TAIL.one * 5]


@pytest.fixture(scope="module")
def stationary(pytestconfig: pytest.Config) -> tuple[Raw, Raw]:
    """Scores of a long stationary stream of one class, and the true -log2 tails of its values.

    The evidence that heads weigh is exponential, so tails are known in closed form.
    """
    seed = pytestconfig.getoption("--seed")
    print(f"seed {seed}: repeat with --seed {seed}")
    rng = np.random.default_rng(seed)
    events = 150_000
    evidence = np.zeros((events, len(Evidence)), np.int64)
    # One term a head, at full weight, others at none: heads are independent.
    first = [terms[0] for terms in HEADS.values()]
    scale = 5.0
    for term in first:
        evidence[:, term] = np.minimum(rng.exponential(scale, events) * EVIDENCE.one, EVIDENCE.max)
    weights = tuple(
        WEIGHT.one if place == 0 else 0 for terms in HEADS.values() for place, _ in enumerate(terms)
    )
    params = ScoreParams(symbols=1, classes=1, weights=weights)
    symbol = np.zeros(events, np.int64)
    scores = ScoreModel(params).process(symbol=symbol, evidence=evidence)["heads"]
    truth = evidence[:, first] / EVIDENCE.one / scale / np.log(2)
    return scores, truth


@pytest.mark.parametrize("kind", Kind)
def test_ladders_find_the_quantiles_of_a_stationary_stream(stationary: tuple[Raw, Raw], kind: Kind):
    """How often a score passes t is how probable it says that is, 2**-t, once settled."""
    scores, _ = stationary
    settled = scores[len(scores) // 3 :, kind] / TAIL.one
    for rung in (1, 2, 3, 4):
        wanted = 2.0 ** (-RUNG_LOG2 * rung)
        rate = np.mean(settled >= RUNG_LOG2 * rung)
        assert 0.75 * wanted <= rate <= 1.35 * wanted, f"rung {rung}"


@pytest.mark.parametrize("kind", Kind)
def test_scores_are_the_true_tails_of_a_stationary_stream(stationary: tuple[Raw, Raw], kind: Kind):
    scores, truth = stationary
    later = slice(len(scores) // 3, None)
    said, true = scores[later, kind] / TAIL.one, truth[later, kind]
    common = true < 8
    assert np.abs(said - true)[common].mean() < 0.35
    rare = (true >= 8) & (true < 12)
    assert abs(np.median(said[rare] - true[rare])) < 1.5


def test_classes_learn_apart_and_share_among_their_symbols(seed: int):
    model = ScoreModel(PARAMS)
    shape = (6000, len(Evidence))
    loud = EVIDENCE.saturate(np.random.default_rng(seed).exponential(20, shape) * EVIDENCE.one)
    model.process(symbol=np.zeros(len(loud), np.int64), evidence=loud)
    usual = np.full((1, len(Evidence)), 20 * EVIDENCE.one)
    after = {
        symbol: model.process(symbol=np.array([symbol]), evidence=usual)["heads"]
        for symbol in (1, 2)
    }
    fresh = ScoreModel(PARAMS).process(symbol=np.array([1]), evidence=usual)["heads"]
    assert np.array_equal(after[1], fresh), "symbol 1 is of the other class"
    assert np.all(after[2] < fresh), "symbol 2 is of symbol 0's class, to which this is usual"


def test_an_event_is_measured_before_it_is_learned():
    model = ScoreModel(PARAMS)
    evidence = np.full((2, len(Evidence)), EVIDENCE.max)
    heads = model.process(symbol=np.zeros(2, np.int64), evidence=evidence)["heads"]
    ladder = np.array(PARAMS.ladder).reshape(1, len(HEADS), PARAMS.rungs)
    assert np.array_equal(heads[:1], tail(head_values(evidence[:1], PARAMS), ladder))
    assert np.all(heads[1] <= heads[0])


def test_more_classes_than_symbols_are_refused():
    with pytest.raises(ConfigError, match=r"score\.classes = 8 is not allowed: use at most 4"):
        ScoreParams(symbols=4, classes=8)
