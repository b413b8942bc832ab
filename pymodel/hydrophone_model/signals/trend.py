"""Trend: sum of a price path's newest Haar details over the scales that agree in direction.

On the path of the last N prices the newest detail of a level tells how far the mean of the newer
half of its stretch lies above that of the older half: the trend of that scale (wavelets for scales
of a price: Gencay, Selcuk and Whitcher 2002). Each is weighed by the reciprocal of the deviation it
has on a random walk, and those that point against the coarsest scale are left out. The sum is told
in units of the price's volatility, the root of an average of squared changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.average import ExponentialAverage, average_state
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
from hydrophone_model.dsp.haar import haar
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import CHANGE, MISSING, SCORE
from hydrophone_model.limits import parameter
from hydrophone_model.signals.quotient import over_root
from hydrophone_model.window import SlidingWindow

WEIGHT_LOG2 = 7
"""log2 of the finest level's weight."""


_SQUARED = Fixed(integer=2 * CHANGE.integer + 1)
"""A squared change."""


@dataclass(frozen=True, kw_only=True)
class TrendParams(Params):
    """Sizes of the trend block."""

    name: ClassVar[str] = "trend"
    derived: ClassVar[tuple[str, ...]] = ("weights",)
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    length: int = parameter(16, 4, 32, "prices that are transformed", power_of_two=True)
    memory: int = parameter(5, 5, 8, "the average of squared changes learns by 2**-memory a print")

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """Weight of each level's newest detail, the finest first.

        On a random walk of unit steps a detail of two halves of m prices has the variance
        ``m (2 m**2 + 1) / 3``.
        """
        halves = 1 << np.arange(self.length.bit_length() - 1)
        deviation = np.sqrt(halves * (2.0 * halves**2 + 1) / 3)
        return tuple(np.rint((1 << WEIGHT_LOG2) / deviation).astype(np.int64).tolist())

    @property
    def newest(self) -> tuple[int, ...]:
        """Place of each level's newest detail among the coefficients, the finest first."""
        return tuple(self.length // (1 << level) - 1 for level in range(len(self.weights)))

    @property
    def path(self) -> Fixed:
        """Format of a price's path, which wraps: details are differences, and fit."""
        return Fixed(signed=True, integer=CHANGE.integer + 2 * (self.length.bit_length() - 2) + 1)

    @property
    def inputs(self) -> Ports:
        """``symbol``, and the ``change`` of its price."""
        return {"symbol": Port(symbol_format(self.symbols)), "change": Port(CHANGE)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The last changes but the oldest, the newest last, and the average of their squares.

        The oldest change of the window leads to where the path may begin: it does not matter.
        """
        return {
            "changes": StateField(format=CHANGE, count=self.length - 1),
            **average_state("energy", _SQUARED, self.memory),
        }

    @property
    def outputs(self) -> Ports:
        """``score``: above zero for a price that rises."""
        return {"score": Port(SCORE)}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``weights`` and places of each level's ``newest`` detail, the finest level first."""
        return {"weights": self.weights, "newest": self.newest}


class TrendModel(Model):
    """Golden model of the trend block.

    The score is missing until the average of squared changes has settled, by when the path is long
    enough; and 0 where no price in it has moved. Where the coarsest scale has no trend no other
    points against it.

    State:
        Of each symbol the last ``length`` changes of its price, all 0 at first; and an
        `ExponentialAverage` of squared changes with ``memory``.

    Steps:
        1. ``change`` becomes the newest of the changes, the oldest is dropped. ``path[k]`` is the
           sum of the oldest ``k + 1`` of them.
        2. ``coefficients = haar(path)``. For each level, the finest first,
           ``rising = -coefficients[newest]``; the last level is the coarsest.
        3. ``trend`` is the sum of ``weights * rising`` over the levels with
           ``rising * (rising of the coarsest) >= 0``.
        4. The memory takes in ``change * change``; ``energy`` is its mean then.
        5. ``score = over_root(trend, energy, memory - 2 * WEIGHT_LOG2)``; but `MISSING` until the
           memory has settled.

        The weight of the level of halves of ``m`` prices is
        ``2**WEIGHT_LOG2 / sqrt(m * (2 * m * m + 1) / 3)`` rounded to the nearest.
    """

    def __init__(self, params: TrendParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every path."""
        params = self.params
        self._path = SlidingWindow(symbols=params.symbols, length=params.length, columns=1)
        self._energy = ExponentialAverage(symbols=params.symbols, memory=params.memory)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"changes": self._path.values()[:, 1:], **self._energy.state("energy")}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._path.put([np.pad(state["changes"], ((0, 0), (1, 0)))])
        self._energy.set_state("energy", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each price change."""
        symbol, change, params = inputs["symbol"], inputs["change"], self.params
        windows = np.zeros((change.size, params.length), np.int64)
        for who, places in by_symbol(symbol):
            history, _ = self._path.extend(who, change[places, None])
            windows[places] = sliding_window_view(history[1:, 0], params.length)
        # The first change of a window leads to its first price, where the path may begin.
        rising = -haar(np.cumsum(windows, axis=-1))[:, list(params.newest)]
        agrees = rising * rising[:, -1:] >= 0
        trend = np.where(agrees, rising, 0) @ np.array(params.weights)
        energy, settled = self._energy.follow(symbol, change * change)
        score = over_root(trend, energy, params.memory - 2 * WEIGHT_LOG2)
        return {"score": np.where(settled, score, MISSING)}
