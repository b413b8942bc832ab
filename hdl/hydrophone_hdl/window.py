"""Sliding windows: where the next value goes and which one it replaces."""

from dataclasses import dataclass

from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, join, number, select
from hydrophone_model.fixed import FLAG, Fixed


@dataclass(frozen=True)
class Slot:
    """The place of a new value in its symbol's window.

    Attributes:
        address: Of the slot, symbol and place together.
        replaces: Whether the slot holds a value that leaves the window.
        count: Values in the window, the new one included.
    """

    address: Number
    replaces: Number
    count: Number


def next_slot(
    name: str, symbol: Number, *, symbols: int, length: int, push: Number | None = None
) -> Slot:
    """Counts a new value into its symbol's window, or none where ``push`` is low.

    The window is a ring: a symbol's counter runs to ``length`` once and from there on the place
    wraps round.
    """
    push = number(1) if push is None else push
    bits = (length - 1).bit_length()
    ring = State(name, address=symbol, depth=symbols, members=[(Fixed(integer=bits), 0), (FLAG, 0)])
    place, full = ring.now
    after = place + push
    ring.learn(after, full | after.bit(bits))
    return Slot(
        address=join(place, symbol),
        replaces=full & push,
        count=select(full, length, after),
    )
