"""Haar transform, two levels of the butterfly a clock."""

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.pipe import Pipe, Wire

LEVELS_A_CLOCK = 2


def haar(pipe: Pipe, window: list[Wire]) -> list[Wire]:
    """Unscaled Haar coefficients, coarsest first, of samples given oldest first."""
    details: list[list[Wire]] = []
    sums, level = window, 0
    while len(sums) > 1:
        level += 1
        apply = pipe.stage if level % LEVELS_A_CLOCK == 0 or len(sums) == 2 else pipe.logic
        pairs = list(zip(sums[0::2], sums[1::2], strict=True))
        details.append([apply(lambda a, b: a - b, older, newer) for older, newer in pairs])
        sums = [apply(lambda a, b: a + b, older, newer) for older, newer in pairs]
    return sums + [wire for level_details in reversed(details) for wire in level_details]


class Haar(Datapath):
    """The transform as a block of its own."""

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``coefficients`` of the ``window``."""
        return {"coefficients": haar(pipe, list(inputs["window"]))}
