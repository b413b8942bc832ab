"""The contract of calls: one thread at a time, whole or not at all, and safe from who else writes.

What a defect would tear down with it, the interpreter, runs in one of its own.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.host.test_contract import DEVICES, OTHER, SMALL, SYMBOLS, Records, opened

from hydrophone import DeviceError, Session
from hydrophone.devices import BACKENDS

SLOW = {"cpu": 1_000_000, "golden": 3000, "rtl": 4000}
"""Events that keep a device at work for some tenths of a second."""


def long_tape(device: str, seed: int) -> Records:
    tape = random_tape(seed, 4000, SYMBOLS)
    return np.resize(tape, SLOW[device])


def twin(session: Session) -> Session:
    """Another session that says the same, and is opened at once."""
    return opened("cpu" if session.device == "cpu" else "golden")


def in_pieces(session: Session, tape: Records) -> bytes:
    pieces = np.array_split(tape, 3)
    return b"".join(session.process(piece).tobytes() for piece in pieces)


def test_a_second_thread_is_refused_and_leaves_no_trace(session: Session, seed: int):
    tape = long_tape(session.device, seed)
    few = tape[:5]
    with twin(session) as other:
        wanted = in_pieces(other, tape)
        said = other.process(few)
    got: list[Records] = []
    worker = threading.Thread(target=lambda: got.append(session.process(tape)))
    calls: list[Callable[[], object]] = [
        lambda: session.push(time_ns=1, price=1, size=1, symbol=0, side=0),
        lambda: session.process(few),
        lambda: session.fuse(np.zeros((8, 16))),
        lambda: session.decide(few, said),
        session.reset,
        lambda: session.reconfigure(OTHER),
        session.close,
    ]
    worker.start()
    for call in calls:
        refused = 0
        while worker.is_alive() and not refused:
            try:
                # Takes over nothing, whenever it comes.
                session.reconfigure(SMALL)
            except DeviceError:
                with pytest.raises(DeviceError, match="at work for another thread: wait until"):
                    call()
                refused += 1
        assert refused, "the batch should have lasted longer"
    assert session.counters.events in (0, tape.size) or session.device == "cpu"
    worker.join()
    assert got[0].tobytes() == wanted
    assert session.counters.events == tape.size
    assert session.config == SMALL
    assert session.process(few).tobytes() == said.tobytes()


def test_a_session_moves_between_threads(session: Session, seed: int):
    tape = random_tape(seed, 40, SYMBOLS)
    with twin(session) as other:
        wanted = in_pieces(other, tape)
    got: list[bytes] = []

    def work(events: Records) -> None:
        got.append(session.process(events).tobytes())

    for piece in np.array_split(tape, 4):
        worker = threading.Thread(target=work, args=(piece,))
        worker.start()
        worker.join()
    assert b"".join(got) == wanted


def test_errors_come_out_of_a_call_as_they_are(session: Session):
    with pytest.raises(ValueError, match="event 0: price = 0") as error:
        session.push(time_ns=1, price=0, size=1, symbol=0, side=0)
    assert error.value.__context__ is None or isinstance(error.value.__context__, Exception)
    session.push(time_ns=1, price=1, size=1, symbol=0, side=0)


@pytest.mark.parametrize("device", DEVICES)
def test_an_interrupted_call_is_whole_or_has_not_happened(device: str, seed: int):
    expect_present(device)
    assert_passes("interrupts", device, str(seed))


@pytest.mark.parametrize("device", ["cpu", "golden"])
def test_nobody_who_writes_meanwhile_harms_the_process(device: str, seed: int):
    expect_present(device)
    assert_passes("writers", device, str(seed))


def test_a_second_interrupt_is_raised_at_once_and_the_batch_ends_by_itself(seed: int):
    assert_passes("impatient", "golden", str(seed))


def expect_present(device: str) -> None:
    absence = next(b.absence for b in BACKENDS if b.name == device)()
    if absence is not None:
        pytest.skip(f"device {device} is absent: {absence}")


def assert_passes(script: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.host.scripts.{script}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=Path(__file__).parents[2],
    )
    print(f"{script}:\n{done.stdout}")
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.fuzz(2)
def test_no_argument_harms_the_process(fuzz_seed: int):
    expect_present("cpu")
    assert_passes("hostile", str(fuzz_seed), "3000")
