"""Line filter: drops lines that no parser can take, and quotes lines in messages."""

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.text_stream import Block

Numbers = NDArray[np.int64]


class BlockText:
    """A block of text, to quote lines of it in messages.

    Args:
        block: The block as it was read.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self._lines: list[bytes] | None = None

    def at(self, line: int) -> str:
        """The text of a line, quoted and cut, for a person to recognise it."""
        if self._lines is None:
            self._lines = self._block.data.split(b"\n")
        place = line - self._block.line
        found = self._lines[place] if 0 <= place < len(self._lines) else b""
        return repr(found.rstrip(b"\r").decode("utf-8", "backslashreplace")[:100])


def without_bad_lines(
    block: Block, *, source: str, report: TapeReport
) -> tuple[bytes, Numbers | None]:
    """Takes out lines that would spoil their neighbours.

    Those are lines that are not UTF-8, leave a quote open, or hold a carriage return before their
    end, which a parser takes for a line's end.

    Returns:
        The text that remains, and the number of each line of it; None where nothing was taken out,
        so that lines are numbered one after another.
    """
    data = block.data
    if data.isascii() and b'"' not in data and b"\r" not in data:
        return data, None
    lines = data.split(b"\n")
    spoiled = {
        "not_utf8": _not_utf8(data, lines),
        "quote_left_open": _open_quotes(data, lines),
        "stray_carriage_return": _stray_returns(data, lines),
    }
    if not any(spoiled.values()):
        return data, None
    text = BlockText(block)
    for reason, places in spoiled.items():
        numbers = np.array(places, dtype=np.int64) + block.line
        report.skip(reason, source=source, lines=numbers, what=[text.at(n) for n in numbers[:8]])
    gone = {place for places in spoiled.values() for place in places}
    kept = [place for place in range(len(lines)) if place not in gone]
    return b"\n".join(lines[p] for p in kept), np.array(kept, dtype=np.int64) + block.line


def _not_utf8(data: bytes, lines: list[bytes]) -> list[int]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return [place for place, line in enumerate(lines) if not _decodes(line)]
    return []


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _stray_returns(data: bytes, lines: list[bytes]) -> list[int]:
    if data.count(b"\r") == data.count(b"\r\n"):
        return []
    return [
        place
        for place, line in enumerate(lines)
        if b"\r" in line.removesuffix(b"\r") and _decodes(line) and not line.count(b'"') % 2
    ]


def _open_quotes(data: bytes, lines: list[bytes]) -> list[int]:
    if b'"' not in data:
        return []
    letters = np.frombuffer(data, dtype=np.uint8)
    quotes, ends = np.flatnonzero(letters == ord('"')), np.flatnonzero(letters == ord("\n"))
    opened = np.searchsorted(quotes, ends) % 2
    if not (opened.any() or len(quotes) % 2):
        return []
    return [p for p, line in enumerate(lines) if line.count(b'"') % 2 and _decodes(line)]
