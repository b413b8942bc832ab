"""Price impact: the latest signed flow times the correlation of flow with price changes.

``r F``: the correlation r of signed log flow with price change over the last prints
(`hydrophone_model.dsp.correlation`), times the average F of the latest signed log flows. Where flow
moves the price (Kyle 1985; Hasbrouck 1991), what has been bought is bought on the right side; where
the correlation is negative, flow runs into liquidity and the score turns against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.dsp.correlation import CORRELATION, CorrelationModel, CorrelationParams
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.flow import signed_flow
from hydrophone_model.formats import FLOW, LOG, MISSING, PRICE_MOVE, SCORE
from hydrophone_model.limits import parameter

FLOW_FRACTION = 4
"""Fraction bits of a signed log flow before it is averaged."""


_FLOW = Fixed(signed=True, integer=FLOW.integer + FLOW_FRACTION)
"""A flow, as the average takes it in."""


@dataclass(frozen=True, kw_only=True)
class ImpactParams(Params):
    """Sizes of the impact block."""

    name: ClassVar[str] = "impact"
    derived: ClassVar[tuple[str, ...]] = ("correlation",)
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "prints in the correlation's window", power_of_two=True)
    minimum: int = parameter(8, 2, 1024, "prints below which the correlation is 0")
    memory: int = parameter(5, 2, 8, "the average of flows learns by 2**-memory a print")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within_window(self.minimum, self.window)

    @property
    def correlation(self) -> CorrelationParams:
        """The correlation block inside."""
        return CorrelationParams(
            symbols=self.symbols,
            window=self.window,
            minimum=self.minimum,
            y=PRICE_MOVE,
            timing=self.timing,
        )

    @property
    def inputs(self) -> Ports:
        """``symbol``, log2 size ``print``, aggressor's ``side``, and the price's ``move``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "print": Port(LOG),
            "side": Port(FLAG),
            "move": Port(PRICE_MOVE),
        }

    @property
    def stateful_parts(self) -> dict[str, Params]:
        """See `Params.stateful_parts`."""
        return {"correlation": self.correlation}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The average of flows."""
        return average_state("flow", _FLOW, self.memory)

    @property
    def outputs(self) -> Ports:
        """``score``: above zero where buyers are the aggressors of a price that buying raises."""
        return {"score": Port(SCORE)}


class ImpactModel(Model):
    """Golden model of the impact block.

    The score is missing until the average of flows has settled, and 0 while the correlation is.

    State:
        That of the block correlation, with this block's ``window`` and ``minimum``; and of each
        symbol an `ExponentialAverage` of flows with ``memory``.

    Steps:
        1. ``flow = signed_flow(print, side)``. The block correlation gets ``x = flow`` and
           ``y = move``.
        2. The memory takes in ``flow << FLOW_FRACTION``; ``mean`` is its mean then.
        3. ``score = (correlation * mean) >> (CORRELATION.fraction + FLOW_FRACTION + memory -
           SCORE.fraction)``; but `MISSING` until the memory has settled.
    """

    def __init__(self, params: ImpactParams) -> None:
        self.params = params
        self.correlation = CorrelationModel(params.correlation)
        self.reset()

    def reset(self) -> None:
        """Forgets every print."""
        params = self.params
        self.correlation.reset()
        self._flow = ExponentialAverage(symbols=params.symbols, memory=params.memory)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return self._flow.state("flow")

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._flow.set_state("flow", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        symbol = inputs["symbol"]
        flow = signed_flow(inputs["print"], inputs["side"])
        moved = self.correlation.process(symbol=symbol, x=flow, y=inputs["move"])["correlation"]
        mean, settled = self._flow.follow(symbol, flow << FLOW_FRACTION)
        down = CORRELATION.fraction + FLOW_FRACTION + self.params.memory - SCORE.fraction
        return {"score": np.where(settled, (moved * mean) >> down, MISSING)}
