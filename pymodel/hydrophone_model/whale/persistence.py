"""Persistence of one side: two-sided CUSUM on signed, size-aware flow.

Each print adds to its side's sum and takes from the other's; both lose the drift a print and
neither falls below zero. A print that joins a running parent adds less than one that begins a
parent, for the children of a sweep are one decision, not many.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, each, parameter, symbol_format
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.volume import DEVIATIONS

SUM = Fixed(integer=10, fraction=4)
"""One side's sum; a print of ordinary size that begins a parent adds 1."""


@dataclass(frozen=True, kw_only=True)
class PersistenceParams(Params):
    """Sizes and rates of the persistence block."""

    name: ClassVar[str] = "persistence"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    joined: int = parameter(4, 0, 16, "what a joining print adds, sixteenths")
    drift: int = parameter(4, 0, 64, "what each sum loses a print, sixteenths")
    scale: int = parameter(2, 0, 6, "the evidence is the sum divided by 2**scale")

    @property
    def inputs(self) -> Ports:
        """The event's ``symbol`` and ``side``, whether it ``joined`` a parent, its ``z_print``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "side": Port(FLAG),
            "joined": Port(FLAG),
            "z_print": Port(DEVIATIONS),
        }

    @property
    def outputs(self) -> Ports:
        """``persistence`` of the print's own side."""
        return {"persistence": Port(EVIDENCE)}


class PersistenceModel(Model):
    """Golden model of the persistence block."""

    def __init__(self, params: PersistenceParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Zeroes every sum."""
        self._sums = [(0, 0)] * self.params.symbols

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Persistence at each print of a batch."""
        params, sums = self.params, self._sums
        begun = np.where(inputs["joined"] != 0, params.joined, SUM.one)
        step = begun + (inputs["z_print"] >> (DEVIATIONS.fraction - SUM.fraction))
        own: list[int] = []
        for symbol, side, amount in each(inputs["symbol"], inputs["side"], step):
            signed = -amount if side else amount
            buy, sell = sums[symbol]
            buy = min(max(buy + signed - params.drift, 0), SUM.max)
            sell = min(max(sell - signed - params.drift, 0), SUM.max)
            sums[symbol] = buy, sell
            own.append(sell if side else buy)
        up = EVIDENCE.fraction - SUM.fraction
        return {"persistence": EVIDENCE.saturate((np.array(own, np.int64) << up) >> params.scale)}
