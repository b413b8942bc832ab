"""Sliding windows: where the next value goes and which one it replaces."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Mux

from hydrophone_hdl.pipe import Pipe, Wire


@dataclass(frozen=True)
class Slot:
    """The place of a new value in its symbol's window.

    Attributes:
        address: Of the slot, symbol and place together.
        replaces: Whether the slot holds a value that leaves the window.
        count: Values in the window, the new one included.
    """

    address: Wire
    replaces: Wire
    count: Wire


def next_slot(
    pipe: Pipe, name: str, symbol: Wire, *, symbols: int, length: int, push: Wire | None = None
) -> Slot:
    """Counts a new value into its symbol's window, or none where ``push`` is low.

    The window is a ring: a symbol's counter runs to ``length`` once and from there on the place
    wraps round.
    """
    push = push or Wire(Const(1), 0)
    bits = (length - 1).bit_length()
    ring = pipe.recall(
        name,
        address=symbol,
        depth=symbols,
        reset=[Const(0, bits), Const(0, 1)],
        time=push.time,
    )
    place, full = ring.now
    moved = pipe.logic(lambda at, go: (at + go)[: bits + 1], place, push)
    next_full = pipe.logic(lambda after, was: was | after[-1], moved, full)
    ring.learn(pipe.logic(lambda after: after[:bits], moved), next_full)
    return Slot(
        address=pipe.stage(lambda at, who: Cat(at, who), place, symbol),
        replaces=pipe.stage(lambda was, go: was & go, full, push),
        count=pipe.stage(lambda was, after: Mux(was, length, after), full, moved),
    )
