"""Publisher: the writer of a shared-memory segment, from its file to its end."""

import fcntl
import mmap
import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from hydrophone import _kernels
from hydrophone.shared_memory.errors import SharedMemoryError
from hydrophone_model.config import DesignConfig
from hydrophone_model.shared_memory import (
    HEADER,
    MAGIC,
    NAME_BYTES,
    VERSION,
    Segment,
    WriterState,
    layout_hash,
)
from hydrophone_model.state import unpack
from hydrophone_model.whale.alert import AlertParams

if TYPE_CHECKING:
    from hydrophone.decisions import Decisions

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OURS = stat.S_IRUSR | stat.S_IWUSR


class Publisher:
    """Publishes results to the other processes of this user.

    One publisher a name: a second one is refused while the first runs. What a publisher that was
    killed has left is replaced, and its readers are told. Used by one thread at a time.

    Args:
        name: Name of the segment; or an absolute path.
        config: Configuration of the session whose results are published.
        symbols: Names of the symbols; `add_symbols` takes more.
        alert_slots: Alerts that the ring holds, a power of two: who reads later misses some.
        thresholds: Thresholds of the alert block, shape (classes, kinds), raw: of a session that
            begins anew those of its configuration, which None stands for. An empty sequence: they
            are not known.

    Raises:
        SharedMemoryError: Another process publishes under the name, or the file cannot be made.
        ValueError: ``alert_slots`` is out of range.
    """

    def __init__(
        self,
        name: str | os.PathLike[str],
        config: DesignConfig,
        *,
        symbols: Iterable[str] = (),
        alert_slots: int = 4096,
        thresholds: Iterable[Iterable[int]] | None = None,
    ) -> None:
        alert = config.pipeline.alert
        self._layout = Segment(config.pipeline.symbols, alert_slots)
        self.path = segment_path(name)
        """The segment's file."""
        self.symbols: list[str] = []
        """Names of the symbols so far."""
        self._process = os.getpid()
        self._lock = _locked(self.path)
        try:
            memory = self._replaced_segment(_next_generation(self._lock))
            self._writer: _kernels.SharedWriter | None = _kernels.SharedWriter(
                np.frombuffer(memory, np.uint8), alert, _flat(alert, thresholds)
            )
        except BaseException:
            os.close(self._lock)
            raise
        self.add_symbols(symbols)

    def publish(self, results: NDArray[np.void], decisions: "Decisions | None" = None) -> None:
        """Publishes results, in order; with decisions on the same events, the last one's ranks.

        Alerts are written at once, the snapshot of each symbol with its last result.

        Args:
            results: Shape (n,), dtype `hydrophone_model.records.RESULT`, contiguous.
            decisions: What the session decided on the same events.

        Raises:
            TypeError: An array of another dtype.
            ValueError: An array of another shape or strided.
            SharedMemoryError: The publisher is closed.
        """
        writer = self._open_writer()
        writer.publish(results)
        if decisions is not None and len(decisions.records):
            last = decisions.records[-1]
            writer.rank(last["rank"], bool(last["decided"]), int(last["best"]))

    def add_symbols(self, names: Iterable[str]) -> None:
        """Names the next symbols; more than the configuration has are left out."""
        writer = self._open_writer()
        for name in names:
            text = name.encode(errors="replace")[:NAME_BYTES].decode(errors="ignore")
            if writer.name(text.encode()):
                self.symbols.append(name)

    def reconfigure(
        self, config: DesignConfig, *, thresholds: Iterable[Iterable[int]] | None = None
    ) -> None:
        """Follows a session that was reset, reconfigured, or given another state.

        Args:
            config: The configuration in force.
            thresholds: As of the constructor.
        """
        alert = config.pipeline.alert
        self._open_writer().set_rule(alert, _flat(alert, thresholds))

    def heartbeat(self) -> None:
        """Tells readers that it lives; `publish` does so too."""
        self._open_writer().heartbeat()

    def close(self, *, failed: bool = False) -> None:
        """Ends the segment: readers are told how, and its name is free; closing twice is allowed.

        Args:
            failed: Whether something went wrong.
        """
        writer, self._writer = self._writer, None
        # The child of a fork has the parent's publisher, which is not its to end.
        if writer is None or os.getpid() != self._process:
            return
        writer.end(WriterState.FAILED if failed else WriterState.ENDED)
        with suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self._lock)

    def _open_writer(self) -> _kernels.SharedWriter:
        if self._writer is None:
            raise SharedMemoryError(f"the publisher of {self.path} is closed: make a new one")
        return self._writer

    def _replaced_segment(self, generation: int) -> mmap.mmap:
        """Memory of a new segment, in the place of what a publisher that is gone has left."""
        draft = self.path.with_name(f".{self.path.name}.new")
        try:
            draft.unlink(missing_ok=True)
            memory = _new_memory(draft, self._layout.size)
            memory[: HEADER.size] = self._header(generation).tobytes()
            _tell_replaced(self.path)
            draft.rename(self.path)
        except OSError as error:
            raise SharedMemoryError(f"cannot publish in {self.path}: {error.strerror}") from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        return memory

    def _header(self, generation: int) -> NDArray[np.void]:
        header = np.zeros(1, HEADER.dtype)
        header["magic"], header["layout_hash"], header["version"] = MAGIC, layout_hash(), VERSION
        header["symbols"] = self._layout.symbols
        header["alert_slots"], header["size"] = self._layout.alert_slots, self._layout.size
        header["pid"] = self._process
        header["pid_start"] = _kernels.process_start(self._process)
        header["generation"], header["created_ns"] = generation, time.time_ns()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")
        header["boot_id"] = np.frombuffer(bytes.fromhex(boot), np.uint8)
        header["state"] = WriterState.RUNNING
        return header

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(failed=error is not None)

    def __repr__(self) -> str:
        return f"<Publisher in {self.path}, {self._layout.symbols} symbols>"


def thresholds_of(state: bytes) -> NDArray[np.int64]:
    """Thresholds of the alert block in what `hydrophone.Session.export_state` gave of all classes.

    Raises:
        StateError: It is no state.
    """
    records = unpack(state).sections["pipeline.class"].records
    return records["alert.threshold"].astype(np.int64)


def segment_path(name: str | os.PathLike[str]) -> Path:
    """The file of a segment: ``/dev/shm/hydrophone-USER-NAME``; an absolute path names itself.

    Raises:
        SharedMemoryError: Neither a name nor an absolute path.
    """
    text = os.fspath(name)
    if text.startswith("/"):
        return Path(text)
    if not _NAME.fullmatch(text):
        raise SharedMemoryError(
            f"{text} is no name: use 1 to 64 letters, digits, dots, lines and underscores, or an "
            "absolute path"
        )
    return Path(f"/dev/shm/hydrophone-{os.geteuid()}-{text}")


def _flat(alert: AlertParams, thresholds: Iterable[Iterable[int]] | None) -> list[int]:
    if thresholds is None:
        thresholds = [alert.first_thresholds] * alert.classes
    return [int(threshold) for row in thresholds for threshold in row]


def _locked(path: Path) -> int:
    """The lock of a name, held: an open file, which the system releases when the process ends.

    It is a file of its own, which stays: a segment's file is replaced, and a lock on it with it.

    Raises:
        SharedMemoryError: Another publisher holds it, or it cannot be made.
    """
    place = path.with_name(f".{path.name}.lock")
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        lock = os.open(place, flags, _OURS)
    except OSError as error:
        raise SharedMemoryError(f"cannot publish in {path}: {place}: {error.strerror}") from error
    try:
        _check_owner(lock, place)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SharedMemoryError(
            f"another process{_writer_of(path)} publishes in {path}: stop it, or use another name"
        ) from None
    except BaseException:
        os.close(lock)
        raise
    return lock


def _check_owner(file: int, path: Path) -> None:
    """Refuses an open file that is not this user's own alone.

    Raises:
        SharedMemoryError: It is not.
    """
    status = os.fstat(file)
    own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
    if not own or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SharedMemoryError(
            f"{path} is not yours: it is no file, another user's, or others may open it: remove it "
            "or use another name"
        )


def _next_generation(lock: int) -> int:
    """Counts the segments of a name, in its lock's file."""
    text = os.pread(lock, 20, 0)
    generation = int(text) + 1 if text.isdigit() else 1
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(generation).encode(), 0)
    return generation


def _new_memory(path: Path, size: int) -> mmap.mmap:
    """Memory of a new file of that size, all zero."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OURS)
    try:
        os.fchmod(file, _OURS)
        # Reserved, not only sized: a full file system is found now, not by a signal later.
        os.posix_fallocate(file, 0, size)
        return mmap.mmap(file, size)
    finally:
        os.close(file)


def _opened_segment(path: Path) -> tuple[int, np.void] | None:
    """The segment in a place, open, with its header; None where there is nothing.

    Raises:
        SharedMemoryError: Something else is in its place, which is left alone.
    """
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        file = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SharedMemoryError(f"cannot publish in {path}: {error.strerror}") from error
    try:
        _check_owner(file, path)
        data = os.pread(file, HEADER.size, 0)
        header = np.frombuffer(data.ljust(HEADER.size, b"\0"), HEADER.dtype)[0]
        if header["magic"] != MAGIC:
            raise SharedMemoryError(f"{path} is no segment: remove it, or use another name")
    except BaseException:
        os.close(file)
        raise
    return file, header


def _writer_of(path: Path) -> str:
    """The process that publishes in a place, for a message."""
    with suppress(SharedMemoryError):
        found = _opened_segment(path)
        if found is not None:
            os.close(found[0])
            return f" ({found[1]['pid']})"
    return ""


def _tell_replaced(path: Path) -> None:
    """Tells readers of what a publisher that is gone has left that they wait in vain."""
    found = _opened_segment(path)
    if found is None:
        return
    file, header = found
    try:
        if header["layout_hash"] == layout_hash():
            os.pwrite(file, int(WriterState.REPLACED).to_bytes(8, "little"), HEADER.offset("state"))
    finally:
        os.close(file)
