"""Shared-memory segment: the layout in which a trading process publishes to other processes.

The records are data, as those of `hydrophone_model.records`; NumPy dtypes, the C header and the
tables of docs/shared-memory.md are derived from them. The build runs

    python -m hydrophone_model.shared_memory HEADER

and ``--page PAGE`` renews the page's tables.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from hydrophone_model.records import Field, Kind, Record

MAGIC = int.from_bytes(b"HYDROSHM", "little")
VERSION = 1
CACHE_LINE = 64
MAX_SYMBOLS = 4096
MAX_ALERT_SLOTS = 1 << 20
MIN_ALERT_SLOTS = 8
UNKNOWN_THRESHOLD = (1 << 32) - 1
"""What stands for a threshold that the writer was not told of."""
NAME_BYTES = 60
"""Most bytes of a symbol's name; a longer one is cut behind a whole character."""


class WriterState(IntEnum):
    """What the writer of a segment says of itself."""

    RUNNING = 1
    ENDED = 2
    """It closed the segment after the last event."""
    FAILED = 3
    """It closed the segment because of an error."""
    REPLACED = 4
    """A new writer has put a new segment in this one's place: attach anew."""


HEADER = Record(
    name="hydrophone_shared_header",
    doc="Header: who wrote the segment, how it is laid out, whether the writer lives.",
    fields=(
        # What never changes.
        Field("magic", "u64", "the bytes `HYDROSHM`"),
        Field("layout_hash", "u64", "hash of the layout: names, types and places of all members"),
        Field("version", "u32", "version of the layout"),
        Field("symbols", "u32", "snapshots, and names"),
        Field("alert_slots", "u32", "slots of the alert ring, a power of two"),
        Field("pid", "u32", "the writer's process"),
        Field("size", "u64", "bytes of the whole segment"),
        Field("pid_start", "u64", "when that process started, clock ticks since boot"),
        Field("generation", "u64", "segments that were published under this name, this one too"),
        Field("created_ns", "u64", "CLOCK_REALTIME when it was made, nanoseconds"),
        Field("boot_id", "u8", "the system's boot, /proc/sys/kernel/random/boot_id", count=16),
        Field("reserved", "u64", "zero", count=6),
        # What changes with every call of the writer.
        Field("state", "u64", "see WriterState"),
        Field("heartbeat_ns", "u64", "CLOCK_MONOTONIC_COARSE at the writer's last sign of life"),
        Field("events", "u64", "events published"),
        Field("late", "u64", "events whose timestamp lay before their symbol's previous one"),
        Field("time_ns", "u64", "timestamp of the last event"),
        Field("named", "u64", "symbols whose names are written"),
        Field("reserved_live", "u64", "zero", count=2),
        Field("alerts", "u64", "alerts published: the number of the next one"),
        Field("reserved_ring", "u64", "zero", count=7),
    ),
)

NAME = Record(
    name="hydrophone_shared_name",
    doc="Name of a symbol, written once, before the header's `named` counts it.",
    fields=(
        Field("length", "u32", "bytes of the name"),
        Field("text", "u8", "UTF-8, zero behind the name", count=NAME_BYTES),
    ),
)

SNAPSHOT = Record(
    name="hydrophone_snapshot",
    doc="What is known of a symbol, under a sequence lock.",
    fields=(
        Field("version", "u64", "sequence lock: odd while the writer writes; 0 before any event"),
        Field("time_ns", "u64", "timestamp of the symbol's last event"),
        Field("sequence", "u64", "sequence number of that event"),
        Field("events", "u64", "events of the symbol"),
        Field("alerts", "u64", "alerts of the symbol"),
        Field("late", "u64", "late events of the symbol"),
        Field("heads", "u16", "-log2 tail probability of each Kind, format TAIL", count=len(Kind)),
        Field("parent_size", "u32", "running parent order in lots"),
        Field("price", "u32", "price of the last event in ticks"),
        Field(
            "thresholds",
            "u32",
            "each head's threshold behind the symbol's last event, raw THRESHOLD; "
            "UNKNOWN_THRESHOLD where the writer was not told",
            count=len(Kind),
        ),
        Field("alert_time_ns", "u64", "timestamp of the symbol's last alert; 0 before any"),
        Field("alert_sequence", "u64", "sequence number of that alert's event"),
        Field("rank_sequence", "u64", "sequence number of the event that `rank` was decided on"),
        Field("alert_parent_size", "u32", "parent order of the last alert in lots"),
        Field("alert_price", "u32", "price of the last alert in ticks"),
        Field("score", "u16", "largest of the heads, format TAIL"),
        Field("flags", "u16", "bits of ResultFlag of the last event"),
        Field("alert_score", "u16", "score of the last alert, format TAIL"),
        Field("side", "u8", "aggressor side of the running parent, see Side"),
        Field("kind", "u8", "the loudest head, see Kind"),
        Field("alert_side", "u8", "side of the last alert"),
        Field("alert_kind", "u8", "kind of the last alert"),
        Field("rank", "u8", "twice the fused rank as a candidate; 0: none"),
        Field("decided", "u8", "1 where that decision came about"),
        Field("best", "u8", "the candidate that it named"),
        Field("reserved", "u8", "zero", count=3),
    ),
)

ALERT = Record(
    name="hydrophone_shared_alert",
    doc="One slot of the alert ring.",
    fields=(
        Field("stamp", "u64", "2 n + 1 while alert n is written, 2 n + 2 when it is; 0: never"),
        Field("time_ns", "u64", "the event's timestamp"),
        Field("sequence", "u64", "the event's sequence number"),
        Field("parent_size", "u32", "parent order in lots, this print included"),
        Field("price", "u32", "price in ticks"),
        Field("heads", "u16", "-log2 tail probability of each Kind, format TAIL", count=len(Kind)),
        Field("symbol", "u16", "the event's symbol"),
        Field("side", "u8", "aggressor side, see Side"),
        Field("kind", "u8", "the head that raised it, see Kind"),
        Field("score", "u16", "-log2 of the smallest tail probability, format TAIL"),
        Field("flags", "u16", "bits of ResultFlag"),
        Field("reserved", "u64", "zero", count=2),
    ),
)

RECORDS = (HEADER, NAME, SNAPSHOT, ALERT)
"""In the order in which they lie in a segment; each but the header comes many times."""


@dataclass(frozen=True)
class Segment:
    """Places of the parts of a segment, in bytes: each begins a cache line.

    Attributes:
        symbols: Number of snapshots.
        alert_slots: Slots of the alert ring.

    Raises:
        ValueError: A size is out of range.
    """

    symbols: int
    alert_slots: int

    def __post_init__(self) -> None:
        if not 1 <= self.symbols <= MAX_SYMBOLS:
            raise ValueError(f"{self.symbols} symbols: give 1 … {MAX_SYMBOLS}")
        slots = self.alert_slots
        if not MIN_ALERT_SLOTS <= slots <= MAX_ALERT_SLOTS or slots & (slots - 1):
            raise ValueError(
                f"{slots} slots of alerts: give a power of two, {MIN_ALERT_SLOTS} … "
                f"{MAX_ALERT_SLOTS}"
            )

    @property
    def names(self) -> int:
        """Place of the symbols' names."""
        return HEADER.size

    @property
    def snapshots(self) -> int:
        """Place of the snapshots."""
        return self.names + self.symbols * NAME.size

    @property
    def alerts(self) -> int:
        """Place of the alert ring."""
        return self.snapshots + self.symbols * SNAPSHOT.size

    @property
    def size(self) -> int:
        """Bytes of the whole segment."""
        return self.alerts + self.alert_slots * ALERT.size


def layout_hash() -> int:
    """64 bits that differ when the name, type or place of a member or a number differs."""
    lines = [f"version {VERSION}", *(f"{state.name}={state.value}" for state in WriterState)]
    for record in RECORDS:
        lines += [
            f"{record.name}.{f.name} {f.type}[{f.count}] @{record.offset(f.name)}"
            for f in record.fields
        ]
    return int.from_bytes(hashlib.sha256("\n".join(lines).encode()).digest()[:8], "little")


def c_header() -> str:
    """The header of the layout, for C11 and C++."""
    numbers = {
        "MAGIC": f"UINT64_C({MAGIC:#x})",
        "LAYOUT_HASH": f"UINT64_C({layout_hash():#x})",
        "VERSION": f"{VERSION}u",
        "MAX_SYMBOLS": f"{MAX_SYMBOLS}u",
        "MIN_ALERT_SLOTS": f"{MIN_ALERT_SLOTS}u",
        "MAX_ALERT_SLOTS": f"{MAX_ALERT_SLOTS}u",
        "NAME_BYTES": f"{NAME_BYTES}u",
        "UNKNOWN_THRESHOLD": f"UINT32_C({UNKNOWN_THRESHOLD:#x})",
        **{f"{state.name}": f"{state.value}u" for state in WriterState},
    }
    lines = [
        "/* Written by hydrophone_model.shared_memory; change the model, not this file. */",
        "#ifndef HYDROPHONE_SHARED_LAYOUT_H",
        "#define HYDROPHONE_SHARED_LAYOUT_H",
        "",
        "#include <assert.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        *(f"#define HYDROPHONE_SHARED_{name} {value}" for name, value in numbers.items()),
    ]
    for record in RECORDS:
        lines += ["", *_c_struct(record)]
    return "\n".join([*lines, "", "#endif", ""])


def _c_struct(record: Record) -> Iterator[str]:
    """The record as a C struct, with assertions of size and places."""
    yield f"/* {record.doc} */"
    yield "typedef struct {"
    for field in record.fields:
        array = f"[{field.count}]" if field.count > 1 else ""
        yield f"    uint{field.element_width}_t {field.name}{array}; /* {field.doc} */"
    yield f"}} {record.name};"
    yield f'static_assert(sizeof({record.name}) == {record.size}, "size of {record.name}");'
    for field in record.fields:
        place = f"offsetof({record.name}, {field.name}) == {record.offset(field.name)}"
        yield f'static_assert({place}, "place of {field.name}");'


def markdown() -> str:
    """The tables of the documentation."""
    parts = [f"Layout version {VERSION}, hash `{layout_hash():#018x}`."]
    for record in RECORDS:
        rows = ["| byte | member | type | what it is |", "|" + "---|" * 4]
        for field in record.fields:
            count = f"[{field.count}]" if field.count > 1 else ""
            place = record.offset(field.name)
            rows.append(f"| {place} | `{field.name}` | {field.type}{count} | {field.doc} |")
        title = f"### `{record.name}`, {record.size} bytes"
        parts.append("\n".join([title, "", record.doc, "", *rows]))
    return "\n\n".join(parts)


BEGIN, END = "<!-- layout, by hydrophone_model.shared_memory -->", "<!-- end of layout -->"
"""Marks in the page around the tables."""


def renewed_page(page: str) -> str:
    """The page with the tables of this layout."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1] == "--page":
        path = Path(sys.argv[2])
        path.write_text(renewed_page(path.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        Path(sys.argv[1]).write_text(c_header(), encoding="utf-8")
