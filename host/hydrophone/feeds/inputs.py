"""First stage of a feed: files as blocks of whole lines, decompressed as they are read.

Compression is told by a file's first bytes, never by its name. A stream that breaks off yields
everything that could be read and then raises `DamagedInputError`: nothing ends silently. A pipe is
live: whenever it has nothing to read, the whole lines that came are a block.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hydrophone.feeds.archive import member_chunks, members
from hydrophone.feeds.codecs import CODECS, MAGIC, codec_of, decompressed
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.pipes import READ, Pipe, is_live, is_pipe, opened

BLOCK = 4 << 20
"""Decompressed bytes a block holds at most, unless a line is longer."""
HEAD = 1 << 16
"""Decompressed bytes that format detection may look at."""
LONGEST_LINE = 64 << 20
"""A line longer than this is taken for damage."""
_AGE = 0.005
"""Seconds that a line of a pipe waits at most while more comes."""

_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"


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
    """How many stored bytes of an input were read; the total is 0 where it is not known."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.done = 0


class Input:
    """One stream of text: a file, a member of a zip archive, or a pipe.

    Args:
        name: What messages call it.
        chunks: Opens the stream anew and yields its decompressed bytes.
        progress: Moved on while ``chunks`` are read.
        pipe: The pipe that they come from, if it is one; it may still grow while it is read.

    Attributes:
        block: Bytes a block holds at most, unless a line is longer.
    """

    def __init__(
        self,
        *,
        name: str,
        chunks: Callable[[], Iterator[bytes]],
        progress: Progress,
        pipe: "LivePipe | None" = None,
    ) -> None:
        self.name = name
        self.progress = progress
        self.block = BLOCK
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


class LivePipe:
    """A pipe that is opened when it is first read.

    Args:
        name: What messages call it.
        opened: Opens it.
        progress: Moved on while it is read.
    """

    def __init__(
        self,
        name: str,
        opened: Callable[[], AbstractContextManager[BinaryIO]],
        progress: Progress,
    ) -> None:
        self._name = name
        self._opened = opened
        self._progress = progress
        self._pipe: Pipe | None = None

    def is_idle(self, seconds: float) -> bool:
        """Whether nothing comes within a time."""
        return self._pipe is not None and self._pipe.is_idle(round(seconds * 1000))

    def chunks(self) -> Iterator[bytes]:
        """Yields its decompressed bytes as they come."""
        with self._opened() as stream:
            self._pipe = Pipe(stream)
            yield from _unpacked(self._pipe, self._name, self._progress)


def _unpacked(stored: Pipe | BinaryIO, name: str, progress: Progress) -> Iterator[bytes]:
    """The decompressed bytes of a stream that can be read once."""
    packed = _plain(stored, name, progress)
    first = b""
    while any(mark.startswith(first) and mark != first for mark in (*CODECS, _ZIP, _PARQUET)):
        if not (chunk := next(packed, b"")):
            break
        first += chunk
    if first.startswith((_ZIP, _PARQUET)):
        raise FeedError(
            "zip and Parquet cannot be read from a pipe: name the file, or decompress it on the way"
        )
    chunks = _chain(first, packed)
    codec = codec_of(first)
    yield from chunks if codec is None else decompressed(chunks, codec, name)


def open_inputs(path: str) -> list[Input]:
    """Opens a file, or each file within a zip archive; ``-`` is the standard input.

    What is no regular file, such as a named pipe, a socket or ``<(command)`` of a shell, is read
    once, from its first byte to its end, as the standard input is.

    Raises:
        FeedError: The file is missing, unreadable, empty, or a broken archive.
    """
    if path == "-":
        return [_standard_input()]
    progress = Progress()
    if is_pipe(path):
        pipe = LivePipe(path, lambda: _opened(path), progress)
        return [Input(name=path, chunks=pipe.chunks, progress=progress, pipe=pipe)]
    file = Path(path)
    magic = read_magic(path)
    if magic.startswith(_ZIP):
        return [
            Input(
                name=f"{path}:{member.filename}",
                chunks=lambda member=member, moved=moved: _counted(
                    member_chunks(file, member), moved
                ),
                progress=moved,
            )
            for member in members(file)
            for moved in [Progress(member.file_size)]
        ]
    progress.total = file.stat().st_size
    codec = codec_of(magic)

    def chunks() -> Iterator[bytes]:
        with _opened(path) as stored:
            packed = _plain(stored, path, progress)
            yield from packed if codec is None else decompressed(packed, codec, path)

    return [Input(name=path, chunks=chunks, progress=progress)]


def read_magic(path: str) -> bytes:
    """First bytes of a file, which tell what it is.

    Raises:
        FeedError: There is no such readable file, or it is empty.
    """
    try:
        with _opened(path) as stored:
            magic = stored.read(MAGIC)
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error
    if not magic:
        raise FeedError(f"{path}: the file is empty")
    return magic


def is_parquet(path: str) -> bool:
    """Whether a file's first bytes are those of Parquet; a pipe is not asked."""
    return path != "-" and not is_pipe(path) and read_magic(path).startswith(_PARQUET)


def _standard_input() -> Input:
    """What the shell gave: a pipe, or a file."""
    name, progress, live = "standard input", Progress(), is_live("-")
    pipe = LivePipe(name, lambda: nullcontext(sys.stdin.buffer), progress)
    return Input(name=name, chunks=pipe.chunks, progress=progress, pipe=pipe if live else None)


def _opened(path: str) -> BinaryIO:
    try:
        return opened(path)
    except FileNotFoundError:
        raise FeedError(f"{path}: no such file") from None
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error


def _plain(stored: BinaryIO | Pipe, name: str, progress: Progress) -> Iterator[bytes]:
    try:
        while chunk := stored.read(READ):
            progress.done += len(chunk)
            yield chunk
    except OSError as error:
        raise DamagedInputError(f"{name}: reading failed: {error.strerror}") from error


def _counted(chunks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        progress.done += len(chunk)
        yield chunk


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
