"""Arithmetic on fixed-point numbers: operators, sums, rounding and saturation.

Operators work on the values, not on their bits: sums and comparisons align the binary points,
results are as wide as the operands can make them, and a plain integer means that integer.
"""

from collections.abc import Callable, Sequence
from typing import SupportsIndex, TypeVar

from hydrophone_hdl.hls.bits import checked_format, constant_node, integer
from hydrophone_hdl.hls.comparison import ComparableBits, aligned, all_aligned
from hydrophone_hdl.hls.graph import Constant, DescriptionError, Kind, Node
from hydrophone_model.fixed import MAX_WIDTH, Fixed, FormatError, Overflow, Rounding

T = TypeVar("T")


class Number(ComparableBits):
    """A fixed-point value; see `hydrophone_hdl.hls.number`."""

    __slots__ = ()

    # -- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: "Number | SupportsIndex") -> "Number":
        other = number(other)
        return make(Kind.ADD, self.format.plus(other.format), *aligned(self, other))

    def __radd__(self, other: SupportsIndex) -> "Number":
        return number(other) + self

    def __sub__(self, other: "Number | SupportsIndex") -> "Number":
        other = number(other)
        return make(Kind.SUBTRACT, self.format.minus(other.format), *aligned(self, other))

    def __rsub__(self, other: SupportsIndex) -> "Number":
        return number(other) - self

    def __neg__(self) -> "Number":
        return number(0) - self

    def __mul__(self, other: "Number | SupportsIndex") -> "Number":
        if not isinstance(other, Number):
            return weighted_sum([self], [other])
        return make(Kind.MULTIPLY, self.format.product(other.format), self, other)

    def __rmul__(self, other: SupportsIndex) -> "Number":
        return self * other

    def __lshift__(self, amount: "Number | SupportsIndex") -> "Number":
        """Times 2**amount, wide enough for the largest amount."""
        if not isinstance(amount, Number):
            return self._shifted(_places(amount, "<<", ">>"))
        check_unsigned(amount, "an amount")
        widest = self.format.shifted(amount.format.max)
        return make(Kind.SHIFT_LEFT, widest, self, amount)

    def __rlshift__(self, other: SupportsIndex) -> "Number":
        return number(other) << self

    def __rshift__(self, amount: "Number | SupportsIndex") -> "Number":
        """Divided by 2**amount, rounded down at the format's resolution."""
        if not isinstance(amount, Number):
            return self._shifted(-_places(amount, ">>", "<<"))
        return make(Kind.SHIFT_RIGHT, self.format, self, self._within(amount))

    def __rrshift__(self, other: SupportsIndex) -> "Number":
        return number(other) >> self

    def shift_left_truncating(self, amount: "Number | SupportsIndex") -> "Number":
        """Times 2**amount within its format: what passes the top is lost."""
        return make(Kind.SHIFT_LEFT, self.format, self, self._within(number(amount)))

    def _shifted(self, left: int) -> "Number":
        if not left:
            return self
        if left < 0 and self.width + left < 1 + int(self.format.signed):
            raise FormatError(f"shifting {self.format} right by {-left} leaves nothing of it")
        return self.resized(self.format.shifted(left), left)

    def _within(self, amount: "Number") -> "Number":
        """An amount that moves every bit out in place of any that is larger still."""
        check_unsigned(amount, "an amount")
        bits = MAX_WIDTH.bit_length()
        if amount.width <= bits:
            return amount
        return select(amount.bits(bits, amount.width).any(), (1 << bits) - 1, amount.bits(0, bits))

    # -- formats ------------------------------------------------------------------------------

    def to(self, format: Fixed) -> "Number":
        """The value in another format, by that format's rounding and overflow rules."""
        value, format = self, checked_format(format)
        if format.fraction < self.format.fraction:
            value = self._rounded(format.fraction, format.rounding)
        elif format.fraction > self.format.fraction:
            value = self.cut(format.fraction)
        if format.overflow is Overflow.WRAP:
            return value.wrap(format)
        return _saturated(value, format)

    def _rounded(self, fraction: int, rounding: Rounding) -> "Number":
        """The value with fewer fraction bits."""
        like, down = self.format, self.format.fraction - fraction
        if rounding is Rounding.FLOOR:
            return self._floored(fraction)
        if down > self.width:
            # Not even the most negative value is below minus one half.
            return constant(0, Fixed(integer=1 - fraction, fraction=fraction))
        if self.width == MAX_WIDTH:
            # No room to add one half: the first bit that is lost says whether that carries.
            step = Fixed(integer=1 - fraction, fraction=fraction)
            return self._floored(fraction) + self.bit(down - 1).read_as(step)
        half = 1 << (down - 1)
        half_up = self + constant(half, Fixed.spanning(0, half, fraction=like.fraction))
        return half_up._floored(fraction)

    def _floored(self, fraction: int) -> "Number":
        """The value with fewer fraction bits, or its sign where none of its bits is left."""
        like = self.format
        if int(like.signed) + like.integer + fraction >= 1:
            return self.cut(fraction)
        if like.signed:
            return self.negative.read_as(Fixed(signed=True, integer=-fraction, fraction=fraction))
        return constant(0, Fixed(integer=1 - fraction, fraction=fraction))


# -- making numbers -------------------------------------------------------------------------------


def number(value: "Number | SupportsIndex") -> Number:
    """An integer as a number."""
    if isinstance(value, Number):
        return value
    raw = integer(value)
    return constant(raw, Fixed.spanning(raw, raw))


def constant(raw: SupportsIndex, format: Fixed) -> Number:
    """A raw integer of a format."""
    return Number(constant_node(raw, format))


def constant_of(value: "Number | SupportsIndex") -> int | None:
    """The raw integer of a constant, None of anything else."""
    if not isinstance(value, Number):
        return integer(value)
    return value.node.raw if isinstance(value.node, Constant) else None


def check_unsigned(value: Number, what: str) -> None:
    """Refuses an index, an amount or an address that is no unsigned integer."""
    if value.format.signed or value.format.fraction:
        raise FormatError(f"{what} is an unsigned integer, not {value.format}")


def make(kind: Kind, format: Fixed, *operands: Number) -> Number:
    """The result of an operation."""
    return Number(Node(kind, format, tuple(operand.node for operand in operands)))


def _places(amount: object, this: str, other: str) -> int:
    places = integer(amount)
    if places < 0:
        raise FormatError(f"x {this} {places} shifts the other way: write x {other} {-places}")
    return places


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


# -- choosing and adding --------------------------------------------------------------------------


def select(
    condition: Number | SupportsIndex,
    then: Number | SupportsIndex,
    otherwise: Number | SupportsIndex,
) -> Number:
    """``then`` where the one-bit condition is set, else ``otherwise``."""
    condition = number(condition)
    if condition.width != 1:
        raise FormatError(f"a condition has one bit, not {condition.format}: use any() or compare")
    then, otherwise = number(then), number(otherwise)
    a, b = aligned(then, otherwise)
    known = constant_of(condition)
    if known is not None:
        return a if known else b
    return make(Kind.MUX, then.format.union(otherwise.format), condition, a, b)


def tree(operands: Sequence[T], combine: Callable[[T, T], T]) -> T:
    """Combines operands pairwise, so that the depth is the logarithm of their number."""
    level = list(operands)
    while len(level) > 1:
        paired = [combine(a, b) for a, b in zip(level[0::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def total(terms: Sequence[Number | SupportsIndex]) -> Number:
    """Sum of the terms; zero of none. The scheduler adds first what is there first."""
    terms = [number(term) for term in terms]
    if len(terms) < 3:
        return tree(terms, lambda a, b: a + b) if terms else number(0)
    fraction = max(term.format.fraction for term in terms)
    low = sum(term.format.min << (fraction - term.format.fraction) for term in terms)
    high = sum(term.format.max << (fraction - term.format.fraction) for term in terms)
    return make(Kind.SUM, Fixed.spanning(low, high, fraction=fraction), *all_aligned(terms))


def weighted_sum(values: Sequence[Number], weights: Sequence[SupportsIndex]) -> Number:
    """Sum of products with constants, as shifts of their non-adjacent form.

    What is to be added and what is to be taken away is summed up apart, so that no term is negated
    by itself.
    """
    added: list[Number] = []
    removed: list[Number] = []
    weights = [integer(weight) for weight in weights]
    if len(values) != len(weights):
        raise DescriptionError(
            f"there are {len(values)} values and {len(weights)} weights: give one for each"
        )
    for value, weight in zip(values, weights, strict=True):
        shift, rest = 0, weight
        while rest:
            if rest & 1:
                digit = 2 - (rest & 3)
                (added if digit > 0 else removed).append(value << shift)
                rest -= digit
            rest >>= 1
            shift += 1
    if not removed:
        return total(added)
    more, less = aligned(total(added), total(removed))
    if max(more.width, less.width) < MAX_WIDTH - 1:
        return more - less
    # The products need fewer bits than any more less any other.
    fraction = more.format.fraction
    ends = [
        sorted((weight * value.format.min, weight * value.format.max))
        for value, weight in zip(values, weights, strict=True)
    ]
    low, high = (
        sum(
            end[k] << (fraction - value.format.fraction)
            for end, value in zip(ends, values, strict=True)
        )
        for k in (0, 1)
    )
    return make(Kind.SUBTRACT, Fixed.spanning(low, high, fraction=fraction), more, less)
