"""Whale flow signal: an exponential average of loud prints by their side."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.number import constant, positive, select
from hydrophone_hdl.signals.quotient import score
from hydrophone_model.formats import SCORE, TAIL
from hydrophone_model.signals.whale_flow import LOUD_FRACTION, WhaleFlowParams


class WhaleFlow(Datapath):
    """The whale_flow block."""

    params: WhaleFlowParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each print."""
        params = self.params
        (symbol,), (sells,), (tail,) = inputs["symbol"], inputs["side"], inputs["tail"]
        loud = positive(tail - constant(params.floor, TAIL)).cut(TAIL.fraction + LOUD_FRACTION)
        flows = ExponentialAverage(
            "whale_flow",
            symbol,
            select(sells, -loud, loud),
            symbols=params.symbols,
            memory=params.memory,
        )
        mean, _ = flows.after
        return {"score": [score(flows.settled, mean.cut(SCORE.fraction))]}
