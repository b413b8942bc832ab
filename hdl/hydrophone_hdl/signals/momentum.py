"""Momentum: two sliding sums; the change of their squares is one product."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import unsigned
from hydrophone_hdl.signals.quotient import over_root, score
from hydrophone_hdl.window import Window, running
from hydrophone_model.formats import CHANGE
from hydrophone_model.signals.momentum import MomentumParams


class Momentum(Datapath):
    """The momentum block."""

    params: MomentumParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each ``change``."""
        depth, length = self.params.symbols, self.params.window
        (symbol,), (change,) = inputs["symbol"], inputs["change"]
        window = Window("momentum", symbol, change, symbols=depth, length=length)
        (gone,) = window.gone
        step, square = change - gone, CHANGE.product(CHANGE)
        way = running("momentum_way", symbol, depth, CHANGE.sum_of(length), step)
        energy = running(
            "momentum_energy", symbol, depth, square.sum_of(length), step * (change + gone)
        )
        full = window.count.bit(length.bit_length() - 1)
        return {"score": [score(full, over_root(way, unsigned(energy), 0))]}
