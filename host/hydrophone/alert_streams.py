"""Alert delivery of a session: callbacks, bounded queues for other threads and event loops.

`hydrophone.Session.on_alert` and `hydrophone.Session.alerts` make what is here. An alert is a
`hydrophone_model.records.RESULT` record with memory of its own.
"""

import logging
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from threading import Condition, Lock
from typing import TYPE_CHECKING, Self

import numpy as np

from hydrophone.event_arrays import alerts
from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.exclusive_use import NativePush
from hydrophone_model.records import ResultFlag

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

AlertCallback = Callable[[np.void], object]

CAPACITY = 4096
"""Alerts that a queue holds unless told otherwise."""
_LOGGER = logging.getLogger("hydrophone.alerts")


class Subscription:
    """A callback that is called with every alert until it is cancelled; as a context, for a block.

    Attributes:
        errors: Times that the callback raised.
    """

    def __init__(self, publisher: "AlertPublisher", callback: AlertCallback) -> None:
        self.errors = 0
        self._publisher = publisher
        self._callback = callback
        publisher.add(self)

    def cancel(self) -> None:
        """Calls the callback no more; cancelling twice is allowed."""
        self._publisher.remove(self)

    def deliver(self, alert: np.void) -> None:
        """Calls the callback; an exception of it is logged and counted."""
        try:
            self._callback(alert)
        except Exception:
            self.errors += 1
            _LOGGER.exception("a callback for alerts raised: %r", self._callback)

    def close(self) -> None:
        """The session is closed: a callback has nothing to do."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class AlertQueue:
    """Bounded queue of alerts, for one other thread or event loop: ``for`` and ``async for``.

    It is filled by the calls of the session and never holds them up: when it is full, the oldest
    alert makes room and is counted. Iteration waits for the next alert, and ends when the queue or
    the session has been closed and what was left has been taken.

    Args:
        publisher: The session's.
        capacity: Alerts that it holds, at least 1.

    Attributes:
        dropped: Alerts that nobody took in time.

    Raises:
        ValueError: The capacity is less than 1.
    """

    def __init__(self, publisher: "AlertPublisher", capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity = {capacity} is not allowed: give at least 1")
        self.dropped = 0
        self._publisher = publisher
        self._capacity = capacity
        self._alerts: deque[np.void] = deque()
        self._closed = False
        # A signal handler may come back to it within the same thread: its lock is reentrant.
        self._changed = Condition()
        self._waiting: list[tuple[AbstractEventLoop, Future[None]]] = []
        publisher.add(self)

    def deliver(self, alert: np.void) -> None:
        """Puts an alert in, from the session's thread."""
        with self._changed:
            if self._closed:
                return
            if len(self._alerts) >= self._capacity:
                self._alerts.popleft()
                self.dropped += 1
            self._alerts.append(alert)
            self._wake()

    def drain(self) -> list[np.void]:
        """Takes all alerts that wait, and does not wait for any."""
        with self._changed:
            taken = list(self._alerts)
            self._alerts.clear()
        return taken

    def close(self) -> None:
        """Takes no more alerts; closing twice is allowed."""
        self._publisher.remove(self)
        with self._changed:
            self._closed = True
            self._wake()

    def _wake(self) -> None:
        self._changed.notify_all()
        for loop, future in self._waiting:
            # A loop that has been closed waits for nothing.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_finish, future)

    def __len__(self) -> int:
        return len(self._alerts)

    def __iter__(self) -> Iterator[np.void]:
        return self

    def __next__(self) -> np.void:
        with self._changed:
            while not self._alerts:
                if self._closed:
                    raise StopIteration
                self._changed.wait()
            return self._alerts.popleft()

    def __aiter__(self) -> AsyncIterator[np.void]:
        return self

    async def __anext__(self) -> np.void:
        from asyncio import get_running_loop

        loop = get_running_loop()
        while True:
            with self._changed:
                if self._alerts:
                    return self._alerts.popleft()
                if self._closed:
                    raise StopAsyncIteration
                waiting = loop, loop.create_future()
                self._waiting.append(waiting)
            try:
                await waiting[1]
            finally:
                with self._changed:
                    self._waiting.remove(waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SourceAlerts:
    """Alerts of batches as they are processed, one after the other: ``for`` and ``async for``.

    The next batch is taken when all alerts of the one before have been: nothing is dropped. With
    ``async for``, each batch is processed in a thread, so that the event loop goes on; a task that
    is cancelled meanwhile loses nothing, for the next one waits for the same batch.

    Args:
        process: `hydrophone.Session.process` of the session.
        source: Batches of events; asynchronous ones for ``async for`` alone.
    """

    def __init__(
        self,
        process: Callable[[Events], Results],
        source: Iterable[Events] | AsyncIterable[Events],
    ) -> None:
        self._process = process
        self._source = source
        self._batches: Iterator[Events] | None = None
        self._found: Iterator[np.void] = iter(())
        self._at_work: Future[Results | None] | None = None

    def __iter__(self) -> Iterator[np.void]:
        return self

    def __next__(self) -> np.void:
        if self._batches is None:
            if not isinstance(self._source, Iterable):
                raise TypeError("the source is asynchronous: use `async for`")
            self._batches = iter(self._source)
        while (alert := next(self._found, None)) is None:
            self._found = iter(alerts(self._process(next(self._batches))))
        return alert

    def __aiter__(self) -> AsyncIterator[np.void]:
        return self

    async def __anext__(self) -> np.void:
        from asyncio import ensure_future, shield

        while (alert := next(self._found, None)) is None:
            if self._at_work is None:
                self._at_work = ensure_future(self._next_results())
            at_work = self._at_work
            try:
                results = await shield(at_work)
            finally:
                if at_work.done():
                    self._at_work = None
            if results is None:
                raise StopAsyncIteration
            self._found = iter(alerts(results))
        return alert

    async def _next_results(self) -> Results | None:
        """Results of the next batch; None after the last one."""
        from asyncio import to_thread

        if isinstance(self._source, AsyncIterable):
            source = self._source
            if not isinstance(source, AsyncIterator):
                source = self._source = aiter(source)
            events = await anext(source, None)
        else:
            if self._batches is None:
                self._batches = iter(self._source)
            # A file or a pipe may keep the reader waiting too.
            events = await to_thread(next, self._batches, None)
        return None if events is None else await to_thread(self._process, events)


class AlertPublisher:
    """Publisher of a session's alerts to its subscribers, in the thread of the session's call.

    Args:
        push: The session's native push, which publishes by itself; None if it has none.
    """

    def __init__(self, push: NativePush | None) -> None:
        # Replaced, never changed: a call that is under way sees those of its beginning.
        self.subscribers: tuple[Subscription | AlertQueue, ...] = ()
        self._changing = Lock()
        self._push = push

    def add(self, subscriber: Subscription | AlertQueue) -> None:
        """Delivers alerts to it from now on."""
        with self._changing:
            self._replace((*self.subscribers, subscriber))

    def remove(self, subscriber: Subscription | AlertQueue) -> None:
        """Delivers nothing more to it."""
        with self._changing:
            self._replace(tuple(s for s in self.subscribers if s is not subscriber))

    def publish(self, results: Results) -> None:
        """Delivers the alerts among the results of a batch."""
        for alert in alerts(results) if self.subscribers else ():
            self._deliver(alert)

    def publish_record(self, record: np.void) -> None:
        """Delivers a copy of one result, if it is an alert."""
        if self.subscribers and record["flags"] & ResultFlag.ALERT:
            self._deliver(record.copy())

    def _replace(self, subscribers: tuple[Subscription | AlertQueue, ...]) -> None:
        self.subscribers = subscribers
        if self._push is not None:
            self._push.on_alert = self.publish_record if subscribers else None

    def _deliver(self, alert: np.void) -> None:
        for subscriber in self.subscribers:
            subscriber.deliver(alert)

    def close(self) -> None:
        """Ends every subscription: queues end once they are empty."""
        for subscriber in self.subscribers:
            subscriber.close()
        with self._changing:
            self._replace(())


def _finish(future: "Future[None]") -> None:
    if not future.done():
        future.set_result(None)
