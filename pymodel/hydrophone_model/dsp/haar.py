"""Haar wavelet transform of a short window, without scaling.

Each level adds and subtracts neighbours, so that coefficients stay exact integers: the detail of
level l is 2**(l/2) times the orthonormal one. Whoever measures energy applies the level's weight.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import FLOW
from hydrophone_model.limits import parameter


def haar(window: Raw) -> Raw:
    """Unscaled Haar coefficients along the last axis, whose length is a power of two.

    Steps:
        Begin with the samples, oldest first, as the sums of level 0, and go up level by level while
        more than one sum is left:

        1. Of each two neighbours, the older ``a`` and the newer ``b``, the detail of the level is
           ``a - b``.
        2. Their sum of the level is ``a + b``; both stay in order, the oldest first.

        The coefficients are the last sum, the details of the last level, those of the level before,
        and so on to those of level 1; within a level the oldest first. Of 4 samples: ``a+b+c+d``,
        ``(a+b)-(c+d)``, ``a-b``, ``c-d``.

    Args:
        window: Samples, oldest first.

    Returns:
        Coefficients from the coarsest down: the sum of all, then the details of each level,
        oldest first. A detail is the older neighbour minus the newer one.
    """
    details: list[Raw] = []
    sums = window
    while sums.shape[-1] > 1:
        older, newer = sums[..., 0::2], sums[..., 1::2]
        details.append(older - newer)
        sums = older + newer
    return np.concatenate([sums, *reversed(details)], axis=-1)


def levels(length: int) -> tuple[int, ...]:
    """Level of each coefficient of `haar`; the sum of all counts as the coarsest level."""
    top = length.bit_length() - 1
    order = [top]
    for level in range(top, 0, -1):
        order += [level] * (length >> level)
    return tuple(order)


@dataclass(frozen=True, kw_only=True)
class HaarParams(Params):
    """Sizes of the Haar block."""

    name: ClassVar[str] = "haar"
    length: int = parameter(16, 2, 64, "samples in the window", power_of_two=True)
    sample: Fixed = FLOW

    @property
    def inputs(self) -> Ports:
        """``window``: the samples, oldest first."""
        return {"window": Port(self.sample, self.length)}

    @property
    def outputs(self) -> Ports:
        """``coefficients``: coarsest first."""
        return {"coefficients": Port(self.coefficient, self.length)}

    @property
    def coefficient(self) -> Fixed:
        """Format that holds every coefficient."""
        return self.sample.sum_of(self.length)


class HaarModel(Model):
    """Golden model of the Haar block.

    State:
        None.

    Steps:
        ``coefficients = haar(window)``; their format holds every one.
    """

    def __init__(self, params: HaarParams) -> None:
        self.params = params

    def reset(self) -> None:
        """Has no state."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """See `haar`."""
        return {"coefficients": haar(inputs["window"])}
