"""Power of two: a table for the exponent's fraction, then the shift to its octave.

The exponent's ten fraction bits index one table of the finished mantissa; beside it the whole part
looks up the shift. The numbers are those of `hydrophone_model.dsp.exp2`.
"""

import numpy as np

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import Number, constant, lookup, select
from hydrophone_model.dsp import exp2 as model
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.fixed import Fixed

WIDEST_OCTAVE = 7
"""Bits of an exponent's whole part that look up the shift directly."""


def exp2(exponent: Number, output: Fixed) -> Number:
    """2 ** exponent in an unsigned format, cut to its resolution and saturated to its range."""
    beyond, value = _power(exponent, output)
    return select(beyond, constant(output.max, output), value)


def bounded_exp2(exponent: Number, *, bound: int, fraction: int) -> Number:
    """2 ** exponent, at most 2 ** bound, with so many fraction bits."""
    beyond, value = _power(exponent, Fixed(integer=bound, fraction=fraction))
    return select(beyond, 1 << bound, value)


def _power(exponent: Number, output: Fixed) -> tuple[Number, Number]:
    """Whether the power leaves the format; else its value."""
    # Aligned to the topmost octave of the format, every smaller one is a shift to the right.
    aligned = Fixed(integer=1, fraction=output.width - 1)
    table: list[int] = model.exp2(np.arange(1 << FRACTION), aligned).tolist()
    mantissa = lookup(table, exponent.cut(FRACTION).bits(0, FRACTION))
    octave = exponent.cut(0)
    if octave.width > WIDEST_OCTAVE:
        # Further out nothing changes any more: all is zero below, beyond the format above.
        octave = octave.to(Fixed.spanning(-output.fraction - 1, output.integer))
    octaves = octave.format
    index = octave.bits(0, octave.width)
    values = [int(octaves.wrap(raw)) for raw in range(1 << octaves.width)]
    shifts = [min(max(output.integer - 1 - value, 0), output.width) for value in values]
    beyond = lookup([int(value >= output.integer) for value in values], index)
    return beyond, (mantissa >> lookup(shifts, index)).read_as(output)


class Exp2(Datapath):
    """The power of two as a block of its own."""

    def build(self, inputs: Numbers) -> Numbers:
        """``y`` = 2 ** ``x``."""
        return {"y": [exp2(inputs["x"][0], self.params.outputs["y"].format)]}
