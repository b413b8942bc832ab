"""Combinations of the systems' normalised scores and of their ranks.

Scores are averaged, or weighted with the systems' diversity strengths or performances; ranks
likewise, with the weights' reciprocals, as published (Hsu, Kristal and Schweikert 2010): the
smallest combined rank is the best. So a system that has shown nothing weighs least among the scores
and most among the ranks. Weights stand above and below each quotient: their scale does not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import bit_length
from hydrophone_model.dsp import exp2 as power
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.dsp import reciprocal as divider
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.dsp.reciprocal import ARGUMENT, UNIT, reciprocal
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.fusion.normal import ONE
from hydrophone_model.fusion.performance import PERFORMANCE


class Combination(IntEnum):
    """Which combination decides."""

    SCORE_AVERAGE = 0
    SCORE_DIVERSITY = 1
    SCORE_PERFORMANCE = 2
    RANK_AVERAGE = 3
    RANK_DIVERSITY = 4
    RANK_PERFORMANCE = 5


CHOICE = Fixed.spanning(0, len(Combination) - 1)
"""The number of a `Combination`."""
COMBINATIONS = tuple(member.name.lower() for member in Combination)
"""Their names in a configuration, each at its number."""


SIDE = 3
"""Combinations of scores, and of ranks."""
TRUST_FRACTION = 15
"""Fraction bits of a performance that is a weight; a negative one weighs nothing."""
INVERSE = Fixed(integer=14, fraction=12)
"""The reciprocal of a weight, times 2**`INVERSE_ONE`."""
INVERSE_ONE = 14
"""log2 of what the reciprocal of the least weight would be, were it not saturated."""
RANKED_FRACTION = 6
"""Fraction bits of a combined rank."""
GUARD = 4
"""Bits that a numerator keeps below those of its denominator when both are shifted."""

INVERSE_BOUND = logarithm.ERROR_BOUND * float(np.log(2)) + power.ERROR_BOUND + 2.0**-10
"""Largest relative distance of `inverse` from the true reciprocal of a weight up to 2**16: those of
the logarithm and the power, and a step of the smallest result."""
ERROR_BOUND = divider.ERROR_BOUND + 1.01 * 2.0**-15
"""Largest relative excess of `divided`: the reciprocal's, and that of a denominator cut to 16 bits.
Below the true quotient it stays by less than 1.01 steps of the result."""


def ranked_format(candidates: int) -> Fixed:
    """Format of a combined rank among so many candidates."""
    return Fixed(integer=candidates.bit_length(), fraction=RANKED_FRACTION)


@dataclass(frozen=True, kw_only=True)
class Combined:
    """Combinations of one side, in the order of `Combination`.

    Attributes:
        values: Shape (3, decisions, candidates).
        keys: What decides, before any division: larger wins among scores, smaller among ranks. Of
            the same shape.
    """

    values: Raw
    keys: Raw


def inverse(weights: Raw, used: NDArray[np.bool_]) -> Raw:
    """Reciprocals of raw weights, raw `INVERSE`; that of 0 is that of the least step.

    Only used systems have one; 0 for the others.

    Steps:
        ``exp2((INVERSE_ONE << FRACTION) - log2(max(weight, 1)), INVERSE)``, 0 where the system is
        not used.
    """
    exponent = (INVERSE_ONE << FRACTION) - log2(np.maximum(weights, 1))
    return np.where(used, exp2(exponent, INVERSE), 0)


def trust(performance: Raw, used: NDArray[np.bool_]) -> Raw:
    """Performances as weights, with `TRUST_FRACTION` fraction bits; 0 where one is not used.

    Steps:
        ``max(performance, 0) >> (PERFORMANCE.fraction - TRUST_FRACTION)``, 0 where the system is
        not used.
    """
    weights = np.maximum(performance, 0) >> (PERFORMANCE.fraction - TRUST_FRACTION)
    return np.where(used, weights, 0)


def combine_scores(values: Raw, used: NDArray[np.bool_], *weights: Raw) -> Combined:
    """The three combinations of scores, raw `NORMAL`.

    Steps:
        Of each candidate, with the normalised scores of the used systems:

        1. ``total`` is their sum. The average is ``total // max(number of used systems, 1)``, its
           key ``total``.
        2. With weights, the diversity totals first, then the trusts: ``above`` is the sum of
           ``weight * score``, ``below`` the sum of the weights. The combination is
           ``divided(above, below, 0)``, its key ``above``; where all weights are 0, the average and
           its key stand in.

    Args:
        values: Normalised scores, 0 for whoever is not used or not present, shape (decisions,
            systems, candidates).
        used: Shape (decisions, systems).
        weights: Diversities and trusts of the used systems, shape (decisions, systems).
    """
    return _combined(values, used, 0, zip(weights, weights, strict=True))


def combine_ranks(half: Raw, used: NDArray[np.bool_], *weights: Raw) -> Combined:
    """The three combinations of ranks, raw `ranked_format`.

    Steps:
        Of each candidate, with the half ranks that the used systems give it:

        1. ``total`` is their sum. The average is ``(total << (RANKED_FRACTION - 1)) //
           max(number of used systems, 1)``, its key ``total``.
        2. With weights, the diversity totals first, then the trusts, and ``inverse`` of each:
           ``above`` is the sum of ``inverse * half rank``, ``below`` the sum of the inverses. The
           combination is ``divided(above, below, RANKED_FRACTION - 1)``, its key ``above``; where
           all weights, not their inverses, are 0, the average and its key stand in.

        A candidate that is not present has half ranks of 0.

    Args:
        half: Half ranks, 0 for whoever is not present, shape (decisions, systems, candidates).
        used: Shape (decisions, systems).
        weights: As for the scores; what is weighed with are their reciprocals.
    """
    ranks = np.where(used[..., None], half, 0)
    pairs = ((weight, inverse(weight, used)) for weight in weights)
    return _combined(ranks, used, RANKED_FRACTION - 1, pairs)


def _combined(
    terms: Raw, used: NDArray[np.bool_], finer: int, weights: Iterable[tuple[Raw, Raw]]
) -> Combined:
    """The average, and for each pair of weights and what is weighed with the weighted mean.

    Where all weights are zero, the average stands in.
    """
    total = terms.sum(axis=1)
    plain = (total << finer) // np.maximum(used.sum(axis=-1, keepdims=True), 1)
    results, keys = [plain], [total]
    for weight, factor in weights:
        flat = ~np.any(weight, axis=-1)[:, None]
        above = (factor[..., None] * terms).sum(axis=1)
        quotient = divided(above, factor.sum(axis=-1, keepdims=True), finer)
        results.append(np.where(flat, plain, quotient))
        keys.append(np.where(flat, total, above))
    return Combined(values=np.stack(results), keys=np.stack(keys))


def divided(above: Raw, below: Raw, finer: int) -> Raw:
    """Quotients of sums by tabulated reciprocal, cut off; see `ERROR_BOUND`.

    The denominator is shifted until its leading one is the 16th bit, and loses what lies below;
    the numerator is shifted alike, but keeps `GUARD` bits more.

    Steps:
        1. ``up = ARGUMENT.width - bits(max(below, 1))``, which may be negative: to shift by it
           means then to shift right by ``-up``.
        2. ``divisor`` is ``below`` shifted left by ``up``, ``dividend`` is ``above << GUARD``
           shifted left by ``up``.
        3. The result is ``(dividend * reciprocal(divisor)) >> (UNIT + GUARD - finer)``.

    Args:
        above: Numerators, at most 2**12 times the denominator.
        below: Denominators below 2**31, of a shape that broadcasts. Where one is 0, the quotient
            means nothing.
        finer: Fraction bits of the result beyond those of numerator over denominator.
    """
    up = ARGUMENT.width - bit_length(np.maximum(below, 1))
    divisor, dividend = (
        np.where(up >= 0, value << np.maximum(up, 0), value >> np.maximum(-up, 0))
        for value in (below, above << GUARD)
    )
    return (dividend * reciprocal(divisor)) >> (UNIT + GUARD - finer)


ensure(
    ERROR_BOUND * max(ONE, 64 << RANKED_FRACTION) < 1, "no quotient exceeds the largest by a step"
)
