"""Alert hub: alerts of a run, kept once for all subscribers, each of which reads at its own pace.

The thread that runs appends and never waits; subscribers are coroutines of one event loop. Who
falls further behind than the hub keeps is told how many alerts it has missed.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any

KEPT = 1 << 14
"""Alerts that wait for slow subscribers."""
AT_ONCE = 512
"""Alerts of one message at most."""


@dataclass(frozen=True)
class Chunk:
    """Alerts that follow one another.

    Attributes:
        first: Number of the first one, counted from the beginning of the run.
        missed: Alerts before it that are no longer kept.
        alerts: JSON objects.
    """

    first: int
    missed: int
    alerts: list[str]

    @property
    def after(self) -> int:
        """Number of the alert behind the last one."""
        return self.first + len(self.alerts)


class AlertHub:
    """Ring of the latest alerts, written by one thread.

    Args:
        kept: Alerts that are kept.

    Attributes:
        subscribers: Subscribers now.
        missed: Alerts that subscribers missed, all together.
        closed: Whether no alert will come any more.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.subscribers = self.missed = 0
        self.closed = False
        self._kept: deque[str] = deque(maxlen=kept)
        self._next = 0
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None

    @property
    def count(self) -> int:
        """Alerts so far: the number of the next one."""
        return self._next

    def attach(self) -> None:
        """Makes the running event loop the one whose subscribers are woken."""
        with self._lock:
            self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()

    def append(self, alerts: Iterable[Mapping[str, Any]]) -> None:
        """Adds alerts, from the thread that runs."""
        texts = [json.dumps(alert) for alert in alerts]
        if texts:
            with self._lock:
                self._kept.extend(texts)
                self._next += len(texts)
            self._wake()

    def close(self) -> None:
        """Tells subscribers that no alert will come any more."""
        self.closed = True
        self._wake()

    def since(self, number: int, most: int = AT_ONCE) -> Chunk:
        """Alerts from one on, as far as they are kept."""
        with self._lock:
            oldest = self._next - len(self._kept)
            first = min(max(number, oldest), self._next)
            start = first - oldest
            alerts = list(islice(self._kept, start, start + most))
        return Chunk(first, max(first - number, 0), alerts)

    async def wait(self, number: int) -> bool:
        """Waits until there is an alert of that number; false if none will come."""
        while self._next <= number:
            if self.closed:
                return False
            news = self._news
            if news is None:
                raise RuntimeError("the hub has no event loop: call attach() in it first")
            await news.wait()
        return True

    def _wake(self) -> None:
        with self._lock:
            loop, news = self._loop, self._news
        if loop is not None and news is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._renew)

    def _renew(self) -> None:
        """Wakes who waits: of one event loop's turns, each has the news of its own."""
        before, self._news = self._news, asyncio.Event()
        if before is not None:
            before.set()
