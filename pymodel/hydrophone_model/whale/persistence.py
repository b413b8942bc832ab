"""Persistence of one side: two-sided CUSUM on signed, size-aware flow.

Each print adds to its side's sum and takes from the other's. In place of a fixed drift each sum
leaks in proportion, so that a tape whose sides come in long runs does not fill it. A print adds
little by being there and more by its octaves above half the mean, up to a limit: a whale's modest
children count each, one block does not look like many. A print that joins a running parent adds a
fraction of one that begins a parent, for the children of a sweep are one decision.

The evidence is the logarithm of the sum, which keeps quiet and busy tapes in one range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateField,
    each,
    symbol_format,
)
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import EVIDENCE, LOG
from hydrophone_model.limits import parameter
from hydrophone_model.whale.volume import OCTAVES

SUM = Fixed(integer=12, fraction=12)
"""One side's sum; a print an octave above half the mean that begins a parent adds about 1."""
AMOUNT_FRACTION = 4
"""Fraction bits of what a print adds, before it is divided for joining."""
UNIT_LOG2 = -2
"""log2 of the sum that counts as one bit of evidence."""


@dataclass(frozen=True, kw_only=True)
class PersistenceParams(Params):
    """Sizes and rates of the persistence block."""

    name: ClassVar[str] = "persistence"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    base: int = parameter(2, 0, 16, "what every print adds, sixteenths")
    most: int = parameter(40, 0, 255, "octaves of size that count at most, sixteenths")
    joined: int = parameter(3, 0, 7, "a joining print adds 2**-joined as much")
    leak: int = parameter(9, 4, 12, "each sum loses 2**-leak of itself a print")

    @property
    def inputs(self) -> Ports:
        """The event's ``symbol`` and ``side``, whether it ``joined`` a parent, ``above_print``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "side": Port(FLAG),
            "joined": Port(FLAG),
            "above_print": Port(OCTAVES),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """A sum of each side."""
        return {"buy": StateField(format=SUM), "sell": StateField(format=SUM)}

    @property
    def outputs(self) -> Ports:
        """``persistence`` of the print's own side."""
        return {"persistence": Port(EVIDENCE)}


class PersistenceModel(Model):
    """Golden model of the persistence block.

    State:
        Of each symbol a sum of each side, ``buy`` and ``sell``, raw `SUM`, 0 at first.

    Steps:
        1. ``octaves = above_print >> (OCTAVES.fraction - AMOUNT_FRACTION)``;
           ``amount = (base + min(octaves, most)) << (SUM.fraction - AMOUNT_FRACTION)``, and where
           the input ``joined`` is 1, that ``>>`` the parameter ``joined``.
        2. ``signed`` is ``amount`` for a buyer, ``-amount`` for a seller.
        3. ``buy = buy - (buy >> leak) + signed`` and ``sell = sell - (sell >> leak) - signed``,
           each saturated to 0 … `SUM.max`.
        4. ``own`` is the new sum of the print's side. With ``unit = SUM.fraction + UNIT_LOG2``:
           ``persistence = (log2(own + 2**unit) - (unit << LOG.fraction)) >>
           (LOG.fraction - EVIDENCE.fraction)``, saturated to `EVIDENCE`.
    """

    def __init__(self, params: PersistenceParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Zeroes every sum."""
        self._sums = [(0, 0)] * self.params.symbols

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        buy, sell = np.array(self._sums, np.int64).T
        return {"buy": buy.copy(), "sell": sell.copy()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._sums = list(zip(state["buy"].tolist(), state["sell"].tolist(), strict=True))

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Persistence at each print of a batch."""
        params, sums = self.params, self._sums
        octaves = inputs["above_print"] >> (OCTAVES.fraction - AMOUNT_FRACTION)
        amount = (params.base + np.minimum(octaves, params.most)) << (
            SUM.fraction - AMOUNT_FRACTION
        )
        amount = np.where(inputs["joined"] != 0, amount >> params.joined, amount)
        own: list[int] = []
        for symbol, side, step in each(inputs["symbol"], inputs["side"], amount):
            signed = -step if side else step
            buy, sell = sums[symbol]
            buy = min(max(buy - (buy >> params.leak) + signed, 0), SUM.max)
            sell = min(max(sell - (sell >> params.leak) - signed, 0), SUM.max)
            sums[symbol] = buy, sell
            own.append(sell if side else buy)
        unit = SUM.fraction + UNIT_LOG2
        bits = log2(np.array(own, np.int64) + (1 << unit)) - (unit << LOG.fraction)
        return {"persistence": EVIDENCE.saturate(bits >> (LOG.fraction - EVIDENCE.fraction))}
