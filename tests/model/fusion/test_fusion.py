"""The whole fusion against the papers' formulas, its laws, and its edges."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.fusion.oracle import Truth, evaluate, learned, mean_ranks
from tests.model.fusion.tables import tables

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion import combine, diversity, normal, performance
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionModel, FusionParams
from hydrophone_model.fusion.ranks import ranked

SMALL = FUSION_PRESETS["small"]
STEP = normal.NORMAL.resolution
RANK_STEP = 2.0**-combine.RANKED_FRACTION
EACH = pytest.mark.parametrize("combination", list(Combination))


def run(params: FusionParams, inputs: dict[str, Raw]) -> dict[str, Raw]:
    return FusionModel(params).process(**inputs)


def one(scores: object, present: object = None, combination: int = 1) -> dict[str, Raw]:
    """The first decision of a table of (systems, candidates)."""
    table = np.array(scores)
    params = FusionParams(
        systems=table.shape[0], candidates=table.shape[1], combination=combination
    )
    there = np.ones(table.shape[1], np.int64) if present is None else np.array(present)
    outputs = FusionModel(params).process(
        scores=table.reshape(1, -1),
        present=there[None],
        outcome=np.zeros((1, table.shape[1]), np.int64),
        learn=np.zeros(1, np.int64),
    )
    return {name: column[0] for name, column in outputs.items()}


# -- against the formulas ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "decisions"),
    [
        (SMALL, 400),
        (FusionParams(systems=3, candidates=7, rate=2), 300),
        (FUSION_PRESETS["default"], 150),
        (FUSION_PRESETS["large"], 15),
    ],
    ids=["small", "odd", "default", "large"],
)
def test_it_is_the_papers_fusion_within_the_bounds(params: FusionParams, decisions: int, seed: int):
    inputs = tables(params, np.random.default_rng(seed), decisions)
    outputs = run(params, inputs)
    shown, before = [0.0] * params.systems, None
    bounded = 0
    for event in range(decisions):
        mine = {name: column[event] for name, column in outputs.items()}
        scores = inputs["scores"][event].reshape(params.systems, -1).tolist()
        table = [[None if value == MISSING else value for value in row] for row in scores]
        truth = evaluate(table, (inputs["present"][event] != 0).tolist())
        outcome = inputs["outcome"][event].tolist() if inputs["learn"][event] else None
        shown = learned(shown, before, outcome, params.rate)
        before = before if outcome is None else truth
        assert np.flatnonzero(mine["used"]).tolist() == truth.systems
        assert mine["decided"] == bool(truth.systems)
        slack = performance.ERROR_BOUND + (1 << params.rate) * performance.PERFORMANCE.resolution
        assert np.all(np.abs(mine["performance"] * 2.0**-20 - shown) <= slack)
        if truth.systems:
            assert_strengths(mine, truth)
            bounded += assert_combinations(params, mine, truth, [shown[k] for k in truth.systems])
    assert bounded > decisions / 2, "few decisions have weights that their errors do not swamp"


def assert_strengths(mine: dict[str, Raw], truth: Truth) -> None:
    got = mine["diversity"][truth.systems] * diversity.DIVERSITY.resolution
    slack = diversity.ERROR_BOUND + diversity.DIVERSITY.resolution
    assert np.all(np.abs(got - truth.strength) <= slack)


def assert_combinations(
    params: FusionParams, mine: dict[str, Raw], truth: Truth, shown: list[float]
) -> int:
    """Holds all six against the truth; how many weights were large enough to be held tightly."""
    count = len(truth.candidates)
    trust = [max(value, 0.0) for value in shown]
    by_score = mine["fused_scores"].reshape(3, -1)[:, truth.candidates] * STEP
    by_rank = mine["fused_ranks"].reshape(3, -1)[:, truth.candidates] * RANK_STEP
    assert np.all(np.abs(by_score[0] - floats(truth.average(truth.normal))) <= 2 * STEP)
    assert np.all(np.abs(by_rank[0] - floats(truth.average(truth.ranks))) <= RANK_STEP)

    tight = 0
    errors = [diversity.ERROR_BOUND, performance.ERROR_BOUND + 2.0**-15 + 2.0 ** (params.rate - 20)]
    for place, (weights, error) in enumerate(zip([truth.strength, trust], errors, strict=True), 1):
        # Weights that are wrong by so much move a mean by that share of its spread.
        whole, wrong = sum(weights), len(weights) * error
        if whole > 4 * wrong:
            slack = wrong / (whole - wrong) + combine.ERROR_BOUND + 3 * STEP
            assert np.all(np.abs(by_score[place] - truth.score_combination(weights)) <= slack)
            tight += 1
        if min(weights) > 4 * error:
            share = error / (min(weights) - error) + 2 * combine.INVERSE_BOUND
            slack = (count - 1) * share + combine.ERROR_BOUND * count + 2 * RANK_STEP
            expected = truth.rank_combination(weights, error)
            assert np.all(np.abs(by_rank[place] - expected) <= slack)
    return min(tight, 1)


def floats(row: object) -> np.ndarray:
    return np.array(row, np.float64)


@EACH
def test_the_configured_combination_decides(combination: Combination, seed: int):
    params = replace(FUSION_PRESETS["default"], combination=int(combination))
    inputs = tables(params, np.random.default_rng(seed), 300)
    outputs = run(params, inputs)
    side, place = divmod(int(combination), 3)
    name, sign = (("fused_scores", 1), ("fused_ranks", -1))[side]
    fused = sign * outputs[name].reshape(300, 3, -1)[:, place]
    for event in np.flatnonzero(outputs["decided"]):
        there = inputs["present"][event] != 0
        rank, values = outputs["rank"][event][there], fused[event][there]
        # Division may make equal what the undivided keys tell apart, and turns nothing round.
        order = np.argsort(rank, kind="stable")
        assert np.all(np.diff(values[order]) <= 0)
        assert sorted(rank) == sorted(2 * r for r in mean_ranks((-rank).tolist()))
        best = outputs["best"][event]
        assert inputs["present"][event][best]
        assert outputs["rank"][event][best] == rank.min()
    assert not np.any(outputs["rank"][inputs["present"] == 0])


def test_another_combination_takes_over_between_two_batches(seed: int):
    inputs = tables(SMALL, np.random.default_rng(seed), 100)
    model = FusionModel(SMALL)
    first = model.process(**{name: column[:50] for name, column in inputs.items()})
    model.params = replace(SMALL, combination=int(Combination.RANK_AVERAGE))
    second = model.process(**{name: column[50:] for name, column in inputs.items()})
    for name in SMALL.outputs:
        assert np.array_equal(first[name], run(SMALL, inputs)[name][:50])
        assert np.array_equal(second[name], run(model.params, inputs)[name][50:])


# -- laws -------------------------------------------------------------------------------------

SEEDS = st.integers(0, 2**32 - 1)
COMBINATIONS = st.sampled_from(list(Combination))


def shaped(combination: Combination) -> FusionParams:
    return FusionParams(systems=3, candidates=5, rate=2, combination=int(combination))


@given(SEEDS, COMBINATIONS, st.permutations(range(5)))
def test_permuting_candidates_permutes_results(seed: int, choice: Combination, order: list[int]):
    params = shaped(choice)
    inputs = tables(params, np.random.default_rng(seed), 12)
    moved = {name: column.copy() for name, column in inputs.items()}
    moved["scores"] = inputs["scores"].reshape(-1, 3, 5)[:, :, order].reshape(-1, 15)
    moved["present"], moved["outcome"] = inputs["present"][:, order], inputs["outcome"][:, order]
    ours, theirs = run(params, inputs), run(params, moved)
    for name in ("decided", "used", "diversity", "performance"):
        assert np.array_equal(ours[name], theirs[name]), name
    for name in ("rank", "fused_scores", "fused_ranks"):
        wide = ours[name].reshape(12, -1, 5)[:, :, order]
        assert np.array_equal(wide, theirs[name].reshape(12, -1, 5)), name
    for event in range(12):
        winners = np.flatnonzero(ours["rank"][event] == ours["rank"][event][ours["best"][event]])
        assert order[theirs["best"][event]] in winners or not ours["decided"][event]


@given(SEEDS, COMBINATIONS, st.permutations(range(3)))
def test_permuting_systems_permutes_what_is_theirs(
    seed: int, choice: Combination, order: list[int]
):
    params = shaped(choice)
    inputs = tables(params, np.random.default_rng(seed), 12)
    scores = inputs["scores"].reshape(-1, 3, 5)[:, order].reshape(-1, 15)
    ours, theirs = run(params, inputs), run(params, inputs | {"scores": scores})
    for name, column in ours.items():
        mine = column[:, order] if name in ("used", "diversity", "performance") else column
        assert np.array_equal(mine, theirs[name]), name


@given(SEEDS, COMBINATIONS, st.integers(0, 2), st.integers(-9000, 9000), st.integers(0, 2))
def test_shifting_and_doubling_a_system_changes_nothing(
    seed: int, choice: Combination, system: int, more: int, places: int
):
    params = shaped(choice)
    inputs = tables(params, np.random.default_rng(seed), 12)
    scores = inputs["scores"].reshape(-1, 3, 5).copy()
    scores = np.where(scores == MISSING, MISSING, scores >> 4)
    changed = scores.copy()
    mine = scores[:, system]
    changed[:, system] = np.where(mine == MISSING, MISSING, (mine << places) + more)
    ours, theirs = (
        run(params, inputs | {"scores": table.reshape(-1, 15)}) for table in (scores, changed)
    )
    for name in ours:
        assert np.array_equal(ours[name], theirs[name]), name


@given(SEEDS, st.integers(3, 15))
def test_scaling_a_system_changes_no_rank_and_little_else(seed: int, factor: int):
    params = shaped(Combination.RANK_AVERAGE)
    inputs = tables(params, np.random.default_rng(seed), 12)
    scores = inputs["scores"].reshape(-1, 3, 5)
    scores = np.where(scores == MISSING, MISSING, scores >> 4)
    scaled = scores.copy()
    scaled[:, 0] = np.where(scores[:, 0] == MISSING, MISSING, scores[:, 0] * factor)
    ours, theirs = (
        run(params, inputs | {"scores": table.reshape(-1, 15)}) for table in (scores, scaled)
    )
    for name in ("decided", "best", "rank", "used", "performance"):
        assert np.array_equal(ours[name], theirs[name]), name
    average = slice(0, 5)
    assert np.array_equal(ours["fused_ranks"][:, average], theirs["fused_ranks"][:, average])
    apart = ours["fused_scores"][:, average] - theirs["fused_scores"][:, average]
    assert np.max(np.abs(apart)) <= 2


@EACH
@given(seed=SEEDS)
def test_copies_of_one_system_give_that_system(combination: Combination, seed: int):
    params = shaped(combination)
    inputs = tables(params, np.random.default_rng(seed), 12)
    single = inputs["scores"].reshape(-1, 3, 5)[:, :1]
    inputs["scores"] = np.repeat(single, 3, axis=1).reshape(-1, 15)
    outputs = run(params, inputs)
    assert not np.any(outputs["diversity"])
    present = inputs["present"] != 0
    _, values = normal.normalised(single, present)
    half, _ = ranked(single, present[:, None])
    for place in (0, 1):
        mine = outputs["fused_scores"].reshape(12, 3, 5)[:, place]
        assert np.array_equal(mine, values[:, 0])
    used = outputs["decided"] != 0
    # Scores that one step of normalisation does not tell apart tie, but never on the ranks' side.
    keys = values if combination < Combination.RANK_AVERAGE else -half
    wanted, _ = ranked(keys, present[:, None])
    assert np.array_equal(outputs["rank"][used], wanted[used, 0])
    assert np.array_equal(outputs["fused_ranks"][used][:, :5], half[used, 0] << 5)


@given(SEEDS, COMBINATIONS)
def test_who_does_not_take_part_has_no_influence(seed: int, choice: Combination):
    params, rng = shaped(choice), np.random.default_rng(seed)
    inputs = tables(params, rng, 12)
    absent = np.repeat(inputs["present"][:, None] == 0, 3, axis=1).reshape(12, -1)
    noise = rng.choice([MISSING, SCORE.max, 0], absent.shape)
    gone, remembered = np.ones((12, 5), bool), np.zeros(5, np.int64)
    for event in range(12):
        gone[event] = remembered == 0
        if inputs["learn"][event]:
            remembered = inputs["present"][event]
    other = inputs | {
        "scores": np.where(absent, noise, inputs["scores"]),
        "outcome": np.where(gone, rng.integers(-99, 99, gone.shape), inputs["outcome"]),
    }
    ours, theirs = run(params, inputs), run(params, other)
    for name in ours:
        assert np.array_equal(ours[name], theirs[name]), name
    for name in ("rank", "fused_scores", "fused_ranks"):
        by_candidate = ours[name].reshape(12, -1, 5).swapaxes(1, 2)
        assert not np.any(by_candidate[inputs["present"] == 0]), name


# -- edges ------------------------------------------------------------------------------------


@EACH
@pytest.mark.parametrize(
    ("scores", "present"),
    [
        ([[1, 2, 3], [3, 2, 1]], [0, 0, 0]),
        ([[1, 2, 3], [3, 2, 1]], [0, 1, 0]),
        ([[4, 4, 4], [4, 4, 4]], [1, 1, 1]),
        ([[4, 4, 9], [7, 7, 7]], [1, 1, 0]),
        ([[MISSING, 1, 2], [3, MISSING, 4]], [1, 1, 1]),
        ([[MISSING] * 3] * 2, [1, 1, 1]),
    ],
    ids=["nobody", "one", "constant", "constant without one", "missing", "nothing"],
)
def test_nothing_is_decided_without_a_usable_system(
    combination: Combination, scores: list[list[int]], present: list[int]
):
    outputs = one(scores, present, combination=int(combination))
    assert not any(np.any(column) for column in outputs.values())


def test_one_usable_system_decides_alone():
    outputs = one([[10, 30, 20], [5, 5, 5]])
    assert outputs["used"].tolist() == [1, 0]
    assert (outputs["decided"], outputs["best"]) == (1, 1)
    assert outputs["rank"].tolist() == [6, 2, 4]
    assert outputs["fused_scores"].tolist() == [0, normal.ONE, normal.ONE // 2] * 3
    assert outputs["fused_ranks"].tolist() == [3 << 6, 1 << 6, 2 << 6] * 3
    assert outputs["diversity"].tolist() == [0, 0]


def test_saturated_scores_tie():
    outputs = one([[SCORE.max, SCORE.max, SCORE.min + 1], [0, 1, 2]], combination=0)
    assert outputs["rank"].tolist() == [5, 2, 5]
    assert outputs["fused_scores"][:3].tolist() == [2048, 3072, 2048]
    assert outputs["fused_ranks"][:3].tolist() == [144, 112, 128]


def test_ties_share_the_mean_rank_and_the_first_is_best():
    outputs = one([[1, 9, 9, 1], [2, 8, 8, 2]])
    assert outputs["rank"].tolist() == [7, 3, 3, 7]
    assert outputs["best"] == 1


def test_a_missing_score_leaves_its_system_out():
    scores = [[1, 2, 3], [MISSING, 2, 1], [1, 3, 2]]
    outputs, without = one(scores), one([scores[0], scores[2]])
    assert outputs["used"].tolist() == [1, 0, 1]
    for name in ("best", "rank", "fused_scores", "fused_ranks"):
        assert np.array_equal(outputs[name], without[name]), name
    assert outputs["diversity"].tolist() == [without["diversity"][0], 0, without["diversity"][1]]
