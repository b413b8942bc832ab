"""The contract of every device: whichever answers, a session behaves the same, to the last bit."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import ConfigError, DesignConfig, DeviceError, EventError, Session
from hydrophone.devices import BACKENDS
from hydrophone_model.records import EVENT, RESULT, ResultFlag
from hydrophone_model.whale.pipeline import PipelineModel

SYMBOLS = 16
SMALL = DesignConfig.build(
    {
        "symbols": SYMBOLS,
        "classes": 4,
        # Every piece of evidence counts, whatever the presets learn.
        "score": {"weights": [64, 16, 8, 32, 64, 8, 8, 64, 16, 8, 64, 8, 8]},
        "alert": {"budget": 100_000, "hold": 4},
        "repeat": {"slots": 16},
    },
    name="small",
)
OTHER = DesignConfig.build(
    {
        "symbols": SYMBOLS,
        "classes": 4,
        "parent": {"gap_ns": 5_000},
        "volume": {"loud": 64},
        "score": {"weights": [40, 9, 3, 77, 1, 6, 2, 50, 5, 90, 13, 4, 30]},
        "alert": {"budget": 60_000, "hold": 3, "hysteresis": 20, "shares": [16, 80, 100, 60]},
        "repeat": {"slots": 16},
    },
    name="other",
)

Records = NDArray[np.void]


DEVICES = [backend.name for backend in BACKENDS]


def opened(device: str, config: DesignConfig = SMALL) -> Session:
    """A session on a kind of device, if it is present."""
    absence = next(b.absence for b in BACKENDS if b.name == device)()
    if absence is not None:
        pytest.skip(f"device {device} is absent: {absence}")
    return hydrophone.open(device, config)


@pytest.fixture(params=DEVICES)
def passing(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session that a test may close."""
    with opened(request.param) as session:
        yield session


@pytest.fixture
def tape(seed: int) -> Records:
    return random_tape(seed, 1500, SYMBOLS)


def golden(events: Records, config: DesignConfig = SMALL) -> Records:
    return PipelineModel(config.pipeline).process_records(events)


def assert_equal(got: Records, wanted: Records) -> None:
    """Names the first event and field that differ."""
    assert got.dtype == wanted.dtype == RESULT.dtype
    assert got.shape == wanted.shape
    if got.tobytes() == wanted.tobytes():
        return
    for name in RESULT.dtype.names or ():
        differs = np.atleast_2d((got[name] != wanted[name]).T).any(axis=0)
        if differs.any():
            place = int(differs.argmax())
            raise AssertionError(
                f"event {place}: {name} is {got[place][name]}, expected {wanted[place][name]}"
            )


def counted(results: Records) -> tuple[int, int, int, int]:
    flags = results["flags"]
    alerts, late = (int(np.sum(flags & f != 0)) for f in (ResultFlag.ALERT, ResultFlag.LATE))
    return results.size, alerts, late, 0


def counters(session: Session) -> tuple[int, int, int, int]:
    now = session.counters
    return now.events, now.alerts, now.late, now.dropped


def test_it_says_who_it_is(session: Session):
    assert session.device == session.info.name
    assert session.info.detail
    assert session.reason == "asked for by name"
    assert session.config == SMALL
    assert session.device in repr(session)
    assert session.info.detail in repr(session)


def test_results_are_the_golden_models(session: Session, tape: Records):
    before = tape.copy()
    results = session.process(tape)
    assert_equal(results, golden(tape))
    assert np.array_equal(tape, before)
    assert counted(results)[1] > 5, "the tape should raise alerts"
    assert counted(results)[2] > 5, "the tape should hold late events"
    assert np.sum(results["flags"] & ResultFlag.LOUD != 0) > 5, "the tape should hold loud parents"
    assert counters(session) == counted(results)


def test_cuts_between_batches_do_not_matter(session: Session, tape: Records, seed: int):
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.integers(0, tape.size + 1, 12))
    edges = [0, 0, 1, 2, *cuts[cuts > 2].tolist(), tape.size]
    parts = [session.process(tape[a:b]) for a, b in itertools.pairwise(edges)]
    assert_equal(np.concatenate(parts), golden(tape))
    assert counters(session) == counted(golden(tape))


def test_pushes_are_batches_of_one(session: Session, tape: Records):
    tape = tape[:200]
    names = ("time_ns", "price", "size", "symbol", "side")
    pushed = [session.push(**{n: int(event[n]) for n in names}).copy() for event in tape]
    assert_equal(np.array(pushed, RESULT.dtype), golden(tape))
    assert counters(session) == counted(golden(tape))


def test_the_extremes_of_the_wire_pass(session: Session):
    corners = itertools.product(
        [0, 2**63 - 1], [0, 2**63 - 1], [1, 2**32 - 1], [1, 2**32 - 1], [0, SYMBOLS - 1], [0, 1],
        [0, 255], [2**32 - 1],
    )  # fmt: skip
    events = np.array(list(corners) * 3, EVENT.dtype)
    assert_equal(session.process(events), golden(events))


def test_an_empty_batch_is_nothing(session: Session, tape: Records):
    assert session.process(tape[:0]).size == 0
    assert counters(session) == (0, 0, 0, 0)
    assert_equal(session.process(tape), golden(tape))


def test_results_go_into_the_callers_buffer(session: Session, tape: Records):
    buffer = np.full(tape.size + 2, 0xFF, np.uint8).repeat(RESULT.size).view(RESULT.dtype)
    out = buffer[1:-1]
    assert session.process(tape, out) is out
    assert_equal(out, golden(tape))
    assert buffer[[0, -1]].tobytes() == b"\xff" * 2 * RESULT.size


def unaligned(records: Records, by: int = 1) -> Records:
    """The same records at addresses that no number of several bytes may have."""
    memory = np.zeros(records.nbytes + by, np.uint8)
    moved = memory[by:].view(records.dtype)
    moved[:] = records
    return moved


def test_events_are_taken_wherever_they_lie(session: Session, tape: Records):
    wanted = golden(tape[:300])
    field = np.zeros(300, [("before", np.uint8), ("event", EVENT.dtype), ("behind", np.uint8)])
    field["event"] = tape[:300]
    locked = tape[:300].copy()
    locked.flags.writeable = False
    backwards = tape[299::-1].copy()[::-1]
    spread = tape[:300].repeat(3)[::3]
    several = (unaligned(tape[:300]), field["event"], locked, backwards, spread)
    for events in (*several, tape[:300].view(np.recarray)):
        session.reset()
        assert_equal(session.process(events), wanted)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("symbol", SYMBOLS, "event 7: symbol = 16 is not allowed: use 0 … 15, or a configuration"),
        ("price", 0, "event 7: price = 0 is not allowed: use 1 … 4294967295"),
        ("size", 0, "event 7: size = 0 is not allowed: use 1 … 4294967295"),
        ("side", 2, "event 7: side = 2 is not allowed: use 0 … 1"),
        ("time_ns", 2**63, "event 7: time_ns = 9223372036854775808 is not allowed: use 0 … 92"),
        ("sequence", 2**64 - 1, "event 7: sequence = 18446744073709551615 is not allowed: use 0"),
    ],
)
def test_a_bad_event_is_refused_and_leaves_no_trace(
    session: Session, tape: Records, field: str, value: int, message: str
):
    session.process(tape[:500])
    bad = tape[500:520].copy()
    bad[field][7] = value
    bad["side"][9] = 3  # a later fault is not the one to name
    out = np.zeros(bad.size, RESULT.dtype)
    with pytest.raises(EventError, match=message) as refusal:
        session.process(bad, out)
    assert (refusal.value.index, refusal.value.field) == (7, field)
    assert refusal.value.value == value
    assert not out.tobytes().strip(b"\0"), "a refused batch writes nothing"
    assert counters(session) == counted(golden(tape[:500]))
    assert_equal(session.process(tape[500:]), golden(tape)[500:])


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"price": 0}, EventError, "event 0: price = 0 is not allowed: use 1 … 4294967295"),
        ({"price": -1}, EventError, "event 0: price = -1 is not allowed: use 1 …"),
        ({"size": 2**32}, EventError, "event 0: size = 4294967296 is not allowed"),
        ({"time_ns": 2**64}, EventError, "event 0: time_ns = 18446744073709551616 is not allowed"),
        ({"symbol": SYMBOLS}, EventError, "event 0: symbol = 16 is not allowed: use 0 … 15"),
        ({"side": 7}, EventError, "event 0: side = 7 is not allowed: use 0 … 1"),
        ({"price": 1.5}, TypeError, None),
        ({"size": "9"}, TypeError, None),
    ],
)
def test_a_bad_push_is_refused_and_leaves_no_trace(
    session: Session,
    tape: Records,
    values: dict[str, Any],
    error: type[Exception],
    message: str | None,
):
    good = {"time_ns": 5, "price": 3, "size": 2, "symbol": 1, "side": 0}
    with pytest.raises(error, match=message):
        session.push(**{**good, **values})
    assert counters(session) == (0, 0, 0, 0)
    assert session.push(**good)["sequence"] == 0
    session.reset()
    assert_equal(session.process(tape), golden(tape))


class Pretender(np.ndarray):
    """Bytes whose class says that they are events."""

    def __new__(cls, content: bytes) -> "Pretender":
        return np.frombuffer(content, np.uint8).view(cls)

    @property
    def dtype(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride] - a lie
        return EVENT.dtype


def test_wrong_arrays_are_refused_and_leave_no_trace(session: Session, tape: Records):
    out = np.zeros(tape.size, RESULT.dtype)
    locked = out.copy()
    locked.flags.writeable = False
    wrong: list[tuple[Any, Any, type[Exception], str]] = [
        ([1, 2], None, TypeError, "events is a list: give an array of Event records"),
        (np.zeros(3), None, TypeError, "events has dtype float64 and 1 dimensions: give one"),
        (tape.reshape(2, -1), None, TypeError, "and 2 dimensions: give one dimension of"),
        (tape, out[1:], ValueError, "out holds 1499 results for 1500 events: give it the same"),
        (tape, np.zeros(tape.size), TypeError, "out has dtype float64"),
        (tape[:9], out[:18:2], ValueError, "out has a stride of 80 bytes: give it 40"),
        (tape, locked, ValueError, "out is read-only: give an array that can be written"),
        (tape, unaligned(out), ValueError, "out is not aligned: give a whole new array, and copy"),
        (tape, out[::-1], ValueError, "out has a stride of -40 bytes: give it 40"),
        (tape, np.ma.array(out), ValueError, "out has a mask, which would be lost: give its"),
        (np.ma.array(tape), None, ValueError, "events has a mask, .*: give its .compressed()"),
        (tape.astype(tape.dtype.newbyteorder(">")), None, TypeError, "events has dtype .*>u8"),
        (tape.astype(object), None, TypeError, "events has dtype object"),
        (memoryview(tape.tobytes()), None, TypeError, "events is a memoryview: give an array of"),
        (Pretender(tape.tobytes()), None, TypeError, "events has dtype uint8"),
        (None, None, TypeError, "events is a NoneType: give an array of Event records"),
        (tape, [], TypeError, "out is a list: give an array of Result records"),
    ]
    for events, buffer, error, message in wrong:
        with pytest.raises(error, match=message):
            session.process(events, buffer)
    memory = np.zeros(tape.nbytes + out.nbytes, np.uint8)
    events = memory[: tape.nbytes].view(EVENT.dtype)
    events[:] = tape
    with pytest.raises(ValueError, match="out overlaps events: give it memory of its own"):
        session.process(events, memory[8 : 8 + out.nbytes].view(RESULT.dtype))
    assert counters(session) == (0, 0, 0, 0)
    assert_equal(session.process(tape), golden(tape))


def test_reset_forgets_everything(session: Session, tape: Records):
    session.process(tape[:700])
    session.push(time_ns=1, price=1, size=1, symbol=0, side=0)
    session.reset()
    assert counters(session) == (0, 0, 0, 0)
    assert_equal(session.process(tape), golden(tape))
    assert session.push(time_ns=1, price=1, size=1, symbol=0, side=0)["sequence"] == 0


def test_a_beginning_is_that_of_its_reset(session: Session, tape: Records):
    model = PipelineModel(SMALL.pipeline)
    model.configure(OTHER.pipeline)
    session.reconfigure(OTHER)
    assert_equal(session.process(tape), model.process_records(tape))


def test_reconfiguring_keeps_the_state_until_reset(session: Session, tape: Records):
    model = PipelineModel(SMALL.pipeline)
    before = model.process_records(tape[:700])
    model.configure(OTHER.pipeline)
    after = model.process_records(tape[700:])
    assert_equal(session.process(tape[:700]), before)
    session.reconfigure(OTHER)
    assert session.config == OTHER
    assert_equal(session.process(tape[700:]), after)
    assert counters(session) == counted(np.concatenate([before, after]))
    session.reset()
    assert_equal(session.process(tape), golden(tape, OTHER))


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [("momentum", "window", 8), ("realised", "horizon", 1), ("whale_flow", "memory", 3),
     ("fusion", "rate", 3), ("entropy", "window", 32)],
)  # fmt: skip
def test_what_is_not_taken_over_is_refused(
    session: Session, tape: Records, table: str, key: str, value: int
):
    shared = {"symbols": SYMBOLS, "classes": 4, "repeat": {"slots": 16}}
    other = DesignConfig.build({**shared, table: {key: value}}, name="changed")
    session.process(tape[:700])
    with pytest.raises(ConfigError, match=f"{table}.{key} = {value} needs another design, this"):
        session.reconfigure(other)
    assert session.config == SMALL
    assert_equal(session.process(tape[700:]), golden(tape)[700:])


def test_another_design_needs_another_session(session: Session, tape: Records):
    session.process(tape[:700])
    with pytest.raises(
        ConfigError, match="symbols = 64 needs another design, this one has 16: open a new session"
    ):
        session.reconfigure("default")
    assert session.config == SMALL
    assert_equal(session.process(tape[700:]), golden(tape)[700:])


def test_a_closed_session_says_so(passing: Session, tape: Records):
    session = passing
    session.process(tape[:10])
    session.close()
    session.close()
    message = f"device {session.device} is closed: open a new session"
    with pytest.raises(DeviceError, match=message):
        session.process(tape)
    with pytest.raises(DeviceError, match=message):
        session.push(time_ns=1, price=1, size=1, symbol=0, side=0)
    with pytest.raises(DeviceError, match=message):
        session.reset()
    with pytest.raises(DeviceError, match=message):
        session.reconfigure(OTHER)


def test_leaving_the_block_closes(passing: Session, tape: Records):
    session = passing
    with session:
        pass
    with pytest.raises(DeviceError, match="is closed"):
        session.process(tape)


def test_two_sessions_do_not_meet(session: Session, tape: Records):
    with opened(session.device) as other:
        other.process(tape[::-1])
        assert_equal(session.process(tape), golden(tape))


def test_cycles_are_told_for_each_event_where_there_is_a_clock(session: Session, tape: Records):
    session.process(tape[:50])
    if session.info.clocked:
        assert session.cycles is not None
        assert session.cycles.shape == (50,)
        assert session.cycles.min() >= 1
    else:
        assert session.cycles is None
