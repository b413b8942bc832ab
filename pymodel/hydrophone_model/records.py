"""Records: packed as on the wire, market events in, early flags, results and alerts out.

Each record is described once, as data. The NumPy structured dtype, the C struct, the wire layout
and (in `hydrophone_hdl.records`) the Amaranth layout are derived from it: host memory has the
wire's layout, so nothing is copied or re-packed on the way.
"""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import IntEnum, IntFlag

import numpy as np

_C_TYPES = {
    "u8": "std::uint8_t",
    "u16": "std::uint16_t",
    "u32": "std::uint32_t",
    "u64": "std::uint64_t",
}


class Side(IntEnum):
    """Aggressor side of a print."""

    BUY = 0
    SELL = 1


class Kind(IntEnum):
    """The four kinds of whale, one score head each."""

    BLOCK = 0
    SWEEP = 1
    ICEBERG = 2
    SLICED = 3


class EventFlag(IntFlag):
    """Bits of a market event's ``flags``."""

    SIDE_INFERRED = 1


class ResultFlag(IntFlag):
    """Bits of a result's ``flags``."""

    ALERT = 1
    """This event opened an alert episode."""
    EPISODE = 2
    """An alert episode of this symbol and side is open."""
    JOINED = 4
    """The print joined the running parent order."""
    LATE = 8
    """The event's timestamp lies before its symbol's previous one."""
    LOUD = 16
    """The running parent lies so many octaves above the symbol's usual one that it need not wait
    for its score: see `hydrophone_model.whale.volume`."""


@dataclass(frozen=True)
class Field:
    """One unsigned little-endian member of a record.

    Attributes:
        name: Member name, the same in NumPy, hardware and C.
        type: One of ``u8``, ``u16``, ``u32``, ``u64``.
        doc: Meaning and unit.
        count: Number of elements; more than one makes an array.
        echoed: Whether a result's member repeats the event's of the same name.
    """

    name: str
    type: str
    doc: str
    count: int = 1
    echoed: bool = False

    @property
    def element_width(self) -> int:
        """Bits of one element."""
        return int(self.type[1:])

    @property
    def size(self) -> int:
        """Bytes of the whole member."""
        return self.element_width // 8 * self.count


@dataclass(frozen=True)
class Record:
    """A packed record whose members are aligned to their own size without implicit padding.

    Raises:
        ValueError: A member would need padding; the message names it.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    _dtype: np.dtype[np.void] = dataclass_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for field in self.fields:
            alignment = field.element_width // 8
            if self.offset(field.name) % alignment:
                raise ValueError(
                    f"{self.name}.{field.name} lies at byte {self.offset(field.name)}, "
                    f"not a multiple of {alignment}: reorder the fields or add a reserved one"
                )
        if self.size % 8:
            raise ValueError(f"{self.name} is {self.size} bytes: pad it to a multiple of 8")
        object.__setattr__(self, "_dtype", self._wire_dtype())

    def offset(self, name: str) -> int:
        """Byte offset of the member ``name``."""
        position = 0
        for field in self.fields:
            if field.name == name:
                return position
            position += field.size
        raise KeyError(f"{self.name} has no field {name!r}: {[f.name for f in self.fields]}")

    @property
    def size(self) -> int:
        """Bytes of the record."""
        return sum(field.size for field in self.fields)

    @property
    def echoed(self) -> tuple[str, ...]:
        """Names of the members that repeat those of an event."""
        return tuple(field.name for field in self.fields if field.echoed)

    @property
    def dtype(self) -> np.dtype[np.void]:
        """NumPy structured dtype with the wire's offsets, always the same object."""
        return self._dtype

    def _wire_dtype(self) -> np.dtype[np.void]:
        return np.dtype(
            {
                "names": [f.name for f in self.fields],
                "formats": [
                    (f"<u{f.element_width // 8}", (f.count,))
                    if f.count > 1
                    else f"<u{f.element_width // 8}"
                    for f in self.fields
                ],
                "offsets": [self.offset(f.name) for f in self.fields],
                "itemsize": self.size,
            }
        )

    def c_struct(self) -> str:
        """C++ struct definition with static assertions of size and offsets."""
        lines = [f"/// {self.doc}", f"struct {self.name} {{"]
        for field in self.fields:
            array = f"[{field.count}]" if field.count > 1 else ""
            lines.append(f"  {_C_TYPES[field.type]} {field.name}{array};  ///< {field.doc}")
        lines.append("};")
        lines.append(f"static_assert(sizeof({self.name}) == {self.size});")
        lines += [
            f"static_assert(offsetof({self.name}, {f.name}) == {self.offset(f.name)});"
            for f in self.fields
        ]
        return "\n".join(lines)


EVENT = Record(
    name="Event",
    doc="One print (trade) of a market-data stream.",
    fields=(
        Field("time_ns", "u64", "exchange timestamp, nanoseconds since the Unix epoch"),
        Field("sequence", "u64", "position in the stream, set by the host"),
        Field("price", "u32", "price in ticks, at least 1"),
        Field("size", "u32", "size in lots, at least 1"),
        Field("symbol", "u16", "index into the session's symbol table"),
        Field("side", "u8", "aggressor side, see Side"),
        Field("flags", "u8", "bits of EventFlag"),
        Field("reserved", "u32", "zero"),
    ),
)
"""Market event: one print (trade). NumPy takes it as a dtype."""

RESULT = Record(
    name="Result",
    doc="What the whale pipeline says of one event; an alert is a result with the ALERT flag.",
    fields=(
        Field("time_ns", "u64", "the event's timestamp", echoed=True),
        Field("sequence", "u64", "the event's sequence number", echoed=True),
        Field("price", "u32", "the event's price in ticks", echoed=True),
        Field("parent_size", "u32", "running parent order in lots, this print included"),
        Field("symbol", "u16", "the event's symbol", echoed=True),
        Field("side", "u8", "the event's aggressor side", echoed=True),
        Field("kind", "u8", "the loudest head, see Kind; of an alert, the head that raised it"),
        Field("score", "u16", "-log2 of the smallest tail probability, format TAIL"),
        Field("flags", "u16", "bits of ResultFlag"),
        Field("heads", "u16", "-log2 tail probability of each Kind, format TAIL", count=4),
    ),
)
"""Result of the whale pipeline for one event. NumPy takes it as a dtype."""

EARLY = Record(
    name="Early",
    doc="What is known of an event before its result: whether its running parent is loud.",
    fields=(
        Field("sequence", "u64", "the event's sequence number"),
        Field("parent_size", "u32", "running parent order in lots, this print included"),
        Field("symbol", "u16", "the event's symbol"),
        Field("side", "u8", "the event's aggressor side"),
        Field("loud", "u8", "1 where its result will carry the LOUD flag, else 0"),
    ),
)

RECORDS = (EVENT, RESULT, EARLY)
