"""Antilogarithm: a table for the fraction, a shift, and rounding up.

The numbers are those of `hydrophone_model.dsp.antilog`.
"""

from hydrophone_hdl.hls.number import Number, lookup, positive
from hydrophone_model.dsp.antilog import LEAST, PRECISION
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.fixed import Fixed


def antilog(log: Number, output: Fixed) -> Number:
    """The smallest integer whose `log2` reaches ``log``; 0, whose logarithm is that of 1, counts.

    Args:
        log: Signed, with log2's `FRACTION` fraction bits.
        output: Unsigned integer format of the result, which saturates.
    """
    octaves = output.width + 1
    bounded = log.to(Fixed(integer=octaves.bit_length(), fraction=FRACTION))
    down = positive(octaves - bounded.cut(0))
    mantissa = lookup(LEAST, bounded.bits(0, FRACTION)).read_as(_MANTISSA)
    moved = (mantissa << octaves) >> down
    # A fraction that is left over asks for the next integer, but that of 1 for none.
    rest = moved.bits(0, PRECISION).any() & bounded.any()
    return (moved.cut(0) + rest).to(output)


_MANTISSA = Fixed(integer=1, fraction=PRECISION)
