"""Alert log: the layout of the append-only file of alerts; see docs/alert-log.md.

A header and slots of 64 bytes each. Every slot has its number and a checksum: what was written last
when a process or a machine died is known for whole or torn.
"""

import hashlib

from hydrophone_model.records import RESULT, Field, Record

MAGIC = int.from_bytes(b"HYDRALOG", "little")
VERSION = 1
SLOT = 64
NAME_BYTES = 34
"""Most bytes of a symbol's name; a longer one is cut behind a whole character."""

SYMBOL_SLOT, ALERT_SLOT = 1, 2
"""What a slot tells: a symbol, before its first alert; an alert."""

_FRAME = (
    Field("number", "u64", "position of the slot in the file, from 0"),
    Field("type", "u32", "SYMBOL_SLOT or ALERT_SLOT"),
    Field("checksum", "u32", "CRC-32 of the slot with a checksum of 0, seeded with that of LAYOUT"),
)

ALERT = Record(
    name="hydrophone_log_alert",
    doc="An alert: the result that opened it.",
    fields=(*_FRAME, *RESULT.fields, Field("reserved", "u8", "zero", count=8)),
)

SYMBOL = Record(
    name="hydrophone_log_symbol",
    doc="A symbol's name, and what its ticks and lots are: multiples of 10 to a negative power.",
    fields=(
        *_FRAME,
        Field("tick_multiple", "u32", "a tick is this many …"),
        Field("lot_multiple", "u32", "a lot is this many …"),
        Field("symbol", "u16", "index of the symbol"),
        Field("tick_decimals", "u8", "… of the units of this decimal place, plus 128"),
        Field("lot_decimals", "u8", "likewise"),
        Field("length", "u16", "bytes of the name"),
        Field("text", "u8", "UTF-8, zero behind the name", count=NAME_BYTES),
    ),
)

LAYOUT = hashlib.blake2b(
    repr(
        [(r.name, [(f.name, f.type, f.count) for f in r.fields]) for r in (ALERT, SYMBOL)]
    ).encode(),
    digest_size=8,
).digest()
"""Hash of the layout."""

HEADER = Record(
    name="hydrophone_log_header",
    doc="Beginning of the file.",
    fields=(
        Field("magic", "u64", "the bytes `HYDRALOG`"),
        Field("layout", "u64", "LAYOUT"),
        Field("version", "u32", "version of the layout"),
        Field("slot", "u32", "bytes of a slot"),
        Field("created_ns", "u64", "CLOCK_REALTIME when the file was made, for people alone"),
        Field("reserved", "u8", "zero", count=32),
    ),
)
