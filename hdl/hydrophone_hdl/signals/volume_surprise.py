"""Volume surprise: the octaves between averages of signed sizes and of sizes."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.number import absolute, select
from hydrophone_hdl.signals.quotient import score
from hydrophone_model.formats import SCORE
from hydrophone_model.signals.volume_surprise import FLOW_FRACTION, VolumeSurpriseParams


class VolumeSurprise(Datapath):
    """The volume_surprise block."""

    params: VolumeSurpriseParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each print."""
        params, depth = self.params, self.params.symbols
        (symbol,), (size,), (sells,) = inputs["symbol"], inputs["size"], inputs["side"]
        bought = select(sells, -size, size).cut(FLOW_FRACTION)
        flows = ExponentialAverage(
            "surprise_flow", symbol, bought, symbols=depth, memory=params.fast
        )
        sizes = ExponentialAverage(
            "surprise_size", symbol, size, symbols=depth, memory=params.memory
        )
        (flow, _), (usual, _) = flows.after, sizes.after
        # The sum of what is not forgotten is the average times what it was divided by.
        unusual = absolute(flow) << params.fast
        octaves = (log2(unusual.cut(params.memory) + usual) - log2(usual)).cut(SCORE.fraction)
        signed = select(flow.negative, -octaves, octaves)
        return {"score": [score(sizes.settled, signed)]}
