"""First stage of a feed: files as blocks of whole lines, decompressed as they are read.

Compression is told by a file's first bytes, never by its name. A stream that breaks off yields
everything that could be read and then raises `DamagedInputError`: nothing ends silently.
"""

import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.optional import optional

BLOCK = 4 << 20
"""Decompressed bytes a block holds at most, unless a line is longer."""
HEAD = 1 << 16
"""Decompressed bytes that format detection may look at."""
LONGEST_LINE = 64 << 20
"""A line longer than this is taken for damage."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
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
        live: Whether it is a pipe, which may still grow while it is read.
    """

    def __init__(
        self,
        *,
        name: str,
        chunks: Callable[[], Iterator[bytes]],
        progress: Progress,
        live: bool = False,
    ) -> None:
        self.name = name
        self.progress = progress
        self.live = live
        self._chunks = chunks
        self._opened: Iterator[bytes] | None = None
        self._head = b""
        self._trouble: DamagedInputError | None = None

    @property
    def file_name(self) -> str:
        """Last part of the name, without folders or archive."""
        return self.name.rpartition(":")[2].rpartition("/")[2]

    def head(self) -> bytes:
        """First decompressed bytes, up to about `HEAD`; reading goes on behind them."""
        if self._opened is None:
            self._opened = self._chunks()
            try:
                while len(self._head) < HEAD:
                    chunk = next(self._opened, b"")
                    if not chunk:
                        break
                    self._head += chunk
            except DamagedInputError as damage:
                self._trouble = damage
            self._head = self._head.removeprefix(b"\xef\xbb\xbf")
        return self._head

    def blocks(self, *, separator: bytes = b"\n") -> Iterator[Block]:
        """Yields the input cut behind occurrences of ``separator``.

        Raises:
            DamagedInputError: After the last whole line, if the stream broke off.
        """
        held = bytearray()
        line = 1
        damage: DamagedInputError | None = None
        stream = self._stream()
        while damage is None:
            try:
                chunk = next(stream, None)
            except DamagedInputError as error:
                damage = error
                break
            if chunk is None:
                break
            held += chunk
            while len(held) >= BLOCK:
                # The cut depends on the text alone, not on how it came in.
                cut = held.rfind(separator, 0, BLOCK)
                if cut < 0:
                    cut = held.find(separator, BLOCK - len(separator))
                if cut < 0:
                    break
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


def open_inputs(path: str) -> list[Input]:
    """Opens a file, or each file within a zip archive; ``-`` is the standard input.

    What is no regular file, such as a named pipe or ``<(command)`` of a shell, is read once,
    from its first byte to its end, as the standard input is.

    Raises:
        FeedError: The file is missing, unreadable, empty, or a broken archive.
    """
    if path == "-":
        return [_standard_input()]
    if _is_pipe(path):
        return [_piped(path, lambda: _opened(path))]
    file = Path(path)
    magic = read_magic(path)
    if magic.startswith(_ZIP):
        return _members(file)
    if magic.startswith(_GZIP):
        decompress = _gunzip
    elif magic.startswith(_ZSTD):
        decompress = _unzstd
    else:
        decompress = _plain
    progress = Progress(file.stat().st_size)

    def chunks() -> Iterator[bytes]:
        with file.open("rb") as stored:
            yield from decompress(stored, path, progress)

    return [Input(name=path, chunks=chunks, progress=progress)]


def read_magic(path: str) -> bytes:
    """First four bytes of a file.

    Raises:
        FeedError: There is no such readable file, or it is empty.
    """
    try:
        with _opened(path) as stored:
            magic = stored.read(4)
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error
    if not magic:
        raise FeedError(f"{path}: the file is empty")
    return magic


def is_parquet(path: str) -> bool:
    """Whether a file's first bytes are those of Parquet; a pipe is not asked."""
    return path != "-" and not _is_pipe(path) and read_magic(path) == _PARQUET


def _is_pipe(path: str) -> bool:
    """Whether what is read from a path is gone from it, so that it can be opened only once."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _opened(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise FeedError(f"{path}: no such file") from None
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error


def _members(file: Path) -> list[Input]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except zipfile.BadZipFile as error:
        raise FeedError(
            f"{file}: not a whole zip archive ({error}): was it cut short while copying?"
        ) from error
    if not members:
        raise FeedError(f"{file}: the archive holds no file")
    return [_member(file, member) for member in members]


def _member(file: Path, member: zipfile.ZipInfo) -> Input:
    name = f"{file}:{member.filename}"
    progress = Progress(member.file_size)

    def chunks() -> Iterator[bytes]:
        try:
            with zipfile.ZipFile(file) as archive, archive.open(member) as stored:
                while chunk := stored.read(HEAD * 4):
                    progress.done += len(chunk)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise DamagedInputError(f"{name}: the archive is damaged: {error}") from error

    return Input(name=name, chunks=chunks, progress=progress)


def _standard_input() -> Input:
    """What the shell gave: nothing, a pipe, or a file."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, ValueError, OSError) as error:
        raise FeedError(
            "standard input is closed: give it a pipe or a file, or name a file in place of -"
        ) from error
    name, live = "standard input", not stat.S_ISREG(mode)
    return _piped(name, lambda: nullcontext(sys.stdin.buffer), live=live)


def _piped(
    name: str, opened: Callable[[], AbstractContextManager[BinaryIO]], *, live: bool = True
) -> Input:
    progress = Progress()

    def chunks() -> Iterator[bytes]:
        with opened() as stored:
            first = stored.read(4)
            decompress = _gunzip if first.startswith(_GZIP) else _plain
            if first.startswith((_ZSTD, _ZIP, _PARQUET)):
                raise FeedError(
                    "zstd, zip and Parquet cannot be read from a pipe: name the file, "
                    "or decompress it on the way"
                )
            yield from decompress(_Prefixed(first, stored), name, progress)

    return Input(name=name, chunks=chunks, progress=progress, live=live)


class _Prefixed:
    """A binary stream with bytes put back in front."""

    def __init__(self, first: bytes, stored: BinaryIO) -> None:
        self._first = first
        self._stored = stored

    def read(self, size: int) -> bytes:
        first, self._first = self._first, b""
        return first or self._stored.read(size)


def _plain(stored: BinaryIO | _Prefixed, name: str, progress: Progress) -> Iterator[bytes]:
    try:
        while chunk := stored.read(HEAD):
            progress.done += len(chunk)
            yield chunk
    except OSError as error:
        raise DamagedInputError(f"{name}: reading failed: {error.strerror}") from error


def _gunzip(stored: BinaryIO | _Prefixed, name: str, progress: Progress) -> Iterator[bytes]:
    """Decompresses one gzip member after the other; zero padding behind the last is allowed."""
    member = zlib.decompressobj(31)
    inside = False
    for packed in _plain(stored, name, progress):
        while packed:
            inside = True
            try:
                # Little at a time: what a call has decompressed is lost when it meets damage.
                chunk = member.decompress(packed, HEAD)
            except zlib.error as error:
                raise DamagedInputError(f"{name}: the gzip data is damaged: {error}") from error
            if chunk:
                yield chunk
            if member.eof:
                packed = member.unused_data.lstrip(b"\0")
                member, inside = zlib.decompressobj(31), False
            else:
                packed = member.unconsumed_tail
    if inside:
        raise DamagedInputError(
            f"{name}: the gzip data ends early: the file was cut short, fetch it again"
        )


def _unzstd(stored: BinaryIO | _Prefixed, name: str, progress: Progress) -> Iterator[bytes]:
    zstandard = optional("zstandard", purpose="reading .zst")
    frame = zstandard.ZstdDecompressor().decompressobj()
    inside = False
    for packed in _plain(stored, name, progress):
        while packed:
            inside = True
            try:
                chunk: bytes = frame.decompress(packed)
            except zstandard.ZstdError as error:
                raise DamagedInputError(f"{name}: the zstd data is damaged: {error}") from error
            if chunk:
                yield chunk
            packed = b""
            if frame.eof:
                packed = frame.unused_data
                frame, inside = zstandard.ZstdDecompressor().decompressobj(), False
    if inside:
        raise DamagedInputError(
            f"{name}: the zstd data ends early: the file was cut short, fetch it again"
        )
