"""Binary logarithm by table and linear interpolation.

The leading one gives the integer part; the next `INDEX` bits of the mantissa choose a table entry
and the `INTERPOLATION` bits behind them interpolate to the entry after it. Powers of two come out
exact and the function never decreases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, bit_length
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.limits import parameter

FRACTION = 10
"""Fraction bits of the result."""
INDEX = 6
"""Mantissa bits that choose a table entry."""
INTERPOLATION = 8
"""Mantissa bits that interpolate; later ones are cut off."""
GUARD = 4
"""Fraction bits of the table beyond `FRACTION`."""
MANTISSA = INDEX + INTERPOLATION

ERROR_BOUND = 0.65 * 2.0**-FRACTION
"""Largest distance from the true logarithm: half a step of rounding, the rest interpolation."""

_KNOTS = np.arange((1 << INDEX) + 1) / (1 << INDEX)
_CURVE = np.rint(np.log2(1 + _KNOTS) * (1 << (FRACTION + GUARD))).astype(np.int64)
BASE: tuple[int, ...] = tuple(_CURVE[:-1].tolist())
"""log2 of 1 + i/64 with `FRACTION` + `GUARD` fraction bits."""
SLOPE: tuple[int, ...] = tuple(np.diff(_CURVE).tolist())
"""Rise from one table entry to the next."""


def output_format(width: int) -> Fixed:
    """Format of the logarithm of a ``width``-bit unsigned integer; it may round up to ``width``."""
    return Fixed(integer=width.bit_length(), fraction=FRACTION)


def log2(values: Raw) -> Raw:
    """log2 of unsigned integers below 2**63, raw with `FRACTION` fraction bits.

    The logarithm of zero is defined as zero, that of one; callers for whom the difference
    matters test for zero themselves.

    Steps:
        1. ``e = max(bits(values) - 1, 0)``, the place of the leading one.
        2. The `MANTISSA` bits behind the leading one: ``m = values >> (e - MANTISSA)`` where
           ``e >= MANTISSA``, so that later bits are cut off, else
           ``m = values << (MANTISSA - e)``; then ``m = m & (2**MANTISSA - 1)``.
        3. ``i = m >> INTERPOLATION`` and ``r = m & (2**INTERPOLATION - 1)``.
        4. ``c = BASE[i] + ((r * SLOPE[i]) >> INTERPOLATION)``.
        5. The result is ``(e << FRACTION) + ((c + 2**(GUARD - 1)) >> GUARD)``; this rounds to the
           nearest, and just below a power of two may round up to its logarithm.

        `BASE[i]` is ``log2(1 + i/64) * 2**(FRACTION + GUARD)`` rounded to the nearest, `SLOPE[i]`
        what the next entry, for 63 that of 2, lies above it.
    """
    exponent = np.maximum(bit_length(values) - 1, 0)
    excess = exponent - MANTISSA
    mantissa = np.where(
        excess >= 0, values >> np.maximum(excess, 0), values << np.maximum(-excess, 0)
    )
    mantissa = mantissa & ((1 << MANTISSA) - 1)
    place = mantissa >> INTERPOLATION
    rest = mantissa & ((1 << INTERPOLATION) - 1)
    curve = np.take(BASE, place) + ((rest * np.take(SLOPE, place)) >> INTERPOLATION)
    rounded = (curve + (1 << (GUARD - 1))) >> GUARD
    return (exponent << FRACTION) + rounded


@dataclass(frozen=True, kw_only=True)
class Log2Params(Params):
    """Sizes of the logarithm block."""

    name: ClassVar[str] = "log2"
    width: int = parameter(32, 1, 63, "bits of the unsigned argument")

    @property
    def inputs(self) -> Ports:
        """``x``: the argument."""
        return {"x": Port(Fixed(integer=self.width))}

    @property
    def outputs(self) -> Ports:
        """``y``: its logarithm."""
        return {"y": Port(output_format(self.width))}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``base`` and ``slope``: `BASE` and `SLOPE`."""
        return {"base": BASE, "slope": SLOPE}


class Log2Model(Model):
    """Golden model of the logarithm block.

    State:
        None.

    Steps:
        ``y = log2(x)``.
    """

    def __init__(self, params: Log2Params) -> None:
        self.params = params

    def reset(self) -> None:
        """Has no state."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """See `log2`."""
        return {"y": log2(inputs["x"])}
