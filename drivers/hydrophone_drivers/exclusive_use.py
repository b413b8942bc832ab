"""Non-blocking lock of a session, and atomic calls, which no signal handler breaks off.

A session is used by one thread at a time: what a second thread asks for meanwhile is refused, for
there is no order in which it would be right. A call is whole or has not happened: a signal handler
may raise (Ctrl-C does) between any two steps of the main thread's Python code, so that what takes
several steps runs in a thread of its own, where handlers never run, while the main thread waits.
"""

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from threading import Lock, Thread, current_thread, get_ident, main_thread
from typing import Any, Protocol, SupportsIndex, TypeVar

import numpy as np

from hydrophone_drivers.errors import DeviceError

Work = Callable[..., object]
T = TypeVar("T")

_HOLDER = "thread"
_BUSY = (
    "at work for another thread: wait until the call is done, or give each thread a session of its "
    "own"
)


class NativeEngine(Protocol):
    """An engine that works in single native calls, which end before any signal handler runs."""

    @property
    def batches(self) -> int:
        """Calls that came to their end since it was made."""
        ...


def native_engine(part: object) -> NativeEngine | None:
    """The engine that a device or a part of one calls once a batch; None if it has none."""
    return getattr(part, "native", None)


class NativePush(Protocol):
    """A push that is one native call: it checks the lock and the values by itself.

    Attributes:
        on_alert: Is called with the record of each result that opened an alert episode.
    """

    on_alert: Callable[[np.void], object] | None

    def __call__(
        self,
        *,
        time_ns: SupportsIndex,
        price: SupportsIndex,
        size: SupportsIndex,
        symbol: SupportsIndex,
        side: SupportsIndex,
    ) -> np.void:
        """See `hydrophone.Session.push`."""
        ...

    def close(self, refusal: Callable[..., object]) -> None:
        """From now on hands every call over, by place, to what refuses it."""
        ...


def native_push(
    device: object, lock: "ExclusiveUse", method: Callable[..., np.void]
) -> NativePush | None:
    """The push that a device makes for a session's lock, in place of the method; None if none."""
    make = getattr(device, "make_push", None)
    return None if make is None else make(lock, method)


class ExclusiveUse:
    """Non-blocking lock of a session, by thread; as a context it is held for a block.

    Attributes:
        holder: The thread that holds the lock; empty while none does.
        interrupted: The result of a call that an exception of a signal handler kept from being
            returned; None again when a call returns, or has not happened.
    """

    def __init__(self) -> None:
        # Its `setdefault` tests and sets at once. A thread's own entry does not stop it: it is
        # what an exception of a signal handler has left behind.
        self.holder: dict[str, int] = {}
        self.interrupted: object = None

    def __enter__(self) -> None:
        me = get_ident()
        if self.holder.setdefault(_HOLDER, me) != me:
            raise DeviceError(_BUSY)

    def __exit__(self, *_: object) -> None:
        self.holder.clear()

    def check(self) -> None:
        """Refuses while another thread holds the lock.

        Raises:
            DeviceError: One does.
        """
        me = get_ident()
        if self.holder.get(_HOLDER, me) != me:
            raise DeviceError(_BUSY)
        self.holder.clear()

    def run(self, native: NativeEngine | None, result: T, work: Work, *args: Any) -> T:
        """Does work with the lock held, whole or not at all.

        An exception that a signal handler raises meanwhile is raised once the work is done; a
        second one at once, and the lock is held until the work is done.

        Args:
            native: What the work is one call of, if it is.
            result: Where the work's result is, once it is done.
            work: What is to be done.
            args: What it is called with.

        Returns:
            The result.

        Raises:
            DeviceError: Another thread holds the lock.
        """
        if native is None:
            return self._run_in_worker(result, partial(work, *args))
        before = native.batches
        me = get_ident()
        mine = {_HOLDER: me}
        try:
            if self.holder.setdefault(_HOLDER, me) != me:
                raise DeviceError(_BUSY)
            work(*args)
        finally:
            # A handler's exception may come out of every call, these included: compared is without.
            if self.holder == mine:
                self.interrupted = None if native.batches == before else result
                self.holder.clear()
        self.interrupted = None
        return result

    def _run_in_worker(self, result: T, work: Work) -> T:
        """Does work of several steps where no signal handler runs."""
        self.interrupted = None
        self.check()
        if current_thread() is not main_thread():
            with self:
                work()
            self.interrupted = None
            return result
        worker = _WorkerThread(self, work)
        try:
            worker.run()
        except BaseException:
            self.interrupted = result if worker.done else None
            raise
        self.interrupted = None
        return result


class _WorkerThread:
    """Work in a thread of its own while the main thread waits.

    Attributes:
        done: Whether the work has been done.
    """

    def __init__(self, lock: ExclusiveUse, work: Work) -> None:
        self._lock, self._work = lock, work
        self.done = False
        # Whoever takes it decides whether the work begins.
        self._begin = Lock()
        # Released when the work has ended.
        self._end = Lock()
        self._end.acquire()
        self._ended = False
        self._error: BaseException | None = None

    def run(self) -> None:
        """Returns, or raises, once the work has ended."""
        interrupt: BaseException | None = None
        context = copy_context()
        thread = Thread(target=context.run, args=(self._do,), daemon=True)
        try:
            thread.start()
        except BaseException as error:
            if self._begin.acquire(blocking=False):
                raise
            interrupt = error
        while not self._ended:
            try:
                self._end.acquire()
            except BaseException as error:
                if interrupt is not None:
                    raise
                interrupt = error
        raised = interrupt or self._error
        # What an exception's frames hold must not hold the exception.
        interrupt = self._error = None
        if raised is not None:
            try:
                raise raised
            finally:
                del raised

    def _do(self) -> None:
        if not self._begin.acquire(blocking=False):
            return
        try:
            with self._lock:
                self._work()
            self.done = True
        except BaseException as error:
            self._error = error
        self._ended = True
        self._end.release()
