"""Min-max normalisation: each system's worst candidate becomes 0, its best 1.

``s_norm = (s - low) / (high - low)`` over the present candidates. The difference and the range are
shifted alike until the range begins with its leading one, and the table of
`hydrophone_model.dsp.reciprocal` divides: adding a constant to a system's scores, or multiplying
their differences by a power of two, changes no bit of the result.

A system that lacks a score, or tells no candidate from another, is not used: min-max is not
defined for it.
"""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import bit_length
from hydrophone_model.dsp import reciprocal as divider
from hydrophone_model.dsp.reciprocal import ARGUMENT, UNIT, reciprocal
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import MISSING, SCORE

NORMAL = Fixed(integer=1, fraction=12)
"""A normalised score, or a combination of some."""
ONE = NORMAL.one
"""The best candidate's."""

ERROR_BOUND = NORMAL.resolution
"""Largest distance from the true quotient: one step down by cutting off, less than that up."""


def normalised(scores: Raw, present: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Raw]:
    """Which systems are used, and their normalised scores.

    Steps:
        Of each system, over the candidates that are present:

        1. ``low`` and ``high`` are its least and its largest score. It is *used* if ``high > low``
           and ``low`` is not `MISSING`, which is the least score there is.
        2. ``shift = ARGUMENT.width - bits(high - low)``;
           ``scale = reciprocal((high - low) << shift)``.
        3. The normalised score is ``(((score - low) << shift) * scale) >> (UNIT -
           NORMAL.fraction)``, and 0 for a candidate that is not present and of a system that is not
           used.

    Args:
        scores: Raw `SCORE`, shape (decisions, systems, candidates).
        present: Who takes part, shape (decisions, candidates).

    Returns:
        Shapes (decisions, systems) and that of the scores, raw `NORMAL`; 0 where a system is not
        used or a candidate not present.
    """
    taking = present[:, None, :]
    low = np.where(taking, scores, SCORE.max).min(axis=-1, keepdims=True)
    high = np.where(taking, scores, SCORE.min).max(axis=-1, keepdims=True)
    # One candidate makes low and high equal, none turns them round.
    used = (high > low) & (low != MISSING)
    valid = taking & used
    span = np.where(used, high - low, 1)
    shift = ARGUMENT.width - bit_length(span)
    scale = reciprocal(span << shift)
    difference = np.where(valid, scores - low, 0) << shift
    values = (difference * scale) >> (UNIT - NORMAL.fraction)
    return used[..., 0], values


ensure(ONE * divider.ERROR_BOUND < 1, "what the reciprocal exceeds by never makes a step above one")
