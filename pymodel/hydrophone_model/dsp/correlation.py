"""Pearson correlation of two columns over a sliding window, from exact integer sums.

``r = cov / sqrt(vx vy)`` with ``cov = n Sxy - Sx Sy`` and so on; the quotient is taken in the log
domain, the sign put back afterwards.
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
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import FLOW
from hydrophone_model.limits import parameter
from hydrophone_model.window import SlidingWindow, window_state

STEP = Fixed(signed=True, integer=6)
"""The second column, unless the parameters say otherwise."""
MAGNITUDE = Fixed(integer=1, fraction=8)
CORRELATION = Fixed(signed=True, integer=1, fraction=8)
"""-1 to 1."""

ERROR_BOUND = 0.005
"""Largest difference from the float64 correlation: one step of cutting off, the rest logarithms."""


@dataclass(frozen=True, kw_only=True)
class CorrelationParams(Params):
    """Sizes of the correlation block."""

    name: ClassVar[str] = "correlation"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "pairs in the window", power_of_two=True)
    minimum: int = parameter(8, 2, 1024, "pairs below which the correlation is 0")
    x: Fixed = FLOW
    y: Fixed = STEP

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within_window(self.minimum, self.window)

    @property
    def inputs(self) -> Ports:
        """``symbol`` and the pair ``x``, ``y``."""
        return {"symbol": Port(symbol_format(self.symbols)), "x": Port(self.x), "y": Port(self.y)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The window of pairs."""
        return window_state(self.window, x=self.inputs["x"].format, y=self.inputs["y"].format)

    @property
    def outputs(self) -> Ports:
        """``correlation`` of the window that ends with this pair."""
        return {"correlation": Port(CORRELATION)}


class CorrelationModel(Model):
    """Golden model of the correlation block.

    A window with fewer than ``minimum`` pairs, or in which a column does not vary, has the
    correlation 0.

    State:
        Of each symbol, a `SlidingWindow` of the last ``window`` pairs, empty at first.

    Steps:
        1. The window takes in the pair. Over the ``n`` pairs that it holds now, ``Sx``, ``Sy``,
           ``Sxx``, ``Syy`` and ``Sxy`` are the sums of ``x``, ``y``, ``x*x``, ``y*y`` and ``x*y``.
        2. ``cov = n*Sxy - Sx*Sy``, ``vx = n*Sxx - Sx*Sx``, ``vy = n*Syy - Sy*Sy``.
        3. If ``cov == 0`` or ``n < minimum``, ``correlation`` is 0.
        4. Else ``e = log2(abs(cov)) - ((log2(vx) + log2(vy)) >> 1)`` and
           ``m = min(exp2(e, MAGNITUDE), MAGNITUDE.one)``; ``correlation`` is ``m``, or ``-m`` where
           ``cov < 0``.
    """

    def __init__(self, params: CorrelationParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Empties every window."""
        self._window = SlidingWindow(
            symbols=self.params.symbols, length=self.params.window, columns=5
        )

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        window = self._window
        return {"filled": window.counts(), "x": window.values(0), "y": window.values(1)}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        x, y = state["x"], state["y"]
        self._window.put([x, y, x * x, y * y, x * y], state["filled"])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Correlation of a batch of pairs."""
        x, y = inputs["x"], inputs["y"]
        columns = np.stack([x, y, x * x, y * y, x * y], axis=-1)
        result = np.zeros_like(x)
        for symbol, places in by_symbol(inputs["symbol"]):
            history, n = self._window.extend(symbol, columns[places])
            sx, sy, sxx, syy, sxy = self._window.sums(history).T
            covariance = n * sxy - sx * sy
            variance_x, variance_y = n * sxx - sx * sx, n * syy - sy * sy
            exponent = log2(np.abs(covariance)) - ((log2(variance_x) + log2(variance_y)) >> 1)
            magnitude = np.minimum(exp2(exponent, MAGNITUDE), MAGNITUDE.one)
            signed = np.where(covariance < 0, -magnitude, magnitude)
            defined = (covariance != 0) & (n >= self.params.minimum)
            result[places] = np.where(defined, signed, 0)
        return {"correlation": result}
