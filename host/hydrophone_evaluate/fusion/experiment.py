"""Walk-forward experiment: every system, every combination and chance, out of sample.

The settlements of a market are cut into blocks of time. The first is only learned from. In each
later one a system counts with the sign that its information coefficient had in all blocks before
(a system that was wrong is turned round), and the fusion's performances have learned from what was
settled before. So nothing of a block decides anything about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from hydrophone_evaluate.fusion.markets import Samples, markets, sampled
from hydrophone_evaluate.fusion.metrics import Flags, Mean, Real, coefficients, hits, mean_of
from hydrophone_evaluate.tapes import Say
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.diversity import DIVERSITY
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.signals.signals import System

BLOCKS = 6
"""Blocks of time; all but the first are reported on."""
HORIZONS = (16, 64, 256)
"""Events from one settlement to the next."""
MAIN = 64
"""The horizon that tables and picture tell in detail."""
QUICK = 20_000
"""Events of each market in a quick run."""
LEAST = 12 * BLOCKS
"""Settlements below which a market says nothing at a horizon."""
PAST_BEST, AS_THEY_COME, RANDOM, SHUFFLED = (
    "best system of the past",
    "score average, as they come",
    "random scores, fused",
    "shuffled outcomes",
)
"""Controls that combinations are compared with."""


@dataclass(frozen=True, kw_only=True)
class OrderingResult:
    """Skill of one ordering of the candidates in one market.

    Attributes:
        coefficients: Rank information coefficient of each settlement reported on; NaN where the
            outcomes tell no candidate from another.
        hits: Whether the best candidate did better than the mean.
        chance: Probability that a candidate picked at random does.
    """

    coefficients: Real
    hits: Real
    chance: Real

    @property
    def coefficient(self) -> Mean:
        """Mean rank information coefficient."""
        return mean_of(self.coefficients)

    @property
    def lift(self) -> Mean:
        """Hit rate above chance."""
        return mean_of(self.hits - self.chance)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A pair of systems fused in one market, its diversity and its gain.

    Attributes:
        market: Its name.
        systems: Which two.
        diversity: Their mean cognitive diversity.
        better: The greater of their mean coefficients.
        worse: The smaller.
        by_score: Mean coefficient of their average score.
        by_rank: That of their average rank.
    """

    market: str
    systems: tuple[System, System]
    diversity: float
    better: float
    worse: float
    by_score: float
    by_rank: float


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Results of the whole experiment.

    Attributes:
        seed: Of everything random.
        markets: Candidates of each market, and its number of events.
        results: By horizon, market and name of the ordering.
        pairs: At the horizon `MAIN`, of the markets with three candidates or more: among two every
            system scores 1 and 0, and none differs from another in how.
    """

    seed: int
    markets: dict[str, tuple[tuple[str, ...], int]]
    results: dict[int, dict[str, dict[str, OrderingResult]]]
    pairs: tuple[Pair, ...]


def run(
    data: Path,
    config: DesignConfig,
    *,
    most: int | None = None,
    device: str = "auto",
    seed: int = 1,
    say: Say = lambda _: None,
) -> Experiment:
    """Runs the experiment on every market whose files are present.

    Args:
        data: Folder of the tapes.
        config: Parameters of the pipeline, the signals and the fusion.
        most: Events used of each market at most; all if left out.
        device: What the whale pipeline runs on.
        seed: Of the random scores and of the shuffling.
        say: Called with each line of progress.

    Raises:
        FeedError: No market is there.
    """
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    results: dict[int, dict[str, dict[str, OrderingResult]]] = {horizon: {} for horizon in HORIZONS}
    pairs: list[Pair] = []
    for number, (market, events) in enumerate(markets(data, say)):
        say(f"{market.name}: {events[:most].size:,} events of {len(market.candidates)} candidates")
        for horizon, samples in sampled(
            market, events[:most], horizons=HORIZONS, config=config, device=device
        ).items():
            found[market.name] = samples.candidates, samples.events
            if len(samples.outcome) < LEAST:
                say(f"{market.name}: too few settlements at {horizon} events, left out there")
                continue
            rng = np.random.default_rng([seed, number, horizon])
            results[horizon][market.name] = dict(ordering_results(samples, config.fusion, rng))
            if horizon == MAIN and len(samples.candidates) > 2:
                pairs += fused_pairs(samples)
    return Experiment(seed=seed, markets=found, results=results, pairs=tuple(pairs))


def blocks(settlements: int) -> list[slice]:
    """Splits settlements into consecutive blocks of time, oldest first."""
    edges = np.linspace(0, settlements, BLOCKS + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def oriented(samples: Samples) -> tuple[Raw, Raw]:
    """Scores with each system's sign learned from earlier blocks; and the best earlier system.

    Returns:
        Scores of the blocks reported on, and the keys of the system with the greatest absolute
        coefficient before each block, turned likewise.
    """
    past = np.stack(
        [coefficients(keys, samples.present, samples.outcome) for keys in _systems(samples)]
    )
    turned: list[Raw] = []
    best: list[Raw] = []
    for block in blocks(len(samples.outcome))[1:]:
        before = past[:, : block.start]
        skill = np.nan_to_num(before, nan=0.0).sum(axis=-1)
        sign = np.where(skill < 0, -1, 1)
        scores = samples.scores[block]
        own = np.where(scores == MISSING, MISSING, scores * sign[:, None])
        turned.append(own)
        best.append(own[:, int(np.abs(skill).argmax())])
    return np.concatenate(turned), np.concatenate(best)


def _systems(samples: Samples) -> Iterator[Raw]:
    for system in System:
        yield samples.scores[:, system]


def report_period(samples: Samples) -> Samples:
    """Out-of-sample settlements: all blocks but the first, which is only learned from."""
    first = blocks(len(samples.outcome))[1].start
    return replace(
        samples,
        scores=samples.scores[first:],
        present=samples.present[first:],
        outcome=samples.outcome[first:],
        before=samples.before[first:],
    )


def ordering_results(
    samples: Samples, params: FusionParams, rng: np.random.Generator
) -> Iterator[tuple[str, OrderingResult]]:
    """Result of each ordering: systems, combinations, and what they are held against."""
    reported = report_period(samples)
    turned, best = oriented(samples)
    own = replace(params, systems=len(System), candidates=len(samples.candidates))

    def result(keys: Raw, outcome: Raw = reported.outcome) -> OrderingResult:
        hit, chance = hits(keys, reported.present, outcome)
        return OrderingResult(
            coefficients=coefficients(keys, reported.present, outcome), hits=hit, chance=chance
        )

    for system in System:
        yield system.name.lower(), result(turned[:, system])
    fused = fusions(own, turned, reported)
    for choice, keys in fused.items():
        yield title(choice), result(keys)
    yield PAST_BEST, result(best)
    yield AS_THEY_COME, result(fusions(own, reported.scores, reported)[Combination.SCORE_AVERAGE])
    noise = rng.integers(SCORE.min + 1, SCORE.max, turned.shape)
    yield RANDOM, result(fusions(own, noise, reported)[Combination.SCORE_AVERAGE])
    yield (
        SHUFFLED,
        result(fused[Combination.SCORE_AVERAGE], shuffled(reported.outcome, reported.present, rng)),
    )


def title(choice: Combination) -> str:
    """Name of a combination in tables."""
    return choice.name.lower().replace("_", " ")


def fusions(params: FusionParams, scores: Raw, reported: Samples) -> dict[Combination, Raw]:
    """Fused scores of the six combinations, larger is better, (settlements, candidates) each."""
    return _keys(params, _decisions(params, scores, reported))


def _decisions(params: FusionParams, scores: Raw, reported: Samples) -> dict[str, Raw]:
    """Outputs of the fusion model, which learns from the settlement before each."""
    return FusionModel(params).process(
        scores=scores.reshape(len(scores), -1),
        present=reported.present.astype(np.int64),
        outcome=reported.before,
        learn=np.ones(len(scores), np.int64),
    )


def _keys(params: FusionParams, outputs: dict[str, Raw]) -> dict[Combination, Raw]:
    """Fused scores by combination (see `fusions`) among the outputs of the fusion model."""
    shape = (len(outputs["decided"]), -1, params.candidates)
    sides = outputs["fused_scores"].reshape(shape), -outputs["fused_ranks"].reshape(shape)
    keys = np.concatenate(sides, axis=1)
    return {choice: keys[:, choice] for choice in Combination}


def shuffled(outcome: Raw, present: Flags, rng: np.random.Generator) -> Raw:
    """Permutation null: outcomes of each settlement, permuted among its present candidates."""
    mixed = outcome.copy()
    for row, candidates in zip(mixed, present, strict=True):
        row[candidates] = rng.permutation(row[candidates])
    return mixed


def fused_pairs(samples: Samples) -> Iterator[Pair]:
    """Fuses every pair of systems, with signs learned from earlier blocks."""
    reported, (turned, _) = report_period(samples), oriented(samples)
    skill = [
        mean_of(coefficients(turned[:, system], reported.present, reported.outcome)).value
        for system in System
    ]
    params = FusionParams(systems=2, candidates=len(samples.candidates))
    for a, b in combinations(System, 2):
        scores = turned[:, [a, b]]
        outputs = _decisions(params, scores, reported)
        fused = _keys(params, outputs)
        by_score, by_rank = (
            mean_of(coefficients(fused[choice], reported.present, reported.outcome)).value
            for choice in (Combination.SCORE_AVERAGE, Combination.RANK_AVERAGE)
        )
        yield Pair(
            market=samples.market,
            systems=(a, b),
            diversity=_diversity(outputs),
            better=max(skill[a], skill[b]),
            worse=min(skill[a], skill[b]),
            by_score=by_score,
            by_rank=by_rank,
        )


def _diversity(outputs: dict[str, Raw]) -> float:
    """Mean cognitive diversity of two systems, where both were used."""
    both = outputs["used"].all(axis=-1)
    own = DIVERSITY.to_real(outputs["diversity"][both, 0])
    return float(own.mean()) if own.size else 0.0
