"""Size entropy signal: the entropy block times an average of sides."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.entropy import Entropy
from hydrophone_hdl.flow import order_evidence
from hydrophone_hdl.hls.number import number, select
from hydrophone_hdl.signals.quotient import score
from hydrophone_model.formats import SCORE
from hydrophone_model.signals.size_entropy import SIDE_FRACTION, SizeEntropyParams


class SizeEntropy(Datapath):
    """The size_entropy block."""

    params: SizeEntropyParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each print."""
        params, inside = self.params, self.params.entropy
        (symbol,), (size,), (sells,) = inputs["symbol"], inputs["print"], inputs["side"]
        entropy = Entropy(inside).build({"symbol": [symbol], "bin": [size.to(inside.bin)]})
        side = select(sells, number(-1), number(1)).cut(SIDE_FRACTION)
        sides = ExponentialAverage(
            "order_side", symbol, side, symbols=params.symbols, memory=params.memory
        )
        lean, _ = sides.after
        signed = (order_evidence(entropy, inside) * lean).cut(SCORE.fraction)
        return {"score": [score(entropy["full"][0], signed)]}
