"""Symbols by name: indices, ticks and lots both ways, exactly or not at all."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hydrophone
from hydrophone import DesignConfig, Session, Side
from hydrophone.steps import LIMIT, Step
from hydrophone.symbols import Symbols

STEPS = st.sampled_from(["0.01", "0.25", "0.005", "5", "1", "0.00000001", "12.5", "100"])
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
NOON_NS = 1_772_359_200_000_000_000


@pytest.fixture
def session() -> Session:
    session = hydrophone.open("cpu", DesignConfig.build({"symbols": 16}, name="few"))
    session.symbols.add("BTCUSDT", tick="0.10", lot="0.001")
    session.symbols.add("ES", tick=0.25, lot=1)
    return session


@given(STEPS, st.integers(1, LIMIT))
def test_every_form_of_a_value_on_the_grid_is_its_number_of_steps(text: str, number: int):
    step = Step.of(text)
    exact = Decimal(text) * number
    assert step.decimal(number) == exact
    forms: list[Any] = [exact, str(exact), float(exact), np.float64(exact)]
    assert [step.count(form) for form in forms] == [number] * 4
    assert step.counts(np.array([float(exact)])).tolist() == [number]


@given(STEPS, st.integers(1, 10**6), st.sampled_from(["0.5", "0.001", "-0.25"]))
def test_no_form_of_a_value_between_two_steps_is_rounded(text: str, number: int, part: str):
    step = Step.of(text)
    exact = Decimal(text) * (number + Decimal(part))
    for form in (exact, str(exact), float(exact)):
        with pytest.raises(ValueError, match="is off the grid: the nearest"):
            step.count(form)
    assert step.counts(np.array([float(exact)])).tolist() == [-1]


def test_a_trade_is_pushed_in_the_markets_own_units(session: Session):
    for time in (NOON, NOON_NS, np.datetime64(NOON_NS, "ns"), np.datetime64("2026-03-01T10", "h")):
        record = session.push_trade(
            symbol="BTCUSDT", price="64123.10", size=Decimal("0.5"), side="sell", time=time
        )
        assert record["time_ns"] == NOON_NS
    assert (record["symbol"], record["price"], record["side"]) == (0, 641_231, Side.SELL)
    assert session.symbols.readable(record) == {
        "time": np.datetime64(NOON_NS, "ns"), "symbol": "BTCUSDT", "price": Decimal("64123.1"),
        "parent_size": Decimal("2.000"), "side": "sell",
        "kind": hydrophone.Kind(record["kind"]).name.lower(),
    }  # fmt: skip


GOOD: dict[str, Any] = {"symbol": "ES", "price": 5000.25, "size": 3, "side": "buy", "time": 1}


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"symbol": "BTCUSD"}, ValueError, "symbol 'BTCUSD' is not known: .*; did you mean BTC"),
        ({"price": "5000.30"}, ValueError,
         r"price 5000.30 of 'ES', tick 0.25, is off the grid: the nearest are 5000.25 and 5000.50"),
        ({"price": 5000.1}, ValueError, "price 5000.1 of 'ES', tick 0.25, is off the grid"),
        ({"size": 1.5}, ValueError, "size 1.5 of 'ES', lot 1, is off the grid: the nearest"),
        ({"price": 0}, ValueError, "price 0 of 'ES' is 0 steps of its tick 0.25: allowed are 1 …"),
        ({"price": -0.25}, ValueError, "is -1 steps of its tick"),
        ({"price": "many"}, ValueError, "price many of 'ES', .* is no finite decimal number"),
        ({"price": float("nan")}, ValueError, "is no finite decimal number"),
        ({"size": 2**32}, ValueError, "size 4294967296 of 'ES' is 4294967296 steps"),
        ({"price": np.float32(0.25)}, TypeError, "is a float32: give an integer, a float"),
        ({"price": True}, TypeError, "is a bool: give an integer"),
        ({"side": "bid"}, ValueError, "side 'bid' is not known: use buy or sell"),
        ({"side": 7}, ValueError, "side = 7 is not allowed"),
        ({"time": NOON.replace(tzinfo=None)}, ValueError, "has no time zone: give one"),
        ({"time": np.datetime64("NaT")}, ValueError, "time is NaT"),
        ({"time": 1.5}, TypeError, None),
    ],
)  # fmt: skip
def test_a_wrong_trade_is_refused_and_leaves_no_trace(
    session: Session, wrong: dict[str, Any], error: type[Exception], message: str | None
):
    with pytest.raises(error, match=message):
        session.push_trade(**{**GOOD, **wrong})
    assert session.counters.events == 0
    assert session.push_trade(**GOOD)["price"] == 20_001


def test_columns_of_any_form_are_the_same_events(session: Session):
    names = ["BTCUSDT", "ES", "BTCUSDT"]
    wanted = hydrophone.events(
        time_ns=[1, 2, 3], price=[641_231, 20_001, 1], size=[500, 3, 1], symbol=[0, 1, 0],
        side=[0, 1, 0],
    ).tobytes()  # fmt: skip
    text = ["64123.10", "5000.25", "0.1"], ["0.5", "3", "0.001"]
    sides = [Side(0).name.lower(), Side(1).name.lower(), Side(0).name.lower()]
    times = [np.datetime64(n, "ns") for n in (1, 2, 3)]
    for prices, sizes, time, side in (
        (*text, [1, 2, 3], sides),
        (*[list(map(Decimal, column)) for column in text], times, [0, 1, 0]),
        (*[np.array(column, np.float64) for column in text], np.array(times), np.array(sides)),
    ):
        made = session.symbols.events(symbol=names, price=prices, size=sizes, time=time, side=side)
        assert made.tobytes() == wanted
    results = session.process(made)
    symbols = session.symbols
    assert symbols.prices(results["symbol"], results["price"]).tolist() == [64123.1, 5000.25, 0.1]
    assert symbols.sizes(made["symbol"], made["size"]).tolist() == [0.5, 3.0, 0.001]
    one = symbols.events(symbol="ES", price=5000, size=[1, 2], side="buy", time=7)
    assert one["price"].tolist() == [20_000] * 2


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"price": [1.0, 1.3]}, ValueError, "trade 1: price 1.3 of 'ES', tick 0.25, is off the"),
        ({"price": ["1", "1.3"]}, ValueError, "trade 1: price 1.3 of 'ES', tick 0.25, is off the"),
        ({"price": [1, 0]}, ValueError, "trade 1: price 0 of 'ES' is 0 steps"),
        ({"price": np.ones(2, np.float32)}, TypeError, "price has dtype float32: give float64"),
        ({"size": [1, 2, 3]}, ValueError, r"price has shape \(2,\): give 3 values, or one for all"),
        ({"symbol": ["ES", "NQ"]}, ValueError, "symbol 'NQ' is not known"),
        ({"time": np.array(["NaT"] * 2, "datetime64[ns]")}, ValueError, "time has a NaT"),
    ],
)
def test_wrong_columns_are_told_by_their_place(
    session: Session, wrong: dict[str, Any], error: type[Exception], message: str
):
    good: dict[str, Any] = {**GOOD, "price": [1.0, 2.0], "time": [1, 2]}
    with pytest.raises(error, match=message):
        session.symbols.events(**{**good, **wrong})


def test_names_and_indices_are_each_others_inverse(session: Session):
    symbols = session.symbols
    assert [symbols.index(name) for name in symbols.names] == [0, 1]
    assert [symbols.name(place) for place in (0, 1)] == ["BTCUSDT", "ES"]
    assert symbols.size("BTCUSDT", symbols.lots("BTCUSDT", "1.250")) == Decimal("1.25")
    with pytest.raises(ValueError, match="symbol 2 has no name: 2 have one, from 0 on"):
        symbols.name(2)


def test_a_symbol_stays_what_it_is(session: Session):
    symbols = session.symbols
    assert symbols.add("ES", tick=Decimal("0.250"), lot="1") == 1
    with pytest.raises(ValueError, match=r"symbol 'ES' has tick 0\.25 and lot 1: they stay"):
        symbols.add("ES", tick="0.5", lot=1)
    with pytest.raises(ValueError, match="tick '0': it must be a positive decimal number such as"):
        symbols.add("NQ", tick=0, lot=1)
    for place in range(2, 16):
        assert symbols.add(f"S{place}", tick="0.25", lot=1) == place
    with pytest.raises(ValueError, match="no room for symbol 'YM': the configuration has 16"):
        symbols.add("YM", tick=1, lot=1)


def test_a_definition_makes_the_same_symbols_again(session: Session):
    again = Symbols(capacity=2)
    again.add_all(json.loads(json.dumps(session.symbols.definition())))
    assert again.definition() == session.symbols.definition()
    session.reset()
    assert session.symbols.names == again.names
