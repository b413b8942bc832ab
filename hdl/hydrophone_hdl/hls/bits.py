"""Bit operations on a fixed-point value: wiring, gates, and other readings of its bits."""

import operator
from typing import Any, Self, SupportsIndex

import numpy as np

from hydrophone_hdl.hls.graph import Constant, Kind, Node, Resize, Slice
from hydrophone_model.fixed import FLAG, Fixed, FormatError


class Bits:
    """The bits of a value of a format.

    Attributes:
        node: The operation that yields it.
    """

    __slots__ = ("node",)
    # NumPy's scalars and arrays leave operators to the other side.
    __array_ufunc__ = None

    def __init__(self, node: Node) -> None:
        self.node = node

    @property
    def format(self) -> Fixed:
        """Its number format."""
        return self.node.format

    @property
    def width(self) -> int:
        """Bits of its format."""
        return self.node.format.width

    def __bool__(self) -> bool:
        raise TypeError(
            f"a number has no truth value while its datapath is described ({self.node.place}): "
            "choose with select()"
        )

    def __len__(self) -> int:
        return self.width

    @property
    def negative(self) -> Self:
        """Whether it is below zero."""
        if self.format.signed:
            return self.bits(self.width - 1, self.width)
        return type(self)(constant_node(0, FLAG))

    def any(self) -> Self:
        """Whether it is not zero."""
        return self.read_as(FLAG) if self.width == 1 else self._unary(Kind.ANY, FLAG)

    def all(self) -> Self:
        """Whether every bit is set."""
        return ~(~self).any()

    def __invert__(self) -> Self:
        """Every bit turned over."""
        return self._unary(Kind.NOT, self.format)

    def bits(self, first: SupportsIndex, end: SupportsIndex) -> Self:
        """The bits ``first`` up to, not including, ``end``, as an unsigned integer."""
        first, end = integer(first), integer(end)
        if not 0 <= first < end <= self.width:
            raise FormatError(f"{self.format} has no bits {first} … {end - 1}")
        return type(self)(Slice(Fixed(integer=end - first), (self.node,), first=first))

    def bit(self, place: int) -> Self:
        """One bit."""
        return self.bits(place, place + 1)

    @property
    def raw(self) -> Self:
        """Its raw integer."""
        like = self.format
        return self.read_as(Fixed(signed=like.signed, integer=like.width - int(like.signed)))

    def read_as(self, format: Fixed) -> Self:
        """Its bits, read as another format of the same width."""
        if checked_format(format).width != self.width:
            raise FormatError(f"{self.format} cannot be read as {format}: the widths differ")
        return self if format == self.format else self.resized(format, 0)

    def cut(self, fraction: SupportsIndex) -> Self:
        """The value with so many fraction bits; later ones are cut off, missing ones are zero."""
        like, fraction = self.format, integer(fraction)
        if int(like.signed) + like.integer + fraction < 1:
            raise FormatError(f"cutting {like} to {fraction} fraction bits leaves nothing of it")
        target = Fixed(signed=like.signed, integer=like.integer, fraction=fraction)
        return self.resized(target, fraction - like.fraction)

    def wrap(self, format: Fixed) -> Self:
        """The low bits in a format of the same fraction: right where the value fits, else modulo.

        What arithmetic knows to fit is written so, and costs no saturation.
        """
        if checked_format(format).fraction != self.format.fraction:
            raise FormatError(
                f"{self.format} has not the fraction bits of {format}: cut() it first"
            )
        return self if format == self.format else self.resized(format, 0)

    def resized(self, format: Fixed, left: int) -> Self:
        """The raw bits moved left (or right) and read in a format."""
        if isinstance(self.node, Constant):
            raw = self.node.raw
            moved = raw << left if left >= 0 else raw >> -left
            return type(self)(constant_node(wrapped(moved, format), format))
        return type(self)(Resize(format, (self.node,), left=left))

    def _unary(self, kind: Kind, format: Fixed) -> Self:
        return type(self)(Node(kind, format, (self.node,)))


def checked_format(format: object) -> Fixed:
    """A number format.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(format, Fixed):
        raise TypeError(f"{format!r} is no number format: give a Fixed")
    return format


def wrapped(raw: int, format: Fixed) -> int:
    """The low bits of an integer of any size as a format reads them."""
    bits = raw & ((1 << format.width) - 1)
    return bits - (1 << format.width) if bits > format.max else bits


def constant_node(raw: SupportsIndex, format: Fixed) -> Node:
    """A raw integer of a format."""
    raw = integer(raw)
    checked_format(format).checked(raw, "constant")
    return Constant(format, raw=raw)


def integer(value: Any) -> int:
    """An integer of Python or NumPy; a flag is 0 or 1.

    Raises:
        TypeError: It is neither.
    """
    if type(value) is np.bool_:
        return int(value)
    try:
        return operator.index(value)
    except TypeError as error:
        raise TypeError(f"{value!r} is neither a number nor an integer: {error}") from None
