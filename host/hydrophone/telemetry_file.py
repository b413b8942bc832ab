"""Telemetry file: the latest snapshot of a running process, for other processes of its user.

A file in memory, replaced as a whole: a reader finds one snapshot or the next, never half of one,
and nobody waits for anybody. It lies in a folder that belongs to the user alone.
"""

import fcntl
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, cast

from hydrophone.telemetry import VERSION
from hydrophone_model.errors import RequestError

PERIOD = 0.5
"""Seconds from one snapshot to the next."""
STALE = 5.0
"""Seconds without a snapshot after which its writer is taken to hang."""
_LARGEST = 16 << 20
_ENDING = ".telemetry.json"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")


class TelemetryError(RequestError):
    """Telemetry that cannot be written or read; the message says why, and what to do."""


def folder() -> Path:
    """Where snapshots lie: ``$XDG_RUNTIME_DIR/hydrophone``, else a folder in shared memory."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if Path(runtime).is_absolute() and Path(runtime).is_dir():
        return Path(runtime) / "hydrophone"
    shared = Path("/dev/shm")
    base = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"hydrophone-{os.geteuid()}"


def process_start(pid: int) -> int | None:
    """When a process began, in ticks since the system did; None of one that is not there."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *fields = line.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


class TelemetryFile:
    """Writes snapshots under a name until it is left; the last one stays and says how it ended.

    Args:
        name: Letters, digits, ``_``, ``.`` and ``-``.
        snapshot: Makes a snapshot; called by a thread of its own.

    Raises:
        TelemetryError: The name is none, or another process writes under it.
    """

    def __init__(self, name: str, snapshot: Callable[[], dict[str, Any]]) -> None:
        self._path = _path(name)
        self._name, self._snapshot = name, snapshot
        self._draft = self._path.with_suffix(f".{os.getpid()}")
        self._start = process_start(os.getpid())
        self._over = Event()
        self._thread = Thread(target=self._write_on, name="telemetry", daemon=True)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_folder(self._path.parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._lock = os.open(self._path.with_suffix(".lock"), flags, 0o600)
        except OSError as error:
            raise TelemetryError(
                f"telemetry cannot be written to {self._path}: {error.strerror}; XDG_RUNTIME_DIR "
                "names another folder"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise TelemetryError(
                f"another process writes telemetry as {name}: give this one another name"
            ) from error

    def __enter__(self) -> Self:
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        with suppress(TelemetryError):
            self._write()
        os.close(self._lock)

    def _write_on(self) -> None:
        while not self._over.wait(PERIOD):
            # A full disk loses a snapshot, not the run.
            with suppress(TelemetryError):
                self._write()

    def _write(self) -> None:
        record = {"name": self._name, "process_start": self._start, **self._snapshot()}
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self._draft, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump(record, file)
            self._draft.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                self._draft.unlink()
            raise TelemetryError(
                f"telemetry cannot be written to {self._path}: {error.strerror}"
            ) from error


def names() -> list[str]:
    """Names under which there is a snapshot, the latest first."""
    found: list[tuple[float, str]] = []
    with suppress(OSError):
        for path in folder().glob(f"*{_ENDING}"):
            with suppress(OSError):
                found.append((path.stat().st_mtime, path.name.removesuffix(_ENDING)))
    return [name for _, name in sorted(found, reverse=True)]


def read(name: str) -> dict[str, Any]:
    """The latest snapshot of a name; its ``state`` is ``gone`` if the writer died, or ``stuck``.

    Raises:
        TelemetryError: There is none, or none that can be trusted or understood.
    """
    path = _path(name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        others = ", ".join(names()[:5])
        raise TelemetryError(
            f"nothing runs as {name}: "
            + (f"there is {others}" if others else "start `hydrophone listen --telemetry NAME …`")
        ) from error
    except OSError as error:
        raise TelemetryError(f"{path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid():
            raise TelemetryError(f"{path} is no file of this user: remove it")
        if about.st_size > _LARGEST:
            raise TelemetryError(f"{path} has {about.st_size:,} bytes, which is no snapshot")
        data = file.read(_LARGEST)
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TelemetryError(f"{path} holds no snapshot: {error}") from error
    record = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if record.get("version") != VERSION:
        raise TelemetryError(
            f"{path} is of another version than {VERSION}, which this one reads: use the same "
            "version of hydrophone on both sides"
        )
    return _with_state(record)


def _with_state(record: dict[str, Any]) -> dict[str, Any]:
    if record["state"] == "running":
        if process_start(record["pid"]) != record["process_start"]:
            record["state"] = "gone"
        elif time.time() - record["time"] > STALE:
            record["state"] = "stuck"
    return record


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise TelemetryError(
            f"{name!r} is no name of a run: use letters, digits, _, . and -, at most 64"
        )
    return folder() / f"{name}{_ENDING}"


def _check_folder(path: Path) -> None:
    about = path.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise TelemetryError(
            f"{path} must be a folder of this user alone (mode 0700): remove it, or name another "
            "in XDG_RUNTIME_DIR"
        )
