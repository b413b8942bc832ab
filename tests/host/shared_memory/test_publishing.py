"""What is published in shared memory is what the session said; who reads knows what it missed."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.host.test_contract import SMALL, SYMBOLS, opened

import hydrophone
from hydrophone import Decisions, DesignConfig, Publisher, SharedMemoryError, attach
from hydrophone.feeds import Tape
from hydrophone.shared_memory import thresholds_of
from hydrophone_cli.listening.batch import Batch
from hydrophone_cli.listening.shared_memory import SharedMemorySink
from hydrophone_model.formats import TAIL
from hydrophone_model.records import RESULT, Kind, ResultFlag
from hydrophone_model.shared_memory import SNAPSHOT, UNKNOWN_THRESHOLD
from hydrophone_model.whale.alert import AlertModel

ECHOED = ("time_ns", "sequence", "price", "parent_size", "side", "kind", "score", "flags", "heads")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "segment"


@pytest.fixture
def publisher(place: Path) -> Iterator[Publisher]:
    with Publisher(place, SMALL, symbols=["A", "B"], alert_slots=8) as opened:
        yield opened


def alerts_of(symbol: int, count: int) -> np.ndarray:
    """Results that are alerts, numbered from 0."""
    results = np.zeros(count, RESULT.dtype)
    results["symbol"], results["flags"] = symbol, ResultFlag.ALERT
    results["sequence"] = np.arange(count)
    return results


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_snapshots_are_the_last_results_of_their_symbols(place: Path, seed: int, batch: int):
    events = random_tape(seed, 2000, SYMBOLS)
    with (
        opened("cpu") as session,
        Publisher(place, SMALL, alert_slots=4096) as publisher,
        attach(place) as shared,
    ):
        alerts = shared.alerts()
        results = session.process(events)
        for start in range(0, len(results), batch):
            publisher.publish(results[start : start + batch])
        snapshots = shared.snapshots()
        for symbol, snapshot in enumerate(snapshots):
            own = results[results["symbol"] == symbol]
            assert snapshot["events"] == len(own)
            if not len(own):
                assert snapshot == np.zeros((), SNAPSHOT.dtype)
                continue
            for name in ECHOED:
                np.testing.assert_array_equal(snapshot[name], own[-1][name], err_msg=name)
            raised = own[own["flags"] & ResultFlag.ALERT != 0]
            assert snapshot["alerts"] == len(raised)
            assert snapshot["late"] == np.count_nonzero(own["flags"] & ResultFlag.LATE)
            if len(raised):
                assert snapshot["alert_sequence"] == raised[-1]["sequence"]
                assert snapshot["alert_parent_size"] == raised[-1]["parent_size"]
            assert snapshot == shared.snapshot(symbol)
        expected = hydrophone.alerts(results)
        found = alerts.poll(len(expected) + 1)
        assert len(expected) > 10
        for name in (*ECHOED, "symbol"):
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
        header = shared.header
        assert header["events"] == len(events)
        assert header["alerts"] == len(expected)
        assert header["late"] == session.counters.late
        assert header["time_ns"] == events["time_ns"][-1]


@pytest.mark.parametrize("budget", [1_000, 100_000])
def test_thresholds_are_those_of_the_model(place: Path, seed: int, budget: int):
    config = DesignConfig.build(
        {"symbols": SYMBOLS, "classes": 4, "alert": {"budget": budget}}, name="thresholds"
    )
    rng = np.random.default_rng(seed)
    count = 3000
    alert = config.pipeline.alert
    columns = {
        "symbol": rng.integers(0, SYMBOLS, count),
        "side": rng.integers(0, 2, count),
        "joined": rng.integers(0, 2, count),
        "heads": rng.integers(0, TAIL.max, (count, len(Kind))),
    }
    model = AlertModel(alert)
    thresholds = {}
    with Publisher(place, config) as publisher, attach(place) as shared:
        alerts = 0
        for start in range(0, count, 100):
            part = {name: column[start : start + 100] for name, column in columns.items()}
            said = model.process(**part)
            results = np.zeros(100, RESULT.dtype)
            results["symbol"], results["kind"] = part["symbol"], said["kind"]
            results["flags"] = said["alert"] * int(ResultFlag.ALERT)
            alerts += int(said["alert"].sum())
            publisher.publish(results)
            # A symbol's snapshot has what its class had then: compared is each class's last one.
            for symbol in dict.fromkeys(part["symbol"].tolist()[::-1]):
                thresholds.setdefault(symbol % 4, symbol)
            for group, symbol in thresholds.items():
                found = shared.snapshot(symbol)["thresholds"].tolist()
                assert found == model._thresholds[group]
            thresholds.clear()
        assert alerts > 20


def test_thresholds_that_are_not_known_are_said_to_be_so(place: Path):
    with Publisher(place, SMALL, thresholds=[]) as publisher, attach(place) as shared:
        publisher.publish(alerts_of(0, 1))
        assert set(shared.snapshot(0)["thresholds"].tolist()) == {UNKNOWN_THRESHOLD}


def test_a_session_that_goes_on_from_a_state_publishes_the_thresholds_it_has(
    place: Path, seed: int
):
    events = random_tape(seed, 900, SYMBOLS)
    with opened("cpu") as first, opened("cpu") as session:
        first.process(events[:600])
        sink = SharedMemorySink(str(place), session)
        sink.open()
        session.import_state(first.export_state())
        sink.begin(cast("Tape", SimpleNamespace(symbols=["A", "B"])))
        with attach(place) as shared:
            sink.take(Batch(events=events[600:], results=session.process(events[600:])))
            wanted = thresholds_of(session.export_state())
            symbol = int(events["symbol"][-1])
            found = shared.snapshot(symbol)["thresholds"].tolist()
            assert found == wanted[symbol % SMALL.pipeline.alert.classes].tolist()
            assert shared.symbols == ("A", "B")
            sink.discard()
            assert shared.state == "failed"


def test_ranks_are_those_of_the_last_decision(place: Path, seed: int):
    events = random_tape(seed, 3000, SYMBOLS)
    with opened("cpu") as session, Publisher(place, SMALL) as publisher, attach(place) as shared:
        results = session.process(events)
        records = session.decide(events, results).records
        # One that named a candidate, which no zero could stand for.
        end = int(np.flatnonzero(records["decided"] & (records["best"] > 0))[-1]) + 1
        publisher.publish(results[:end], Decisions(records[:end]))
        last = records[end - 1]
        for symbol in range(min(len(last["rank"]), SYMBOLS)):
            snapshot = shared.snapshot(symbol)
            assert snapshot["rank"] == last["rank"][symbol]
            assert snapshot["best"] == last["best"]
            assert snapshot["decided"]
            assert snapshot["rank_sequence"] == events["sequence"][end - 1]


def test_a_reader_counts_what_it_missed(publisher: Publisher, place: Path):
    with attach(place) as shared:
        slow, fast = shared.alerts(), shared.alerts()
        total, seen = 0, 0
        for count in (3, 8, 9, 100, 1):
            publisher.publish(alerts_of(1, count))
            total += count
            found = slow.poll()
            seen += len(found)
            assert seen + slow.missed == total == slow.next
            assert found["sequence"][-1] == count - 1
        assert slow.missed
        fast.poll()
        assert fast.next == total
        assert len(shared.alerts("oldest").poll()) == 7
        assert not len(shared.alerts().poll())
        assert len(shared.alerts(total - 2).poll()) == 2


def test_an_iterator_over_alerts_ends_with_the_writer(place: Path):
    with Publisher(place, SMALL) as publisher:
        shared = attach(place)
        alerts = shared.alerts()
        publisher.publish(alerts_of(1, 3))
    assert [int(alert["sequence"]) for alert in alerts] == [0, 1, 2]
    assert shared.state == "ended"


def test_symbols_are_found_by_name(publisher: Publisher, place: Path):
    with attach(place) as shared:
        assert shared.symbols == ("A", "B")
        long = "ü" * 50
        publisher.add_symbols(["C", long])
        assert shared.symbols == ("A", "B", "C", "ü" * 30)
        publisher.publish(alerts_of(2, 1))
        assert shared.snapshot("C") == shared.snapshot(2)
        publisher.add_symbols(map(str, range(SYMBOLS)))
        assert len(shared.symbols) == SYMBOLS
        with pytest.raises(KeyError, match="no symbol 'X' is published"):
            shared.snapshot("X")
        for symbol in (-1, SYMBOLS):
            with pytest.raises(KeyError, match=f"no symbol {symbol}"):
                shared.snapshot(symbol)


def test_results_of_symbols_that_there_is_no_room_for_are_left_out(
    publisher: Publisher, place: Path
):
    with attach(place) as shared:
        publisher.publish(alerts_of(SYMBOLS, 3))
        assert not shared.header["events"]


def test_wrong_results_are_refused_and_nothing_is_published(publisher: Publisher, place: Path):
    with attach(place) as shared:
        with pytest.raises(TypeError, match="results has dtype"):
            publisher.publish(np.zeros(3, np.int64))  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match="not contiguous"):
            publisher.publish(alerts_of(0, 4)[::2])
        assert not shared.header["events"]


def test_what_is_closed_says_so(place: Path):
    publisher = Publisher(place, SMALL)
    shared = attach(place)
    publisher.close()
    publisher.close()
    with pytest.raises(SharedMemoryError, match="is closed: make a new one"):
        publisher.publish(alerts_of(0, 1))
    shared.close()
    shared.close()
    for use in (lambda: shared.snapshot(0), shared.alerts, lambda: shared.state):
        with pytest.raises(SharedMemoryError, match="is closed: attach anew"):
            use()


def test_a_forked_child_does_not_end_its_parents_segment(publisher: Publisher, place: Path):
    child = os.fork()
    if not child:
        with suppress(BaseException):
            publisher.close()
        os._exit(0)
    os.waitpid(child, 0)
    with attach(place) as shared:
        assert shared.alive
