"""Corners of the signals: what is missing at first, what does not move, what moves most."""

from typing import Any

import numpy as np

from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import CHANGE, MISSING, PRICE, SIZE, TAIL
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.signals.imbalance import UNIT_LOG2, ImbalanceParams
from hydrophone_model.signals.impact import ImpactParams
from hydrophone_model.signals.momentum import MomentumParams
from hydrophone_model.signals.realised import RETURN, RealisedParams
from hydrophone_model.signals.reversion import ReversionParams
from hydrophone_model.signals.score_matrix import ScoreMatrixParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.signals import SignalsParams, System
from hydrophone_model.signals.size_entropy import SizeEntropyParams
from hydrophone_model.signals.volume_surprise import VolumeSurpriseParams
from hydrophone_model.signals.whale_flow import WhaleFlowParams
from hydrophone_sim.vectors.corners.corner import Bench, Show, corner, reached

SCORED = tuple(system.name.lower() for system in System)


def settling(bench: Bench[Any]) -> int:
    """Prints after which a signal has a score."""
    params = bench.params
    if "window" in vars(params) and params.name != "impact":
        return int(params.window)
    return (1 << int(params.memory)) - 1


@corner(SCORED, "missing", "until windows are full and averages settled the score is missing")
def _missing(bench: Bench[Any]) -> Show:
    count = settling(bench)
    return bench.random(
        count + 1, symbol=0
    ), lambda out: (out["score"][: count - 1] == MISSING).all() and out["score"][count] != MISSING


@corner(("momentum", "trend"), "still", "no price has moved: 0")
def _still(bench: Bench[MomentumParams]) -> Show:
    return bench.events(settling(bench) + 2), lambda out: out["score"][-1] == 0


@corner(("momentum", "trend"), "saturation", "changes at their limits, up and then down")
def _steepest(bench: Bench[MomentumParams]) -> Show:
    count = settling(bench) + 64
    change = np.repeat([CHANGE.max, CHANGE.min], count)
    return bench.events(
        2 * count, change=change
    ), lambda out: out["score"].max() > 0 > out["score"][out["score"] != MISSING].min()


@corner("reversion", "on_the_mean", "a price that stands still lies on its mean: 0")
def _on_the_mean(bench: Bench[ReversionParams]) -> Show:
    return bench.events(settling(bench) + 4), lambda out: out["score"][-1] == 0


@corner("reversion", "saturation", "the largest price after the smallest: the deviation saturates")
def _deviation(bench: Bench[ReversionParams]) -> Show:
    count = settling(bench) + 2
    price = np.repeat([1, PRICE.max, 1], [count, 4, 4])
    return bench.events(len(price), price=price), lambda out: out["score"][count] < 0


@corner("imbalance", "one_side", "a window of buyers, then one of sellers: the ends of the scale")
def _one_side(bench: Bench[ImbalanceParams]) -> Show:
    window = bench.params.window
    side = np.arange(2 * window) >= window
    most = 1 << (UNIT_LOG2 + 8)
    return bench.events(
        2 * window, side=side, size=3
    ), lambda out: reached(out["score"], most) and reached(out["score"], -most)


@corner("imbalance", "balance", "as much bought as sold: 0; and a window of no lots")
def _balance(bench: Bench[ImbalanceParams]) -> Show:
    window = bench.params.window
    size = np.repeat([7, 0], 2 * window)
    side = np.arange(4 * window) % 2
    return bench.events(
        4 * window, side=side, size=size
    ), lambda out: out["score"][window - 1] == 0 and out["score"][-1] == 0


@corner("imbalance", "saturation", "a window of the largest sizes")
def _largest(bench: Bench[ImbalanceParams]) -> Show:
    window = bench.params.window
    return bench.events(window + 2, size=SIZE.max), lambda out: out["score"][-1] > 0


@corner(
    "volume_surprise", "sizes", "the largest size after many of one lot, from either side; no lots"
)
def _surprise(bench: Bench[VolumeSurpriseParams]) -> Show:
    count = settling(bench) + 1
    size = np.concatenate([np.ones(count), [SIZE.max, 1, SIZE.max], np.zeros(8)]).astype(np.int64)
    side = np.zeros(len(size), np.int64)
    side[count + 2] = 1
    return bench.events(
        len(size), size=size, side=side
    ), lambda out: out["score"][count] > 0 and out["score"][count] > out["score"][count + 2]


@corner(
    "size_entropy",
    "one_size",
    "prints of one size from one side, then the other: the largest scores",
)
def _one_size(bench: Bench[SizeEntropyParams]) -> Show:
    window = bench.params.window
    side = np.arange(4 * window) >= 2 * window
    return bench.events(
        4 * window, side=side, print=log2(np.array(64))
    ), lambda out: out["score"].max() > 0 > out["score"][-1]


@corner("impact", "saturation", "every print moves the price its way: correlation 1")
def _impact(bench: Bench[ImpactParams]) -> Show:
    count = 2 * bench.params.window + (1 << bench.params.memory)
    side = (np.arange(count) % 4) == 3
    return bench.events(
        count, side=side, print=1024, move=np.where(side, -1, 1)
    ), lambda out: out["score"].max() > 0


@corner("whale_flow", "floor", "what does not exceed the floor is not heard; then the loudest")
def _floor(bench: Bench[WhaleFlowParams]) -> Show:
    count = settling(bench) + 2
    tail = np.repeat([bench.params.floor, TAIL.max], count)
    return bench.events(
        2 * count, tail=tail
    ), lambda out: out["score"][count - 1] == 0 and out["score"][-1] > 0


@corner("whale_flow", "sides", "what is sold is heard with the other sign")
def _sides(bench: Bench[WhaleFlowParams]) -> Show:
    count = settling(bench) + 2
    side = np.repeat([0, 1], 4 * count)
    return bench.events(
        8 * count, side=side, tail=TAIL.max
    ), lambda out: out["score"][4 * count - 1] > 0 > out["score"][-1]


@corner(
    "score_matrix",
    "presence",
    "a candidate is there once no score of it is missing, and goes again",
)
def _presence(bench: Bench[ScoreMatrixParams]) -> Show:
    systems = bench.params.systems
    column = np.zeros((4, systems), np.int64)
    column[0, -1] = column[3, 0] = MISSING
    return bench.events(
        4, symbol=[0, 0, 1, 0], column=column
    ), lambda out: out["present"][:, 0].tolist() == [0, 1, 1, 0] and out["present"][2, 1] == 1


@corner("score_matrix", "no_candidate", "a symbol that is no candidate changes nothing")
def _no_candidate(bench: Bench[ScoreMatrixParams]) -> Show | None:
    params = bench.params
    if params.symbols <= params.candidates:
        return None
    return bench.events(
        2, symbol=[params.candidates, params.symbols - 1], column=5
    ), lambda out: not out["present"].any()


@corner("realised", "settlement", "every `horizon` events outcomes are learned, and begin again")
def _settlement(bench: Bench[RealisedParams]) -> Show:
    horizon = bench.params.horizon
    event = np.arange(2 * horizon + 2)
    ends, begins = (event + 1) % horizon == 0, event[1:] % horizon == 0
    return (
        bench.events(len(event), price=100_000 + 1000 * event),
        lambda out: (
            np.array_equal(out["learn"], ends)
            and (horizon == 1 or bool((np.diff(out["outcome"][:, 0])[begins] <= 0).all()))
        ),
    )


@corner("realised", "saturation", "returns of an eighth and more, up, and down to the least price")
def _returns(bench: Bench[RealisedParams]) -> Show | None:
    if bench.params.horizon < 8:
        return None
    price = [1000, 1124, 1125, 1126, PRICE.max, 875, 1, 1000]
    return bench.events(
        8, price=price
    ), lambda out: reached(out["outcome"], RETURN.max) and reached(out["outcome"], -RETURN.max)


def _settled(params: SignalsParams) -> int:
    """Prints of a symbol after which all its scores are there."""
    waits = [vars(part).get("window", 0) for part in params.systems]
    waits += [1 << vars(part).get("memory", 0) for part in params.systems]
    return max(waits) + 8


def _market(bench: Bench[Any], symbol: Raw) -> dict[str, Raw]:
    """Prints of symbols whose prices wander."""
    count = len(symbol)
    return bench.events(
        count,
        symbol=symbol,
        price=100_000 + np.cumsum(bench.rng.integers(-20, 21, count)),
        size=1 + bench.rng.geometric(0.1, count),
        side=bench.rng.integers(0, 2, count),
        tail=bench.rng.integers(0, TAIL.max, count, endpoint=True),
        sequence=np.arange(count),
    )


@corner("signals", "settling", "one symbol, print after print, until all its scores are there")
def _settling(bench: Bench[SignalsParams]) -> Show:
    count = _settled(bench.params)
    return _market(
        bench, np.zeros(count, np.int64)
    ), lambda out: out["present"][-1, 0] == 1 and not out["present"][0].any()


@corner(
    "signal_pipeline",
    "deciding_by_ranks",
    "the same events, whose second half is decided by ranks that performance weighs",
    then={"fusion": {"combination": int(Combination.RANK_PERFORMANCE)}},
)
@corner(
    "signal_pipeline",
    "deciding",
    "four candidates, until decisions are made and judged by what came",
)
def _deciding(bench: Bench[SignalPipelineParams]) -> Show:
    params = bench.params
    some = min(4, params.fusion.candidates, params.symbols)
    # Then a decision that learns, and the settlement that judges it, with some to spare.
    count = some * _settled(params.signals) + 3 * params.realised.horizon
    return (
        _market(bench, np.arange(count) % some),
        lambda out: (
            bool(out["decided"].any())
            and bool(out["performance"].any())
            # Of two candidates every system that is used gives one 0 and one 1.
            and (some < 3 or bool(out["diversity"].any()))
            and len(np.unique(out["best"][out["decided"] == 1])) > 1
        ),
    )
