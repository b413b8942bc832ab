"""Zip archives: members as streams, each decompressed as it is read.

The standard library finds the members; it does not read them, for a call of its reader gives all
that a piece of bzip2 or LZMA stands for, however much that is.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from hydrophone.feeds.codecs import PIECE, ZIPPED, damage, errors
from hydrophone.feeds.errors import DamagedInputError, FeedError

_STORED, _ENCRYPTED = 0, 1
_HEADER = struct.Struct("<4s22xHH")
"""Head of a member: its mark, and how long its name and its extra field are."""
_MARK = b"PK\3\4"


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files in an archive.

    Raises:
        FeedError: It is no whole archive, or there is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise FeedError(
            f"{path}: not a whole zip archive ({error}): was it cut short while copying?"
        ) from error
    if not found:
        raise FeedError(f"{path}: the archive holds no file")
    return found


def member_chunks(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yields what a member holds, in pieces.

    Raises:
        DamagedInputError: Behind what could be read.
    """
    name, crc, missing = f"{path}:{member.filename}", 0, member.file_size
    try:
        for piece in _pieces(path, member):
            crc, missing = zlib.crc32(piece, crc), missing - len(piece)
            if missing < 0:
                raise zipfile.BadZipFile("it holds more than its directory says")
            yield piece
        if missing:
            raise zipfile.BadZipFile(f"{missing} bytes are missing")
        if crc != member.CRC:
            raise zipfile.BadZipFile("Bad CRC-32")
    except (zipfile.BadZipFile, *errors()) as error:
        raise DamagedInputError(damage(name, error)) from error


def _pieces(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    if member.flag_bits & _ENCRYPTED:
        raise zipfile.BadZipFile("it is encrypted: unpack it first")
    if member.compress_type != _STORED and member.compress_type not in ZIPPED:
        raise zipfile.BadZipFile(f"method {member.compress_type} is not known: unpack it first")
    with path.open("rb") as file:
        file.seek(member.header_offset)
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_MARK):
            raise zipfile.BadZipFile("it does not begin where its directory says")
        _, name, extra = _HEADER.unpack(head)
        file.seek(name + extra, 1)
        start = ZIPPED.get(member.compress_type)
        stream = start() if start is not None else None
        unread = member.compress_size
        while unread and (packed := file.read(min(unread, PIECE))):
            unread -= len(packed)
            if stream is None:
                yield packed
            elif not stream.ended:
                yield from stream.pieces(packed)
