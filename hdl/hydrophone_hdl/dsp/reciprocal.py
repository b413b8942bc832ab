"""Reciprocal of a number between a half and one, and the quotients made with it.

As in `hydrophone_hdl.dsp.log2` the interpolation needs no multiplier: its highest bit is part of
the table, each digit of the others chooses a multiple of the slope. The numbers are those of
`hydrophone_model.dsp.reciprocal`.
"""

from itertools import count

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import (
    Number,
    choose,
    constant,
    join,
    leading_one,
    lookup,
    total,
)
from hydrophone_model.dsp.reciprocal import (
    ARGUMENT,
    BASE,
    INDEX,
    INTERPOLATION,
    RECIPROCAL,
    SLOPE,
)
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed

DIGIT = 2
"""Bits of a digit by which the slope is multiplied."""
BEHIND = INTERPOLATION - INTERPOLATION % DIGIT
"""Low bits that are digits; the one above them is part of the table."""


def reciprocal(x: Number) -> Number:
    """The reciprocal, `RECIPROCAL`, of an `ARGUMENT` whose top bit counts as set."""
    raw = x.raw
    place = raw.bits(INTERPOLATION, INTERPOLATION + INDEX)
    multiples = [lookup([factor * slope for slope in SLOPE], place) for factor in (1, 3)]
    taken = [
        choose(raw.bits(low, low + DIGIT), [0, multiples[0], multiples[0] << 1, multiples[1]])
        << low
        for low in range(0, BEHIND, DIGIT)
    ]
    curve = lookup(_knots(), raw.bits(BEHIND, INTERPOLATION + INDEX))
    # What is cut off is cut from what is taken away: of the difference the rest counts as one.
    fine = curve - total(taken)
    return fine.bits(INTERPOLATION, INTERPOLATION + RECIPROCAL.width).read_as(RECIPROCAL)


def _knots() -> list[int]:
    """The curve at every value of the index and the bits above `BEHIND`, with what rounds up."""
    return [
        (base << INTERPOLATION) - slope * (upper << BEHIND) + (1 << INTERPOLATION) - 1
        for base, slope in zip(BASE, SLOPE, strict=True)
        for upper in range(1 << (INTERPOLATION - BEHIND))
    ]


def leading(x: Number, *others: Number) -> list[Number]:
    """A number moved left until its leading one is on top, and others moved alike.

    Args:
        x: Unsigned; of zero the result means nothing.
        others: Unsigned, with as many bits on top as it takes to lose none.

    Returns:
        All of them, as wide as they were.
    """
    # On top of a width that is a power of two, the zeros above a leading one are the complement of
    # its place.
    spare = (1 << (x.width - 1).bit_length()) - x.width
    place = leading_one(join(constant(0, Fixed(integer=spare)), x) if spare else x)
    return [number.raw.shift_left_truncating(~place) for number in (x, *others)]


def floored(value: Number, divisor: Number, most: int, output: Fixed) -> Number:
    """The exact quotient of unsigned integers by a small one, rounded down; by zero as by one.

    A reciprocal that is rounded up is near enough: what it exceeds by, times the value, must not
    carry a quotient over the next integer.

    Args:
        value: Unsigned integer.
        divisor: At most ``most``; beyond it the result means nothing.
        most: The largest divisor.
        output: Format that the quotient is read as; it holds every one.
    """
    bits = next(bits for bits in count(1) if _exact(value.format.max, bits, most))
    table = [-(-(1 << bits) // max(1, number)) for number in range(most + 1)]
    product = value * lookup(table, divisor)
    return (product >> bits).wrap(Fixed(integer=output.width)).read_as(output)


def _exact(largest: int, bits: int, most: int) -> bool:
    """Whether reciprocals of so many bits divide every value up to the largest exactly."""
    return all(largest * (-(1 << bits) % number) < 1 << bits for number in range(1, most + 1))


class Reciprocal(Datapath):
    """The reciprocal as a block of its own."""

    def build(self, inputs: Numbers) -> Numbers:
        """``y`` = 1 / ``x``."""
        return {"y": [reciprocal(inputs["x"][0])]}


ensure(ARGUMENT.width == 1 + INDEX + INTERPOLATION, "an argument begins with its leading one")
