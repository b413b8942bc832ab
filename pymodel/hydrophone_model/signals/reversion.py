"""Mean reversion: how far a price lies below its average, in deviations.

Minus the z-score of the price, ``(m - p) / sqrt(v)`` (short-term reversal: Lehmann 1990; as a score
of distance from the mean: Avellaneda and Lee 2010). Mean m and variance v are exponential averages
that begin as plain ones (`hydrophone_model.average`); both have taken in the print they measure,
so that a first price lies on its mean and a score is never above the root of 2**memory by more
than rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import MISSING, PRICE, SCORE
from hydrophone_model.limits import parameter
from hydrophone_model.signals.quotient import over_root

DEVIATION = Fixed(signed=True, integer=13, fraction=4)
"""A price's distance from its mean, ticks; saturates."""


_PRICE = Fixed(integer=PRICE.integer + DEVIATION.fraction)
_SQUARED = Fixed(integer=2 * (DEVIATION.integer + DEVIATION.fraction) + 1)
"""A price and a squared deviation, as the averages take them in."""


@dataclass(frozen=True, kw_only=True)
class ReversionParams(Params):
    """Sizes of the reversion block."""

    name: ClassVar[str] = "reversion"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    memory: int = parameter(7, 3, 10, "the averages learn by 2**-memory a print")

    @property
    def inputs(self) -> Ports:
        """``symbol`` and ``price`` of a print."""
        return {"symbol": Port(symbol_format(self.symbols)), "price": Port(PRICE)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Two averages: of the price and of the variance."""
        return {
            **average_state("mean", _PRICE, self.memory),
            **average_state("variance", _SQUARED, self.memory),
        }

    @property
    def outputs(self) -> Ports:
        """``score``: above zero for a price below its average."""
        return {"score": Port(SCORE)}


class ReversionModel(Model):
    """Golden model of the reversion block.

    The score is missing until the averages have settled, and 0 on the mean.

    State:
        Of each symbol two `ExponentialAverage` with ``memory``: of the price and of the variance.

    Steps:
        1. ``p = price << DEVIATION.fraction``. The first memory takes in ``p``; ``mean`` is its
           mean then.
        2. ``above = ((p << memory) - mean) >> memory``, saturated to `DEVIATION`.
        3. The second memory takes in ``above * above``; ``variance`` is its mean then.
        4. ``score = over_root(-above, variance, memory)``; but `MISSING` until the first memory has
           settled.
    """

    def __init__(self, params: ReversionParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every price."""
        params = self.params
        self._mean, self._variance = (
            ExponentialAverage(symbols=params.symbols, memory=params.memory) for _ in range(2)
        )

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {**self._mean.state("mean"), **self._variance.state("variance")}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._mean.set_state("mean", state)
        self._variance.set_state("variance", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        symbol, memory = inputs["symbol"], self.params.memory
        # The average of a price that stands still may rest a step below it: one of the deviation's.
        price = inputs["price"] << DEVIATION.fraction
        mean, settled = self._mean.follow(symbol, price)
        above = DEVIATION.saturate(((price << memory) - mean) >> memory)
        variance, _ = self._variance.follow(symbol, above * above)
        return {"score": np.where(settled, over_root(-above, variance, memory), MISSING)}
