"""Binary logarithm: find the leading one, move it to the front, then table and interpolation.

Every group of bits looks for its own leading one, and all groups above it say whether it is theirs
instead; so the bits behind the leading one are on their way while its place is still being found.
The interpolation needs no multiplier: its highest digit is part of the table, each other one
chooses a multiple of the slope. The numbers are those of `hydrophone_model.dsp.log2`.
"""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import (
    Number,
    choose,
    constant,
    join,
    leading_one,
    lookup,
    select,
    total,
    tree,
)
from hydrophone_model.dsp.log2 import (
    BASE,
    FRACTION,
    GUARD,
    INTERPOLATION,
    MANTISSA,
    SLOPE,
    output_format,
)
from hydrophone_model.fixed import Fixed

GROUP = 4
"""Bits among which a leading one is sought directly."""
DIGIT = 2
"""Bits of a digit by which the slope is multiplied."""
FINE = FRACTION + GUARD + INTERPOLATION
"""Fraction bits of the logarithm before it is rounded."""


def log2(x: Number) -> Number:
    """log2 of an unsigned number's raw integer; that of zero is zero."""
    exponent, mantissa = _normalised(x.raw)
    behind = INTERPOLATION - DIGIT
    place = mantissa.bits(INTERPOLATION, MANTISSA)
    multiples = [lookup([factor * slope for slope in SLOPE], place) for factor in (1, 3)]
    products = [
        _times(mantissa.bits(low, low + DIGIT), *multiples) << low
        for low in range(0, behind, DIGIT)
    ]
    curve = lookup(_knots(), mantissa.bits(behind, MANTISSA)).wrap(Fixed(integer=FINE))
    fine = total([join(curve, exponent), *products])
    rounded = fine.read_as(Fixed(integer=fine.width - FINE, fraction=FINE)).cut(FRACTION)
    return rounded.wrap(output_format(x.width))


def _normalised(x: Number) -> tuple[Number, Number]:
    """Place of the leading one, and the mantissa bits behind it."""
    found: list[tuple[Number, Number, Number]] = []
    for start in range(0, x.width, GROUP):
        end = min(start + GROUP, x.width)
        place = leading_one(x.bits(start, end)) | start
        found.append((x.bits(start, x.width).any(), place, _before(x, start, end)))
    _, exponent, window = tree(found, _upper)
    places = range(min(GROUP, x.width))
    mantissas = [window.bits(place, place + MANTISSA) for place in places]
    within = exponent.bits(0, min(GROUP.bit_length() - 1, exponent.width))
    return exponent, choose(within, mantissas)


def _upper(
    low: tuple[Number, Number, Number], high: tuple[Number, Number, Number]
) -> tuple[Number, Number, Number]:
    """Of two runs of groups the upper one, if anything is set at its start or above."""
    some, place, window = high
    return low[0], select(some, place, low[1]), select(some, window, low[2])


def _before(x: Number, start: int, end: int) -> Number:
    """The bits of a group and a mantissa's bits below it, zeros below the lowest."""
    missing = MANTISSA - start
    if missing <= 0:
        return x.bits(-missing, end)
    return join(constant(0, Fixed(integer=missing)), x.bits(0, end))


def _times(digit: Number, once: Number, thrice: Number) -> Number:
    return choose(digit, [0, once, once << 1, thrice])


def _knots() -> list[int]:
    """The curve at every value of the mantissa's front bits, with what rounding adds."""
    half = 1 << (FINE - FRACTION - 1)
    step = INTERPOLATION - DIGIT
    return [
        (base << INTERPOLATION) + slope * (digit << step) + half
        for base, slope in zip(BASE, SLOPE, strict=True)
        for digit in range(1 << DIGIT)
    ]


class Log2(Datapath):
    """The logarithm as a block of its own."""

    def build(self, inputs: Numbers) -> Numbers:
        """``y`` = log2 ``x``."""
        return {"y": [log2(inputs["x"][0])]}
