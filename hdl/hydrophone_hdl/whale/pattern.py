"""Pattern match: the shared blocks side by side; persistence alone waits for the print's volume."""

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.correlation import Correlation
from hydrophone_hdl.dsp.distance import Distance
from hydrophone_hdl.dsp.entropy import Entropy
from hydrophone_hdl.dsp.haar import haar
from hydrophone_hdl.fixed import positive
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.whale.persistence import Persistence
from hydrophone_hdl.whale.repeat import Repeat
from hydrophone_model.dsp.correlation import CORRELATION
from hydrophone_model.dsp.distance import SQUARED_DISTANCE
from hydrophone_model.dsp.entropy import ENTROPY
from hydrophone_model.formats import EVIDENCE, FLOW, LOG
from hydrophone_model.whale.pattern import FLOW_OFFSET, HALF_OCTAVE, NOISE, PatternParams


class Pattern(Datapath):
    """The pattern block."""

    params: PatternParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """Evidence of shape, repetition, persistence and impact."""
        params = self.params
        (symbol,), (side,), (size,) = inputs["symbol"], inputs["side"], inputs["print"]
        flow = pipe.logic(_signed_flow, size, side)
        bins = params.entropy.bin
        octave = pipe.logic(
            lambda x: _least(x.shift_right(LOG.fraction), bins.max)[: bins.width], size
        )
        entropy = Entropy(params.entropy).build(pipe, {"symbol": [symbol], "bin": [octave]})
        event = {name: inputs[name] for name in params.repeat.inputs}
        surprise = Repeat(params.repeat).build(pipe, event)
        persistent = {name: inputs[name] for name in params.persistence.inputs}
        persistence = Persistence(params.persistence).build(pipe, persistent)
        correlation = Correlation(params.correlation).build(
            pipe, {"symbol": [symbol], "x": [flow], "y": inputs["move"]}
        )
        return {
            "match": self._match(pipe, symbol, flow, side),
            "order": [self._order(pipe, entropy["entropy"][0], entropy["full"][0])],
            **surprise,
            **persistence,
            "impact": [pipe.logic(_impact, correlation["correlation"][0])],
        }

    def _match(self, pipe: Pipe, symbol: Wire, flow: Wire, side: Wire) -> list[Wire]:
        """How much nearer the last flows are to each kind's templates than to noise."""
        params = self.params
        flows = pipe.recall(
            "flows",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, FLOW.width).as_signed()] * params.distance.length,
            time=flow.time,
        )
        window = [*flows.now[1:], pipe.later(flow, flows.time)]
        flows.learn(*window)
        window = [pipe.stage(lambda x: x, wire) for wire in window]
        distance = Distance(params.distance).build(
            pipe, {"coefficients": haar(pipe, window), "flip": [side]}
        )["distance"]
        down = SQUARED_DISTANCE.fraction - EVIDENCE.fraction
        return [
            pipe.logic(lambda noise, d: positive(noise - d).shift_right(down), distance[NOISE], one)
            for one in distance[:NOISE]
        ]

    def _order(self, pipe: Pipe, entropy: Wire, full: Wire) -> Wire:
        """Bits that the size entropy lies below its maximum."""
        params = self.params.entropy
        most = min(params.bin.integer, params.window.bit_length() - 1) << ENTROPY.fraction
        down = ENTROPY.fraction - EVIDENCE.fraction
        return pipe.logic(
            lambda h, whole: Mux(whole, positive(Const(most) - h).shift_right(down), 0),
            entropy,
            full,
        )


def _signed_flow(size: Value, side: Value) -> Value:
    magnitude = size.shift_right(HALF_OCTAVE) + FLOW_OFFSET
    return Mux(side, -magnitude, magnitude)[: FLOW.width].as_signed()


def _impact(correlation: Value) -> Value:
    return positive(correlation).shift_right(CORRELATION.fraction - EVIDENCE.fraction)


def _least(a: Value, b: int) -> Value:
    return Mux(a > b, b, a)
