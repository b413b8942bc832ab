"""Power of two by table and linear interpolation: the way back from `hydrophone_model.dsp.log2`.

A ratio of integers is ``exp2(log2(a) - log2(b))``: one subtraction in place of a division, with
a relative error below 0.1 % (`ERROR_BOUND` and twice that of log2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.limits import parameter

INDEX = 6
"""Fraction bits of the argument that choose a table entry."""
INTERPOLATION = FRACTION - INDEX
"""Fraction bits of the argument that interpolate."""
PRECISION = 14
"""Fraction bits of the mantissa before it is shifted into place."""

ERROR_BOUND = 1.25 * 2.0**-14
"""Largest relative error of the mantissa; cutting it to the output's resolution adds one step."""

_KNOTS = np.arange((1 << INDEX) + 1) / (1 << INDEX)
_CURVE = np.rint(np.exp2(_KNOTS) * (1 << PRECISION)).astype(np.int64)
BASE: tuple[int, ...] = tuple(_CURVE[:-1].tolist())
"""2 ** (i/64) with `PRECISION` fraction bits."""
SLOPE: tuple[int, ...] = tuple(np.diff(_CURVE).tolist())
"""Rise from one table entry to the next."""


def exp2(exponent: Raw, output: Fixed) -> Raw:
    """2 ** exponent, cut down to the resolution of ``output`` and saturated to its range.

    Steps:
        1. ``w = exponent >> FRACTION``, which may be negative, and
           ``part = exponent & (2**FRACTION - 1)``, which is not.
        2. ``i = part >> INTERPOLATION`` and ``r = part & (2**INTERPOLATION - 1)``.
        3. ``m = BASE[i] + ((r * SLOPE[i]) >> INTERPOLATION)``, with `PRECISION` fraction bits.
        4. ``s = PRECISION - output.fraction - w``. The result is ``m >> s``, for ``s < 0``
           ``m << -s``; but ``output.max`` wherever ``w >= output.integer``. Of large ``s`` nothing
           is left: 0.

        `BASE[i]` is ``2**(i/64) * 2**PRECISION`` rounded to the nearest, `SLOPE[i]` what the next
        entry, for 63 that of 2, lies above it.

    Args:
        exponent: Signed raw integers with log2's `FRACTION` fraction bits.
        output: Unsigned format of at most `PRECISION` fraction bits and `PRECISION` integer bits.
    """
    whole = exponent >> FRACTION
    part = exponent & ((1 << FRACTION) - 1)
    place = part >> INTERPOLATION
    rest = part & ((1 << INTERPOLATION) - 1)
    mantissa = np.take(BASE, place) + ((rest * np.take(SLOPE, place)) >> INTERPOLATION)
    # The mantissa lies in [1, 2): anything at or beyond the format's last octave saturates, and
    # anything shifted down by its whole width is zero.
    shift = PRECISION - output.fraction - whole
    down = mantissa >> np.clip(shift, 0, PRECISION + 1)
    up = mantissa << np.clip(-shift, 0, PRECISION)
    value = np.where(shift >= 0, down, up)
    return np.where(whole >= output.integer, output.max, value)


@dataclass(frozen=True, kw_only=True)
class Exp2Params(Params):
    """Sizes of the power-of-two block."""

    name: ClassVar[str] = "exp2"
    argument: int = parameter(7, 1, 12, "integer bits of the signed argument")
    integer: int = parameter(4, 0, PRECISION, "integer bits of the result")
    fraction: int = parameter(6, 1, PRECISION, "fraction bits of the result")

    @property
    def inputs(self) -> Ports:
        """``x``: the exponent."""
        return {"x": Port(Fixed(signed=True, integer=self.argument, fraction=FRACTION))}

    @property
    def outputs(self) -> Ports:
        """``y``: the power."""
        return {"y": Port(Fixed(integer=self.integer, fraction=self.fraction))}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``base`` and ``slope``: `BASE` and `SLOPE`."""
        return {"base": BASE, "slope": SLOPE}


class Exp2Model(Model):
    """Golden model of the power-of-two block.

    State:
        None.

    Steps:
        ``y = exp2(x, output)``, where the output is the format of ``y``.
    """

    def __init__(self, params: Exp2Params) -> None:
        self.params = params

    def reset(self) -> None:
        """Has no state."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """See `exp2`."""
        return {"y": exp2(inputs["x"], self.params.outputs["y"].format)}
