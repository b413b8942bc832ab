"""Corners of score and alert: ladders that saturate, thresholds, episodes."""

import numpy as np

from hydrophone_model.formats import EVIDENCE, HEAD, TAIL
from hydrophone_model.records import Kind
from hydrophone_model.whale.alert import THRESHOLD, AlertParams
from hydrophone_model.whale.score import RUNG_LOG2, Evidence, ScoreParams
from hydrophone_sim.vectors.corners.corner import MOST, Bench, Show, corner, reached


@corner("score", "zero", "no evidence: every head is 0, and the rungs fall")
def _no_evidence(bench: Bench[ScoreParams]) -> Show:
    return bench.events(64), lambda out: not out["heads"].any()


@corner("score", "saturation", "evidence at its limit far beyond the last rung: the largest score")
def _score_saturation(bench: Bench[ScoreParams]) -> Show:
    return bench.events(8, evidence=EVIDENCE.max), lambda out: reached(out["heads"], TAIL.max)


@corner("score", "floor", "lowest rungs that have fallen to 0 stay there: any evidence is above")
def _rungs_at_zero(bench: Bench[ScoreParams]) -> Show | None:
    params = bench.params
    lowest = max(params.ladder[:: params.rungs])
    down = max(params.step + RUNG_LOG2 - HEAD.fraction, 0)
    quiet = (lowest << down) + 8
    if quiet > MOST:
        return None
    evidence = np.zeros((quiet + 3, len(Evidence)), np.int64)
    evidence[-3:] = [[2], [64], [640]]
    return bench.events(
        quiet + 3, evidence=evidence
    ), lambda out: bool(out["heads"][-3].any()) and not out["heads"][:-3].any()


@corner("score", "classes", "symbols of one class move the same ladder, others do not")
def _classes(bench: Bench[ScoreParams]) -> Show | None:
    params = bench.params
    if params.classes == params.symbols:
        return None
    symbol = np.concatenate([np.zeros(64), [params.classes]]).astype(np.int64)
    count = len(symbol)
    return (
        bench.events(count, symbol=symbol, evidence=600),
        lambda out: (
            (out["heads"][-1] <= out["heads"][0]).all()
            and (out["heads"][-1] < out["heads"][0]).any()
        ),
    )


def _highest(params: AlertParams) -> int:
    """The least score at which every head is at or above its first threshold."""
    first = params.first_thresholds
    return min((max(first) >> (THRESHOLD.fraction - TAIL.fraction)) + 1, TAIL.max)


@corner(
    "alert", "alert", "a score at its threshold opens an episode, which raises no further alert"
)
def _alert(bench: Bench[AlertParams]) -> Show:
    high = _highest(bench.params)
    return bench.events(4, heads=high), lambda out: out["alert"].tolist() == [1, 0, 0, 0]


@corner("alert", "expiry", "an episode ends `hold` events after its last sign, and opens again")
def _expiry(bench: Bench[AlertParams]) -> Show:
    high, hold = _highest(bench.params), bench.params.hold
    heads = np.zeros((hold + 3, len(Kind)), np.int64)
    heads[0] = heads[-1] = high
    return (
        bench.events(hold + 3, heads=heads),
        lambda out: (
            out["episode"][hold] == 1 and out["episode"][hold + 1] == 0 and out["alert"].sum() >= 1
        ),
    )


@corner("alert", "joined_hold", "prints that join the parent do not shorten the episode")
def _joined_hold(bench: Bench[AlertParams]) -> Show:
    high, hold = _highest(bench.params), bench.params.hold
    heads = np.zeros((2 * hold + 2, len(Kind)), np.int64)
    heads[0] = high
    joined = np.arange(2 * hold + 2) > 0
    return bench.events(
        2 * hold + 2, heads=heads, joined=joined
    ), lambda out: out["episode"].all() and out["alert"].sum() == 1


@corner("alert", "both_sides", "each side of a symbol has an episode of its own")
def _both_sides(bench: Bench[AlertParams]) -> Show:
    return bench.events(
        4, side=[0, 1, 0, 1], heads=TAIL.max
    ), lambda out: out["alert"].tolist() == [1, 1, 0, 0]


@corner("alert", "ties", "heads of equal score and margin: the first names the kind")
def _ties(bench: Bench[AlertParams]) -> Show:
    rows = [[5, 5, 5, 5], [0, 9, 9, 9], [0, 0, 9, 9], [0, 0, 0, 9], [TAIL.max] * 4]
    return bench.events(5, heads=rows), lambda out: out["kind"][:4].tolist() == [0, 1, 2, 3]


@corner("alert", "saturation", "the largest score again and again lifts a threshold to its largest")
def _lifted(bench: Bench[AlertParams]) -> Show | None:
    params = bench.params
    # With nothing to be heard in between each episode ends, and the next one lifts again.
    times, apart = (TAIL.integer + 33) << params.rise, params.hold + 2
    if times * apart > MOST:
        return None
    heads = np.zeros((times, apart, len(Kind)), np.int64)
    heads[:, 0, 0] = TAIL.max
    heads[-1, 0, 0] = TAIL.max - 1
    rows = np.concatenate([heads.reshape(-1, len(Kind)), heads[0, :1]])
    return bench.events(
        len(rows), heads=rows
    ), lambda out: out["alert"][::apart].tolist() == [1] * (times - 1) + [0, 1]


@corner("alert", "classes", "an alert of a symbol lifts the threshold of its class")
def _alert_classes(bench: Bench[AlertParams]) -> Show | None:
    params = bench.params
    if params.classes == params.symbols:
        return None
    symbol = np.arange(0, params.symbols, params.classes)
    heads = np.zeros((len(symbol), len(Kind)), np.int64)
    heads[:, 0] = (params.first_thresholds[0] >> (THRESHOLD.fraction - TAIL.fraction)) + 1
    return bench.events(
        len(symbol), symbol=symbol, heads=heads
    ), lambda out: out["alert"].tolist() == [1] + [0] * (len(symbol) - 1)
