"""Haar transform: the butterfly, each coefficient as wide as its level makes it."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import Number


def haar(window: list[Number]) -> list[Number]:
    """Unscaled Haar coefficients, coarsest first, of samples given oldest first."""
    details: list[list[Number]] = []
    sums = window
    while len(sums) > 1:
        pairs = list(zip(sums[0::2], sums[1::2], strict=True))
        details.append([older - newer for older, newer in pairs])
        sums = [older + newer for older, newer in pairs]
    return sums + [detail for level in reversed(details) for detail in level]


class Haar(Datapath):
    """The transform as a block of its own."""

    def build(self, inputs: Numbers) -> Numbers:
        """``coefficients`` of the ``window``."""
        return {"coefficients": haar(list(inputs["window"]))}
