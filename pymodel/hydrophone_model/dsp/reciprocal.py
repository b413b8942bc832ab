"""Reciprocal of a number between a half and one, by table and linear interpolation.

The argument begins with its leading one; the next `INDEX` bits choose a table entry and the
`INTERPOLATION` bits behind them interpolate to the entry after it. Entries are rounded up, a chord
lies above its curve, and what is cut off is cut from what is taken away: the result is never below
the true reciprocal, so that a number times its own reciprocal is never below one. The reciprocal
of a half is exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.fixed import Fixed, Raw

ARGUMENT = Fixed(integer=0, fraction=16)
"""From a half to below one: the top bit is set, and counts as set whatever it is."""
RECIPROCAL = Fixed(integer=2, fraction=15)
"""Above one, up to two."""
INDEX = 6
"""Bits behind the leading one that choose a table entry."""
INTERPOLATION = ARGUMENT.width - 1 - INDEX
"""Bits that interpolate."""
UNIT = ARGUMENT.fraction + RECIPROCAL.fraction
"""Fraction bits of a raw argument times its raw reciprocal."""

ERROR_BOUND = 2.75 * 2.0**-15
"""Largest relative excess over the true reciprocal: half of it interpolation, half rounding."""

_KNOTS = (1 << (ARGUMENT.width - 1)) + (np.arange((1 << INDEX) + 1) << INTERPOLATION)
_CURVE = -(-(1 << UNIT) // _KNOTS)
BASE: tuple[int, ...] = tuple(_CURVE[:-1].tolist())
"""The reciprocal of (1 + i/64) / 2, rounded up."""
SLOPE: tuple[int, ...] = tuple((-np.diff(_CURVE)).tolist())
"""Fall from one table entry to the next."""


def reciprocal(values: Raw) -> Raw:
    """Raw `RECIPROCAL` of raw `ARGUMENT` numbers, from a half to below one.

    Steps:
        1. ``i = (values >> INTERPOLATION) & 63``, the 6 bits behind the top one, whatever that is;
           ``r = values & (2**INTERPOLATION - 1)``.
        2. The result is ``BASE[i] - ((r * SLOPE[i]) >> INTERPOLATION)``.

        `BASE[i]` is ``2**UNIT / (2**15 + (i << INTERPOLATION))`` rounded up, `SLOPE[i]` what the
        next entry, for 63 that of ``2**16``, lies below it.
    """
    place = (values >> INTERPOLATION) & ((1 << INDEX) - 1)
    rest = values & ((1 << INTERPOLATION) - 1)
    return np.take(BASE, place) - ((rest * np.take(SLOPE, place)) >> INTERPOLATION)


@dataclass(frozen=True, kw_only=True)
class ReciprocalParams(Params):
    """The reciprocal block has no sizes."""

    name: ClassVar[str] = "reciprocal"

    @property
    def inputs(self) -> Ports:
        """``x``: the argument."""
        return {"x": Port(ARGUMENT)}

    @property
    def outputs(self) -> Ports:
        """``y``: its reciprocal."""
        return {"y": Port(RECIPROCAL)}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``base`` and ``slope``: `BASE` and `SLOPE`."""
        return {"base": BASE, "slope": SLOPE}


class ReciprocalModel(Model):
    """Golden model of the reciprocal block.

    State:
        None.

    Steps:
        ``y = reciprocal(x)``.
    """

    def __init__(self, params: ReciprocalParams) -> None:
        self.params = params

    def reset(self) -> None:
        """Has no state."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """See `reciprocal`."""
        return {"y": reciprocal(inputs["x"])}
