"""Cognitive diversity of every two systems, and each system's strength.

The rank-score functions come of one choice by place: among the candidates one has each place, so a
value is the OR of all that are let through. For 16 candidates that takes 1,868 look-up tables and a
fifth of a clock of UltraScale+ at 322 MHz, the ranks being there; a sorting network (Batcher 1968)
takes 1,430, 758 registers more, and five clocks. The root of the mean square is taken in the
logarithm, where it is a shift.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from hydrophone_hdl.dsp.exp2 import bounded_exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.dsp.reciprocal import floored
from hydrophone_hdl.hls.flags import masked, merged
from hydrophone_hdl.hls.number import Number, lookup, total
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.fixed import Fixed
from hydrophone_model.fusion.diversity import DIVERSITY
from hydrophone_model.fusion.normal import NORMAL, ONE

SQUARE = Fixed(integer=2 * NORMAL.fraction + 1)
"""The raw square of a difference of two normalised scores."""


def rank_score(values: Sequence[Number], places: Sequence[Number]) -> list[Number]:
    """The rank-score function: normalised scores by place.

    Args:
        values: `NORMAL`, 0 for those who are not present.
        places: Whose place is which, those who are not present behind all others.
    """
    return [merged([place == number for place in places], values) for number in range(len(values))]


def diversities(
    functions: Sequence[Sequence[Number]], used: Sequence[Number], count: Number
) -> list[Number]:
    """Sum of each system's diversities to the other used systems, with `DIVERSITY`'s fraction.

    Args:
        functions: Rank-score functions, `NORMAL`.
        used: Whether each system is used.
        count: How many candidates are present.
    """
    pairs: list[list[Number]] = [[] for _ in functions]
    size = log2_of(count)
    for a, b in combinations(range(len(functions)), 2):
        apart = masked(pair_diversity(functions[a], functions[b], size), used[a] & used[b])
        pairs[a].append(apart)
        pairs[b].append(apart)
    most = (len(functions) - 1) * ONE
    return [total(own).wrap(Fixed.spanning(0, most, fraction=DIVERSITY.fraction)) for own in pairs]


def log2_of(count: Number) -> Number:
    """The logarithm of a small integer, from a table of `hydrophone_model.dsp.log2`."""
    table: list[int] = logarithm.log2(np.arange(1 << count.width)).tolist()
    octaves = Fixed(integer=count.width.bit_length(), fraction=logarithm.FRACTION)
    return lookup(table, count).wrap(Fixed(integer=octaves.width)).read_as(octaves)


def pair_diversity(a: Sequence[Number], b: Sequence[Number], size: Number) -> Number:
    """Diversity of two rank-score functions, whatever they are worth; ``size`` is log2 n."""
    squares = total([_square(x.raw - y.raw) for x, y in zip(a, b, strict=True)])
    exponent = ((log2(squares) - size) >> 1) - NORMAL.fraction
    root = bounded_exp2(exponent, bound=0, fraction=DIVERSITY.fraction)
    return masked(root, squares.any())


def _square(difference: Number) -> Number:
    return (difference * difference).wrap(SQUARE)


def strengths(totals: Sequence[Number], others: Number, most: int) -> list[Number]:
    """Diversity strengths, `DIVERSITY`: the sums' exact means over the other used systems.

    Args:
        totals: What `diversities` returns.
        others: How many used systems there are, less one; of none, 0.
        most: The largest number of others.
    """
    return [floored(own.raw, others, most, DIVERSITY) for own in totals]
