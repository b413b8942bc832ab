"""Text streams, the first stage of a feed: decompressed bytes as blocks of whole lines.

A stream that breaks off yields everything that could be read and then raises `DamagedInputError`:
nothing ends silently. A pipe is live: whenever it has nothing to read, the whole lines that came
are a block.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from hydrophone.feeds.errors import DamagedInputError
from hydrophone.stage_clock import Stage, StageClock

BLOCK = 4 << 20
"""Decompressed bytes a block holds at most, unless a line is longer."""
HEAD = 1 << 16
"""Decompressed bytes that format detection may look at."""
LONGEST_LINE = 64 << 20
"""A line longer than this is taken for damage."""
_AGE = 0.005
"""Seconds that a line of a pipe waits at most while more comes."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Whole lines of an input.

    Attributes:
        data: The lines, their ends included.
        line: Number of the first one, counted from 1.
    """

    data: bytes
    line: int


class Progress:
    """Progress: stored bytes read of an input; the total is 0 where it is not known."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.done = 0


class Idling(Protocol):
    """A stream that knows whether it is waited for."""

    def is_idle(self, seconds: float) -> bool:
        """Whether nothing comes within a time."""
        ...


class TextStream:
    """One stream of text: a file, a member of a zip archive, or a pipe.

    Args:
        name: What messages call it.
        chunks: Opens the stream anew and yields its decompressed bytes.
        progress: Moved on while ``chunks`` are read.
        pipe: The pipe that they come from, if it is one; it may still grow while it is read.
        notes: Where ``chunks`` say what a person should know.

    Attributes:
        block: Bytes a block holds at most, unless a line is longer.
        notes: What a person should know of how it was read, once it was.
        clock: Counts the time of reading, if there is one.
    """

    def __init__(
        self,
        *,
        name: str,
        chunks: Callable[[], Iterator[bytes]],
        progress: Progress,
        pipe: Idling | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.name = name
        self.progress = progress
        self.block = BLOCK
        self.notes = [] if notes is None else notes
        self.clock: StageClock | None = None
        self._pipe = pipe
        self._chunks = chunks
        self._opened: Iterator[bytes] | None = None
        self._head = b""
        self._trouble: DamagedInputError | None = None

    @property
    def live(self) -> bool:
        """Whether it is a pipe, which may still grow while it is read."""
        return self._pipe is not None

    @property
    def file_name(self) -> str:
        """Last part of the name, without folders or archive."""
        return self.name.rpartition(":")[2].rpartition("/")[2]

    def head(self) -> bytes:
        """First decompressed bytes, up to about `HEAD`; reading goes on behind them.

        A pipe is not waited for once there is a line, or an object of JSON.
        """
        if self._opened is None:
            self._opened = self._chunks()
            try:
                while len(self._head) < HEAD:
                    if self.live and (b"\n" in self._head or b"}" in self._head):
                        break
                    chunk = next(self._opened, b"")
                    if not chunk:
                        break
                    self._head += chunk
            except DamagedInputError as damage:
                self._trouble = damage
            self._head = self._head.removeprefix(b"\xef\xbb\xbf")
        return self._head

    def blocks(self, *, separator: bytes = b"\n", patience: float = 0.0) -> Iterator[Block]:
        """Yields the input cut behind occurrences of ``separator``.

        Args:
            separator: What ends a line.
            patience: Seconds from now that lines of a pipe may wait for more, up to a whole block;
                later ones come as soon as there are no more.

        Raises:
            DamagedInputError: After the last whole line, if the stream broke off.
        """
        held = bytearray()
        line = 1
        damage: DamagedInputError | None = None
        stream = self._stream()
        if self.clock is not None:
            stream = self.clock.timed(Stage.READ, stream)
        patient = time.monotonic() + patience
        oldest, searched = 0.0, 0
        while damage is None:
            if self._pipe is not None and held:
                now = time.monotonic()
                wait = max(patient - now, 0.0)
                late = not wait and now - oldest > _AGE
                if late or self._pipe.is_idle(wait):
                    cut = held.rfind(separator) + len(separator)
                    if cut >= len(separator):
                        yield Block(data=bytes(held[:cut]), line=line)
                        line += held.count(b"\n", 0, cut)
                        del held[:cut]
                    oldest = now
            try:
                chunk = next(stream, None)
            except DamagedInputError as error:
                damage = error
                break
            if chunk is None:
                break
            if not held:
                oldest = time.monotonic()
            held += chunk
            while len(held) >= self.block:
                # The cut depends on the text alone, not on how it came in.
                cut = held.rfind(separator, 0, self.block) if searched < self.block else -1
                if cut < 0:
                    cut = held.find(separator, max(self.block, searched) - len(separator))
                if cut < 0:
                    searched = len(held)
                    break
                searched = 0
                data = bytes(held[: cut + len(separator)])
                del held[: cut + len(separator)]
                yield Block(data=data, line=line)
                line += data.count(b"\n")
            if len(held) > LONGEST_LINE:
                damage = DamagedInputError(
                    f"{self.name}:{line}: no end of line within {len(held) >> 20} MiB: "
                    "is this text?"
                )
        if damage is not None:
            # The last line may be cut off in the middle: only whole ones count.
            del held[held.rfind(separator) + len(separator) if separator in held else 0 :]
        if held:
            yield Block(data=bytes(held), line=line)
        if damage is not None:
            raise damage

    def _stream(self) -> Iterator[bytes]:
        head = self.head()
        if head:
            yield head
        if self._trouble is not None:
            raise self._trouble
        if self._opened is not None:
            yield from self._opened
