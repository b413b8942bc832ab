"""Calls that real signals interrupt: each must be whole, or not have happened.

python -m tests.host.scripts.interrupts DEVICE SEED; the history that the session tells of itself
is repeated on a second session, and both must agree to the last bit.
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import EVENT, Combination, Decisions, DesignConfig, Session

EVENTS = {"cpu": 60_000, "golden": 60, "rtl": 200}
ENOUGH = 4
"""Batches to be interrupted; `ROUNDS` are tried at least, and no more than `MOST`."""
ROUNDS, MOST = 25, 500
CONFIG = DesignConfig.build(
    {"symbols": 16, "classes": 4, "alert": {"budget": 100_000}, "repeat": {"slots": 16},
     "fusion": {"candidates": 4}},
    name="small",
)  # fmt: skip
OTHER = replace(
    CONFIG,
    pipeline=replace(CONFIG.pipeline, parent=replace(CONFIG.pipeline.parent, gap_ns=5000)),
    fusion=replace(CONFIG.fusion, combination=int(Combination.RANK_AVERAGE)),
)


def interrupted(call: Callable[[], object], after: float) -> bool:
    try:
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        return True
    return False


def seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def main() -> None:
    device, seed = sys.argv[1], int(sys.argv[2])
    rng = np.random.default_rng(seed)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    session = hydrophone.open(device, CONFIG)
    twin = hydrophone.open("cpu" if device == "cpu" else "golden", CONFIG)
    # The fusion's hardware takes long to build.
    fuses = device != "rtl"
    tape = np.resize(random_tape(seed, 4000, 16), EVENTS[device])
    scores = rng.standard_normal((700 if device == "cpu" else 60, 8, 4))
    outcome = rng.standard_normal(scores.shape[::2])
    # Signals are to meet a call however fast device and machine are.
    length = min(seconds(partial(session.process, tape)) for _ in range(3))
    for _ in range(3):
        twin.process(tape)
    stopped = rescued = rounds = 0
    while rounds < ROUNDS or (rounds < MOST and (stopped < ENOUGH or not rescued)):
        rounds += 1
        before = session.counters.events
        session.process(tape[:0])
        stop = interrupted(lambda: session.process(tape), rng.uniform(0, length))
        counted = session.counters.events - before
        assert counted in (0, tape.size), f"{counted} of {tape.size} events"
        assert stop or counted, "a call that returned did not happen"
        if counted:
            wanted = twin.process(tape)
            if session.interrupted is not None:
                assert isinstance(session.interrupted, np.ndarray)
                assert session.interrupted.tobytes() == wanted.tobytes()
                rescued += 1
        else:
            assert session.interrupted is None
        stopped += stop
    print(f"{stopped} of {rounds} batches interrupted, results of {rescued} kept")
    assert stopped >= ENOUGH
    assert rescued > 0
    few = tape[:50]
    said = session.process(few)
    assert said.tobytes() == twin.process(few).tobytes()

    if fuses:
        for count in (3, len(scores)):
            calls = [
                partial(each.fuse, scores[:count], outcome=outcome[:count])
                for each in (session, twin)
            ]
            follow(rng, calls[0], calls[1], session)
        follow(rng, partial(session.decide, few, said), partial(twin.decide, few, said), session)
    for _ in range(10):
        interrupted(session.reset, rng.uniform(0, 2e-4))
        if session.counters.events:
            session.reset()
        interrupted(lambda: session.reconfigure(OTHER), rng.uniform(0, 2e-4))
        twin.reset()
        twin.reconfigure(session.config)
        assert session.config in (CONFIG, OTHER)
        assert session.process(few).tobytes() == twin.process(few).tobytes()
        if fuses:
            told, wanted = (each.fuse(scores, outcome=outcome) for each in (session, twin))
            assert np.array_equal(told.records, wanted.records)
        session.reconfigure(CONFIG)
        twin.reconfigure(CONFIG)


def follow(
    rng: np.random.Generator, call: Callable[[], Decisions], twin: Callable[[], Decisions],
    session: Session,
) -> None:  # fmt: skip
    """What a call has taught shows in the next one: whether it happened, and if so all of it."""
    for _ in range(12):
        session.process(np.zeros(0, EVENT.dtype))
        interrupted(call, rng.uniform(0, 3e-3))
        kept = session.interrupted
        told, wanted = call().records, twin().records
        if not np.array_equal(told, wanted):
            assert kept is None or isinstance(kept, Decisions)
            assert kept is None or np.array_equal(kept.records, wanted)
            assert np.array_equal(told, twin().records), "a part of a call has happened"


main()
