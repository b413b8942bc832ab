"""Price impact signal: the correlation block times an average of flows."""

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.correlation import Correlation
from hydrophone_hdl.flow import signed_flow
from hydrophone_hdl.signals.quotient import score
from hydrophone_model.formats import SCORE
from hydrophone_model.signals.impact import FLOW_FRACTION, ImpactParams


class Impact(Datapath):
    """The impact block."""

    params: ImpactParams

    def build(self, inputs: Numbers) -> Numbers:
        """``score`` after each print."""
        params = self.params
        (symbol,), (size,), (side,) = inputs["symbol"], inputs["print"], inputs["side"]
        flow = signed_flow(size, side)
        (moved,) = Correlation(params.correlation).build(
            {"symbol": [symbol], "x": [flow], "y": inputs["move"]}
        )["correlation"]
        flows = ExponentialAverage(
            "impact_flow",
            symbol,
            flow.cut(FLOW_FRACTION),
            symbols=params.symbols,
            memory=params.memory,
        )
        mean, _ = flows.after
        return {"score": [score(flows.settled, (moved * mean).cut(SCORE.fraction))]}
