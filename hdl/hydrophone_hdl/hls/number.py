"""Fixed-point numbers on their way through a datapath: arithmetic without registers.

A `Number` is a value of a `Fixed` format. Operators work on the values, not on their bits: sums
and comparisons align the binary points, results are as wide as the operands can make them, and a
plain Python integer means that integer. What loses bits is always written out: `to` rounds and
saturates, `wrap` cuts.

Nothing here knows a clock. The operations form a graph, in which
`hydrophone_hdl.hls.schedule` places the registers.
"""

import operator
from collections.abc import Callable, Sequence
from typing import TypeVar

from hydrophone_hdl.hls.graph import Kind, Node, spread_of
from hydrophone_model.fixed import FLAG, Fixed, FormatError, Overflow, Rounding

T = TypeVar("T")


class Number:
    """A fixed-point value.

    Attributes:
        node: The operation that yields it.
    """

    __slots__ = ("node",)

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

    # -- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: "Number | int") -> "Number":
        other = number(other)
        return _make(Kind.ADD, self.format.plus(other.format), *_aligned(self, other))

    def __radd__(self, other: int) -> "Number":
        return number(other) + self

    def __sub__(self, other: "Number | int") -> "Number":
        other = number(other)
        return _make(Kind.SUBTRACT, self.format.minus(other.format), *_aligned(self, other))

    def __rsub__(self, other: int) -> "Number":
        return number(other) - self

    def __neg__(self) -> "Number":
        return number(0) - self

    def __mul__(self, other: "Number | int") -> "Number":
        if not isinstance(other, Number):
            return weighted_sum([self], [operator.index(other)])
        return _make(Kind.MULTIPLY, self.format.product(other.format), self, other)

    def __rmul__(self, other: int) -> "Number":
        return self * other

    def __lshift__(self, amount: "Number | int") -> "Number":
        """Times 2**amount, wide enough for the largest amount."""
        if isinstance(amount, int):
            return _raw_shift(self, amount)
        check_unsigned(amount, "an amount")
        widest = self.format.shifted(amount.format.max)
        return _make(Kind.SHIFT_LEFT, widest, self, amount)

    def __rshift__(self, amount: "Number | int") -> "Number":
        """Divided by 2**amount, rounded down at the format's resolution."""
        if isinstance(amount, int):
            return _raw_shift(self, -amount)
        check_unsigned(amount, "an amount")
        return _make(Kind.SHIFT_RIGHT, self.format, self, amount)

    def pushed(self, amount: "Number") -> "Number":
        """Times 2**amount within its format: what passes the top is lost."""
        check_unsigned(amount, "an amount")
        return _make(Kind.SHIFT_LEFT, self.format, self, amount)

    # -- comparison ---------------------------------------------------------------------------

    def __lt__(self, other: "Number | int") -> "Number":
        a, b = _aligned(self, number(other))
        return _make(Kind.COMPARE, FLAG, a, b)

    def __gt__(self, other: "Number | int") -> "Number":
        return number(other) < self

    def __ge__(self, other: "Number | int") -> "Number":
        return ~(self < other)

    def __le__(self, other: "Number | int") -> "Number":
        return ~(self > other)

    def __eq__(self, other: object) -> "Number":  # pyright: ignore[reportIncompatibleMethodOverride] - a description
        if not isinstance(other, Number | int):
            raise TypeError(f"{other!r} is neither a number nor an integer")
        if isinstance(other, int) and other == 0:
            return ~self.any()
        a, b = _aligned(self, number(other))
        return _make(Kind.EQUAL, FLAG, a, b)

    def __ne__(self, other: object) -> "Number":  # pyright: ignore[reportIncompatibleMethodOverride] - a description
        return ~(self == other)

    __hash__ = object.__hash__

    @property
    def negative(self) -> "Number":
        """Whether it is below zero."""
        return self.bits(self.width - 1, self.width) if self.format.signed else number(0)

    def any(self) -> "Number":
        """Whether it is not zero."""
        return self.read_as(FLAG) if self.width == 1 else _make(Kind.ANY, FLAG, self)

    def all(self) -> "Number":
        """Whether every bit is set."""
        return ~(~self).any()

    # -- bits ---------------------------------------------------------------------------------

    def __and__(self, other: "Number | int") -> "Number":
        return self._bitwise(Kind.AND, other)

    def __or__(self, other: "Number | int") -> "Number":
        return self._bitwise(Kind.OR, other)

    def __xor__(self, other: "Number | int") -> "Number":
        return self._bitwise(Kind.XOR, other)

    def __invert__(self) -> "Number":
        """Every bit turned over."""
        return _make(Kind.NOT, self.format, self)

    def _bitwise(self, kind: Kind, other: "Number | int") -> "Number":
        other = number(other)
        return _make(kind, self.format.union(other.format), *_aligned(self, other))

    def bits(self, first: int, end: int) -> "Number":
        """The bits ``first`` up to, not including, ``end``, as an unsigned integer."""
        if not 0 <= first < end <= self.width:
            raise FormatError(f"{self.format} has no bits {first} … {end - 1}")
        return _make(Kind.SLICE, Fixed(integer=end - first), self, data=first)

    def bit(self, place: int) -> "Number":
        """One bit."""
        return self.bits(place, place + 1)

    @property
    def raw(self) -> "Number":
        """Its raw integer."""
        like = self.format
        return self.read_as(Fixed(signed=like.signed, integer=like.width - int(like.signed)))

    def read_as(self, format: Fixed) -> "Number":
        """Its bits, read as another format of the same width."""
        if format.width != self.width:
            raise FormatError(f"{self.format} cannot be read as {format}: the widths differ")
        return self if format == self.format else _resized(self, format, 0)

    # -- formats ------------------------------------------------------------------------------

    def to(self, format: Fixed) -> "Number":
        """The value in another format, by that format's rounding and overflow rules."""
        value = self
        down = self.format.fraction - format.fraction
        if down > 0:
            if format.rounding is Rounding.HALF_UP:
                half = 1 << (down - 1)
                value += constant(half, Fixed.spanning(0, half, fraction=self.format.fraction))
            value = value.cut(format.fraction)
        elif down < 0:
            value = value.cut(format.fraction)
        if format.overflow is Overflow.WRAP:
            return value.wrap(format)
        return _saturated(value, format)

    def cut(self, fraction: int) -> "Number":
        """The value with so many fraction bits; later ones are cut off, missing ones are zero."""
        like = self.format
        target = Fixed(signed=like.signed, integer=like.integer, fraction=fraction)
        return _resized(self, target, fraction - like.fraction)

    def wrap(self, format: Fixed) -> "Number":
        """The low bits in a format of the same fraction: right where the value fits, else modulo.

        What arithmetic knows to fit is written so, and costs no saturation.
        """
        if format.fraction != self.format.fraction:
            raise FormatError(
                f"{self.format} has not the fraction bits of {format}: cut() it first"
            )
        return self if format == self.format else _resized(self, format, 0)


# -- making numbers -------------------------------------------------------------------------------


def number(value: "Number | int") -> Number:
    """A Python integer as a number."""
    if isinstance(value, Number):
        return value
    raw = operator.index(value)
    return constant(raw, Fixed.spanning(raw, raw))


def constant(raw: int, format: Fixed) -> Number:
    """A raw integer of a format."""
    format.checked(raw, "constant")
    return Number(Node(Kind.CONSTANT, format, data=raw))


def constant_of(value: "Number | int") -> int | None:
    """The raw integer of a constant, None of anything else."""
    if isinstance(value, int):
        return value
    return value.node.data if value.node.kind is Kind.CONSTANT else None


def check_unsigned(value: Number, what: str) -> None:
    """Refuses an index, an amount or an address that is no unsigned integer."""
    if value.format.signed or value.format.fraction:
        raise FormatError(f"{what} is an unsigned integer, not {value.format}")


def _make(kind: Kind, format: Fixed, *operands: Number, data: object = None) -> Number:
    return Number(Node(kind, format, tuple(operand.node for operand in operands), data))


def _resized(value: Number, format: Fixed, left: int) -> Number:
    """The raw bits moved left (or right) and read in a format."""
    raw = constant_of(value)
    if raw is not None:
        moved = raw << left if left >= 0 else raw >> -left
        return constant(int(format.wrap(moved)), format)
    return _make(Kind.RESIZE, format, value, data=left)


def _raw_shift(value: Number, left: int) -> Number:
    if not left:
        return value
    if left < 0 and value.width + left < 1 + int(value.format.signed):
        raise FormatError(f"shifting {value.format} right by {-left} leaves nothing of it")
    return _resized(value, value.format.shifted(left), left)


def _aligned(a: Number, b: Number) -> tuple[Number, Number]:
    """Both with the fraction bits of the finer one."""
    first, second = _all_aligned([a, b])
    return first, second


def _all_aligned(values: Sequence[Number]) -> list[Number]:
    fraction = max(value.format.fraction for value in values)
    return [v if v.format.fraction == fraction else v.cut(fraction) for v in values]


def _saturated(value: Number, format: Fixed) -> Number:
    """The nearest value of a format with the same fraction bits; powers of two bound it."""
    like, inner = value.format, format.width - int(format.signed)
    high = like.width - int(like.signed)
    result = value.wrap(format)
    beyond = value.bits(inner, high) if high > inner else None
    if beyond is not None:
        over = beyond.any() & ~value.negative if like.signed else beyond.any()
        result = select(over, constant(format.max, format), result)
    if like.signed and not format.signed:
        result = select(value.negative, constant(0, format), result)
    elif like.signed and beyond is not None:
        under = value.negative & ~beyond.all()
        result = select(under, constant(format.min, format), result)
    return result


# -- choosing and reducing ------------------------------------------------------------------------


def select(condition: Number, then: Number | int, otherwise: Number | int) -> Number:
    """``then`` where the one-bit condition is set, else ``otherwise``."""
    if condition.width != 1:
        raise FormatError(f"a condition has one bit, not {condition.format}: use any() or compare")
    then, otherwise = number(then), number(otherwise)
    a, b = _aligned(then, otherwise)
    known = constant_of(condition)
    if known is not None:
        return a if known else b
    return _make(Kind.MUX, then.format.union(otherwise.format), condition, a, b)


def choose(index: Number, values: Sequence[Number | int]) -> Number:
    """The value at an index; the last one beyond the end."""
    check_unsigned(index, "an index")
    numbers = [number(value) for value in values]
    if len(numbers) == 1:
        return numbers[0]
    like = numbers[0].format
    for value in numbers[1:]:
        like = like.union(value.format)
    return _make(Kind.CHOOSE, like, index, *_all_aligned(numbers))


def lookup(table: Sequence[int], index: Number) -> Number:
    """An entry of a constant table of integers; the last one beyond the end."""
    check_unsigned(index, "an index")
    return _make(Kind.LOOKUP, spread_of(table), index, data=tuple(table))


def leading_one(value: Number) -> Number:
    """Place of the leading one of an unsigned number, counted from 0; 0 of zero."""
    if value.format.signed:
        raise FormatError(f"leading_one takes what is never negative, not {value.format}")
    if value.width == 1:
        return number(0)
    return _make(Kind.LEADING, Fixed.spanning(0, value.width - 1), value.raw)


def join(*parts: Number) -> Number:
    """Bits side by side as an unsigned integer, the first lowest."""
    if len(parts) == 1:
        return parts[0].read_as(Fixed(integer=parts[0].width))
    return _make(Kind.JOIN, Fixed(integer=sum(part.width for part in parts)), *parts)


def tree(operands: Sequence[T], combine: Callable[[T, T], T]) -> T:
    """Combines operands pairwise, so that the depth is the logarithm of their number."""
    level = list(operands)
    while len(level) > 1:
        paired = [combine(a, b) for a, b in zip(level[0::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def total(terms: Sequence[Number]) -> Number:
    """Sum of the terms; zero of none. The scheduler adds first what is there first."""
    if len(terms) < 3:
        return tree(terms, lambda a, b: a + b) if terms else number(0)
    fraction = max(term.format.fraction for term in terms)
    low = sum(term.format.min << (fraction - term.format.fraction) for term in terms)
    high = sum(term.format.max << (fraction - term.format.fraction) for term in terms)
    return _make(Kind.SUM, Fixed.spanning(low, high, fraction=fraction), *_all_aligned(terms))


def weighted_sum(values: Sequence[Number], weights: Sequence[int]) -> Number:
    """Sum of products with constants, as shifts of their non-adjacent form.

    What is to be added and what is to be taken away is summed up apart, so that no term is negated
    by itself.
    """
    added: list[Number] = []
    removed: list[Number] = []
    for value, weight in zip(values, weights, strict=True):
        shift, rest = 0, weight
        while rest:
            if rest & 1:
                digit = 2 - (rest & 3)
                (added if digit > 0 else removed).append(value << shift)
                rest -= digit
            rest >>= 1
            shift += 1
    return total(added) - total(removed) if removed else total(added)


def largest(values: Sequence[Number]) -> Number:
    """The greatest value."""
    return tree(values, lambda a, b: select(b > a, b, a))


def smallest(values: Sequence[Number]) -> Number:
    """The least value."""
    return tree(values, lambda a, b: select(b < a, b, a))


def unsigned(value: Number) -> Number:
    """A value that is not below zero, without its sign."""
    like = value.format
    return value.wrap(Fixed(integer=like.integer, fraction=like.fraction))


def positive(value: Number) -> Number:
    """The value where it is above zero, else zero; unsigned."""
    return select(value.negative, 0, unsigned(value)) if value.format.signed else value


def absolute(value: Number) -> Number:
    """The absolute value of any number; unsigned."""
    like = value.format
    if not like.signed:
        return value
    format = Fixed.spanning(0, max(like.max, -like.min), fraction=like.fraction)
    return select(value.negative, -value, value).wrap(format)
