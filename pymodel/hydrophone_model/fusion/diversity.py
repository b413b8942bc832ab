"""Cognitive diversity: how differently two systems' scores fall from their first rank to the last.

The rank-score function f_A of a system gives the normalised score at each rank (Hsu, Chung and
Kristal 2006). The diversity of two systems is the distance of their functions,
``CD(A, B) = sqrt(sum_p (f_A(p) - f_B(p))**2 / n)``, and the diversity strength of a system the mean
of its diversities to the others (Hsu, Kristal and Schweikert 2010). It asks how systems score, not
whom: two that order the candidates in opposite ways may have no diversity at all.
"""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.dsp import exp2 as power
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.fusion.normal import NORMAL

DIVERSITY = Fixed(integer=1, fraction=12)
"""A diversity of two systems, or a diversity strength; at most 1."""

RELATIVE_BOUND = (logarithm.ERROR_BOUND + 2.0 ** -(FRACTION + 1)) * float(np.log(2)) + (
    power.ERROR_BOUND
)
"""Largest relative distance of a pair's diversity from the formula's over the same normalised
scores: two logarithms and a cut at half weight each, and one power; a step of cutting is added."""
ERROR_BOUND = RELATIVE_BOUND + (1.0 + 1.34) * DIVERSITY.resolution
"""Largest distance from the true diversity: that, the last step, and the steps by which two
normalised scores may differ from the truth in opposite ways."""


def rank_score(values: Raw, places: Raw, present: NDArray[np.bool_]) -> Raw:
    """Rank-score functions: the normalised scores in order of their places; 0 behind the last.

    Steps:
        Of each system, ``f[p]`` is the normalised score of the present candidate at place ``p``,
        and 0 where ``p`` is not below the number of present candidates.

    Args:
        values: Raw `NORMAL`, shape (decisions, systems, candidates).
        places: Distinct places from 0 on, of the same shape.
        present: Who takes part, shape (decisions, candidates).
    """
    behind = values.shape[-1]
    ordered = np.zeros((*values.shape[:-1], behind + 1), np.int64)
    # Those who do not take part share a place behind all others, which is cut off.
    where = np.where(present[:, None, :], places, behind)
    np.put_along_axis(ordered, where, values, axis=-1)
    return ordered[..., :behind]


def diversities(functions: Raw, used: NDArray[np.bool_], count: Raw) -> Raw:
    """Sum of each system's diversities to the other used systems.

    Steps:
        1. Of two used systems ``a`` and ``b``, ``squares`` is the sum of ``(fa[p] - fb[p])**2``
           over all places of their rank-score functions. Their diversity is 0 where that is 0, else
           ``exp2(((log2(squares) - log2(count)) >> 1) - (NORMAL.fraction << FRACTION), DIVERSITY)``
           with ``count`` present candidates.
        2. The total of a used system is the sum of its diversities to all other used ones, that of
           another system 0.

    Args:
        functions: Rank-score functions, raw `NORMAL`, shape (decisions, systems, candidates).
        used: Shape (decisions, systems); a system that is not used has no diversity to any.
        count: Present candidates, shape (decisions,).

    Returns:
        Raw with the fraction of `DIVERSITY`, shape (decisions, systems).
    """
    systems = functions.shape[1]
    totals = np.zeros(functions.shape[:2], np.int64)
    size = log2(count)
    for a in range(systems):
        for b in range(a + 1, systems):
            squares = np.square(functions[:, a] - functions[:, b]).sum(axis=-1)
            exponent = ((log2(squares) - size) >> 1) - (NORMAL.fraction << FRACTION)
            apart = (squares > 0) & used[:, a] & used[:, b]
            pair = np.where(apart, exp2(exponent, DIVERSITY), 0)
            totals[:, a] += pair
            totals[:, b] += pair
    return totals


def strengths(totals: Raw, used: NDArray[np.bool_]) -> Raw:
    """Diversity strengths, raw `DIVERSITY`: the sums' means over the other used systems, cut off.

    Steps:
        ``totals // max(number of used systems - 1, 1)``.

    Args:
        totals: What `diversities` returns.
        used: Shape (decisions, systems).
    """
    others = used.sum(axis=-1, keepdims=True) - 1
    return totals // np.maximum(others, 1)
