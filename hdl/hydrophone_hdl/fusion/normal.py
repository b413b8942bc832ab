"""Min-max normalisation of a system's scores: its last candidate's becomes 0, its first's 1.

The first place has the highest score and the last the lowest, so neither needs a search of its own.
Differences and their range move to the front while the range's reciprocal is looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone_hdl.dsp.reciprocal import leading, reciprocal
from hydrophone_hdl.hls.flags import any_of, masked, merged
from hydrophone_hdl.hls.number import Number
from hydrophone_model.dsp.reciprocal import ARGUMENT, UNIT
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.normal import NORMAL

DIFFERENCE = Fixed(integer=ARGUMENT.width)
"""The raw difference of two scores, the lower taken from the higher."""


@dataclass(frozen=True)
class Normal:
    """One system's normalised scores.

    Attributes:
        used: Whether the system is used.
        values: `NORMAL`; 0 where it is not, or a candidate is not present.
    """

    used: Number
    values: Sequence[Number]


def normalised(
    scores: Sequence[Number],
    places: Sequence[Number],
    present: Sequence[Number],
    last: Number,
) -> Normal:
    """Normalises one system's scores.

    Args:
        scores: `SCORE`, one a candidate.
        places: Their places, as `hydrophone_hdl.fusion.ranks.ranked` tells them.
        present: Who takes part.
        last: How many take part, less one.
    """
    high = merged([place == 0 for place in places], scores)
    low = merged([place == last for place in places], scores)
    span = _difference(high, low)
    anybody = any_of(present)
    # Where nobody takes part, whoever has the first place is not present.
    used = anybody & span.any() & (low.raw != MISSING)
    divisor, *dividends = leading(span, *(_difference(score, low) for score in scores))
    scale = reciprocal(divisor.read_as(ARGUMENT)).raw
    values: list[Number] = []
    for dividend, there in zip(dividends, present, strict=True):
        product = (dividend * scale) >> (UNIT - NORMAL.fraction)
        quotient = product.wrap(Fixed(integer=NORMAL.width)).read_as(NORMAL)
        values.append(masked(quotient, used & there))
    return Normal(used, values)


def _difference(higher: Number, lower: Number) -> Number:
    return (higher.raw - lower.raw).wrap(DIFFERENCE)


ensure(DIFFERENCE.width == SCORE.width, "every difference of two scores is an argument")
