"""Alert log writer: appends alerts, each once, and says when they are on the disk."""

import os
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hydrophone.alert_log.slots import (
    RESULT_AT,
    AlertLogError,
    alert_slot,
    header,
    lock_for_writing,
    scan,
    sealed,
)
from hydrophone_model.alert_log import HEADER, NAME_BYTES, SLOT, SYMBOL, SYMBOL_SLOT
from hydrophone_model.records import RESULT


class Sync(Enum):
    """When alerts are on the disk."""

    EACH = "each"
    """Before `append` returns."""
    OFTEN = "often"
    """At most 100 ms later, if alerts go on coming; at `commit` and at the end in any case."""
    END = "end"
    """At `commit` and at the end: a machine that loses power loses what came since."""


_OFTEN = 0.1


class Step(Protocol):
    """A tick or lot, such as `hydrophone.feeds.scale.Step`."""

    @property
    def multiple(self) -> int:
        """How many units of the decimal place."""
        ...

    @property
    def decimals(self) -> int:
        """The decimal place."""
        ...


class AlertLog:
    """Append-only log of alerts: opened again, it goes on where it ended.

    A torn end, of a writer that died, is cut off. Alerts that are in the log already are not
    written again, so that a run may be repeated from any event before the log's end; one that
    contradicts the log is refused.

    Args:
        path: The file; made if it is not there, with the owner's rights alone.
        sync: When alerts are on the disk.
        begin: Sequence number of the first event whose alerts are to come: those of the log from
            there on must come again.

    Attributes:
        torn: Bytes of a torn end that were cut off.
        alerts: Alerts in the log.
        repeated: Alerts that were there already.

    Raises:
        AlertLogError: It is no alert log, damaged, cannot be written, or another process writes it.
    """

    def __init__(self, path: str | Path, *, sync: Sync = Sync.OFTEN, begin: int = 0) -> None:
        self.path, self._sync, self._first = Path(path), sync, begin
        self.alerts = self.repeated = self.torn = 0
        self._symbols = dict[int, bytes]()
        self._ahead = dict[int, bytes]()
        self._last = -1
        self._synced = time.monotonic()
        self._dirty = False
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._cannot("open", error) from error
        try:
            if not lock_for_writing(self._file):
                raise AlertLogError(
                    f"another process writes {self.path}: wait for it, or name another file"
                )
            self._begin()
        except OSError as error:
            self._close()
            raise self._cannot("read or write", error) from error
        except AlertLogError:
            self._close()
            raise

    def _begin(self) -> None:
        """Reads what is there, cuts a torn end off, or begins the file."""
        data = _read_all(self._file)
        if len(data) < HEADER.size and header(0).startswith(data[:24]):
            # It died before the header was whole.
            self.torn = len(data)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, header(time.time_ns()), 0)
            os.fsync(self._file)
            _sync_folder(self.path.parent)
            self._slots = 0
            return
        found = scan(self.path, data)
        self._slots, self.torn = len(found.slots), found.torn
        if found.torn:
            os.ftruncate(self._file, HEADER.size + SLOT * self._slots)
            os.fsync(self._file)
        for slot in found.slots:
            if int.from_bytes(slot[8:12], "little") == SYMBOL_SLOT:
                self._symbols[_symbol_of(slot)] = slot
            else:
                result = slot[RESULT_AT]
                self._last = _sequence_of(result)
                if self._last >= self._first:
                    self._ahead[self._last] = result
                self.alerts += 1

    @property
    def last_sequence(self) -> int:
        """Sequence number of the last alert's event; -1 without any."""
        return self._last

    def append(
        self,
        alerts: NDArray[np.void],
        describe: "Callable[[int], tuple[str, Step, Step]] | None" = None,
    ) -> None:
        """Adds alerts, in the order of their events.

        Args:
            alerts: Dtype `hydrophone_model.records.RESULT`.
            describe: Name, tick and lot of a symbol, asked for before its first alert.

        Raises:
            AlertLogError: The disk is full or failed: nothing of these alerts is in the log. Or the
                log holds other alerts of these events.
        """
        slots: list[bytes] = []
        symbols = dict[int, bytes]()
        last, repeated = self._last, list[int]()
        for alert in np.ascontiguousarray(alerts, RESULT.dtype):
            result, sequence = alert.tobytes(), int(alert["sequence"])
            if sequence <= self._last:
                if self._ahead.get(sequence) != result:
                    raise self._contradicted(sequence)
                repeated.append(sequence)
                continue
            if missing := self._ahead.keys() - set(repeated):
                raise self._contradicted(min(missing))
            who = int(alert["symbol"])
            if describe is not None and who not in self._symbols and who not in symbols:
                symbols[who] = _symbol_slot(self._slots + len(slots), who, *describe(who))
                slots.append(symbols[who])
            slots.append(alert_slot(self._slots + len(slots), result))
            last = sequence
        if slots:
            self._write(b"".join(slots))
        self.alerts += len(slots) - len(symbols)
        self.repeated += len(repeated)
        for sequence in repeated:
            del self._ahead[sequence]
        self._slots += len(slots)
        self._symbols |= symbols
        if last > self._last:
            self._last = last
            self._sync_if_due()

    def commit(self) -> None:
        """Waits until all alerts are on the disk.

        Raises:
            AlertLogError: The disk failed.
        """
        if self._dirty:
            try:
                os.fdatasync(self._file)
            except OSError as error:
                raise self._cannot("write", error) from error
            self._dirty, self._synced = False, time.monotonic()

    def close(self) -> None:
        """Commits, and gives the file up; closing twice is allowed."""
        if self._file >= 0:
            try:
                self.commit()
            finally:
                self._close()

    def _close(self) -> None:
        os.close(self._file)
        self._file = -1

    def _write(self, data: bytes) -> None:
        end = HEADER.size + SLOT * self._slots
        done = 0
        try:
            while done < len(data):
                done += os.pwrite(self._file, data[done:], end + done)
        except OSError as error:
            os.ftruncate(self._file, end)
            raise self._cannot("write", error) from error
        self._dirty = True

    def _sync_if_due(self) -> None:
        late = self._sync is Sync.OFTEN and time.monotonic() - self._synced >= _OFTEN
        if late or self._sync is Sync.EACH:
            self.commit()

    def _contradicted(self, sequence: int) -> AlertLogError:
        return AlertLogError(
            f"{self.path} holds the alerts of another run, they differ at event {sequence}: name "
            "another file"
        )

    def _cannot(self, what: str, error: OSError) -> AlertLogError:
        return AlertLogError(f"cannot {what} {self.path}: {error.strerror or error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _read_all(descriptor: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    while part := os.pread(descriptor, 1 << 20, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sequence_of(result: bytes) -> int:
    return int(np.frombuffer(result, RESULT.dtype)["sequence"][0])


def _symbol_of(slot: bytes) -> int:
    return int(np.frombuffer(slot, SYMBOL.dtype)["symbol"][0])


def _symbol_slot(number: int, symbol: int, name: str, tick: Step, lot: Step) -> bytes:
    record = np.zeros(1, SYMBOL.dtype)
    text = name.encode()[:NAME_BYTES].decode(errors="ignore").encode()
    record["number"], record["type"], record["symbol"] = number, SYMBOL_SLOT, symbol
    record["tick_multiple"], record["tick_decimals"] = tick.multiple, tick.decimals + 128
    record["lot_multiple"], record["lot_decimals"] = lot.multiple, lot.decimals + 128
    record["length"] = len(text)
    record["text"][0, : len(text)] = np.frombuffer(text, np.uint8)
    return sealed(record.tobytes())
