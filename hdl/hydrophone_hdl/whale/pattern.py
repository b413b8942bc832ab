"""Pattern match: the shared blocks side by side; persistence alone waits for the print's volume."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.correlation import Correlation
from hydrophone_hdl.dsp.distance import Distance
from hydrophone_hdl.dsp.entropy import Entropy
from hydrophone_hdl.dsp.haar import haar
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, select
from hydrophone_hdl.whale.persistence import Persistence
from hydrophone_hdl.whale.repeat import Repeat
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.formats import EVIDENCE, FLOW, LOG
from hydrophone_model.whale.pattern import FLOW_OFFSET, HALF_OCTAVE, NOISE, PatternParams


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


def order_evidence(entropy: Numbers, params: EntropyParams) -> Number:
    """Bits that the size entropy lies below its maximum; 0 until its window is full."""
    most = min(params.bin.integer, params.window.bit_length() - 1)
    (bits,), (full,) = entropy["entropy"], entropy["full"]
    return select(full, (most - bits).to(EVIDENCE), 0)


def signed_flow(size: Number, side: Number) -> Number:
    """Flow of a print from its log2 size, in half octaves, and its side."""
    halves = size.cut(LOG.fraction - HALF_OCTAVE).raw
    return select(side, -FLOW_OFFSET - halves, FLOW_OFFSET + halves).wrap(FLOW)
