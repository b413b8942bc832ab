"""Volume surprise: the octaves by which the latest net flow exceeds the usual size, with its sign.

``sign(F) log2(1 + |F| / M)``: F sums up the signed sizes of the last prints, forgetting 2**-fast of
itself a print, and M is the exponential average of their sizes (`hydrophone_model.average`).
Unusual volume foretells returns (Gervais, Kaniel and Mingelgrin 2001); adding one to the ratio
keeps quiet flows near zero without a limit below which nothing counts. The quotient is a difference
of logarithms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import MISSING, SCORE, SIZE
from hydrophone_model.limits import parameter

FLOW_FRACTION = 6
"""Fraction bits of a signed size before it is averaged."""

ERROR_BOUND = 2 * logarithm.ERROR_BOUND + SCORE.resolution
"""Largest distance from the formula over the same averages."""


_FLOW = Fixed(signed=True, integer=SIZE.integer + FLOW_FRACTION)
"""A size with its side's sign, as the average takes it in."""


@dataclass(frozen=True, kw_only=True)
class VolumeSurpriseParams(Params):
    """Sizes of the volume_surprise block."""

    name: ClassVar[str] = "volume_surprise"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    fast: int = parameter(4, 1, 6, "the flow forgets 2**-fast of itself a print")
    memory: int = parameter(8, 7, 12, "average of sizes: its slowest rate is 2**-memory")

    @property
    def inputs(self) -> Ports:
        """``symbol``, ``size`` and aggressor's ``side`` of a print."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "size": Port(SIZE),
            "side": Port(FLAG),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Two averages: of the flow and of the size."""
        return {
            **average_state("flow", _FLOW, self.fast),
            **average_state("usual", SIZE, self.memory),
        }

    @property
    def outputs(self) -> Ports:
        """``score``: above zero where unusually much was bought."""
        return {"score": Port(SCORE)}


class VolumeSurpriseModel(Model):
    """Golden model of the volume_surprise block.

    The score is missing until the average of sizes has settled.

    State:
        Of each symbol two `ExponentialAverage`: ``flow`` with ``fast`` in place of ``memory``, and
        ``usual`` with ``memory``.

    Steps:
        1. ``flow`` takes in ``signed << FLOW_FRACTION``, where ``signed`` is ``-size`` for
           ``side`` 1, else ``size``; ``usual`` takes in ``size``. ``F`` and ``U`` are their means
           then.
        2. ``octaves = log2((abs(F) << (memory - FLOW_FRACTION)) + U) - log2(U)``.
        3. ``score = sign(F) * (octaves >> (FRACTION - SCORE.fraction))``; but `MISSING` until
           ``usual`` has settled.
    """

    def __init__(self, params: VolumeSurpriseParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every size."""
        params = self.params
        self._flow = ExponentialAverage(symbols=params.symbols, memory=params.fast)
        self._usual = ExponentialAverage(symbols=params.symbols, memory=params.memory)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {**self._flow.state("flow"), **self._usual.state("usual")}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._flow.set_state("flow", state)
        self._usual.set_state("usual", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        symbol, size, memory = inputs["symbol"], inputs["size"], self.params.memory
        # Without its fraction bits for a divisor, an average is the sum of what is not forgotten.
        bought = np.where(inputs["side"] != 0, -size, size) << FLOW_FRACTION
        flow, _ = self._flow.follow(symbol, bought)
        usual, settled = self._usual.follow(symbol, size)
        unusual = np.abs(flow) << (memory - FLOW_FRACTION)
        octaves = log2(unusual + usual) - log2(usual)
        score = np.sign(flow) * (octaves >> (FRACTION - SCORE.fraction))
        return {"score": np.where(settled, score, MISSING)}
