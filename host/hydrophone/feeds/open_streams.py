"""Opening of text streams: files, members of archives, pipes and the standard input.

Compression is recognised by a file's first bytes, never by its name.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from hydrophone.feeds.archive import member_chunks, members
from hydrophone.feeds.codecs import CODECS, MAGIC, codec_of, decompressed
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.pipes import READ, Pipe, is_live, is_pipe, opened
from hydrophone.feeds.text_stream import Progress, TextStream

_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"


class LivePipe:
    """A pipe that is opened when it is first read.

    Args:
        name: What messages call it.
        opened: Opens it.
        progress: Moved on while it is read.

    Attributes:
        notes: What a person should know of how it was read.
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
        self.notes: list[str] = []

    def is_idle(self, seconds: float) -> bool:
        """Whether nothing comes within a time."""
        return self._pipe is not None and self._pipe.is_idle(round(seconds * 1000))

    def chunks(self) -> Iterator[bytes]:
        """Yields its decompressed bytes as they come."""
        with self._opened() as stream:
            self._pipe = Pipe(stream)
            yield from _decompressed_once(self._pipe, self._name, self._progress, self.notes)


def _decompressed_once(
    stored: Pipe | BinaryIO, name: str, progress: Progress, notes: list[str]
) -> Iterator[bytes]:
    """The decompressed bytes of a stream that can be read once."""
    packed = _stored_chunks(stored, name, progress)
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
    yield from chunks if codec is None else decompressed(chunks, codec, name, notes)


def open_streams(path: str) -> list[TextStream]:
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
        pipe = LivePipe(path, lambda: _open_file(path), progress)
        return [
            TextStream(
                name=path, chunks=pipe.chunks, progress=progress, pipe=pipe, notes=pipe.notes
            )
        ]
    file = Path(path)
    magic = read_magic(path)
    if magic.startswith(_ZIP):
        return [
            TextStream(
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
    notes: list[str] = []

    def chunks() -> Iterator[bytes]:
        with _open_file(path) as stored:
            packed = _stored_chunks(stored, path, progress)
            yield from packed if codec is None else decompressed(packed, codec, path, notes)

    return [TextStream(name=path, chunks=chunks, progress=progress, notes=notes)]


def read_magic(path: str) -> bytes:
    """First bytes of a file, which tell what it is.

    Raises:
        FeedError: There is no such readable file, or it is empty.
    """
    try:
        with _open_file(path) as stored:
            magic = stored.read(MAGIC)
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error
    if not magic:
        raise FeedError(f"{path}: the file is empty")
    return magic


def is_parquet(path: str) -> bool:
    """Whether a file's first bytes are those of Parquet; a pipe is not asked."""
    return path != "-" and not is_pipe(path) and read_magic(path).startswith(_PARQUET)


def _standard_input() -> TextStream:
    """The standard input, which is a pipe or a file."""
    name, progress, live = "standard input", Progress(), is_live("-")
    pipe = LivePipe(name, lambda: nullcontext(sys.stdin.buffer), progress)
    return TextStream(
        name=name,
        chunks=pipe.chunks,
        progress=progress,
        pipe=pipe if live else None,
        notes=pipe.notes,
    )


def _open_file(path: str) -> BinaryIO:
    try:
        return opened(path)
    except FileNotFoundError:
        raise FeedError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise FeedError(
            f"{path}: this is a folder: name the files in it, such as {path.rstrip('/')}/*.csv"
        ) from None
    except OSError as error:
        raise FeedError(f"{path}: cannot be read: {error.strerror}") from error


def _stored_chunks(stored: BinaryIO | Pipe, name: str, progress: Progress) -> Iterator[bytes]:
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
