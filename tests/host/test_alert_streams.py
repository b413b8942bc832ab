"""Alerts of a session: callbacks, queues of other threads and event loops, and sources."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import Session
from hydrophone_drivers.arrays import Events

BUDGET = 0.02
EVENTS = 1200


@pytest.fixture(params=["cpu", "golden"])
def session(request: pytest.FixtureRequest) -> Session:
    return hydrophone.open(request.param, alert_budget=BUDGET)


@pytest.fixture
def tape(seed: int) -> Events:
    return random_tape(seed, EVENTS, 4)


@pytest.fixture
def wanted(tape: Events) -> bytes:
    with hydrophone.open("cpu", alert_budget=BUDGET) as session:
        found = hydrophone.alerts(session.process(tape))
    assert found.size > 4
    return found.tobytes()


def push(session: Session, event: np.void) -> np.void:
    return session.push(
        **{n: int(event[n]) for n in ("time_ns", "price", "size", "symbol", "side")}
    )


def bytes_of(alerts: list[np.void]) -> bytes:
    return np.array(alerts, hydrophone.RESULT.dtype).tobytes()


def test_callbacks_hear_batches_and_pushes_alike(session: Session, tape: Events, wanted: bytes):
    heard: list[np.void] = []
    with session, session.on_alert(heard.append):
        for event in tape[:300]:
            push(session, event)
        session.process(tape[300:])
    assert bytes_of(heard) == wanted


def test_an_alert_of_a_push_is_ones_own_to_keep(tape: Events, wanted: bytes):
    heard: list[np.void] = []
    with hydrophone.open("cpu", alert_budget=BUDGET) as session, session.on_alert(heard.append):
        for event in tape:
            push(session, event)
    assert bytes_of(heard) == wanted


def test_a_cancelled_callback_hears_nothing_more(session: Session, tape: Events):
    heard: list[np.void] = []
    with session:
        subscription = session.on_alert(heard.append)
        session.process(tape[:700])
        before = len(heard)
        subscription.cancel()
        subscription.cancel()
        for event in tape[700:900]:
            push(session, event)
        session.process(tape[900:])
    assert before
    assert len(heard) == before < session.counters.alerts


def test_a_callback_that_raises_breaks_nothing(
    session: Session, tape: Events, wanted: bytes, caplog: pytest.LogCaptureFixture
):
    def fail(_: np.void) -> None:
        raise ValueError("the desk is closed")

    heard: list[np.void] = []
    with session, session.on_alert(fail) as failing, session.on_alert(heard.append):
        session.process(tape[:700])
        for event in tape[700:900]:
            push(session, event)
        session.process(tape[900:])
    assert failing.errors == len(heard) == len(caplog.records)
    assert caplog.records[0].name == "hydrophone.alerts"
    assert caplog.records[0].levelno == logging.ERROR
    assert "the desk is closed" in caplog.text


def test_an_interrupt_in_a_callback_leaves_the_results(session: Session, tape: Events):
    def interrupt(_: np.void) -> None:
        raise KeyboardInterrupt

    with session:
        with session.on_alert(interrupt), pytest.raises(KeyboardInterrupt):
            session.process(tape)
        assert session.counters.events == EVENTS
        assert isinstance(session.interrupted, np.ndarray)
        assert hydrophone.alerts(session.interrupted).size == session.counters.alerts


def test_a_callback_may_use_the_session(tape: Events):
    def again(_: np.void) -> None:
        session.push(time_ns=0, price=1, size=1, symbol=0, side=0)

    with hydrophone.open("cpu", alert_budget=BUDGET) as session, session.on_alert(again):
        session.process(tape)
        assert session.counters.events == EVENTS + session.counters.alerts


def test_another_thread_takes_all_and_ends_with_the_session(
    session: Session, tape: Events, wanted: bytes
):
    heard: list[np.void] = []
    queue = session.alerts()
    reader = threading.Thread(target=lambda: heard.extend(queue))
    reader.start()
    with session:
        for event in tape[:300]:
            push(session, event)
        session.process(tape[300:])
    reader.join(20)
    assert not reader.is_alive()
    assert bytes_of(heard) == wanted
    assert queue.dropped == 0


def test_a_full_queue_drops_the_oldest_and_counts_them(
    session: Session, tape: Events, wanted: bytes
):
    with session, session.alerts(capacity=3) as queue:
        session.process(tape)
        assert len(queue) == 3
        assert queue.dropped == session.counters.alerts - 3
        rest = queue.drain()
        assert queue.drain() == []
    assert bytes_of(rest) == wanted[-len(bytes_of(rest)) :]
    session.close()
    assert list(queue) == []
    with pytest.raises(ValueError, match="capacity = 0 is not allowed: give at least 1"):
        session.alerts(capacity=0)


def test_a_closed_queue_gives_what_it_has_and_takes_no_more(session: Session, tape: Events):
    with session:
        queue = session.alerts()
        session.process(tape[:700])
        before = session.counters.alerts
        queue.close()
        session.process(tape[700:])
        assert session.counters.alerts > before
        assert len(list(queue)) == before > 0


def test_an_event_loop_hears_what_another_thread_processes(
    session: Session, tape: Events, wanted: bytes
):
    def trade() -> None:
        with session:
            for start in range(0, EVENTS, 100):
                session.process(tape[start : start + 100])

    async def listen() -> list[np.void]:
        queue = session.alerts()
        trading = asyncio.create_task(asyncio.to_thread(trade))
        heard = [alert async for alert in queue]
        await trading
        return heard

    assert bytes_of(asyncio.run(listen())) == wanted


def test_a_task_that_gives_up_waiting_takes_no_alert_along(session: Session, tape: Events):
    async def listen() -> int:
        with session.alerts() as queue:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(queue), 0.01)
            session.process(tape)
            await anext(queue)
            return len(queue)

    with session:
        assert asyncio.run(listen()) == session.counters.alerts - 1


def test_a_source_is_processed_as_its_alerts_are_asked_for(
    session: Session, tape: Events, wanted: bytes
):
    with session:
        alerts = session.alerts(tape[start : start + 100] for start in range(0, EVENTS, 100))
        first = next(alerts)
        assert session.counters.events < EVENTS
        assert bytes_of([first, *alerts]) == wanted


async def batches(tape: Events) -> AsyncIterator[Events]:
    for start in range(0, EVENTS, 100):
        await asyncio.sleep(0)
        yield tape[start : start + 100]


@pytest.mark.parametrize(
    "source",
    [batches, lambda tape: np.split(tape, 12), lambda tape: iter(np.split(tape, 12))],
    ids=["asynchronous", "list", "iterator"],
)
def test_a_source_is_heard_from_an_event_loop(
    session: Session, tape: Events, wanted: bytes, source: Callable[..., AsyncIterator[Events]]
):
    async def listen() -> list[np.void]:
        return [alert async for alert in session.alerts(source(tape))]

    with session:
        assert bytes_of(asyncio.run(listen())) == wanted


def test_a_cancelled_task_loses_no_alert_of_a_source(tape: Events, wanted: bytes):
    """Cancelled within the batch: the next task takes its alerts."""
    begun = threading.Event()

    async def listen(session: Session) -> list[np.void]:
        def slow() -> AsyncIterator[Events]:
            yield_from = np.split(tape, 2)

            async def both() -> AsyncIterator[Events]:
                for events in yield_from:
                    begun.set()
                    await asyncio.sleep(0.02)
                    yield events

            return both()

        alerts = session.alerts(slow())
        task = asyncio.create_task(anext(alerts))  # pyright: ignore[reportArgumentType]
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [alert async for alert in alerts]

    with hydrophone.open("cpu", alert_budget=BUDGET) as session:
        assert bytes_of(asyncio.run(listen(session))) == wanted


def test_a_failing_source_is_told_once(session: Session, tape: Events):
    bad = tape[:5].copy()
    bad["price"] = 0

    async def listen() -> int:
        alerts = session.alerts([bad, tape])
        with pytest.raises(hydrophone.EventError, match="price = 0"):
            await anext(alerts)
        return len([alert async for alert in alerts])

    with session:
        assert asyncio.run(listen()) == session.counters.alerts > 0
        with pytest.raises(TypeError, match="the source is asynchronous: use `async for`"):
            next(session.alerts(batches(tape)))
