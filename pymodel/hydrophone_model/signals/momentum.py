"""Momentum: how far a price has come in units of its own volatility.

The sum of the last W price changes over the root of the sum of their squares,
``sum c / sqrt(sum c**2)``: a past return scaled by realised volatility, as time-series momentum is
(Moskowitz, Ooi and Pedersen 2012). A price without drift gives about a standard normal variate
whatever its tick and its volatility, and no price gives more than the root of W. The sums are exact
integers, the quotient is taken in the log domain.
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
    by_symbol,
    symbol_format,
)
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import CHANGE, MISSING, SCORE
from hydrophone_model.limits import parameter
from hydrophone_model.signals.quotient import over_root
from hydrophone_model.window import SlidingWindow, window_state


@dataclass(frozen=True, kw_only=True)
class MomentumParams(Params):
    """Sizes of the momentum block."""

    name: ClassVar[str] = "momentum"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "price changes in the window", power_of_two=True)

    @property
    def inputs(self) -> Ports:
        """``symbol``, and the ``change`` of its price."""
        return {"symbol": Port(symbol_format(self.symbols)), "change": Port(CHANGE)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The window of changes."""
        return window_state(self.window, changes=CHANGE)

    @property
    def outputs(self) -> Ports:
        """``score``: above zero for a price that has risen."""
        return {"score": Port(SCORE)}


class MomentumModel(Model):
    """Golden model of the momentum block.

    The score is missing until the window is full, and 0 where no price in it has moved.

    State:
        Of each symbol a `SlidingWindow` of the last ``window`` changes, empty at first.

    Steps:
        1. The window takes in ``change``. ``way`` is the sum of what it holds now, ``energy`` that
           of the squares.
        2. ``score = over_root(way, energy, 0)``; but `MISSING` until the window is full.
    """

    def __init__(self, params: MomentumParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Empties every window."""
        params = self.params
        self._window = SlidingWindow(symbols=params.symbols, length=params.window, columns=2)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"filled": self._window.counts(), "changes": self._window.values()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        changes = state["changes"]
        self._window.put([changes, changes * changes], state["filled"])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each price change."""
        change = inputs["change"]
        columns = np.stack([change, change * change], axis=-1)
        score = np.empty_like(change)
        for symbol, places in by_symbol(inputs["symbol"]):
            history, filled = self._window.extend(symbol, columns[places])
            way, energy = self._window.sums(history).T
            known = filled == self.params.window
            score[places] = np.where(known, over_root(way, energy, 0), MISSING)
        return {"score": score}
