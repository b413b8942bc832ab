"""What a datapath remembers: state that every event reads and renews, and plain memories."""

from collections.abc import Sequence

from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.number import Number, check_unsigned, constant, number
from hydrophone_model.fixed import Fixed

LEAST = 2
"""Entries of the smallest memory: one of a single entry would have no address."""


class State:
    """A memory with one entry for each address, read and renewed by every event.

    An event finds the entry as the event before it left it, however close behind it comes. So
    what leads from `now` to what is learned has one clock; the scheduler forwards what is on its
    way to the memory, and refuses a loop that is longer.

    Args:
        name: Of the memory.
        address: Which entry; unsigned, below ``depth``. A single entry needs none.
        depth: Number of entries; a single one is a register.
        members: Format and first value of each member of an entry: a raw integer or a number made
            of run-time settings alone.

    Attributes:
        now: The members of the event's entry.

    Raises:
        FormatError: The address is signed or no integer.
        ValueError: There are several entries and no address.
    """

    def __init__(
        self,
        name: str,
        *,
        address: Number | None = None,
        depth: int = 1,
        members: Sequence[tuple[Fixed, "int | Number"]],
    ) -> None:
        if address is None and depth > 1:
            raise ValueError(f"state {name!r} has {depth} entries: give the address of one")
        if address is None or depth == 1:
            address = number(0)
        check_unsigned(address, "an address")
        self.name, self.depth, self.address = name, depth, address.node
        self.formats = [format for format, _ in members]
        self.reset: list[Node] = []
        for format, first in members:
            value = constant(first, format) if isinstance(first, int) else first.wrap(format)
            self.reset.append(value.node)
        self.now = [
            Number(Node(Kind.STATE, format, data=(self, place)))
            for place, format in enumerate(self.formats)
        ]
        self.successor: tuple[Node, ...] = ()

    @property
    def width(self) -> int:
        """Bits of an entry."""
        return sum(format.width for format in self.formats)

    def learn(self, *successor: Number) -> None:
        """Renews the entry, member for member; the value must fit the member's format."""
        members = zip(successor, self.formats, strict=True)
        self.successor = tuple(value.wrap(format).node for value, format in members)


class Store:
    """A plain memory for windows: a slot is read, and much later overwritten.

    Args:
        name: Of the memory.
        depth: Number of slots.
        format: Of a slot.
        reuse: Least number of events between the write of a slot and its next read.
    """

    def __init__(self, name: str, *, depth: int, format: Fixed, reuse: int) -> None:
        self.name, self.depth, self.format, self.reuse = name, max(LEAST, depth), format, reuse
        self.reads: list[Node] = []
        self.writes: tuple[Node, ...] = ()

    def read(self, address: Number) -> Number:
        """A slot's value before any write of the same event."""
        check_unsigned(address, "an address")
        node = Node(Kind.STORED, self.format, (address.node,), data=self)
        self.reads.append(node)
        return Number(node)

    def write(self, address: Number, value: Number, *, enable: Number) -> None:
        """Overwrites a slot where ``enable``; once in a datapath."""
        check_unsigned(address, "an address")
        self.writes = (address.node, value.wrap(self.format).node, enable.node)
