"""Corners of the fusion: nobody there, nothing to tell apart, ties, and outcomes."""

import numpy as np

from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.normal import ONE
from hydrophone_model.fusion.performance import PERFORMANCE
from hydrophone_sim.vectors.corners.corner import Bench, Show, corner


def _table(bench: Bench[FusionParams], rows: int) -> np.ndarray:
    """Scores of every system: candidate c gets c."""
    params = bench.params
    return np.tile(np.arange(params.candidates), (rows, params.systems))


@corner("fusion", "nobody", "no candidate is present, then one alone: nothing is decided")
def _nobody(bench: Bench[FusionParams]) -> Show:
    present = np.zeros((2, bench.params.candidates), np.int64)
    present[1, 0] = 1
    return bench.events(
        2, scores=_table(bench, 2), present=present
    ), lambda out: not out["decided"].any() and not out["rank"].any()


@corner("fusion", "missing", "a system without a score of a candidate is left out")
def _missing(bench: Bench[FusionParams]) -> Show:
    scores = _table(bench, 2)
    scores[1, 0] = MISSING
    return bench.events(
        2, scores=scores, present=1
    ), lambda out: out["used"][:, 0].tolist() == [1, 0] and out["used"][:, 1:].all()


@corner("fusion", "no_difference", "systems that score all alike are left out; all of them, too")
def _no_difference(bench: Bench[FusionParams]) -> Show:
    params = bench.params
    scores = _table(bench, 2)
    scores[0, : params.candidates] = 7
    scores[1] = 7
    return (
        bench.events(2, scores=scores, present=1),
        lambda out: (
            out["used"][0].tolist() == [0] + [1] * (params.systems - 1) and out["decided"][1] == 0
        ),
    )


@corner(
    "fusion", "no_diversity", "systems of one mind have no diversity: the plain average decides"
)
def _no_diversity(bench: Bench[FusionParams]) -> Show:
    candidates = bench.params.candidates
    return (
        bench.events(1, scores=_table(bench, 1), present=1),
        lambda out: (
            not out["diversity"].any()
            and (
                out["fused_scores"][0, :candidates]
                == out["fused_scores"][0, candidates:][:candidates]
            ).all()
        ),
    )


@corner("fusion", "ties", "candidates of equal score share the mean rank; the first is the best")
def _ties(bench: Bench[FusionParams]) -> Show:
    params = bench.params
    scores = np.tile(np.where(np.arange(params.candidates) < 2, 9, 1), (1, params.systems))
    return (
        bench.events(1, scores=scores, present=1),
        lambda out: (
            (out["best"][0] == 0 and out["rank"][0, 0] == out["rank"][0, 1] == 3)
            if params.candidates > 2
            else True
        ),
    )


@corner("fusion", "saturation", "scores at the ends of their format: normalised to 0 and 1")
def _limits(bench: Bench[FusionParams]) -> Show:
    params = bench.params
    ends = np.where(np.arange(params.candidates) == 1, SCORE.max, SCORE.min + 1)
    return bench.events(
        1, scores=np.tile(ends, (1, params.systems)), present=1
    ), lambda out: out["fused_scores"][0, 1] == ONE and out["fused_scores"][0, 0] == 0


@corner("fusion", "outcomes", "systems that foresee always, then never: performance to both ends")
def _outcomes(bench: Bench[FusionParams]) -> Show:
    params = bench.params
    count = 16 << params.rate
    ramp = np.arange(params.candidates)
    outcome = np.where(np.arange(2 * count)[:, None] < count, ramp, -ramp)
    scores = _table(bench, 2 * count)
    tape = bench.events(2 * count, scores=scores, present=1, outcome=outcome, learn=1)
    most = PERFORMANCE.one * 9 // 10
    return tape, lambda out: out["performance"].max() > most and out["performance"].min() < -most


@corner(
    "fusion", "untold", "outcomes that are all equal, or a decision that does not learn: nothing"
)
def _untold(bench: Bench[FusionParams]) -> Show:
    params = bench.params
    outcome = np.zeros((4, params.candidates), np.int64)
    outcome[2] = np.arange(params.candidates)
    tape = bench.events(4, scores=_table(bench, 4), present=1, outcome=outcome, learn=[1, 1, 0, 0])
    return tape, lambda out: not out["performance"].any()


def _combined(bench: Bench[FusionParams]) -> Show:
    """Scores at random, learned from: the combination in force decides."""
    present = bench.rng.integers(0, 4, (64, bench.params.candidates)) > 0
    return bench.random(64, present=present, learn=1), lambda out: bool(out["decided"].any())


for _combination in Combination:
    corner(
        "fusion",
        f"combination_{_combination.value}",
        f"combination {_combination.value} ranks the candidates",
        configuration={"fusion": {"combination": int(_combination)}},
    )(_combined)
