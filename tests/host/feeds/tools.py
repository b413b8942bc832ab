"""Small tapes that the tests of feeds write and read."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import Tape, TapeOptions, open_tape

START = 1_700_000_000_000_000_000
HEADER = "time_ns,symbol,price,size,side"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(i: int, *, symbol: str = "ABC", price: float = 100.25, size: float = 3, side: str = "buy"):
    return f"{START + i * 1000},{symbol},{price},{size},{side}"


def read(source: object, **options: object) -> tuple[NDArray[np.void], Tape]:
    """All events of a source, and the tape with its report."""
    format = str(options.pop("format", "auto"))
    tape = open_tape(source, format=format, options=TapeOptions(**options))  # type: ignore[arg-type]
    return np.concatenate(list(tape)), tape
