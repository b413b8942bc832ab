"""Performances against their formula: who learns, what, and when."""

import numpy as np
import pytest
from scipy import stats
from tests.model.fusion.oracle import mean_ranks, spearman

from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.fusion.performance import ERROR_BOUND, OUTCOME, PERFORMANCE

ONE = PERFORMANCE.one


def run(
    scores: Raw,
    outcome: Raw,
    *,
    rate: int = 1,
    present: Raw | None = None,
    learn: Raw | None = None,
) -> Raw:
    """Performances of (decisions, systems, candidates)."""
    decisions, systems, candidates = scores.shape
    params = FusionParams(systems=systems, candidates=candidates, rate=rate)
    return FusionModel(params).process(
        scores=scores.reshape(decisions, -1),
        outcome=outcome,
        present=np.ones_like(outcome) if present is None else present,
        learn=np.ones(decisions, np.int64) if learn is None else learn,
    )["performance"]


@pytest.mark.parametrize("candidates", [2, 3, 16, 59, 64])
def test_one_outcome_is_worth_spearmans_coefficient(candidates: int, seed: int):
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(20):
        scores = np.array([rng.permuted(np.arange(candidates)) for _ in range(2)])
        outcome = rng.integers(OUTCOME.min, OUTCOME.max, candidates)
        if rng.random() < 0.5:
            scores[0] = np.sort(scores[0])
            outcome = np.sort(outcome) if rng.random() < 0.5 else -np.sort(outcome)
        twice = run(np.stack([scores, scores]), np.stack([outcome, outcome]))
        for system in range(2):
            truth = spearman(mean_ranks(scores[system].tolist()), mean_ranks(outcome.tolist()))
            if len(set(outcome.tolist())) == candidates:
                assert truth == pytest.approx(stats.spearmanr(scores[system], outcome)[0])
            worst = max(worst, abs(2 * twice[1, system] / ONE - truth))
    assert worst <= ERROR_BOUND + 2 * PERFORMANCE.resolution


@pytest.mark.parametrize("rate", [1, 6, 10])
def test_a_seer_comes_to_one_and_its_opposite_to_minus_one(rate: int, seed: int):
    outcome = np.random.default_rng(seed).integers(-500, 500, (12 << rate, 5))
    foreseen = np.roll(outcome, -1, axis=0)
    last = run(np.stack([foreseen, -foreseen], axis=1), outcome, rate=rate)[-1]
    assert abs(last[0] / ONE - 1) < 0.01
    assert abs(last[1] / ONE + 1) < 0.01
    assert last[0] <= ONE
    assert last[1] >= -ONE


SCORES = np.array([[[4, 3, 2, 1], [1, 1, 1, 1]]] * 3)
RISING = np.array([[9, 9, 9, 9], [8, 6, 4, 2], [8, 6, 4, 2]])


def test_an_outcome_judges_the_last_decision_that_learned():
    # The second decision is all wrong, but no outcome is ever its own.
    scores = SCORES.copy()
    scores[1, 0] = [1, 2, 3, 4]
    assert run(scores, RISING, learn=np.array([1, 0, 1]))[:, 0].tolist() == [0, 0, ONE // 2]
    assert run(scores, RISING, learn=np.array([0, 1, 1]))[:, 0].tolist() == [0, 0, -ONE // 2]


def test_an_outcome_judges_the_decision_before():
    # The first has nothing before it; a constant system is never judged.
    assert run(SCORES, RISING)[:, 0].tolist() == [0, ONE // 2, ONE * 3 // 4]
    assert not np.any(run(SCORES, RISING)[:, 1])


def test_without_outcome_or_with_equal_ones_nothing_is_learned():
    assert run(SCORES, RISING, learn=np.array([1, 0, 1]))[:, 0].tolist() == [0, 0, ONE // 2]
    equal = RISING.copy()
    equal[1] = 5
    assert run(SCORES, equal)[:, 0].tolist() == [0, 0, ONE // 2]


def test_only_who_took_part_then_counts():
    present = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]])
    outcome = RISING.copy()
    # Of the two who took part the order is right, whatever became of the others.
    outcome[1] = [3, 2, 1000, -1000]
    assert run(SCORES, outcome, present=present)[1, 0] == ONE // 2
    present[0] = [0, 0, 1, 0]
    assert run(SCORES, outcome, present=present)[1, 0] == 0


def test_a_missing_score_keeps_the_performance():
    scores = SCORES.copy()
    scores[1, 0, 2] = -32768
    assert run(scores, RISING)[:, 0].tolist() == [0, ONE // 2, ONE // 2]
