"""The signal of imbalance.py as hardware."""

from imbalance import LEAK, SUM, ImbalanceParams

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import select


class Imbalance(Datapath):
    """The same as hardware: arithmetic and one state, no register and no delay."""

    params: ImbalanceParams

    def build(self, inputs: Numbers) -> Numbers:
        """The sum, this print included."""
        (symbol,), (size,), (sells,) = inputs["symbol"], inputs["size"], inputs["side"]
        sums = State("sums", address=symbol, depth=self.params.symbols, members=[(SUM, 0)])
        (before,) = sums.read
        after = (before - (before >> LEAK) + select(sells, -size, size)).wrap(SUM)
        sums.write(after)
        return {"imbalance": [after]}
