"""Alert log reader: alerts as they are appended, for any process, also behind a dead writer."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from hydrophone.alert_log.slots import (
    RESULT_AT,
    AlertLogError,
    check_header,
    is_being_written,
    is_whole,
)
from hydrophone_model.alert_log import HEADER, SLOT, SYMBOL, SYMBOL_SLOT
from hydrophone_model.formats import TAIL
from hydrophone_model.records import RESULT, Kind, Side

_PAUSE = 0.02
"""Seconds between two looks at a file that may grow."""


class LogStatus(Enum):
    """Who writes the log now."""

    WRITTEN = "written"
    """A process writes it."""
    ENDED = "ended"
    """No process writes it, and it ends with a whole slot."""
    TORN = "torn"
    """Its writer died while it wrote: behind the last whole slot stand bytes of no use."""


@dataclass(frozen=True)
class LoggedAlert:
    """An alert of the log.

    Attributes:
        number: Its slot.
        result: `hydrophone_model.records.RESULT`.
        symbol: Name of its symbol; its index in digits, if the log names none.
        tick: Price of a tick; 1 where the log does not say.
        lot: Size of a lot, likewise.
    """

    number: int
    result: np.void
    symbol: str
    tick: Decimal = Decimal(1)
    lot: Decimal = Decimal(1)

    def record(self) -> dict[str, Any]:
        """As a person or a program reads it: names, and the tape's own units."""
        result = self.result
        return {
            "sequence": int(result["sequence"]),
            "time_ns": int(result["time_ns"]),
            "symbol": self.symbol,
            "side": Side(int(result["side"])).name.lower(),
            "kind": Kind(int(result["kind"])).name.lower(),
            "score": int(result["score"]) * TAIL.resolution,
            "parent_size": float(int(result["parent_size"]) * self.lot),
            "price": float(int(result["price"]) * self.tick),
        }


class AlertLogReader:
    """Alerts of a log, one after another; iterating ends at the last whole slot.

    Args:
        path: The file.

    Attributes:
        torn: Bytes behind the last whole slot, when iterating last ended.

    Raises:
        AlertLogError: It cannot be read, or is no alert log.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.torn = 0
        self._number = 0
        self._symbols = dict[int, tuple[str, Decimal, Decimal]]()
        try:
            self._file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            check_header(self.path, os.pread(self._file, HEADER.size, 0))
        except OSError as error:
            raise AlertLogError(f"cannot read {self.path}: {error.strerror or error}") from error

    @property
    def status(self) -> LogStatus:
        """Who writes the log, as of the last look."""
        if is_being_written(self._file):
            return LogStatus.WRITTEN
        return LogStatus.TORN if self.torn else LogStatus.ENDED

    def __iter__(self) -> Iterator[LoggedAlert]:
        """Yields the alerts that have come since the last one it gave."""
        while True:
            data = os.pread(self._file, 1 << 16, HEADER.size + SLOT * self._number)
            whole = 0
            for at in range(0, len(data) - SLOT + 1, SLOT):
                slot = data[at : at + SLOT]
                if not is_whole(slot, self._number):
                    break
                whole += SLOT
                self._number += 1
                if (alert := self._read(slot)) is not None:
                    yield alert
            if not whole:
                self.torn = len(data)
                return

    def follow(self, *, pause: float = _PAUSE) -> Iterator[LoggedAlert]:
        """Yields alerts as they come, until nobody writes the log any more.

        Args:
            pause: Seconds between two looks where nothing has come.
        """
        while True:
            # Asked first: what came until the writer went is still read.
            goes_on = is_being_written(self._file)
            yield from self
            if not goes_on:
                return
            time.sleep(pause)

    def close(self) -> None:
        """Gives the file back; closing twice is allowed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self, slot: bytes) -> LoggedAlert | None:
        number = int.from_bytes(slot[:8], "little")
        if int.from_bytes(slot[8:12], "little") == SYMBOL_SLOT:
            told = np.frombuffer(slot, SYMBOL.dtype)[0]
            name = told["text"].tobytes()[: int(told["length"])].decode(errors="replace")
            steps = [
                Decimal(int(told[f"{step}_multiple"])).scaleb(128 - int(told[f"{step}_decimals"]))
                for step in ("tick", "lot")
            ]
            self._symbols[int(told["symbol"])] = name, steps[0], steps[1]
            return None
        result = np.frombuffer(slot[RESULT_AT], RESULT.dtype)[0]
        symbol = int(result["symbol"])
        name, tick, lot = self._symbols.get(symbol, (str(symbol), Decimal(1), Decimal(1)))
        return LoggedAlert(number, result, name, tick, lot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
