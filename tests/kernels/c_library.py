"""The C library through ctypes, for tests: its functions, and structs as its header has them."""

import ctypes
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone import paths
from hydrophone_model.records import EVENT, RESULT

LIBRARY = ctypes.CDLL(str(paths.library()))
OK, ARGUMENT, CONFIG, FILE, BAD_EVENT, BUSY, ISA = range(7)


class Options(ctypes.Structure):
    _fields_ = (("struct_size", c_uint32), ("alert_capacity", c_uint32), ("isa", c_char_p))


class Key(ctypes.Structure):
    _fields_ = (
        ("struct_size", c_uint32), ("settable", c_uint32), ("name", c_char_p),
        ("meaning", c_char_p), ("low", c_int64), ("high", c_int64), ("power_of_two", c_uint32),
        ("reserved", c_uint32),
    )  # fmt: skip


class Counters(ctypes.Structure):
    _fields_ = (
        ("struct_size", c_uint32), ("waiting", c_uint32), ("events", c_uint64),
        ("alerts", c_uint64), ("late", c_uint64), ("dropped", c_uint64), ("pushed", c_uint64),
    )  # fmt: skip


class Snapshot(ctypes.Structure):
    _fields_ = (
        ("struct_size", c_uint32), ("symbol", c_uint16), ("known", c_uint8), ("side", c_uint8),
        ("time_ns", c_uint64), ("price", c_uint32), ("parent_size", c_uint32), ("kind", c_uint8),
        ("reserved", c_uint8 * 3), ("score", c_uint16), ("flags", c_uint16),
        ("heads", c_uint16 * 4), ("thresholds", c_uint32 * 4), ("episode", c_uint16 * 2),
        ("padding", c_uint32),
    )  # fmt: skip


STRUCTS = {
    "hydrophone_options": Options, "hydrophone_key": Key, "hydrophone_counters": Counters,
    "hydrophone_snapshot": Snapshot,
}  # fmt: skip

for name, result, arguments in (
    ("version", c_char_p, ()),
    ("abi_version", c_uint32, ()),
    ("last_error", c_char_p, ()),
    ("status_name", c_char_p, (c_int,)),
    ("isa", c_char_p, (c_size_t,)),
    ("config_create", c_int, (c_char_p, POINTER(c_void_p))),
    ("config_read", c_int, (c_char_p, c_size_t, POINTER(c_void_p))),
    ("config_set", c_int, (c_void_p, c_char_p, c_int64)),
    ("config_get", c_int, (c_void_p, c_char_p, POINTER(c_int64))),
    ("config_key", c_int, (c_size_t, POINTER(Key))),
    ("config_free", None, (c_void_p,)),
    ("open", c_int, (c_void_p, POINTER(Options), POINTER(c_void_p))),
    ("process", c_int, (c_void_p, c_void_p, c_size_t, c_void_p)),
    ("push", c_int, (c_void_p, c_void_p, c_void_p)),
    ("poll", c_int, (c_void_p, c_void_p, c_size_t, POINTER(c_size_t))),
    ("get_counters", c_int, (c_void_p, POINTER(Counters))),
    ("get_snapshot", c_int, (c_void_p, c_uint32, POINTER(Snapshot))),
    ("reset", c_int, (c_void_p,)),
    ("close", c_int, (c_void_p,)),
):
    function = getattr(LIBRARY, f"hydrophone_{name}")
    function.restype, function.argtypes = result, arguments


def call(name: str, *arguments: Any) -> Any:
    """Calls a function of the library."""
    return getattr(LIBRARY, f"hydrophone_{name}")(*arguments)


def last_error() -> str:
    return call("last_error").decode()


def succeed(name: str, *arguments: Any) -> None:
    """Calls a function, which must not fail."""
    status = call(name, *arguments)
    assert status == OK, f"hydrophone_{name}: {call('status_name', status)}: {last_error()}"


def config(preset: str = "default", **values: int) -> c_void_p:
    """A configuration with some keys set; dots in them are written as two underscores."""
    handle = c_void_p()
    succeed("config_create", preset.encode(), ctypes.byref(handle))
    for key, value in values.items():
        succeed("config_set", handle, key.replace("__", ".").encode(), value)
    return handle


def opened(handle: c_void_p, *, capacity: int = 0, isa: str | None = None) -> c_void_p:
    """A session; the configuration is freed."""
    session = c_void_p()
    options = Options(ctypes.sizeof(Options), capacity, isa and isa.encode())
    succeed("open", handle, ctypes.byref(options), ctypes.byref(session))
    call("config_free", handle)
    return session


def process(session: c_void_p, events: NDArray[np.void]) -> NDArray[np.void]:
    results = np.empty(events.size, RESULT.dtype)
    succeed("process", session, events.ctypes.data, events.size, results.ctypes.data)
    return results


def push(session: c_void_p, event: NDArray[np.void]) -> NDArray[np.void]:
    assert event.dtype == EVENT.dtype
    result = np.empty(1, RESULT.dtype)
    succeed("push", session, event.ctypes.data, result.ctypes.data)
    return result


def poll(session: c_void_p, capacity: int = 1 << 16) -> NDArray[np.void]:
    alerts, count = np.empty(capacity, RESULT.dtype), c_size_t()
    succeed("poll", session, alerts.ctypes.data, capacity, ctypes.byref(count))
    return alerts[: count.value].copy()


def counters(session: c_void_p) -> Counters:
    counted = Counters(ctypes.sizeof(Counters))
    succeed("get_counters", session, ctypes.byref(counted))
    return counted


def snapshot(session: c_void_p, symbol: int) -> Snapshot:
    found = Snapshot(ctypes.sizeof(Snapshot))
    succeed("get_snapshot", session, symbol, ctypes.byref(found))
    return found
