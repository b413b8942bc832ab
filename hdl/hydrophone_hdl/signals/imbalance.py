"""Order-flow imbalance: sliding sums of the signed and of the unsigned sizes."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import select
from hydrophone_hdl.signals.quotient import over, score
from hydrophone_hdl.window import Window, running
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import SIZE
from hydrophone_model.signals.imbalance import UNIT_LOG2, ImbalanceParams


class Imbalance(Datapath):
    """The imbalance block."""

    params: ImbalanceParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each print."""
        depth, length = self.params.symbols, self.params.window
        (symbol,), (size,), (sells,) = inputs["symbol"], inputs["size"], inputs["side"]
        window = Window("imbalance", symbol, size, sells, symbols=depth, length=length)
        gone, sold = window.gone
        bought = select(sells, -size, size) - select(sold, -gone, gone)
        volume = SIZE.sum_of(length)
        signed = Fixed(signed=True, integer=volume.integer)
        net = running("imbalance_net", symbol, depth, signed, bought)
        gross = running("imbalance_gross", symbol, depth, volume, size - gone)
        full = window.count.bit(length.bit_length() - 1)
        return {"score": [score(full, over(net, gross, UNIT_LOG2))]}
