"""Comparison and bitwise operators on fixed-point values: both operands with the finer's fraction.

A plain integer, Python's or NumPy's, means that integer.
"""

from collections.abc import Sequence
from typing import Self, SupportsIndex, TypeVar

from hydrophone_hdl.hls.bits import Bits, constant_node, integer
from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_model.fixed import FLAG, Fixed

B = TypeVar("B", bound=Bits)


class ComparableBits(Bits):
    """A value that can be compared and combined bit by bit with another of any format."""

    __slots__ = ()

    # -- comparison ---------------------------------------------------------------------------

    def __lt__(self, other: "Self | SupportsIndex") -> Self:
        return self._aligned_operation(Kind.COMPARE, FLAG, self._like(other))

    def __gt__(self, other: "Self | SupportsIndex") -> Self:
        return self._like(other) < self

    def __ge__(self, other: "Self | SupportsIndex") -> Self:
        return ~(self < other)

    def __le__(self, other: "Self | SupportsIndex") -> Self:
        return ~(self > other)

    def __eq__(self, other: object) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride] - a description
        if not isinstance(other, type(self)):
            other = integer(other)
            if other == 0:
                return ~self.any()
        return self._aligned_operation(Kind.EQUAL, FLAG, self._like(other))

    def __ne__(self, other: object) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride] - a description
        return ~(self == other)

    __hash__ = object.__hash__

    # -- bitwise ------------------------------------------------------------------------------

    def __and__(self, other: "Self | SupportsIndex") -> Self:
        return self._bitwise(Kind.AND, other)

    def __rand__(self, other: SupportsIndex) -> Self:
        return self & other

    def __or__(self, other: "Self | SupportsIndex") -> Self:
        return self._bitwise(Kind.OR, other)

    def __ror__(self, other: SupportsIndex) -> Self:
        return self | other

    def __xor__(self, other: "Self | SupportsIndex") -> Self:
        return self._bitwise(Kind.XOR, other)

    def __rxor__(self, other: SupportsIndex) -> Self:
        return self ^ other

    def _bitwise(self, kind: Kind, other: "Self | SupportsIndex") -> Self:
        operand = self._like(other)
        return self._aligned_operation(kind, self.format.union(operand.format), operand)

    def _aligned_operation(self, kind: Kind, format: Fixed, other: Self) -> Self:
        first, second = all_aligned([self, other])
        return type(self)(Node(kind, format, (first.node, second.node)))

    def _like(self, value: "Self | SupportsIndex") -> Self:
        """A value as it is; an integer as a constant."""
        if isinstance(value, type(self)):
            return value
        raw = integer(value)
        return type(self)(constant_node(raw, Fixed.spanning(raw, raw)))


def aligned(first: B, second: B) -> tuple[B, B]:
    """Both with the fraction bits of the finer one."""
    first, second = all_aligned([first, second])
    return first, second


def all_aligned(values: Sequence[B]) -> list[B]:
    """Values with the fraction bits of the finest."""
    fraction = max(value.format.fraction for value in values)
    return [v if v.format.fraction == fraction else v.cut(fraction) for v in values]
