"""Trend: the Haar block on the price's path, which wraps; only the newest details are built."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.haar import haar
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, select, unsigned, weighted_sum
from hydrophone_hdl.signals.quotient import over_root, score
from hydrophone_model.signals.trend import WEIGHT_LOG2, TrendParams


class Trend(Datapath):
    """The trend block."""

    params: TrendParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each ``change``."""
        params = self.params
        (symbol,), (change,) = inputs["symbol"], inputs["change"]
        energies = ExponentialAverage(
            "trend_energy",
            symbol,
            unsigned(change * change),
            symbols=params.symbols,
            memory=params.memory,
        )
        falling = weighted_sum(self._agreeing(symbol, change), params.weights)
        energy, _ = energies.after
        trend = over_root(-falling, energy, params.memory - 2 * WEIGHT_LOG2)
        return {"score": [score(energies.settled, trend)]}

    def _agreeing(self, symbol: Number, change: Number) -> list[Number]:
        """Each level's newest detail, 0 where it points against the coarsest."""
        params = self.params
        path = State(
            "trend_path",
            address=symbol,
            depth=params.symbols,
            members=[(params.path, 0)] * (params.length - 1),
        )
        window = [*path.read, (path.read[-1] + change).wrap(params.path)]
        path.write(*window[1:])
        coefficients = haar(window)
        details = [coefficients[place].wrap(params.path) for place in params.newest]
        coarsest = details[-1]
        return [
            select(~coarsest.any() | (detail.negative == coarsest.negative), detail, 0)
            for detail in details
        ]
