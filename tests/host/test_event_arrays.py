"""Event arrays made of columns: layout, defaults, refusals."""

from typing import Any

import numpy as np
import pytest

import hydrophone
from hydrophone import EVENT, EventError, Side
from hydrophone_model.records import EventFlag

COLUMNS: dict[str, Any] = {"time_ns": [5, 6, 2**63 - 1], "price": [1, 2, 3], "size": [7, 8, 9]}


def test_columns_become_records_in_the_layout_of_the_wire():
    events = hydrophone.events(
        **COLUMNS, symbol=[0, 65_535, 2], side=[Side.BUY, Side.SELL, Side.SELL], sequence=[9, 8, 7],
        flags=EventFlag.SIDE_INFERRED,
    )  # fmt: skip
    assert events.dtype == EVENT.dtype
    assert events.flags.c_contiguous
    assert events.tolist() == [
        (5, 9, 1, 7, 0, 0, 1, 0), (6, 8, 2, 8, 65_535, 1, 1, 0), (2**63 - 1, 7, 3, 9, 2, 1, 1, 0),
    ]  # fmt: skip


def test_one_value_is_for_all_events_and_the_sequence_counts():
    events = hydrophone.events(time_ns=np.arange(4, dtype=np.uint16), price=10, size=1)
    assert events["sequence"].tolist() == [0, 1, 2, 3]
    assert events["price"].tolist() == [10] * 4
    assert not events["symbol"].any()
    assert hydrophone.events(time_ns=1, price=1, size=1).shape == (1,)
    assert hydrophone.events(time_ns=[], price=1, size=[]).shape == (0,)


def test_integers_that_share_no_type_of_numpy_are_integers():
    whole = [2**63, 1, 2**64 - 1]
    assert hydrophone.events(time_ns=whole, price=1, size=1)["time_ns"].tolist() == whole
    kept = np.array([3, 4], object)
    assert hydrophone.events(time_ns=1, price=kept, size=1)["price"].tolist() == [3, 4]


def test_the_record_itself_makes_an_array():
    events = np.zeros(3, EVENT)
    assert events.dtype == EVENT.dtype
    assert np.frombuffer(events.tobytes(), EVENT).shape == (3,)


def test_what_is_made_is_what_a_session_takes():
    with hydrophone.open("golden") as session:
        results = session.process(hydrophone.events(**COLUMNS | {"time_ns": [1, 2, 3]}))
    assert results["parent_size"].tolist() == [7, 15, 24]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"price": [1, 0, 3]}, r"event 1: price = 0 is not allowed: use 1 … 4294967295$"),
        ({"size": 2**32}, r"event 0: size = 4294967296 is not allowed"),
        ({"time_ns": [1, 2, -3]}, r"event 2: time_ns = -3 is not allowed: use 0 … 1844674"),
        ({"symbol": [0, 0, 65_536]}, r"event 2: symbol = 65536 is not allowed: use 0 … 65535$"),
        ({"side": [0, 2, 0]}, r"event 1: side = 2 is not allowed: use 0 … 1$"),
        ({"sequence": -1}, r"event 0: sequence = -1 is not allowed"),
        ({"time_ns": [1, 2**64 - 1, -3]}, r"event 2: time_ns = -3 is not allowed"),
        ({"price": [1, 2, 2**64]}, r"event 2: price = 18446744073709551616 is not allowed"),
        ({"size": -(2**80)}, r"event 0: size = -1208925819614629174706176 is not allowed"),
    ],
)
def test_a_value_out_of_range_is_named(column: dict[str, Any], message: str):
    with pytest.raises(EventError, match=message):
        hydrophone.events(**COLUMNS | column)


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ({"price": [1.5, 2, 3]}, TypeError, "price has dtype float64: give integers"),
        ({"price": [1, None, 3]}, TypeError, "price has dtype object: give integers"),
        ({"time_ns": [2**63, 1, 2.0]}, TypeError, "time_ns has dtype float64: give integers"),
        ({"size": [1, [2, 3], 4]}, ValueError, "size has no shape: give one value an event"),
        ({"side": [True, False, True]}, TypeError, "side has dtype bool: give integers"),
        ({"size": [1, 2]}, ValueError, "size has 2 values and time_ns has 3: give as many"),
        ({"size": [[1, 2, 3]]}, ValueError, r"size has shape \(1, 3\): give one value an event"),
        ({"size": np.ma.masked_less([1, 2, 3], 2)}, ValueError, "size has a mask"),
    ],
)
def test_what_is_no_column_of_integers_is_refused(
    column: dict[str, Any], error: type[Exception], message: str
):
    with pytest.raises(error, match=message):
        hydrophone.events(**COLUMNS | column)
