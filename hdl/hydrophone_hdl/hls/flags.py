"""Flag reductions: how many of many flags are set, and which values they let through."""

from collections.abc import Sequence

from hydrophone_hdl.hls.graph import DescriptionError, Kind, Node
from hydrophone_hdl.hls.number import Number, join, lookup, total
from hydrophone_model.fixed import Fixed, FormatError

GROUP = 6
"""Bits that are counted by one table, which is a look-up table for each bit of its result."""
EVERY_BIT = Fixed(signed=True, integer=0)
"""A flag as 0 or -1, which has every bit set."""


def counted(flags: Sequence[Number], *, clear: Sequence[Number] = (), plus: int = 0) -> Number:
    """How many flags are set, how many of those in ``clear`` are not, and so many more."""
    words = [join(*group) for group in _groups(flags)] + [~join(*group) for group in _groups(clear)]
    counts: list[Number] = []
    for word in words:
        more = 0 if counts else plus
        counts.append(lookup([n.bit_count() + more for n in range(1 << word.width)], word))
    return total(counts).wrap(Fixed.spanning(0, len(flags) + len(clear) + plus))


def any_of(flags: Sequence[Number]) -> Number:
    """Whether any flag is set."""
    return join(*(join(*group).any() for group in _groups(flags))).any()


def _groups(flags: Sequence[Number]) -> list[Sequence[Number]]:
    return [flags[start : start + GROUP] for start in range(0, len(flags), GROUP)]


def masked(value: Number, flag: Number) -> Number:
    """The value where a flag is set, else zero."""
    raw = value.raw
    return (raw & flag.read_as(EVERY_BIT)).wrap(raw.format).read_as(value.format)


def merged(flags: Sequence[Number], values: Sequence[Number]) -> Number:
    """The bitwise OR of the values whose flag is set: the chosen one, where one flag is.

    Raises:
        FormatError: A flag is wider than a bit, or the values' formats differ.
        DescriptionError: There are no values, or not as many flags.
    """
    if not values or len(values) != len(flags):
        raise DescriptionError(
            f"there are {len(values) or 'no'} values to merge and {len(flags)} flags: give one "
            "flag for each"
        )
    like = values[0].format
    if any(value.format != like for value in values):
        raise FormatError(f"values that are merged have one format, not {like} and others")
    if any(flag.width != 1 for flag in flags):
        raise FormatError("a flag has one bit: use any() or compare")
    operands = (*(flag.node for flag in flags), *(value.node for value in values))
    return Number(Node(Kind.MERGE, like, operands))
