"""Quotients as scores: taken in the log domain, the sign put back afterwards."""

import numpy as np

from hydrophone_model.dsp import exp2 as power
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import SCORE

MAGNITUDE = Fixed(integer=SCORE.integer, fraction=SCORE.fraction)
"""A score without its sign; no negative of one is that of a missing score."""

_OCTAVE = float(np.log(2))
RATIO_ERROR = 2 * logarithm.ERROR_BOUND * _OCTAVE + power.ERROR_BOUND
"""Largest relative error of `over`, to which cutting to the resolution of `SCORE` adds a step."""
ROOT_ERROR = (1.5 * logarithm.ERROR_BOUND + 2.0 ** -(FRACTION + 1)) * _OCTAVE + power.ERROR_BOUND
"""That of `over_root`: half of a logarithm, cut off, in place of a whole one."""


def over(above: Raw, below: Raw, octaves: int) -> Raw:
    """``above / below * 2**octaves``, raw `SCORE`, saturated; 0 where the numerator is.

    Steps:
        ``sign(above) * exp2(log2(abs(above)) - log2(below) + (octaves << FRACTION), MAGNITUDE)``.

    Args:
        above: Signed raw integers.
        below: Raw integers above zero wherever the numerator is not zero.
        octaves: What the unit of the score asks for.
    """
    return _signed(above, log2(np.abs(above)) - log2(below) + (octaves << FRACTION))


def over_root(above: Raw, square: Raw, halves: int) -> Raw:
    """``above / sqrt(square) * 2**(halves / 2)``, otherwise as `over`.

    Steps:
        ``e = log2(abs(above)) - (log2(square) >> 1) + (halves << (FRACTION - 1))``; the result is
        ``sign(above) * exp2(e, MAGNITUDE)``.
    """
    exponent = log2(np.abs(above)) - (log2(square) >> 1) + (halves << (FRACTION - 1))
    return _signed(above, exponent)


def _signed(above: Raw, exponent: Raw) -> Raw:
    return np.sign(above) * exp2(exponent, MAGNITUDE)
