"""Streaming decompression: gzip, zstd, bzip2 and xz, in memory that no input can exceed.

Each decoder gives its output in pieces of about `PIECE`, whatever a few stored bytes stand for, and
a stream that asks for a larger window than `WINDOW` is refused.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from hydrophone.feeds.errors import DamagedInputError, FeedError, MissingPackageError
from hydrophone.feeds.optional_imports import import_optional

PIECE = 1 << 16
"""Decompressed bytes that a decoder gives at once; zstd may give `_ZSTD_FEED` blocks more."""
WINDOW = 1 << 27
"""Bytes of history that a stream may refer to: what ``zstd --long`` and ``xz -9`` ask for."""
TOO_WIDE = (
    f"it needs a window of more than {WINDOW >> 20} MiB to be decompressed: pack it again with a "
    "smaller one, or give it decompressed"
)
WHOLE, RATIO = 1 << 28, 100
"""Bytes that may always be unpacked at once, and how many times what is stored others may be."""
_ZSTD_FEED = 1024
"""Stored bytes that zstd is given at once: they stand for 256 blocks of 128 KiB at most."""
_XZ_MEMORY = WINDOW + (1 << 24)
_LZMA_HEADER = 9


class Decoder(Protocol):
    """Decompresses one stream."""

    ended: bool
    """Whether the stream has come to its end."""
    rest: bytes
    """Stored bytes behind the end of the stream."""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yields all that stored bytes stand for, in pieces."""
        ...


class _Zlib:
    """Deflate, bare or within gzip."""

    def __init__(self, bits: int) -> None:
        self._stream = zlib.decompressobj(bits)
        self.ended, self.rest = False, b""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        stream = self._stream
        while True:
            piece = stream.decompress(packed, PIECE)
            packed = stream.unconsumed_tail
            if piece:
                yield piece
            if stream.eof or (not packed and len(piece) < PIECE):
                break
        self.ended, self.rest = stream.eof, stream.unused_data


class _Zstd:
    """One frame of zstd."""

    def __init__(self) -> None:
        zstandard = import_optional("zstandard", purpose="reading .zst")
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
        self._frame = decompressor.decompressobj(write_size=PIECE)
        self.ended, self.rest = False, b""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        for start in range(0, len(packed), _ZSTD_FEED):
            stop = start + _ZSTD_FEED
            piece: bytes = self._frame.decompress(packed[start:stop])
            if piece:
                yield piece
            if self._frame.eof:
                self.ended, self.rest = True, self._frame.unused_data + packed[stop:]
                break


class _Buffered:
    """A decompressor of the standard library that keeps what it was given: bzip2 and LZMA."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.ended, self.rest = False, b""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        stream = self._stream
        while True:
            piece: bytes = stream.decompress(packed, PIECE)
            packed = b""
            if piece:
                yield piece
            if stream.eof or stream.needs_input:
                break
        if stream.eof:
            self.ended, self.rest = True, stream.unused_data


class _ZippedLzma:
    """LZMA as a zip archive holds it: behind a header of its own, and without an end mark."""

    def __init__(self) -> None:
        self._header = b""
        self._stream: _Buffered | None = None
        self.ended, self.rest = False, b""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._header += packed
            if len(self._header) < _LZMA_HEADER:
                return
            self._stream = _Buffered(_raw_lzma(self._header[:_LZMA_HEADER]))
            packed = self._header[_LZMA_HEADER:]
        if not self._stream.ended:
            yield from self._stream.pieces(packed)


def _raw_lzma(header: bytes) -> Any:
    """The decompressor for a member of a zip archive (APPNOTE 6.3.10, section 5.8.8)."""
    lzma = import_optional("lzma", purpose="reading LZMA")
    properties, window = header[4], int.from_bytes(header[5:9], "little")
    if header[2:4] != b"\x05\0" or properties >= 9 * 5 * 5:
        raise ValueError("its LZMA header cannot be")
    if window > WINDOW:
        raise ValueError(TOO_WIDE)
    filters = [
        {
            "id": lzma.FILTER_LZMA1,
            "dict_size": max(window, 4096),
            "lc": properties % 9,
            "lp": properties // 9 % 5,
            "pb": properties // 45,
        }
    ]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _xz() -> Decoder:
    lzma = import_optional("lzma", purpose="reading .xz")
    return _Buffered(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))


def _bzip2() -> Decoder:
    return _Buffered(import_optional("bz2", purpose="reading .bz2").BZ2Decompressor())


@dataclass(frozen=True)
class Codec:
    """A way to compress files.

    Attributes:
        name: What messages call it.
        start: Begins a stream.
        magic: First bytes of a stream, if what is no stream is ignored behind one.
    """

    name: str
    start: Callable[[], Decoder]
    magic: bytes = b""

    def is_garbage(self, packed: bytes) -> bool:
        """Whether bytes behind a stream begin no other one, and are ignored."""
        return packed[: len(self.magic)] != self.magic[: len(packed)]


CODECS = {
    b"\x1f\x8b": Codec("gzip", lambda: _Zlib(31), b"\x1f\x8b"),
    b"\x28\xb5\x2f\xfd": Codec("zstd", _Zstd),
    b"BZh": Codec("bzip2", _bzip2, b"BZh"),
    b"\xfd7zXZ\0": Codec("xz", _xz),
}
"""Codecs of files by their first bytes."""
ZIPPED: dict[int, Callable[[], Decoder]] = {
    8: lambda: _Zlib(-15),
    12: _bzip2,
    14: _ZippedLzma,
    93: _Zstd,
}
"""Decoders of compressed members of a zip archive by its number for them."""
MAGIC = max(map(len, CODECS))
"""Bytes that tell which codec it is."""


def check_ratio(path: str, unpacked: int, stored: int) -> None:
    """Refuses what must be unpacked whole, and is a bomb by all that tables are like.

    Args:
        path: What messages call it.
        unpacked: Its bytes in memory, as far as is known.
        stored: Its bytes on the disk.

    Raises:
        FeedError: It is large, and more than `RATIO` times what is stored.
    """
    if unpacked > max(WHOLE, RATIO * stored):
        raise FeedError(
            f"{path}: more than {unpacked >> 20:,} MiB come of {stored:,} stored bytes, which is "
            "no table: if it is one, write it anew in smaller parts"
        )


def codec_of(magic: bytes) -> Codec | None:
    """The codec of a file with these first bytes; None of one that is not compressed."""
    return next((codec for start, codec in CODECS.items() if magic.startswith(start)), None)


def decompressed(
    chunks: Iterable[bytes], codec: Codec, name: str, notes: list[str]
) -> Iterator[bytes]:
    """Decompresses one stream after the other; zero padding between and behind them is allowed.

    What else stands behind a stream is damage, or ignored with a note, as gzip(1) and bzip2(1) do.

    Args:
        chunks: What is stored.
        codec: How.
        name: What messages call it.
        notes: Takes the note.

    Raises:
        DamagedInputError: Behind what could be decompressed.
    """
    stream, inside, ended = codec.start(), False, False
    for packed in chunks:
        if ended and not inside:
            packed = packed.lstrip(b"\0")
        while packed:
            if ended and not inside and codec.is_garbage(packed):
                notes.append(f"{name}: trailing garbage behind the {codec.name} data is ignored")
                return
            inside = True
            try:
                yield from stream.pieces(packed)
            except errors() as error:
                raise DamagedInputError(damage(name, error, codec.name)) from error
            if not stream.ended:
                break
            packed = stream.rest.lstrip(b"\0")
            stream, inside, ended = codec.start(), False, True
    if inside:
        raise DamagedInputError(
            f"{name}: the {codec.name} data ends early: the file was cut short, fetch it again"
        )


def errors() -> tuple[type[Exception], ...]:
    """Exceptions that decoders raise at damage."""
    found: list[type[Exception]] = [zlib.error, OSError, EOFError, ValueError]
    for module, name in (("lzma", "LZMAError"), ("zstandard", "ZstdError")):
        with suppress(MissingPackageError):
            found.append(getattr(import_optional(module, purpose="telling damage"), name))
    return tuple(found)


def damage(name: str, error: Exception, codec: str | None = None) -> str:
    """Why a file, or a member of an archive, could not be decompressed, and what to do."""
    text = str(error)
    if "too much memory" in text or "Memory usage limit" in text:
        text = TOO_WIDE
    if text == TOO_WIDE:
        return f"{name}: {text}"
    what = f"the {codec} data" if codec else "the archive"
    return f"{name}: {what} is damaged: {error}"
