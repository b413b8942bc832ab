"""Score and rank combinations of the systems' normalised scores and of their ranks.

Six times the same sum of products over a sum of weights, and two plain means. What decides is known
before any division: the numerators of one decision share their denominator.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.dsp.reciprocal import floored, leading, reciprocal
from hydrophone_hdl.hls.flags import any_of, masked
from hydrophone_hdl.hls.number import Number, choose, positive, select, total
from hydrophone_model.dsp.reciprocal import ARGUMENT, UNIT
from hydrophone_model.fixed import Fixed
from hydrophone_model.fusion.combine import (
    GUARD,
    INVERSE,
    INVERSE_ONE,
    RANKED_FRACTION,
    SIDE,
    TRUST_FRACTION,
)
from hydrophone_model.fusion.normal import NORMAL

DIGIT = 2
"""Bits of a rank that choose a multiple of a weight."""


@dataclass(frozen=True)
class Combined:
    """Combinations of one side, in the order of the model's `Combination`.

    Attributes:
        values: Of each combination and candidate.
        keys: What decides, before any division, likewise; unsigned integers.
    """

    values: Sequence[Sequence[Number]]
    keys: Sequence[Sequence[Number]]


def trust(performance: Number, used: Number) -> Number:
    """A performance as a weight; 0 where the system is not used."""
    return masked(positive(performance).cut(TRUST_FRACTION), used)


def inverse(weight: Number, used: Number) -> Number:
    """Reciprocal of a weight, `INVERSE`; that of 0 is that of the least step; 0 of no system."""
    # The logarithm of 0 is that of 1.
    return masked(exp2(INVERSE_ONE - log2(weight), INVERSE), used)


def combine_scores(
    values: Sequence[Sequence[Number]], systems: Number, *weights: Sequence[Number]
) -> Combined:
    """The three combinations of scores, `NORMAL`.

    Args:
        values: Normalised scores of each system, 0 where one is not used.
        systems: How many systems are used.
        weights: Diversities and trusts of the systems.
    """
    columns = [[value.raw for value in column] for column in zip(*values, strict=True)]
    factors = [[own.raw for own in weight] for weight in weights]
    sums = [
        [
            total([own * value for own, value in zip(factor, column, strict=True)])
            for column in columns
        ]
        for factor in factors
    ]
    return _combined(columns, systems, NORMAL, 0, zip(factors, factors, sums, strict=True))


def combine_ranks(
    half: Sequence[Sequence[Number]],
    used: Sequence[Number],
    systems: Number,
    output: Fixed,
    *weights: Sequence[Number],
) -> Combined:
    """The three combinations of ranks.

    Args:
        half: Twice the mean ranks of each system.
        used: Whether each system is used.
        systems: How many are.
        output: The model's `ranked_format` of all candidates.
        weights: As for the scores; what is weighed with are their reciprocals.
    """
    columns = list(zip(*half, strict=True))
    terms = [
        [masked(rank, own) for rank, own in zip(column, used, strict=True)] for column in columns
    ]
    raw = [[own.raw for own in weight] for weight in weights]
    factors = [
        [inverse(own, taken).raw for own, taken in zip(weight, used, strict=True)] for weight in raw
    ]
    # A rank has few bits, and a multiplier for each of so many were dear.
    sums = [_weighted([_multiples(own) for own in factor], columns) for factor in factors]
    return _combined(
        terms, systems, output, RANKED_FRACTION - 1, zip(raw, factors, sums, strict=True)
    )


def _combined(
    terms: Sequence[Sequence[Number]],
    systems: Number,
    output: Fixed,
    finer: int,
    weighted: Iterable[tuple[Sequence[Number], Sequence[Number], Sequence[Number]]],
) -> Combined:
    """The average, and the weighted means; where all weights are zero, the average stands in.

    Args:
        terms: Of each candidate those of the used systems.
        systems: How many systems are used.
        output: Format of the results.
        finer: Its fraction bits beyond those of the terms.
        weighted: Weights, what is weighed with, and each candidate's sum of products.
    """
    most, sums = len(terms[0]), [total(column) for column in terms]
    plain = [floored(own << finer, systems, most, output) for own in sums]
    values, keys = [plain], [sums]
    for weights, factors, above in weighted:
        weighed = any_of([weight.any() for weight in weights])
        quotients = divided(above, total(factors), output, finer)
        values.append([select(weighed, *pair) for pair in zip(quotients, plain, strict=True)])
        keys.append([select(weighed, *pair) for pair in zip(above, sums, strict=True)])
    return Combined(values, keys)


def keys_of(combination: Number, by_score: Combined, by_rank: Combined) -> list[Number]:
    """What decides by a combination, of each candidate; the largest wins."""
    rows = [*by_score.keys, *by_rank.keys]
    wide = Fixed(integer=max(key.width for row in rows for key in row))
    keys = [[key.wrap(wide) for key in row] for row in rows]
    # The smallest rank wins.
    keys[SIDE:] = [[~key for key in row] for row in keys[SIDE:]]
    return [choose(combination, column) for column in zip(*keys, strict=True)]


def divided(above: Sequence[Number], below: Number, output: Fixed, finer: int) -> list[Number]:
    """Quotients of sums, cut off, as `hydrophone_model.fusion.combine.divided` makes them.

    Args:
        above: Numerators, whose quotients are within the format.
        below: Denominator; of zero the quotients mean nothing.
        output: Format of the result.
        finer: Its fraction bits beyond those of numerator over denominator.
    """
    width = max(ARGUMENT.width, below.width)
    wide = Fixed(integer=width + output.width - finer + GUARD)
    divisor, *dividends = leading(
        below.wrap(Fixed(integer=width)), *((own << GUARD).wrap(wide) for own in above)
    )
    cut = width - ARGUMENT.width
    scale = reciprocal(divisor.bits(cut, width).read_as(ARGUMENT)).raw
    products = [dividend.bits(cut, dividend.width) * scale for dividend in dividends]
    return [
        (product >> (UNIT + GUARD - finer)).wrap(Fixed(integer=output.width)).read_as(output)
        for product in products
    ]


def _multiples(weight: Number) -> list[Number | int]:
    """None, one, two and three of a weight: what the digits of a rank choose from."""
    return [0, weight, weight << 1, weight * 3]


def _weighted(
    multiples: Sequence[Sequence[Number | int]], columns: Sequence[Sequence[Number]]
) -> list[Number]:
    """Each candidate's sum of weights times ranks."""
    return [
        total(
            [
                choose(rank.bits(low, low + width), choices[: 1 << width]) << low
                for choices, rank in zip(multiples, column, strict=True)
                for low in range(0, rank.width, DIGIT)
                for width in [min(DIGIT, rank.width - low)]
            ]
        )
        for column in columns
    ]
