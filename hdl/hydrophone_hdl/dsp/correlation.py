"""Pearson correlation over a sliding window, from five running sums."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.exp2 import bounded_exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, select
from hydrophone_hdl.window import Window
from hydrophone_model.dsp.correlation import MAGNITUDE, CorrelationParams
from hydrophone_model.fixed import Fixed


class Correlation(Datapath):
    """Correlation of the window that ends with each pair."""

    params: CorrelationParams

    def build(self, inputs: Numbers) -> Numbers:
        """``correlation`` of the ``symbol``'s window with the new ``x`` and ``y``."""
        negative, magnitude = self.polar(inputs)
        return {"correlation": [select(negative, -magnitude, magnitude)]}

    def polar(self, inputs: Numbers) -> tuple[Number, Number]:
        """Whether the correlation is below zero, and its magnitude."""
        params = self.params
        (symbol,), (x,), (y,) = inputs["symbol"], inputs["x"], inputs["y"]
        window = Window("correlation", symbol, x, y, symbols=params.symbols, length=params.window)
        sx, sy, sxx, syy, sxy = self._sums(symbol, x, y, window)
        n = window.count
        variance_x, variance_y = _variance(n * sxx, sx * sx), _variance(n * syy, sy * sy)
        # Both differences side by side: the sign of one chooses.
        covariance, opposite = n * sxy - sx * sy, sx * sy - n * sxy
        negative = covariance.negative
        absolute = select(negative, opposite, covariance)
        exponent = log2(absolute.wrap(Fixed(integer=absolute.width - 1))) - (
            (log2(variance_x) + log2(variance_y)) >> 1
        )
        ratio = bounded_exp2(exponent, bound=0, fraction=MAGNITUDE.fraction)
        defined = covariance.any() & (n >= params.minimum)
        return negative, select(defined, ratio, 0)

    def _sums(self, symbol: Number, x: Number, y: Number, window: Window) -> list[Number]:
        """Sums of x, y, x squared, y squared and x y over the window, the new pair included."""
        params = self.params
        old_x, old_y = window.gone
        added = (x, y, x * x, y * y, x * y)
        gone = (old_x, old_y, old_x * old_x, old_y * old_y, old_x * old_y)
        formats = [value.format.sum_of(params.window) for value in added]
        state = State(
            "correlation_sums",
            address=symbol,
            depth=params.symbols,
            members=[(format, 0) for format in formats],
        )
        after = [
            (before + (new - leaving)).wrap(format)
            for before, new, leaving, format in zip(state.read, added, gone, formats, strict=True)
        ]
        state.write(*after)
        return after


def _variance(product: Number, square: Number) -> Number:
    """The difference of two values of which the first is never the smaller."""
    difference = product - square
    return difference.wrap(Fixed(integer=difference.width - 1))
