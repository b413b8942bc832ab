"""Order-flow imbalance: what aggressors bought less what they sold, over all that was traded.

``sum s q / sum q`` over the last W prints, s the aggressor's side and q the size (order imbalance:
Chordia and Subrahmanyam 2004), in 64ths. The sums are exact integers, the quotient is taken in the
log domain.
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
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import MISSING, SCORE, SIZE
from hydrophone_model.limits import parameter
from hydrophone_model.signals.quotient import over
from hydrophone_model.window import SlidingWindow, window_state

UNIT_LOG2 = 6
"""log2 of the score of a window in which only one side was the aggressor."""


_SIGNED = Fixed(signed=True, integer=SIZE.integer)
"""A size with its side's sign."""


@dataclass(frozen=True, kw_only=True)
class ImbalanceParams(Params):
    """Sizes of the imbalance block."""

    name: ClassVar[str] = "imbalance"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "prints in the window", power_of_two=True)

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
        """The window of sizes, those of sellers negative."""
        return window_state(self.window, signed=_SIGNED)

    @property
    def outputs(self) -> Ports:
        """``score``: above zero where buyers were the aggressors."""
        return {"score": Port(SCORE)}


class ImbalanceModel(Model):
    """Golden model of the imbalance block.

    The score is missing until the window is full, and 0 where both sides traded the same.

    State:
        Of each symbol a `SlidingWindow` of the last ``window`` prints, empty at first.

    Steps:
        1. The window takes in ``size`` and ``signed``, which is ``-size`` where ``side`` is 1, else
           ``size``. ``net`` is the sum of ``signed`` over what it holds now, ``gross`` that of
           ``size``.
        2. ``score = over(net, gross, UNIT_LOG2)``; but `MISSING` until the window is full.
    """

    def __init__(self, params: ImbalanceParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Empties every window."""
        params = self.params
        self._window = SlidingWindow(symbols=params.symbols, length=params.window, columns=2)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"filled": self._window.counts(), "signed": self._window.values()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        signed = state["signed"]
        self._window.put([signed, np.abs(signed)], state["filled"])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        size = inputs["size"]
        columns = np.stack([np.where(inputs["side"] != 0, -size, size), size], axis=-1)
        score = np.empty_like(size)
        for symbol, places in by_symbol(inputs["symbol"]):
            history, filled = self._window.extend(symbol, columns[places])
            net, gross = self._window.sums(history).T
            share = over(net, gross, UNIT_LOG2)
            score[places] = np.where(filled == self.params.window, share, MISSING)
        return {"score": score}
