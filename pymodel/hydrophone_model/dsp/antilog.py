"""Antilogarithm: the exact inverse of `hydrophone_model.dsp.log2`, where a value is first reached.

A comparison of logarithms becomes one of integers. ``log2(x) >= y`` holds for ``x >= antilog(y)``
and for no other ``x``, so that a limit worked out beforehand leaves only that comparison to do.
"""

import numpy as np

from hydrophone_model.dsp.log2 import FRACTION, MANTISSA, log2
from hydrophone_model.fixed import Raw

PRECISION = MANTISSA + 1
"""Fraction bits of the table."""


def _least() -> tuple[int, ...]:
    """Where the curve of an octave first reaches each of its steps, relative to the octave."""
    octave = np.arange(1 << MANTISSA, 2 << MANTISSA)
    curve = log2(octave) - (MANTISSA << FRACTION)
    reached = (1 << MANTISSA) + np.searchsorted(curve, np.arange(1 + (1 << FRACTION)))
    # The last mantissas of an octave round up to the next power of two: the beginning of an octave
    # is reached at the end of the one below, where a mantissa weighs half.
    return (int(reached[-1]), *(2 * reached[1:-1]).tolist())


LEAST: tuple[int, ...] = _least()
"""The least mantissa whose logarithm reaches i/1024, with `PRECISION` fraction bits."""


def antilog(logs: Raw) -> Raw:
    """The smallest integers whose `log2` reaches ``logs``; 0, whose logarithm is that of 1, counts.

    Args:
        logs: Signed raw integers with log2's `FRACTION` fraction bits, at most 62 octaves.
    """
    logs = np.maximum(logs, 0)
    exponent = logs >> FRACTION
    mantissa = np.take(LEAST, logs & ((1 << FRACTION) - 1))
    up = exponent - PRECISION
    # Down, a fraction that is left over asks for the next integer.
    down = -(-mantissa >> np.maximum(-up, 0))
    least = np.where(up >= 0, mantissa << np.maximum(up, 0), down)
    return np.where(logs > 0, least, 0)
