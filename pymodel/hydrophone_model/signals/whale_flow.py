"""Whale flow: exponential average of the prints' whale scores, signed by the aggressor's side.

The whale pipeline says of every print how rare it is, in bits of tail probability. What lies above
a usual print's bits counts for the aggressor's side, and the counts decay from print to print as
the intensity of a self-exciting process does (Hawkes 1971): one loud print is forgotten, a whale
that goes on is heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import MISSING, SCORE, TAIL
from hydrophone_model.limits import parameter

LOUD_FRACTION = 2
"""Fraction bits of a loudness, beyond those of `TAIL`, before it is averaged."""


_LOUD = Fixed(signed=True, integer=TAIL.width + LOUD_FRACTION)
"""What is heard, as the average takes it in."""


@dataclass(frozen=True, kw_only=True)
class WhaleFlowParams(Params):
    """Sizes of the whale_flow block."""

    name: ClassVar[str] = "whale_flow"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    memory: int = parameter(5, 2, 8, "the average learns by 2**-memory a print")
    floor: int = parameter(
        256, 0, TAIL.max, f"score that a usual print does not exceed, steps of 2**-{TAIL.fraction}"
    )

    @property
    def inputs(self) -> Ports:
        """``symbol`` and aggressor's ``side`` of a print, and its whale score ``tail``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "side": Port(FLAG),
            "tail": Port(TAIL),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The average of what was heard."""
        return average_state("heard", _LOUD, self.memory)

    @property
    def outputs(self) -> Ports:
        """``score``: above zero where whales have bought; bits of tail probability a print."""
        return {"score": Port(SCORE)}


class WhaleFlowModel(Model):
    """Golden model of the whale_flow block.

    The score is missing until the average has settled.

    State:
        Of each symbol an `ExponentialAverage` with ``memory``.

    Steps:
        1. ``loud = max(tail - floor, 0) << LOUD_FRACTION``. The memory takes it in, where ``side``
           is 1 its negative; ``heard`` is its mean then.
        2. ``score = heard >> (TAIL.fraction + LOUD_FRACTION + memory - SCORE.fraction)``; but
           `MISSING` until the memory has settled.
    """

    def __init__(self, params: WhaleFlowParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets what was heard."""
        params = self.params
        self._heard = ExponentialAverage(symbols=params.symbols, memory=params.memory)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return self._heard.state("heard")

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._heard.set_state("heard", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        params = self.params
        loud = np.maximum(inputs["tail"] - params.floor, 0) << LOUD_FRACTION
        signed = np.where(inputs["side"] != 0, -loud, loud)
        heard, settled = self._heard.follow(inputs["symbol"], signed)
        down = TAIL.fraction + LOUD_FRACTION + params.memory - SCORE.fraction
        return {"score": np.where(settled, heard >> down, MISSING)}
