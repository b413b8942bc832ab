"""Pattern match: the shared blocks side by side; persistence alone waits for the print's volume."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.correlation import Correlation
from hydrophone_hdl.dsp.distance import Distance
from hydrophone_hdl.dsp.entropy import Entropy
from hydrophone_hdl.dsp.haar import haar
from hydrophone_hdl.flow import order_evidence, signed_flow
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number
from hydrophone_hdl.whale.persistence import Persistence
from hydrophone_hdl.whale.repeat import Repeat
from hydrophone_model.formats import EVIDENCE, FLOW
from hydrophone_model.whale.pattern import NOISE, PatternParams


class Pattern(Datapath):
    """The pattern block."""

    params: PatternParams

    def build(self, inputs: Numbers) -> Numbers:
        """Evidence of shape, repetition, persistence and impact."""
        params = self.params
        (symbol,), (side,), (size,) = inputs["symbol"], inputs["side"], inputs["print"]
        flow = signed_flow(size, side)
        entropy = Entropy(params.entropy).build(
            {"symbol": [symbol], "bin": [size.to(params.entropy.bin)]}
        )
        correlation = Correlation(params.correlation).build(
            {"symbol": [symbol], "x": [flow], "y": inputs["move"]}
        )
        return {
            "match": self._match(symbol, flow, side),
            "order": [order_evidence(entropy, params.entropy)],
            **Repeat(params.repeat).build(
                {name: inputs[name] for name in params.repeat.inputs},
            ),
            **Persistence(params.persistence).build(
                {name: inputs[name] for name in params.persistence.inputs},
            ),
            "impact": [correlation["correlation"][0].to(EVIDENCE)],
        }

    def _match(self, symbol: Number, flow: Number, side: Number) -> list[Number]:
        """How much nearer the last flows are to each kind's templates than to noise."""
        params = self.params
        flows = State(
            "flows",
            address=symbol,
            depth=params.symbols,
            members=[(FLOW, 0)] * params.distance.length,
        )
        window = [*flows.read[1:], flow]
        flows.write(*window)
        distance = Distance(params.distance).distances(
            {"coefficients": haar(window), "flip": [side]}
        )
        return [(distance[NOISE] - one).to(EVIDENCE) for one in distance[:NOISE]]
