"""Sliding windows: the last values of each symbol; the oldest leaves for the newest."""

from typing import SupportsIndex

from hydrophone_hdl.hls.bits import integer
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import Number, join, number, select
from hydrophone_model.fixed import FLAG, Fixed, FormatError


class Window:
    """A window of each symbol, into which an event pushes one value.

    It is a ring in a memory: a symbol's counter runs to ``length`` once, and from there on the
    place wraps round.

    Args:
        name: Of its memories.
        symbol: Whose window.
        members: What a value consists of; several numbers share a slot.
        symbols: Number of symbols.
        length: Values that it holds; a power of two, at least 2.
        push: Whether the event has a value; always unless given.

    Attributes:
        oldest: The members of the value in whose place the new one goes, right only where one
            `leaves`.
        leaves: Whether a value leaves the window.
        count: Values in the window, the new one included.

    Raises:
        ValueError: The length is no power of two.
        FormatError: ``push`` has several bits, or ``symbol`` more than count to ``symbols``.
    """

    def __init__(
        self,
        name: str,
        symbol: Number | SupportsIndex,
        *members: Number,
        symbols: SupportsIndex,
        length: SupportsIndex,
        push: Number | SupportsIndex | None = None,
    ) -> None:
        symbol, symbols, length = number(symbol), integer(symbols), integer(length)
        if length < 2 or length & (length - 1):
            raise ValueError(
                f"window {name!r} of {length} values: make it a power of two, 2 or more"
            )
        push = number(1 if push is None else push)
        if push.width != 1:
            raise FormatError(
                f"the push of window {name!r} has one bit, not {push.format}: use any() or compare"
            )
        bits = (length - 1).bit_length()
        ring = State(
            f"{name}_slot",
            address=symbol,
            depth=symbols,
            members=[(Fixed(integer=bits), 0), (FLAG, 0)],
        )
        place, full = ring.read
        after = place + push
        ring.write(after.wrap(Fixed(integer=bits)), full | after.bit(bits))
        value = join(*members)
        memory = Memory(f"{name}_window", depth=symbols * length, format=value.format, reuse=length)
        address = slot_of(place, symbol, symbols)
        self._formats = [member.format for member in members]
        self._slot = memory.read(address)
        memory.write(address, value, enable=push)
        self.leaves = full & push
        self.count = select(full, length, after)

    @property
    def oldest(self) -> list[Number]:
        """The members in the slot."""
        return self._split(self._slot)

    @property
    def gone(self) -> list[Number]:
        """The members of the value that leaves, zeros where none does."""
        return self._split(select(self.leaves, self._slot, 0))

    def _split(self, value: Number) -> list[Number]:
        first, members = 0, list[Number]()
        for format in self._formats:
            end = first + format.width
            members.append(value.bits(first, end).read_as(format))
            first = end
        return members


def slot_of(place: Number, symbol: Number, symbols: int) -> Number:
    """Number of a slot by its place among its symbol's; a lone symbol has no bit in it."""
    return join(place, symbol) if symbols > 1 else place


def running(name: str, symbol: Number, depth: int, format: Fixed, change: Number) -> Number:
    """A running sum of each symbol, the event's change taken in."""
    state = State(name, address=symbol, depth=depth, members=[(format, 0)])
    after = (state.read[0] + change).wrap(format)
    state.write(after)
    return after
