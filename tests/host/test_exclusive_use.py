"""A call that a signal handler's exception interrupts: what is kept, at moments made to order."""

import signal
import threading

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.host.test_contract import SYMBOLS, opened

from hydrophone import session as session_module
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.exclusive_use import ExclusiveUse

LONG = {"cpu": 1_000_000, "golden": 3000}


class Native:
    """Counts its calls, as an engine does."""

    batches = 0

    def work(self) -> None:
        self.batches += 1


class Interrupting(dict[str, int]):
    """A signal handler raises as the lock is released, or as it is taken."""

    begins = False

    def setdefault(self, key: str, default: int = 0) -> int:
        holder = super().setdefault(key, default)
        if self.begins:
            raise KeyboardInterrupt
        return holder

    def clear(self) -> None:
        super().clear()
        if not self.begins:
            raise KeyboardInterrupt


def test_a_result_is_kept_when_the_exception_comes_as_the_lock_is_released():
    lock, native = ExclusiveUse(), Native()
    lock.holder = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        lock.run(native, "result", native.work)
    assert lock.interrupted == "result"


def test_an_exception_as_the_lock_is_taken_leaves_it_to_any_thread():
    lock, native = ExclusiveUse(), Native()
    lock.holder = Interrupting()
    lock.holder.begins = True
    with pytest.raises(KeyboardInterrupt):
        lock.run(native, "result", native.work)
    assert not lock.holder
    assert lock.interrupted is None


def test_a_call_that_is_refused_leaves_the_lock_to_who_holds_it():
    lock, native = ExclusiveUse(), Native()
    lock.holder["thread"] = threading.get_ident() + 1
    with pytest.raises(DeviceError, match="at work for another thread"):
        lock.run(native, "result", native.work)
    assert lock.holder
    assert not native.batches


@pytest.mark.parametrize("device", ["cpu", "golden"])
def test_nothing_of_a_former_call_is_kept_for_one_that_did_not_begin(
    device: str, monkeypatch: pytest.MonkeyPatch, seed: int
):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    tape = np.resize(random_tape(seed, 2000, SYMBOLS), LONG[device])
    try:
        with opened(device) as session:
            signal.setitimer(signal.ITIMER_REAL, 0.005)
            with pytest.raises(KeyboardInterrupt):
                session.process(tape)
            assert session.interrupted is not None
            monkeypatch.setattr(session_module, "checked_events", interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.process(tape)
            assert session.interrupted is None
    finally:
        signal.signal(signal.SIGALRM, before)
