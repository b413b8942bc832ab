"""Tables of the fusion experiment, as Markdown that reads well on a terminal too."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hydrophone_evaluate.fusion.experiment import (
    AS_THEY_COME,
    BLOCKS,
    HORIZONS,
    MAIN,
    PAST_BEST,
    RANDOM,
    SHUFFLED,
    Experiment,
    OrderingResult,
    title,
)
from hydrophone_evaluate.fusion.metrics import Mean, mean_of, pooled
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.signals.signals import System
from hydrophone_report.markdown import table

CONTROLS = (PAST_BEST, AS_THEY_COME, RANDOM, SHUFFLED)
CLEAR = 2.0
"""Standard errors from which on a difference counts."""


def systems() -> list[str]:
    """Names of the systems in the tables."""
    return [system.name.lower() for system in System]


def combined() -> list[str]:
    """Names of the combinations in the tables."""
    return [title(choice) for choice in Combination]


def tables(experiment: Experiment) -> str:
    """Every table, one after the other."""
    return "\n\n".join(
        [
            _head(experiment),
            _verdict(experiment),
            _orderings(experiment),
            _horizons(experiment),
            _gains(experiment, PAST_BEST),
            _gains(experiment, combined()[0]),
        ]
    )


def overall(experiment: Experiment, horizon: int, name: str) -> Mean:
    """Mean coefficient of an ordering over the markets, each of the same weight."""
    return pooled([result[name].coefficient for result in experiment.results[horizon].values()])


def difference(experiment: Experiment, horizon: int, name: str, other: str) -> Mean:
    """Paired difference of two orderings' coefficients, settlement by settlement."""
    return pooled(
        [
            mean_of(result[name].coefficients - result[other].coefficients)
            for result in experiment.results[horizon].values()
        ]
    )


def _head(experiment: Experiment) -> str:
    lines = [
        f"{name}: {', '.join(candidates)}; {events:,} events."
        for name, (candidates, events) in experiment.markets.items()
    ]
    lines.append(
        f"{BLOCKS} blocks of time, all but the first reported on. Settled every {MAIN} events "
        f"unless said otherwise. Seed {experiment.seed}."
    )
    return "\n".join(f"- {line}" for line in lines)


def _verdict(experiment: Experiment) -> str:
    """Conclusions in sentences that follow from the figures alone."""
    best = max(combined(), key=lambda name: overall(experiment, MAIN, name).value)
    plain = combined()[0]
    lines = [
        _sentence(what, difference(experiment, MAIN, name, other))
        for what, name, other in (
            (f"The best combination, {best}, against the best system of the past", best, PAST_BEST),
            ("The plain score average against the best system of the past", plain, PAST_BEST),
            (f"The best combination, {best}, against the plain score average", best, plain),
            ("Turning systems as their past says, in the plain average", plain, AS_THEY_COME),
        )
    ]
    lines.append(
        f"Chance: random scores fused {overall(experiment, MAIN, RANDOM)}, shuffled outcomes "
        f"{overall(experiment, MAIN, SHUFFLED)}."
    )
    return f"### Does it help, {MAIN} events ahead?\n\n" + "\n".join(f"- {line}" for line in lines)


def _sentence(what: str, gain: Mean) -> str:
    if abs(gain.t) < CLEAR:
        verdict = "no difference that this much data could show"
    else:
        verdict = "better" if gain.value > 0 else "worse"
    return f"{what}: {verdict} ({gain}, t = {gain.t:.1f})."


def _orderings(experiment: Experiment) -> str:
    markets = experiment.results[MAIN]
    lines = [["ordering", *markets, "mean", "t", "hits above chance"]]
    for name in (*systems(), *combined(), *CONTROLS):
        every: Sequence[OrderingResult] = [result[name] for result in markets.values()]
        mean = overall(experiment, MAIN, name)
        lift = pooled([result.lift for result in every])
        cells = [f"{result.coefficient.value:+.3f}" for result in every]
        lines.append([name, *cells, str(mean), f"{mean.t:.1f}", str(lift)])
    return "### Rank information coefficient\n\n" + table(lines)


def _horizons(experiment: Experiment) -> str:
    horizons = _reached_horizons(experiment)
    lines = [["ordering", *(f"{horizon} events" for horizon in horizons)]]
    lines += [
        [name, *(str(overall(experiment, horizon, name)) for horizon in horizons)]
        for name in (*combined(), *CONTROLS)
    ]
    return "### By horizon, mean of the markets that reach so far\n\n" + table(lines)


def _gains(experiment: Experiment, other: str) -> str:
    """Gain of each combination over another ordering, by horizon."""
    horizons = _reached_horizons(experiment)
    lines = [["ordering", *(cell for n in horizons for cell in (f"{n} events", "t"))]]
    for name in combined():
        if name != other:
            gains = [difference(experiment, horizon, name, other) for horizon in horizons]
            lines.append([name, *(cell for gain in gains for cell in (str(gain), f"{gain.t:.1f}"))])
    return f"### Against the {other}, settlement by settlement\n\n" + table(lines)


def _reached_horizons(experiment: Experiment) -> list[int]:
    """Horizons at which at least one market has enough settlements."""
    return [horizon for horizon in HORIZONS if experiment.results[horizon]]


def record(experiment: Experiment) -> dict[str, Any]:
    """Every figure, as JSON holds it: by horizon, market and ordering."""
    return {
        "seed": experiment.seed,
        "markets": {
            name: {"candidates": list(candidates), "events": events}
            for name, (candidates, events) in experiment.markets.items()
        },
        "orderings": {
            str(horizon): {
                market: {name: _figures(one) for name, one in result.items()}
                for market, result in markets.items()
            }
            for horizon, markets in experiment.results.items()
        },
        "pairs": [
            {**asdict(pair), "systems": [system.name.lower() for system in pair.systems]}
            for pair in experiment.pairs
        ],
    }


def _figures(result: OrderingResult) -> dict[str, float]:
    mean, lift = result.coefficient, result.lift
    return {
        "coefficient": mean.value,
        "error": mean.error,
        "hits_above_chance": lift.value,
        "hits_error": lift.error,
    }
