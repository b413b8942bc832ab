"""Alerts: the budget is kept, episodes begin and end where they should, ties have an answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind
from hydrophone_model.whale.alert import THRESHOLD, AlertModel, AlertParams

LOUD, QUIET = TAIL.max, 0
PLAIN = AlertParams(
    symbols=1, classes=1, budget=1000, shares=(64, 64, 64, 64), margin=(0, 0, 0, 0), rise=2,
    hold=64, hysteresis=64,
)  # fmt: skip
"""Parameters that do not follow what the presets learn."""


def decided(
    params: AlertParams,
    heads: Raw,
    symbol: Raw | int = 0,
    side: Raw | int = 0,
    joined: Raw | int = 0,
) -> dict[str, Raw]:
    """Outputs for heads shaped (events, kinds)."""
    columns = {"symbol": symbol, "side": side, "joined": joined}
    every = {name: np.broadcast_to(column, len(heads)) for name, column in columns.items()}
    return AlertModel(params).process(heads=heads, **every)


def only(kind: Kind, scores: list[int]) -> Raw:
    """Heads of which one speaks."""
    heads = np.zeros((len(scores), len(Kind)), np.int64)
    heads[:, kind] = scores
    return heads


@pytest.mark.parametrize("budget", [300, 1000, 10_000])
@pytest.mark.parametrize("shares", [(64, 64, 64, 64), (128, 96, 24, 8)])
def test_the_budget_is_kept_on_a_stationary_stream(budget: int, shares: tuple[int, ...], seed: int):
    """Episodes a head opens: its share of the budget, though its scores are off by an octave."""
    rng = np.random.default_rng(seed)
    params = replace(PLAIN, budget=budget, shares=shares, hold=1)
    events = 400_000
    honest = rng.exponential(1 / np.log(2), (events, len(Kind)))
    heads = TAIL.saturate(TAIL.quantise(honest + np.array([1.0, -1.0, 0.0, 0.5])))
    outputs = decided(params, heads)
    opened = outputs["alert"] != 0
    assert abs(opened.mean() / (budget / 1e6) - 1) < 0.15
    by_kind = np.bincount(outputs["kind"][opened], minlength=len(Kind))
    wanted = events * budget / 1e6 * np.array(shares) / 256
    spread = 4 * np.sqrt(wanted) + 2 * 32 * 2**params.rise / len(Kind)
    assert np.all(np.abs(by_kind - wanted) <= spread), (by_kind, wanted)


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_thresholds_balance_what_was_charged(draw: int, rise: int):
    """A threshold ends where it began, less its falls, plus its lifts, unless it hit an end."""
    rng = np.random.default_rng(draw)
    params = replace(PLAIN, symbols=4, classes=1, budget=50_000, rise=rise, hold=3)
    heads = TAIL.quantise(rng.exponential(2, (300, len(Kind))))
    symbol, side = rng.integers(0, 4, 300), rng.integers(0, 2, 300)
    levels = np.array(params.first_thresholds, np.int64)
    down = THRESHOLD.fraction - TAIL.fraction
    model = AlertModel(params)
    for row in range(300):
        out = model.process(
            symbol=symbol[row : row + 1],
            side=side[row : row + 1],
            joined=side[row : row + 1],
            heads=heads[row : row + 1],
        )
        margins = heads[row] - (levels >> down)
        charged = np.zeros(len(Kind), np.int64)
        if out["alert"][0]:
            assert margins.max() >= 0
            assert out["kind"][0] == margins.argmax()
            charged[out["kind"][0]] = params.lift
        levels = THRESHOLD.saturate(levels - np.array(params.falls) + charged)


def test_first_thresholds_are_what_the_shares_ask_for():
    params = replace(PLAIN, budget=1000, shares=(128, 64, 32, 32), margin=(0, 64, 0, 0))
    ask = -np.log2(np.array([128, 64, 32, 32]) / 256 * 1e-3) + np.array([0, 1, 0, 0])
    got = np.array(params.first_thresholds) / THRESHOLD.one
    assert np.all(np.abs(got - ask) <= THRESHOLD.resolution)


def test_a_head_fires_at_its_threshold_and_not_below():
    params = replace(PLAIN, budget=62_500, shares=(256, 0, 0, 0))
    level = 4 * TAIL.one  # -log2 of 62,500 millionths
    assert decided(params, only(Kind.BLOCK, [level]))["alert"].tolist() == [1]
    assert decided(params, only(Kind.BLOCK, [level - 1]))["alert"].tolist() == [0]
    # An event lowers the threshold by exactly a step here.
    assert params.falls[0] == THRESHOLD.one // TAIL.one
    assert decided(params, only(Kind.BLOCK, [0, level - 1]))["alert"].tolist() == [0, 1]


def test_a_head_without_a_share_never_fires_and_keeps_no_episode_open():
    params = replace(PLAIN, shares=(256, 0, 0, 0), hold=2)
    mute = decided(params, only(Kind.SWEEP, [LOUD] * 50))
    assert not mute["alert"].any()
    assert not mute["episode"].any()
    assert set(mute["kind"].tolist()) == {Kind.SWEEP}, "the loudest head is still named"
    heads = only(Kind.BLOCK, [LOUD] + [QUIET] * 5) + only(Kind.SWEEP, [0] + [LOUD] * 5)
    assert decided(params, heads)["episode"].tolist() == [1, 1, 1, 0, 0, 0]


def test_an_episode_outlasts_its_last_sign_by_hold_events_of_the_symbol():
    params = replace(PLAIN, symbols=2, classes=1, hold=3, hysteresis=64)
    assert decided(params, only(Kind.BLOCK, [LOUD] + [QUIET] * 5))["episode"].tolist() == [
        1, 1, 1, 1, 0, 0,
    ]  # fmt: skip
    # Events of the other symbol do not count; those of the other side do.
    symbol = np.array([0, 1, 1, 1, 1, 0, 0, 0, 0])
    outputs = decided(params, only(Kind.BLOCK, [LOUD] + [QUIET] * 8), symbol)
    assert outputs["episode"].tolist() == [1, 0, 0, 0, 0, 1, 1, 1, 0]
    side = np.array([0, 1, 1, 0, 0])
    outputs = decided(params, only(Kind.BLOCK, [LOUD] + [QUIET] * 4), side=side)
    assert outputs["episode"].tolist() == [1, 0, 0, 1, 0]


def test_prints_that_join_the_parent_do_not_count():
    params = replace(PLAIN, hold=2)
    heads = only(Kind.SWEEP, [LOUD] + [QUIET] * 6)
    joined = np.array([0, 1, 1, 1, 0, 0, 0])
    assert decided(params, heads, joined=joined)["episode"].tolist() == [1] * 6 + [0]
    # On the other side nothing of this parent goes on: its prints count as they always did.
    other = np.array([0, 1, 1, 1, 0, 0, 0])
    outputs = decided(params, heads, side=other, joined=joined)
    assert outputs["episode"].tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_a_sign_within_the_hysteresis_keeps_an_episode_but_opens_none():
    params = replace(PLAIN, budget=62_500, rise=6, hold=2, hysteresis=64)
    level = params.first_thresholds[0] >> (THRESHOLD.fraction - TAIL.fraction)
    near = level - 32
    assert not decided(params, only(Kind.BLOCK, [near] * 5))["episode"].any()
    outputs = decided(params, only(Kind.BLOCK, [LOUD] + [near] * 6 + [QUIET] * 4))
    assert outputs["alert"].tolist() == [1] + [0] * 10
    assert outputs["episode"].tolist() == [1] * 9 + [0] * 2


def test_one_whale_is_one_alert_and_the_other_side_is_another():
    outputs = decided(PLAIN, only(Kind.SLICED, [LOUD] * 8), side=np.array([0, 0, 0, 1, 1, 0, 1, 1]))
    assert outputs["alert"].tolist() == [1, 0, 0, 1, 0, 0, 0, 0]
    assert outputs["episode"].tolist() == [1] * 8


def test_ties_name_the_first_and_the_furthest_above_names_an_alert():
    params = replace(PLAIN, shares=(128, 64, 32, 32))
    same = np.full((2, len(Kind)), LOUD)
    outputs = decided(params, same)
    assert outputs["kind"].tolist() == [Kind.BLOCK, Kind.BLOCK]
    # The sweep head says less, but is further above a lower threshold.
    unequal = np.array([[0, 0, 25 * TAIL.one, 24 * TAIL.one]])
    shares = replace(PLAIN, shares=(64, 64, 2, 126))
    named = decided(shares, unequal)
    assert named["alert"].tolist() == [1]
    assert named["kind"].tolist() == [Kind.SLICED]
    assert named["score"].tolist() == [25 * TAIL.one]


def test_classes_have_thresholds_of_their_own():
    params = replace(PLAIN, symbols=4, classes=2, rise=0, hold=1)
    symbol = np.array([0, 0, 0, 2, 1, 3])
    lifted = (params.first_thresholds[0] + params.lift // 2) >> (THRESHOLD.fraction - TAIL.fraction)
    heads = only(Kind.BLOCK, [LOUD, QUIET, QUIET, lifted, QUIET, lifted])
    alone = decided(params, heads, symbol)["alert"].tolist()
    # Symbol 0's alert lifted the threshold of symbol 2, not that of symbol 3.
    assert alone == [1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shares": (64, 64, 64, 65)}, r"alert.shares = \(64, 64, 64, 65\) is not allowed"),
        ({"symbols": 4, "classes": 8}, r"alert\.classes = 8 is not allowed: use at most 4"),
        ({"margin": (0,) * 5}, r"alert\.margin = .* give 4"),
        ({"hold": 0}, r"alert\.hold = 0 is not allowed: use 1 … 1023"),
    ],
)
def test_wrong_parameters_are_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=message):
        AlertParams(**changes)
