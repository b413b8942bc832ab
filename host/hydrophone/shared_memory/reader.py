"""Reader of a shared-memory segment: snapshots of symbols, alerts, and how the writer is."""

import time
from collections.abc import Iterator
from operator import index
from os import PathLike, fspath, strerror
from types import TracebackType
from typing import Literal, Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from hydrophone import _kernels
from hydrophone.shared_memory.errors import SharedMemoryError
from hydrophone_model.shared_memory import (
    ALERT,
    HEADER,
    SNAPSHOT,
    VERSION,
    WriterState,
    layout_hash,
)

_OK, _BUSY, _NO_SYMBOL = 0, 2, 3
"""Statuses of hydrophone_shared.h."""
_SYSTEM = 12
_REFUSED = {
    4: "{name} is no name: use 1 to 64 letters, digits, dots, lines and underscores, or an "
    "absolute path",
    5: "nothing is published under {name}: start `hydrophone listen --publish {name}` first",
    6: "{name} is not yours: its segment is a link, no file, another user's, or others may open it",
    7: "{name} is not a segment of Hydrophone",
    8: "{name} has layout version {header[version]}, this reader knows {version}: use the same "
    "release on both sides",
    9: "{name} has the layout {header[layout_hash]:#x}, this reader knows {hash:#x}: use the same "
    "release on both sides",
    10: "{name} is damaged: sizes in its header and the file's own do not fit together",
    11: "the writer of {name}, process {header[pid]}, is gone: start it again, or attach with "
    "stale=True to see what it left",
}
_STATES = {
    WriterState.RUNNING: "running",
    WriterState.ENDED: "ended",
    WriterState.FAILED: "failed",
    WriterState.REPLACED: "replaced",
    5: "gone",
    6: "truncated",
}
State = Literal["running", "ended", "failed", "replaced", "gone", "truncated"]
_POLL_SECONDS = 0.0005
_LIVENESS_SECONDS = 0.2


class SharedReader:
    """An attached segment: reads never block, nor do they make the writer wait.

    Threads may share it. Made by `attach`.

    Args:
        name: Name of the segment, or an absolute path.
        stale: Takes a segment whose writer is gone, too.

    Raises:
        SharedMemoryError: There is no such segment, or it cannot be trusted; the message says why.
    """

    def __init__(self, name: str | PathLike[str], *, stale: bool = False) -> None:
        self.name = fspath(name)
        self._native = _kernels.SharedReader()
        status = self._native.attach(self.name, stale)
        header = np.frombuffer(self._native.header(), HEADER.dtype)[0]
        if status == _SYSTEM:
            why = strerror(self._native.system_error)
            raise SharedMemoryError(f"cannot attach to {self.name}: {why}")
        if status != _OK:
            raise SharedMemoryError(
                _REFUSED[status].format(
                    name=self.name, header=header, version=VERSION, hash=layout_hash()
                )
            )
        self.generation = int(header["generation"])
        """How many segments have been published under the name, this one included."""
        self.pid = int(header["pid"])
        """The writer's process."""
        self.size = int(header["symbols"])
        """Number of symbols that there is room for."""
        self._names: list[str] = []

    def snapshot(self, symbol: SupportsIndex | str) -> np.void:
        """What is known of a symbol: a whole record, as it was behind one of the writer's calls.

        Args:
            symbol: Its index, or its name.

        Returns:
            A copy, dtype `hydrophone_model.shared_memory.SNAPSHOT`; ``version`` 0 and all else
            zero before the symbol's first event.

        Raises:
            KeyError: No symbol of that name, or index.
            SharedMemoryError: The writer stopped in the middle of it, or the reader is closed.
        """
        record = np.empty(1, SNAPSHOT.dtype)
        self._read(self.symbol(symbol) if isinstance(symbol, str) else index(symbol), record)
        return record[0]

    def snapshots(self) -> NDArray[np.void]:
        """Snapshots of all symbols, shape (size,): each whole, one read after the other."""
        records = np.empty(self.size, SNAPSHOT.dtype)
        self._read(0, records)
        return records

    def symbol(self, name: str) -> int:
        """Index of the symbol of that name.

        Raises:
            KeyError: There is none.
        """
        names = self.symbols
        if name not in names:
            raise KeyError(f"no symbol {name!r} is published: there are {', '.join(names[:8])}")
        return names.index(name)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols that have come so far, in the order of their indices."""
        named = min(int(self.header["named"]), self.size)
        for symbol in range(len(self._names), named):
            self._names.append(self._native.name(symbol).decode(errors="replace"))
        return tuple(self._names)

    @property
    def header(self) -> np.void:
        """The header, dtype `hydrophone_model.shared_memory.HEADER`, its counters as of now."""
        self._check_open()
        return np.frombuffer(self._native.header(), HEADER.dtype)[0]

    def alerts(
        self, start: Literal["newest", "oldest"] | SupportsIndex = "newest"
    ) -> "AlertReader":
        """An iterator over alerts, with a place of its own.

        Args:
            start: ``newest``: those to come; ``oldest``: those still in the ring, too; or the
                number of an alert.
        """
        self._check_open()
        if start == "newest":
            return AlertReader(self, self._native.newest())
        if start == "oldest":
            return AlertReader(self, self._native.oldest())
        if isinstance(start, str):
            raise ValueError(f"start is {start!r}: give 'newest', 'oldest' or a number")
        return AlertReader(self, index(start))

    @property
    def state(self) -> State:
        """How the writer is: some system calls, for once in a while.

        ``running``; ``ended`` or ``failed``, as it said; ``gone``, without a word; ``replaced``: a
        new one publishes under the name, attach anew; ``truncated``: the file was cut, read
        nothing more.
        """
        self._check_open()
        return _STATES.get(self._native.writer(), "gone")  # pyright: ignore[reportReturnType]

    @property
    def alive(self) -> bool:
        """Whether the writer runs."""
        return self.state == "running"

    @property
    def silence(self) -> float:
        """Seconds since the writer's last sign of life, to a few milliseconds.

        A writer that waits for events is silent, and lives.
        """
        self._check_open()
        return self._native.silence_ns() / 1e9

    def close(self) -> None:
        """Gives the segment back; closing twice is allowed. No other thread may be reading."""
        self._native.detach()
        self._is_closed = True

    _is_closed = False

    def read_alerts(self, place: int, records: NDArray[np.void]) -> tuple[int, int, int]:
        """Copies alerts from a place on: how many, the next place, and how many were missed."""
        self._check_open()
        return self._native.alerts(place, records)

    def _read(self, first: int, records: NDArray[np.void]) -> None:
        self._check_open()
        if not 0 <= first < self.size:
            raise KeyError(f"no symbol {first}: {self.name} has {self.size}")
        if self._native.snapshots(first, records) == _BUSY:
            raise SharedMemoryError(
                f"the writer of {self.name}, process {self.pid}, has stopped in the middle of a "
                "snapshot: look at `state`, and try again if it is running"
            )

    def _check_open(self) -> None:
        if self._is_closed:
            raise SharedMemoryError(f"the reader of {self.name} is closed: attach anew")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SharedReader of {self.name}, generation {self.generation}, process {self.pid}>"


class AlertReader:
    """Alerts from the ring, in order: an iterator that waits for the next one.

    It ends when the writer has ended, after the last alert.

    Args:
        reader: The segment.
        place: Number of the next alert.

    Attributes:
        missed: Alerts that were overwritten before they were read.
        next: Number of the next alert.
    """

    def __init__(self, reader: SharedReader, place: int) -> None:
        if place < 0:
            raise ValueError(f"alert {place}: numbers begin at 0")
        self._reader = reader
        self.next = place
        self.missed = 0

    def poll(self, most: int = 1024) -> NDArray[np.void]:
        """The alerts that are there, without waiting.

        Args:
            most: Most of them.

        Returns:
            Shape (n,), dtype `hydrophone_model.shared_memory.ALERT`.
        """
        records = np.empty(most, ALERT.dtype)
        count, self.next, missed = self._reader.read_alerts(self.next, records)
        self.missed += missed
        return records[:count]

    def __iter__(self) -> Iterator[np.void]:
        return self

    def __next__(self) -> np.void:
        looked = time.monotonic()
        has_ended = False
        while True:
            found = self.poll(1)
            if found.size:
                return found[0]
            if has_ended:
                raise StopIteration
            now = time.monotonic()
            if now - looked > _LIVENESS_SECONDS:
                # What it wrote before it ended is read once more.
                looked, has_ended = now, not self._reader.alive
            else:
                time.sleep(_POLL_SECONDS)


def attach(name: str | PathLike[str] = "hydrophone", *, stale: bool = False) -> SharedReader:
    """Attaches to what another process publishes in shared memory.

    Args:
        name: What `hydrophone listen --publish` was given, or an absolute path.
        stale: Takes a segment whose writer is gone, too.

    Raises:
        SharedMemoryError: There is no such segment, or it cannot be trusted; the message says why.
    """
    return SharedReader(name, stale=stale)
