"""The measurement: every system, every combination, and chance, on settlements yet unseen.

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
"""What combinations are held against."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What one ordering showed in one market.

    Attributes:
        coefficients: Rank information coefficient of each settlement reported on; NaN where the
            outcomes tell no candidate from another.
        hits: Whether the best candidate did better than the mean.
        chance: How likely any candidate would.
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
    """Two systems fused, in one market.

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
    """Everything that was measured.

    Attributes:
        seed: Of everything random.
        markets: Candidates of each market, and its number of events.
        shown: By horizon, market and name of the ordering.
        pairs: At the horizon `MAIN`, of the markets with three candidates or more: among two every
            system scores 1 and 0, and none differs from another in how.
    """

    seed: int
    markets: dict[str, tuple[tuple[str, ...], int]]
    shown: dict[int, dict[str, dict[str, Shown]]]
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
    """Measures all markets that are there.

    Args:
        data: Folder of the tapes.
        config: Parameters of the pipeline, the signals and the fusion.
        most: Events used of each market at most; all if left out.
        device: What the whale pipeline runs on.
        seed: Of the random scores and of the shuffling.
        say: Told what is going on.

    Raises:
        FeedError: No market is there.
    """
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    shown: dict[int, dict[str, dict[str, Shown]]] = {horizon: {} for horizon in HORIZONS}
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
            shown[horizon][market.name] = dict(measured(samples, config.fusion, rng))
            if horizon == MAIN and len(samples.candidates) > 2:
                pairs += fused_pairs(samples)
    return Experiment(seed=seed, markets=found, shown=shown, pairs=tuple(pairs))


def blocks(settlements: int) -> list[slice]:
    """The blocks of time, oldest first."""
    edges = np.linspace(0, settlements, BLOCKS + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def oriented(samples: Samples) -> tuple[Raw, Raw]:
    """The scores with each system turned as its past says; and the best system of the past.

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


def later(samples: Samples) -> Samples:
    """The settlements that are reported on."""
    first = blocks(len(samples.outcome))[1].start
    return replace(
        samples,
        scores=samples.scores[first:],
        present=samples.present[first:],
        outcome=samples.outcome[first:],
        before=samples.before[first:],
    )


def measured(
    samples: Samples, params: FusionParams, rng: np.random.Generator
) -> Iterator[tuple[str, Shown]]:
    """What each ordering showed: systems, combinations, and what they are held against."""
    told = later(samples)
    turned, best = oriented(samples)
    own = replace(params, systems=len(System), candidates=len(samples.candidates))

    def show(keys: Raw, outcome: Raw = told.outcome) -> Shown:
        hit, chance = hits(keys, told.present, outcome)
        return Shown(
            coefficients=coefficients(keys, told.present, outcome), hits=hit, chance=chance
        )

    for system in System:
        yield system.name.lower(), show(turned[:, system])
    fused = fusions(own, turned, told)
    for choice, keys in fused.items():
        yield title(choice), show(keys)
    yield PAST_BEST, show(best)
    yield AS_THEY_COME, show(fusions(own, told.scores, told)[Combination.SCORE_AVERAGE])
    noise = rng.integers(SCORE.min + 1, SCORE.max, turned.shape)
    yield RANDOM, show(fusions(own, noise, told)[Combination.SCORE_AVERAGE])
    yield (
        SHUFFLED,
        show(fused[Combination.SCORE_AVERAGE], shuffled(told.outcome, told.present, rng)),
    )


def title(choice: Combination) -> str:
    """What tables call a combination."""
    return choice.name.lower().replace("_", " ")


def fusions(params: FusionParams, scores: Raw, told: Samples) -> dict[Combination, Raw]:
    """Keys of the six combinations, larger is better, shape (settlements, candidates) each."""
    return _keys(params, _decisions(params, scores, told))


def _decisions(params: FusionParams, scores: Raw, told: Samples) -> dict[str, Raw]:
    """What the fusion makes of scores, learning from what was settled before each."""
    return FusionModel(params).process(
        scores=scores.reshape(len(scores), -1),
        present=told.present.astype(np.int64),
        outcome=told.before,
        learn=np.ones(len(scores), np.int64),
    )


def _keys(params: FusionParams, outputs: dict[str, Raw]) -> dict[Combination, Raw]:
    """See `fusions`, from what the fusion has made of the scores."""
    shape = (len(outputs["decided"]), -1, params.candidates)
    sides = outputs["fused_scores"].reshape(shape), -outputs["fused_ranks"].reshape(shape)
    keys = np.concatenate(sides, axis=1)
    return {choice: keys[:, choice] for choice in Combination}


def shuffled(outcome: Raw, present: Flags, rng: np.random.Generator) -> Raw:
    """The outcomes of each settlement, given to its present candidates at random."""
    mixed = outcome.copy()
    for row, there in zip(mixed, present, strict=True):
        row[there] = rng.permutation(row[there])
    return mixed


def fused_pairs(samples: Samples) -> Iterator[Pair]:
    """Every two systems fused, turned as their past says."""
    told, (turned, _) = later(samples), oriented(samples)
    skill = [
        mean_of(coefficients(turned[:, system], told.present, told.outcome)).value
        for system in System
    ]
    params = FusionParams(systems=2, candidates=len(samples.candidates))
    for a, b in combinations(System, 2):
        scores = turned[:, [a, b]]
        outputs = _decisions(params, scores, told)
        fused = _keys(params, outputs)
        by_score, by_rank = (
            mean_of(coefficients(fused[choice], told.present, told.outcome)).value
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
