"""The C library: equal to sessions in Python, errors by status and message, one thread a handle."""

import ctypes
import subprocess
import threading
from contextlib import suppress
from ctypes import byref, c_int64, c_size_t, c_void_p

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.kernels import c_library as c

import hydrophone
from hydrophone import ConfigError, DesignConfig, paths
from hydrophone.engine import isas
from hydrophone_model import c_config
from hydrophone_model.config import PRESETS
from hydrophone_model.records import EVENT, RESULT

TINY = {"symbols": 16, "classes": 4}


@pytest.mark.parametrize("preset", PRESETS)
def test_results_alerts_and_counters_are_those_of_python(preset: str, seed: int):
    symbols = DesignConfig.preset(preset).pipeline.symbols
    events = random_tape(seed, 20_000, min(symbols, 40))
    session = c.opened(c.config(preset))
    with hydrophone.open("cpu", config=preset) as ours:
        wanted = ours.process(events)
        assert np.array_equal(c.process(session, events[:7001]), wanted[:7001])
        succeeded = c.call("process", session, events[7001:].ctypes.data, events.size - 7001, None)
        assert succeeded == c.OK
        assert np.array_equal(c.poll(session), hydrophone.alerts(wanted))
        counted = c.counters(session)
        assert (counted.events, counted.alerts, counted.late) == (
            ours.counters.events, ours.counters.alerts, ours.counters.late,
        )  # fmt: skip
        last = {int(result["symbol"]): result for result in wanted}
    for symbol, result in last.items():
        seen = c.snapshot(session, symbol)
        names = ("time_ns", "price", "parent_size", "side", "kind", "score", "flags")
        assert {n: getattr(seen, n) for n in names} == {n: int(result[n]) for n in names}
        assert list(seen.heads) == result["heads"].tolist()
        assert seen.known == 1
        assert bool(seen.episode[seen.side]) >= bool(int(result["flags"]) & 1)
    c.succeed("close", session)


@pytest.mark.parametrize("isa", isas().available)
def test_every_instruction_set_can_be_named(isa: str, seed: int):
    events = random_tape(seed, 500, 16)
    session = c.opened(c.config("small"), isa=isa)
    with hydrophone.open("cpu", config="small") as ours:
        assert np.array_equal(c.process(session, events), ours.process(events))
    c.succeed("close", session)
    assert isa.encode() in [c.call("isa", n) for n in range(8)]


def test_pushes_are_numbered_and_reset_forgets(seed: int):
    events = random_tape(seed, 300, 8)
    session = c.opened(c.config("small"))
    with hydrophone.open("cpu", config="small") as ours:
        for again in range(2):
            for event in events:
                fields = {n: event[n] for n in ("time_ns", "price", "size", "symbol", "side")}
                wanted = ours.push(**fields)
                assert c.push(session, np.array([event], EVENT.dtype))[0] == wanted, again
            assert c.counters(session).pushed == events.size
            c.succeed("reset", session)
            ours.reset()
            assert c.counters(session).events == 0
            assert c.snapshot(session, int(events[0]["symbol"])).known == 0
    c.succeed("close", session)


def test_thresholds_are_the_models_after_the_same_events(seed: int):
    from hydrophone_model.formats import TAIL
    from hydrophone_model.whale.alert import THRESHOLD
    from hydrophone_model.whale.pipeline import PipelineModel

    events = random_tape(seed, 400, 16)
    session = c.opened(c.config("small"))
    c.process(session, events)
    model = PipelineModel(DesignConfig.preset("small").pipeline)
    first = model.params.alert.first_thresholds
    falls = model.params.alert.falls
    counts = np.bincount(events["symbol"] % 4, minlength=4)
    alerted = {int(a["symbol"]) % 4 for a in c.poll(session)}
    quiet = [group for group in range(4) if group not in alerted]
    for group in quiet:
        want = [
            max(f - fall * int(counts[group]), 0) >> (THRESHOLD.fraction - TAIL.fraction)
            for f, fall in zip(first, falls, strict=True)
        ]
        assert list(c.snapshot(session, group).thresholds) == want
    assert quiet
    c.succeed("close", session)


def test_a_full_queue_drops_the_newest_and_counts(seed: int):
    events = random_tape(seed, 20_000, 8)
    session = c.opened(c.config(), capacity=3)
    wanted = hydrophone.alerts(c.process(session, events))
    assert len(wanted) > 4
    assert c.counters(session).dropped == len(wanted) - 3
    assert np.array_equal(c.poll(session, 2), wanted[:2])
    assert np.array_equal(c.poll(session, 2), wanted[2:3])
    assert c.counters(session).waiting == 0
    c.succeed("close", session)


def test_keys_are_accepted_and_refused_as_by_the_model(seed: int):
    """Both sides try the same values, alone and together with what they must fit."""
    rng = np.random.default_rng(seed)
    keys = [key for key in c_config.configuration_keys() if key.members]
    base = {"volume.minimum": 2, "correlation.minimum": 2, "classes": 1}
    for key in keys:
        limits = key.limits
        low, high = limits.low, limits.high
        for value in {low - 1, low, high, high + 1, low + 2, int(rng.integers(low, high + 1))}:
            handle = c.config("default")
            tables: dict = {"classes": 1, "volume": {"minimum": 2}, "correlation": {"minimum": 2}}
            values = {**base, key.name: value}
            table, _, name = key.name.rpartition(".")
            target = tables.setdefault(table, {}) if table else tables
            target[name] = value
            said = [c.call("config_set", handle, k.encode(), v) for k, v in values.items()]
            session = c_void_p()
            accepted = not any(said) and not c.call("open", handle, None, byref(session))
            wanted: dict | None = None
            with suppress(ConfigError):
                wanted = dict(c_config.scalars(DesignConfig.build(tables, name="x").pipeline))
            assert accepted == (wanted is not None), (key.name, value, c.last_error())
            if wanted is not None:
                read = c_int64()
                c.succeed("config_get", handle, key.name.encode(), byref(read))
                assert read.value == value == wanted[key.members[0]]
                c.succeed("close", session)
            else:
                assert f"{key.name} = {value} is not allowed: use" in c.last_error()
            c.call("config_free", handle)


def test_what_keys_must_fit_is_said_when_a_session_opens():
    handle, session = c.config("small", classes=32), c_void_p()
    assert c.call("open", handle, None, byref(session)) == c.CONFIG
    assert c.last_error() == "classes = 32 is not allowed: use at most 16, symbols"
    c.call("config_free", handle)


def test_a_key_changes_results_as_in_python(seed: int):
    events = random_tape(seed, 3000, 32)
    session = c.opened(c.config(symbols=32, parent__gap_ns=5, alert__hold=3, volume__loud=100))
    tables = {"symbols": 32, "parent": {"gap_ns": 5}, "alert": {"hold": 3}, "volume": {"loud": 100}}
    with hydrophone.open("cpu", config=DesignConfig.build(tables, name="x")) as ours:
        assert np.array_equal(c.process(session, events), ours.process(events))
    c.succeed("close", session)


def test_a_configuration_file_carries_what_follows_from_keys(seed: int):
    events = random_tape(seed, 3000, 16)
    tables = {"preset": "small", "alert": {"budget": 20_000}, "entropy": {"window": 32}}
    config = DesignConfig.build(tables, name="mine")
    data, handle = c_config.binary(config), c_void_p()
    c.succeed("config_read", data, len(data), byref(handle))
    session = c.opened(handle)
    with hydrophone.open("cpu", config=config) as ours:
        assert np.array_equal(c.process(session, events), ours.process(events))
    c.succeed("close", session)
    refused = c.config()
    assert c.call("config_set", refused, b"alert.budget", 5) == c.CONFIG
    assert "alert.budget = 5 cannot be set here" in c.last_error()
    c.call("config_free", refused)


def test_damaged_configuration_files_are_refused(seed: int):
    rng = np.random.default_rng(seed)
    data, handle = c_config.binary(DesignConfig.preset("small")), c_void_p()
    for size in (0, 7, 27, len(data) - 1):
        assert c.call("config_read", data, size, byref(handle)) == c.FILE
    for place in rng.integers(0, len(data), 200):
        damaged = bytearray(data)
        damaged[place] ^= 1 << rng.integers(8)
        assert c.call("config_read", bytes(damaged), len(data), byref(handle)) == c.FILE
        assert c.last_error().startswith("the configuration file ")
    assert handle.value is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("price", 0, "event 2: price = 0 is not allowed: use 1 ... 4294967295"),
        ("size", 0, "event 2: size = 0 is not allowed: use 1 ... 4294967295"),
        ("symbol", 16, "event 2: symbol = 16 is not allowed: use 0 ... 15"),
        ("side", 2, "event 2: side = 2 is not allowed: use 0 ... 1"),
        ("time_ns", 1 << 63, "event 2: time_ns = 9223372036854775808 is not allowed"),
    ],
)
def test_a_batch_with_an_event_out_of_range_has_not_happened(field: str, value: int, said: str):
    session = c.opened(c.config("small"))
    events = random_tape(1, 5, 8)
    events[2][field] = value
    results = np.zeros(5, RESULT.dtype)
    arguments = (session, events.ctypes.data, 5, results.ctypes.data)
    assert c.call("process", *arguments) == c.BAD_EVENT
    assert c.last_error().startswith(said)
    assert c.counters(session).events == 0
    assert not results["price"].any()
    assert c.call("push", session, events[2:].ctypes.data, None) == c.BAD_EVENT
    assert c.last_error().startswith(said.removeprefix("event 2: "))
    c.succeed("close", session)


def test_null_pointers_sizes_and_names_are_refused():
    session, handle, number = c.opened(c.config("small")), c.config("small"), c_size_t()
    events = random_tape(1, 5, 8)
    tries = [
        ("config_create", b"small", None),
        ("config_read", None, 5, byref(c_void_p())),
        ("config_read", b"abc", 3, None),
        ("config_set", None, b"symbols", 1),
        ("config_set", handle, None, 1),
        ("config_get", handle, b"symbols", None),
        ("config_key", 0, None),
        ("config_key", 1000, byref(c.Key(ctypes.sizeof(c.Key)))),
        ("config_key", 0, byref(c.Key(4))),
        ("open", None, None, byref(c_void_p())),
        ("open", handle, None, None),
        ("open", handle, byref(c.Options(4)), byref(c_void_p())),
        ("process", None, events.ctypes.data, 5, None),
        ("process", session, None, 5, None),
        ("process", session, events.ctypes.data, 5, events.ctypes.data + 8),
        ("process", session, events.ctypes.data, 1 << 62, None),
        ("push", session, None, None),
        ("poll", session, None, 4, byref(number)),
        ("poll", session, None, 0, None),
        ("get_counters", session, None),
        ("get_counters", session, byref(c.Counters(8))),
        ("get_snapshot", session, 16, byref(c.Snapshot(ctypes.sizeof(c.Snapshot)))),
        ("get_snapshot", session, 0, byref(c.Snapshot(2))),
        ("reset", None),
    ]
    for name, *arguments in tries:
        assert c.call(name, *arguments) == c.ARGUMENT, name
        assert c.last_error()
    assert c.call("config_create", b"smal", byref(c_void_p())) == c.CONFIG
    assert c.last_error() == "no preset 'smal': use one of small, default, large"
    assert c.call("config_set", handle, b"gap", 1) == c.CONFIG
    assert c.last_error().startswith("unknown key 'gap': use one of symbols, classes, parent.gap")
    options = c.Options(ctypes.sizeof(c.Options), 0, b"mmx")
    assert c.call("open", handle, byref(options), byref(c_void_p())) == c.ISA
    assert "'mmx' is not available here" in c.last_error()
    c.succeed("process", session, None, 0, None)
    c.succeed("close", session)
    c.succeed("close", None)
    c.call("config_free", handle)
    c.call("config_free", None)
    assert c.call("status_name", 99) == b"unknown status"
    assert c.call("version").decode() == hydrophone.__version__


def test_a_second_thread_is_refused_while_one_is_in_a_call():
    session = c.opened(c.config())
    events = random_tape(3, 1_000_000, 60)
    begun = threading.Event()

    def work() -> None:
        begun.set()
        for _ in range(3):
            while c.call("process", session, events.ctypes.data, events.size, None) == c.BUSY:
                pass

    worker = threading.Thread(target=work)
    worker.start()
    begun.wait()
    said: set[int] = set()
    while worker.is_alive() and c.BUSY not in said:
        counted = c.Counters(ctypes.sizeof(c.Counters))
        said.add(c.call("get_counters", session, byref(counted)))
    assert c.BUSY in said
    assert "another thread is using this handle" in c.last_error()
    worker.join()
    assert c.counters(session).events == 3 * events.size
    c.succeed("close", session)


def test_messages_belong_to_their_thread():
    assert c.call("reset", None) == c.ARGUMENT
    other: list[str] = []
    worker = threading.Thread(target=lambda: other.append(c.last_error()))
    worker.start()
    worker.join()
    assert other == [""]
    assert "session is NULL" in c.last_error()


def test_loading_the_library_runs_nothing_of_ours():
    """Two initialisers, both of the compiler: the second looks at the processor."""
    text = subprocess.run(
        ["readelf", "-SW", str(paths.library())], capture_output=True, text=True, check=True
    ).stdout
    (line,) = (line for line in text.splitlines() if ".init_array" in line)
    assert int(line.split(".init_array")[1].split()[3], 16) <= 16
