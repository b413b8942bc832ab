"""Recall, chance, delay and average precision, on cases that can be counted by hand."""

import numpy as np
import pytest

from hydrophone_evaluate.detection.metrics import (
    SLACK,
    average_precision,
    detection_figures,
    judged,
)
from hydrophone_evaluate.detection.parents import by_taker, by_timestamp
from hydrophone_evaluate.injection import Injected, Whale
from hydrophone_model.records import EVENT, Kind


def tape_with(whales: list[Whale], events: int) -> Injected:
    records = np.zeros(events, EVENT.dtype)
    records["side"] = np.arange(events) % 2
    return Injected(events=records, whales=tuple(whales), own=np.ones(events, np.bool_))


def whale(first: int, last: int, side: int, kind: Kind = Kind.SWEEP) -> Whale:
    return Whale(kind=kind, strength=0, side=side, first=first, last=last, origin=first, size=1)


def judge(whales: list[Whale], alerts: list[int], clean_alerts: list[int], kind: Kind):
    events = 1000
    raised, clean = np.zeros(events, np.bool_), np.zeros(events, np.bool_)
    raised[alerts], clean[clean_alerts] = True, True
    return judged(
        (np.arange(events) % 2, clean),
        [(tape_with(whales, events), raised, np.full(events, kind))],
        warm_up=0,
        seed=1,
    )


def test_a_whale_is_heard_by_its_side_within_its_interval_and_the_slack():
    whales = [whale(100, 120, 0), whale(300, 320, 1), whale(500, 520, 0), whale(700, 720, 0)]
    end = 520 + SLACK
    result = judge(whales, [104, 304, end, 720 + SLACK + 2], [], Kind.SWEEP)
    heard = [outcome.detected for outcome in result.outcomes]
    # 304 is a buy beside a seller; the last alert comes two events too late.
    assert heard == [True, False, True, False]
    assert [o.delay for o in result.outcomes] == [4, -1, 20 + SLACK, -1]
    assert result.false == 2 / 1000
    assert detection_figures(result.outcomes).recall == 0.5


def test_the_first_alert_names_the_kind():
    result = judge([whale(100, 120, 0, Kind.BLOCK)], [104], [], Kind.SWEEP)
    assert not result.outcomes[0].named
    assert judge([whale(100, 120, 0)], [104], [], Kind.SWEEP).outcomes[0].named


def test_chance_is_the_share_of_places_where_false_alerts_hit():
    whales = [whale(100, 199, 0)]
    assert judge(whales, [], [], Kind.SWEEP).outcomes[0].chance == 0
    everywhere = list(range(1000))
    assert judge(whales, [], everywhere, Kind.SWEEP).outcomes[0].chance == 1
    # One alert of one side, an interval of a tenth of the tape: one place in twenty of both sides.
    many = [judge(whales * 40, [], [500], Kind.SWEEP) for _ in range(3)]
    chance = np.mean([o.chance for result in many for o in result.outcomes])
    assert abs(chance - 0.055) < 0.012


def test_lift_is_recall_less_chance():
    figures = detection_figures(
        judge([whale(100, 199, 0)], [104], list(range(1000)), Kind.SWEEP).outcomes
    )
    assert (figures.recall, figures.chance, figures.lift) == (1, 1, 0)


def test_average_precision_of_known_rankings():
    positive = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), positive) == pytest.approx(5 / 6)
    assert average_precision(np.array([4.0, 1.0, 3.0, 2.0]), positive) == 1
    tied = average_precision(np.zeros(4), positive)
    assert tied == 0.5, "a detector that says nothing gains no more than chance"


def test_parents_by_timestamp_and_side():
    events = np.zeros(6, EVENT.dtype)
    events["time_ns"] = [1, 1, 1, 2, 2, 3]
    events["side"] = [0, 0, 1, 1, 1, 1]
    events["size"] = [1, 2, 4, 8, 16, 32]
    parents = by_timestamp(events)
    assert parents.of.tolist() == [0, 0, 1, 2, 2, 3]
    assert parents.size.tolist() == [3, 4, 24, 32]
    assert parents.top.tolist() == [False, False, False, True]
    assert parents.best(np.array([5.0, 1, 2, 3, 9, 0])).tolist() == [5, 2, 9, 0]


def test_parents_by_taker_follow_order_ids(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(
        "exchange_timestamp,price,amount,buy_order_id,sell_order_id,side\n"
        "1,10.5,2.0,7,1,buy\n2,10.5,1.0,7,2,buy\n3,10.4,4.0,8,9,sell\n",
        encoding="utf-8",
    )
    events, parents = by_taker(path)
    assert parents.of.tolist() == [0, 0, 1]
    assert events["side"].tolist() == [0, 0, 1]
    assert parents.top.tolist() == [False, True]
    assert parents.size[1] / parents.size[0] == pytest.approx(4 / 3)


def test_real_taker_ids(market_data):
    _, parents = by_taker(market_data("bitstamp_2026/trades.csv"))
    assert parents.of.size == 284
    assert parents.size.size == 170
