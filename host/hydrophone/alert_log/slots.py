"""Slots of an alert log: made, checked, and looked through after a crash."""

import fcntl
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.alert_log import ALERT, ALERT_SLOT, HEADER, LAYOUT, MAGIC, SLOT, VERSION
from hydrophone_model.errors import HydrophoneError
from hydrophone_model.records import RESULT

Slots = NDArray[np.void]
_SEED = zlib.crc32(LAYOUT)
_CHECKSUM = ALERT.offset("checksum")
RESULT_AT = slice(ALERT.offset(RESULT.fields[0].name), ALERT.offset("reserved"))
"""Where the result lies in the slot of an alert."""


class AlertLogError(HydrophoneError):
    """A file that is no alert log, is damaged, cannot be written, or holds another run."""


def header(created_ns: int) -> bytes:
    """The first bytes of a file."""
    record = np.zeros(1, HEADER.dtype)
    record["magic"], record["layout"] = MAGIC, int.from_bytes(LAYOUT, "little")
    record["version"], record["slot"], record["created_ns"] = VERSION, SLOT, created_ns
    return record.tobytes()


def check_header(path: Path, data: bytes) -> None:
    """Refuses what is no alert log of this layout.

    Raises:
        AlertLogError: It is none.
    """
    if len(data) < HEADER.size or int.from_bytes(data[:8], "little") != MAGIC:
        raise AlertLogError(f"{path} is no alert log: name another file")
    found = np.frombuffer(data[: HEADER.size], HEADER.dtype)[0]
    wanted = VERSION, SLOT, int.from_bytes(LAYOUT, "little")
    if (int(found["version"]), int(found["slot"]), int(found["layout"])) != wanted:
        raise AlertLogError(
            f"{path} is an alert log of version {found['version']} and layout "
            f"{found['layout']:#018x}, this is {VERSION} and {wanted[2]:#018x}: name another file"
        )


def checksum(slot: bytes) -> int:
    """Of a slot, whatever its checksum says."""
    return zlib.crc32(
        slot[_CHECKSUM + 4 :], zlib.crc32(b"\0" * 4, zlib.crc32(slot[:_CHECKSUM], _SEED))
    )


def sealed(slot: bytes) -> bytes:
    """A slot with its checksum."""
    return slot[:_CHECKSUM] + struct.pack("<I", checksum(slot)) + slot[_CHECKSUM + 4 :]


def is_whole(slot: bytes, number: int) -> bool:
    """Whether a slot was written whole, as the one of that number."""
    return (
        len(slot) == SLOT
        and int.from_bytes(slot[:8], "little") == number
        and int.from_bytes(slot[_CHECKSUM : _CHECKSUM + 4], "little") == checksum(slot)
    )


def alert_slot(number: int, result: bytes) -> bytes:
    """The slot of an alert, a `hydrophone_model.records.RESULT`."""
    frame = struct.pack("<QII", number, ALERT_SLOT, 0)
    return sealed((frame + result).ljust(SLOT, b"\0"))


@dataclass(frozen=True)
class Scan:
    """What a file holds.

    Attributes:
        slots: Its whole slots, one after another.
        torn: Bytes behind them: a slot that was not written to its end.
    """

    slots: list[bytes]
    torn: int


def scan(path: Path, data: bytes) -> Scan:
    """Looks through a file.

    Raises:
        AlertLogError: A whole slot stands behind a broken one: that is no torn end, but damage.
    """
    check_header(path, data)
    body = data[HEADER.size :]
    slots: list[bytes] = []
    for at in range(0, len(body), SLOT):
        slot = body[at : at + SLOT]
        if not is_whole(slot, len(slots)):
            break
        slots.append(slot)
    rest = range(len(slots) + 1, len(body) // SLOT)
    for number in rest:
        if is_whole(body[number * SLOT : (number + 1) * SLOT], number):
            raise AlertLogError(
                f"{path} is damaged: slot {len(slots)} is broken, and slot {number} behind it is "
                "whole: keep the file, and name another one"
            )
    return Scan(slots, len(body) - len(slots) * SLOT)


def is_being_written(descriptor: int) -> bool:
    """Whether a process holds the file for writing: the system knows when it has died."""
    asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    told = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked)
    return struct.unpack("hhqqi4x", told)[0] != fcntl.F_UNLCK


def lock_for_writing(descriptor: int) -> bool:
    """Takes the file for writing, until the descriptor is closed; false if another has it."""
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except BlockingIOError:
        return False
    return True
