"""Quotients as scores by logarithms, of `hydrophone_model.signals.quotient`."""

from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.number import Number, absolute, constant, select
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.signals.quotient import MAGNITUDE


def over(above: Number, below: Number, octaves: int) -> Number:
    """``above / below * 2**octaves`` of raw integers, `SCORE`; 0 where the numerator is."""
    return _signed(above, (log2(absolute(above)) - log2(below)) + octaves)


def over_root(above: Number, square: Number, halves: int) -> Number:
    """``above / sqrt(square) * 2**(halves / 2)`` of raw integers, otherwise as `over`."""
    raw = halves << (FRACTION - 1)
    unit = constant(raw, Fixed.spanning(raw, raw, fraction=FRACTION))
    return _signed(above, (log2(absolute(above)) - (log2(square) >> 1)) + unit)


def score(known: Number, value: Number) -> Number:
    """A score where it is known, else that of a missing one."""
    return select(known, value.wrap(SCORE), constant(MISSING, SCORE))


def _signed(above: Number, exponent: Number) -> Number:
    size = select(above.any(), exp2(exponent, MAGNITUDE), 0)
    return select(above.negative, -size, size)
