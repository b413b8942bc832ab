"""Ranks by counting: every two candidates are compared once, either way.

A candidate's place is the number of those before it: all that have a larger key, and of equal ones
those of smaller numbers. Counted the other way, where of equal ones those of larger numbers are
before it, place and place together make twice the mean rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone_hdl.hls.flags import counted, masked
from hydrophone_hdl.hls.number import Number, join
from hydrophone_model.fixed import Fixed
from hydrophone_model.fusion.ranks import half_rank_format


@dataclass(frozen=True)
class Ranks:
    """Ranks of candidates by descending key.

    Attributes:
        half: Twice the mean ranks from 1 on; 0 where a candidate is not present.
        places: Distinct places from 0 on; of those who are not present, behind all who are.
    """

    half: Sequence[Number]
    places: Sequence[Number]


def ranked(keys: Sequence[Number], present: Sequence[Number]) -> Ranks:
    """Ranks of the present candidates.

    Args:
        keys: One a candidate, of one format.
        present: Who takes part.
    """
    count = len(keys)
    ordered = [_behind(key, there) for key, there in zip(keys, present, strict=True)]
    less = {(a, b): ordered[a] < ordered[b] for a in range(count) for b in range(count) if a != b}
    like = Fixed(integer=half_rank_format(count).width)
    half: list[Number] = []
    places: list[Number] = []
    for own, there in enumerate(present):
        earlier, later = range(own), range(own + 1, count)
        place = counted([less[own, n] for n in later], clear=[less[n, own] for n in earlier])
        # A rank begins with 1, which is two halves.
        other = counted(
            [less[own, n] for n in earlier], clear=[less[n, own] for n in later], plus=2
        )
        places.append(place)
        half.append(masked((place + other).wrap(like), there))
    return Ranks(half, places)


def rank_of(
    which: Number, key: Number, there: Number, keys: Sequence[Number], present: Sequence[Number]
) -> tuple[Number, Number]:
    """Twice the mean rank of one candidate, and its place.

    Args:
        which: Its number.
        key: Its key.
        there: Whether it takes part.
        keys: Everyone's, its own among them.
        present: Who takes part.
    """
    own = _behind(key, there)
    others = [_behind(*pair) for pair in zip(keys, present, strict=True)]
    above, below = [own < other for other in others], [other < own for other in others]
    before = [
        up | (~down & (which > n)) for n, (up, down) in enumerate(zip(above, below, strict=True))
    ]
    # Whoever is not below includes itself.
    half = counted(above) + counted([], clear=below, plus=1)
    like = Fixed(integer=half_rank_format(len(keys)).width)
    return masked(half.wrap(like), there), counted(before)


def _behind(key: Number, present: Number) -> Number:
    """A key in the same order, that of who is not present below all others."""
    if key.format.signed:
        key = join(key.bits(0, key.width - 1), ~key.negative)
    return join(key, ~present).read_as(Fixed(signed=True, integer=key.width))
