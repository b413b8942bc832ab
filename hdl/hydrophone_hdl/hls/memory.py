"""State and memories: what a datapath keeps from event to event.

A `State` is read, modified and written by every event; a `Memory` is a plain one for windows, whose
slots are written long before they are read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import SupportsIndex

from hydrophone_hdl.hls.bits import checked_format, integer
from hydrophone_hdl.hls.graph import (
    CLOCKED,
    Constant,
    DescriptionError,
    Kind,
    Node,
    source_place,
)
from hydrophone_hdl.hls.number import Number, check_unsigned, constant, number
from hydrophone_model.fixed import Fixed, FormatError

MIN_DEPTH = 2
"""Slots of the smallest memory: one of a single slot would have no address."""


class State:
    """Read-modify-write state: one entry for each address, read and written by every event.

    An event finds the entry as the event before it left it, however close behind it comes. So
    what leads from `read` to what is written has one clock; the scheduler forwards what is on its
    way to the memory, and refuses a loop that is longer.

    Args:
        name: Of the memory.
        address: Which entry; unsigned, below ``depth``. A single entry needs none.
        depth: Number of entries; a single one is a register.
        members: Format and first value of each member of an entry: a raw integer or a number made
            of run-time settings alone.

    Attributes:
        read: The members of the event's entry.
        successor: The nodes that are written back; none until `write`.
        reset: The nodes of the first values.
        place: File, line and function of the source that asked for it.

    Raises:
        FormatError: The address is signed, no integer or wider than the depth; a first value does
            not fit its member.
        DescriptionError: There are several entries and no address, no entry, or no member; a first
            value follows from an event.
    """

    def __init__(
        self,
        name: str,
        *,
        address: Number | SupportsIndex | None = None,
        depth: SupportsIndex = 1,
        members: Sequence[tuple[Fixed, "SupportsIndex | Number"]],
    ) -> None:
        self._what = _named(f"state {name!r}", name)
        self.name, self.depth, self.place = name, _count(depth, self._what), source_place()
        if self.depth == 1:
            address = 0
        if address is None:
            raise DescriptionError(f"state {name!r} has {depth} entries: give the address of one")
        if not members:
            raise DescriptionError(f"state {name!r} has no members: give one or more")
        self.address = _address(address, self.depth, self._what)
        self.formats = [checked_format(format) for format, _ in members]
        self.reset: list[Node] = []
        for format, first in members:
            value = first if isinstance(first, Number) else constant(first, format)
            _check_invariant(value, self._what)
            self.reset.append(fitted(value, format, f"a first value of {self._what}").node)
        self.read = [
            Number(StateRead(format, state=self, member=member))
            for member, format in enumerate(self.formats)
        ]
        self.successor: tuple[Node, ...] = ()

    @property
    def width(self) -> int:
        """Bits of an entry."""
        return sum(format.width for format in self.formats)

    def write(self, *successor: Number | SupportsIndex) -> None:
        """Writes the entry back, member for member; once in a datapath.

        Raises:
            FormatError: A member's format does not hold every value.
            DescriptionError: It is written already, or there are more or fewer members.
        """
        if self.successor:
            raise DescriptionError(f"{self._what} is written a second time: choose with select()")
        if len(successor) != len(self.formats):
            raise DescriptionError(
                f"{self._what} is written {len(successor)} values, and has {len(self.formats)} "
                "members: give one for each"
            )
        self.successor = tuple(
            fitted(number(value), format, f"what is written to {self._what}").node
            for value, format in zip(successor, self.formats, strict=True)
        )


class Memory:
    """Plain memory for windows: a slot is read, and much later overwritten.

    Args:
        name: Of the memory.
        depth: Number of slots.
        format: Of a slot.
        reuse: Least number of events between the write of a slot and its next read.

    Attributes:
        reads: The nodes that read it.
        writes: Address, value and enable of its write; none until `write`.
        place: File, line and function of the source that asked for it.

    Raises:
        DescriptionError: It has no slot, or one that is read by the event that writes it.
    """

    def __init__(
        self, name: str, *, depth: SupportsIndex, format: Fixed, reuse: SupportsIndex
    ) -> None:
        self._what = _named(f"memory {name!r}", name)
        self.name, self.format, self.place = name, checked_format(format), source_place()
        self.depth, self.reuse = max(MIN_DEPTH, _count(depth, self._what)), integer(reuse)
        if self.reuse < 1:
            raise DescriptionError(
                f"{self._what} has a reuse of {reuse}: an event reads a slot before it is written, "
                "so give 1 or more"
            )
        self.reads: list[Node] = []
        self.writes: tuple[Node, ...] = ()

    def read(self, address: Number | SupportsIndex) -> Number:
        """A slot's value before any write of the same event.

        Raises:
            FormatError: The address is signed, no integer or wider than the depth.
        """
        where = _address(address, self.depth, self._what)
        node = MemoryRead(self.format, (where,), memory=self)
        self.reads.append(node)
        return Number(node)

    def write(
        self,
        address: Number | SupportsIndex,
        value: Number | SupportsIndex,
        *,
        enable: Number | SupportsIndex,
    ) -> None:
        """Overwrites a slot where ``enable``; once in a datapath.

        Raises:
            FormatError: The address is signed, no integer or wider than the depth, ``enable`` has
                several bits, or the slot's format does not hold every value.
            DescriptionError: It is written already.
        """
        where, enable = _address(address, self.depth, self._what), number(enable)
        if enable.width != 1:
            raise FormatError(
                f"the enable of {self._what} has one bit, not {enable.format}: use any() or compare"
            )
        if self.writes:
            raise DescriptionError(f"{self._what} is written a second time: choose with select()")
        slot = fitted(number(value), self.format, f"what is written to {self._what}")
        self.writes = where, slot.node, enable.node


@dataclass(eq=False, slots=True)
class StateRead(Node):
    """The read of one member of a state's entry.

    Attributes:
        state: The state.
        member: Which member.
    """

    kind: Kind = field(default=Kind.STATE, init=False)
    state: State = field(kw_only=True)
    member: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class MemoryRead(Node):
    """The read of a memory's slot; its operand is the address.

    Attributes:
        memory: The memory.
    """

    kind: Kind = field(default=Kind.MEMORY, init=False)
    memory: Memory = field(kw_only=True)


def fitted(value: Number, format: Fixed, what: str) -> Number:
    """A value in a format that holds every value of its own.

    Raises:
        FormatError: The format does not.
    """
    own = value.format
    if own.fraction != format.fraction or own.min < format.min or own.max > format.max:
        raise FormatError(
            f"{what} is {own}, which {format} does not hold: to() rounds and saturates, "
            "cut() and wrap() drop bits"
        )
    return value.wrap(format)


def _named(what: str, name: object) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        raise DescriptionError(f"{what} has no name of letters, digits and _: give it one")
    return what


def _count(depth: SupportsIndex, what: str) -> int:
    entries = integer(depth)
    if entries < 1:
        raise DescriptionError(f"{what} has a depth of {entries}: give 1 or more")
    return entries


def _address(address: Number | SupportsIndex, depth: int, what: str) -> Node:
    address = number(address)
    check_unsigned(address, "an address")
    bits = max(1, (depth - 1).bit_length())
    if address.width > bits:
        raise FormatError(
            f"an address of {what} is {address.format}, and {bits} bits count to its depth of "
            f"{depth}: bits() or wrap() leaves out the others"
        )
    raw = address.node.raw if isinstance(address.node, Constant) else 0
    if raw >= depth:
        raise FormatError(f"the address {raw} of {what} is not below its depth of {depth}")
    return address.node


def _check_invariant(value: Number, what: str) -> None:
    """Refuses a first value that an event has a part in."""
    seen: set[Node] = set()
    nodes = [value.node]
    while nodes:
        node = nodes.pop()
        if node.kind in (Kind.INPUT, Kind.STATE, *CLOCKED):
            raise DescriptionError(
                f"a first value of {what} follows from an event ({node.place}): it is there "
                "before any, so make it of constants and run-time settings"
            )
        nodes += [operand for operand in node.operands if operand not in seen]
        seen.update(node.operands)
