"""Fixed-point numbers of a datapath: what a description is written in.

A `Number` is a value of a `Fixed` format. Operators work on the values, not on their bits: sums
and comparisons align the binary points, results are as wide as the operands can make them, and a
plain integer, Python's or NumPy's, means that integer. What loses bits is always written out: `to`
rounds and saturates, `wrap` cuts.

Nothing here knows a clock. The operations form a graph, in which
`hydrophone_hdl.hls.scheduler` places the registers.
"""

from collections.abc import Iterable, Sequence
from typing import SupportsIndex, TypeVar

from hydrophone_hdl.hls.arithmetic import (
    Number,
    check_unsigned,
    constant,
    constant_of,
    make,
    number,
    select,
    total,
    tree,
    weighted_sum,
)
from hydrophone_hdl.hls.bits import integer
from hydrophone_hdl.hls.comparison import all_aligned
from hydrophone_hdl.hls.graph import DescriptionError, Kind, Lookup, spread_of
from hydrophone_model.fixed import MAX_WIDTH, Fixed, FormatError

__all__ = [
    "Number",
    "absolute",
    "check_unsigned",
    "choose",
    "constant",
    "constant_of",
    "join",
    "largest",
    "leading_one",
    "lookup",
    "number",
    "positive",
    "select",
    "smallest",
    "total",
    "tree",
    "unsigned",
    "weighted_sum",
]

T = TypeVar("T")

LARGEST_TABLE = 16
"""Index bits up to which a table is filled up to the end of its index."""


def choose(index: Number | SupportsIndex, values: Sequence[Number | SupportsIndex]) -> Number:
    """The value at an index; the last one beyond the end."""
    index, numbers = number(index), [number(value) for value in values]
    _given(numbers, "values to choose")
    _check_index(index, len(numbers), "values to choose")
    if len(numbers) == 1:
        return numbers[0]
    like = numbers[0].format
    for value in numbers[1:]:
        like = like.union(value.format)
    return make(Kind.CHOOSE, like, index, *all_aligned(numbers))


def lookup(table: Iterable[SupportsIndex], index: Number | SupportsIndex) -> Number:
    """An entry of a constant table of integers; the last one beyond the end."""
    index, entries = number(index), [integer(entry) for entry in table]
    _given(entries, "entries of a table")
    _check_index(index, len(entries), "entries of a table")
    if index.width > LARGEST_TABLE:
        bits = max(1, (len(entries) - 1).bit_length())
        beyond = index.bits(bits, index.width).any()
        index = select(beyond, len(entries) - 1, index.bits(0, bits))
    return Number(Lookup(spread_of(entries), (index.node,), table=tuple(entries)))


def _given(values: Sequence[T], what: str) -> Sequence[T]:
    if not values:
        raise DescriptionError(f"there are no {what}: give one or more")
    return values


def _check_index(index: Number, count: int, what: str) -> None:
    check_unsigned(index, "an index")
    if count > 1 << index.width:
        raise DescriptionError(
            f"{count} {what}, of which an index of {index.format} reaches {1 << index.width}: "
            "widen the index, or leave out what it cannot reach"
        )


def leading_one(value: Number) -> Number:
    """Place of the leading one of an unsigned number, counted from 0; 0 of zero."""
    value = number(value)
    if value.format.signed:
        raise FormatError(f"leading_one takes what is never negative, not {value.format}")
    if value.width == 1:
        return number(0)
    return make(Kind.LEADING, Fixed.spanning(0, value.width - 1), value.raw)


def join(*parts: Number) -> Number:
    """Bits side by side as an unsigned integer, the first lowest."""
    _given(parts, "parts to join")
    for part in parts:
        if not isinstance(part, Number):  # pyright: ignore[reportUnnecessaryIsInstance] - asked for
            raise TypeError(
                f"{part!r} has no width to be joined by: give constant({part!r}, format)"
            )
    if len(parts) == 1:
        return parts[0].read_as(Fixed(integer=parts[0].width))
    return make(Kind.JOIN, Fixed(integer=sum(part.width for part in parts)), *parts)


def largest(values: Sequence[Number | SupportsIndex]) -> Number:
    """The greatest value."""
    return tree(_numbers(values), lambda a, b: select(b > a, b, a))


def smallest(values: Sequence[Number | SupportsIndex]) -> Number:
    """The least value."""
    return tree(_numbers(values), lambda a, b: select(b < a, b, a))


def _numbers(values: Sequence[Number | SupportsIndex]) -> Sequence[Number]:
    return _given([number(value) for value in values], "values to compare")


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
    if like.width == MAX_WIDTH:
        # Its negative has no format: every bit turned over is one less.
        step = Fixed(integer=1 - like.fraction, fraction=like.fraction)
        return unsigned(select(value.negative, ~value, value)) + value.negative.read_as(step)
    format = Fixed.spanning(0, max(like.max, -like.min), fraction=like.fraction)
    return select(value.negative, -value, value).wrap(format)
