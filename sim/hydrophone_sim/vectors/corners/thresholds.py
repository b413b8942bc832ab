"""Corners of the alert block's thresholds: how they fall, are lifted, and where they stop."""

import numpy as np

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind
from hydrophone_model.whale.alert import THRESHOLD, AlertParams
from hydrophone_sim.vectors.corners.corner import MOST, Bench, Show, corner

DOWN = THRESHOLD.fraction - TAIL.fraction
ONE_HEAD = {
    "alert": {
        "shares": (256, 0, 0, 0),
        "budget": 100_000,
        "rise": 0,
        "hold": 1,
        "hysteresis": 0,
    }
}
"""Only the first head fires, its threshold falls and rises by the most, episodes end at once."""
NEAR = {"alert": {**ONE_HEAD["alert"], "hysteresis": 8}}
"""The same with a hysteresis."""


def _first_head(score: list[int]) -> Raw:
    """Rows of scores where only the first head is loud."""
    heads = np.zeros((len(score), len(Kind)), np.int64)
    heads[:, 0] = score
    return heads


@corner("alert", "falls", "after a silence a head fires whose score was too low at first")
def _falls(bench: Bench[AlertParams]) -> Show | None:
    first, falls = bench.params.first_thresholds, bench.params.falls
    head = falls.index(max(falls))
    silence = (3 << DOWN) // falls[head] + 1
    lowest = min(
        (start - silence * fall) >> DOWN
        for start, fall in zip(first, falls, strict=True)
        if fall > 0
    )
    if lowest < 4 or silence > MOST:
        return None
    heads = np.zeros((silence + 1, len(Kind)), np.int64)
    reached = [(first[head] - events * falls[head]) >> DOWN for events in (silence - 1, silence)]
    heads[-2:, head] = reached[0] - 1, reached[1]
    return (
        bench.events(len(heads), heads=heads),
        lambda out: out["alert"].tolist() == [0] * silence + [1] and reached[1] + 2 < first[head],
    )


@corner(
    "alert",
    "charged",
    "a head that opens an episode is lifted, and falls with the same event",
    configuration=ONE_HEAD,
)
def _charged(bench: Bench[AlertParams]) -> Show | None:
    first, fall, lift = bench.params.first_thresholds[0], bench.params.falls[0], bench.params.lift
    after = first - fall + lift
    if after > THRESHOLD.max:
        return None
    # A step more than the threshold's fall would not be enough without it.
    return (
        bench.events(2, side=[0, 1], heads=_first_head([first >> DOWN, after >> DOWN])),
        lambda out: out["alert"].tolist() == [1, 1] and (after + fall) >> DOWN > after >> DOWN,
    )


@corner(
    "alert",
    "saturated_once",
    "a threshold that is lifted beyond the largest falls from the largest, not below it",
    configuration=ONE_HEAD,
)
def _saturated_once(bench: Bench[AlertParams]) -> Show:
    apart, times = bench.params.hold + 2, 2 << TAIL.integer
    loud = ([TAIL.max] + [0] * (apart - 1)) * times + [TAIL.max]
    side = [0] * len(loud) + [1, 1]
    return (
        bench.events(len(side), side=side, heads=_first_head([*loud, TAIL.max - 1, TAIL.max - 1])),
        lambda out: out["alert"][-3:].tolist() == [1, 0, 1],
    )


@corner(
    "alert",
    "hysteresis",
    "a score as far below the threshold as the hysteresis keeps an episode open, a step less not",
    configuration=NEAR,
)
def _hysteresis(bench: Bench[AlertParams]) -> Show | None:
    params = bench.params
    fall, lift = params.falls[0], params.lift
    lifted = params.first_thresholds[0] - fall + lift
    if lifted > THRESHOLD.max:
        return None
    at = (lifted >> DOWN) - params.hysteresis
    below = ((lifted - fall) >> DOWN) - params.hysteresis - 1
    score = [params.first_thresholds[0] >> DOWN, at, below, 0]
    return bench.events(
        4, heads=_first_head(score)
    ), lambda out: out["episode"].tolist() == [1, 1, 1, 0]


@corner(
    "alert", "silent", "heads whose share is 0 never fire, however loud", configuration=ONE_HEAD
)
def _silent(bench: Bench[AlertParams]) -> Show | None:
    fall = bench.params.falls[0]
    count = min((bench.params.first_thresholds[0] >> DOWN << DOWN) // fall, 16)
    if count < 1:
        return None
    return (
        bench.events(count, heads=[0, TAIL.max, TAIL.max, TAIL.max]),
        lambda out: not out["episode"].any() and (out["kind"] == 1).all(),
    )


@corner(
    "alert",
    "floor",
    "a threshold that has fallen to 0 stays there, and is lifted from 0 less the fall",
    configuration=ONE_HEAD,
)
def _floor(bench: Bench[AlertParams]) -> Show:
    params = bench.params
    fall, lift = params.falls[0], params.lift
    # An episode that stays open lifts only once: the threshold is at 0 long before it ends.
    open_for = (params.first_thresholds[0] + lift) // fall + 32
    score = [TAIL.max] * open_for + [0, (lift - fall) >> DOWN, 0, 0]
    return (
        bench.events(len(score), side=[0] * open_for + [1] * 4, heads=_first_head(score)),
        lambda out: (
            out["alert"][-4:].tolist() == [1, 0, 0, 0]
            and out["episode"][-4:].tolist() == [1, 1, 1, 0]
        ),
    )
