"""Mean reversion: an average of prices, and one of the squares of the distance from it."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import unsigned
from hydrophone_hdl.signals.quotient import over_root, score
from hydrophone_model.signals.reversion import DEVIATION, ReversionParams


class Reversion(Datapath):
    """The reversion block."""

    params: ReversionParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` of each ``price``."""
        depth, memory = self.params.symbols, self.params.memory
        (symbol,), (price,) = inputs["symbol"], inputs["price"]
        fine = price.cut(DEVIATION.fraction)
        prices = ExponentialAverage("reversion_price", symbol, fine, symbols=depth, memory=memory)
        mean, _ = prices.after
        above = (fine - mean).to(DEVIATION)
        square = unsigned(above * above)
        squares = ExponentialAverage(
            "reversion_square", symbol, square, symbols=depth, memory=memory
        )
        variance, _ = squares.after
        return {"score": [score(prices.settled, over_root(-above, variance, memory))]}
