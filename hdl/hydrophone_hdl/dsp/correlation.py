"""Pearson correlation over a sliding window, from five running sums."""

from amaranth.hdl import Cat, Const, Mux, Value, signed

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.window import next_slot
from hydrophone_model.dsp.correlation import MAGNITUDE, CorrelationParams


class Correlation(Datapath):
    """Correlation of the window that ends with each pair."""

    params: CorrelationParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``correlation`` of the ``symbol``'s window with the new ``x`` and ``y``."""
        params = self.params
        (symbol,), (x,), (y,) = inputs["symbol"], inputs["x"], inputs["y"]
        slot = next_slot(
            pipe, "correlation_slot", symbol, symbols=params.symbols, length=params.window
        )
        pair = pipe.logic(lambda a, b: Cat(a, b), x, y)
        ring = pipe.remember(
            "correlation_pairs", depth=params.symbols * params.window, width=len(pair.value)
        )
        old = ring.read(slot.address)
        ring.write(slot.address, pair, Wire(Const(1), 0))
        width = len(x.value)
        old_x = pipe.stage(lambda p, r: Mux(r, p[:width].as_signed(), 0), old, slot.replaces)
        old_y = pipe.stage(lambda p, r: Mux(r, p[width:].as_signed(), 0), old, slot.replaces)
        changes = pipe.stages(
            lambda a, b, c, d: (a - c, b - d, a * a - c * c, b * b - d * d, a * b - c * d),
            x,
            y,
            old_x,
            old_y,
        )
        reset = [Const(0, signed(len(d.value) + params.window.bit_length())) for d in changes]
        state = pipe.recall(
            "correlation_sums",
            address=symbol,
            depth=params.symbols,
            reset=reset,
            time=changes[0].time,
        )
        successors = [
            pipe.logic(lambda s, d, like=r: (s + d)[: len(like)].as_signed(), s, d)
            for s, d, r in zip(state.now, changes, reset, strict=True)
        ]
        state.learn(*successors)
        sx, sy, sxx, syy, sxy = (pipe.stage(lambda s: s, s) for s in successors)
        n = slot.count
        n_xy, n_xx, n_yy = (pipe.stage(lambda c, s: c * s, n, s) for s in (sxy, sxx, syy))
        s_xy = pipe.stage(lambda a, b: a * b, sx, sy)
        s_xx, s_yy = (pipe.stage(lambda a: a * a, s) for s in (sx, sy))
        variance_x = pipe.stage(_difference, n_xx, s_xx)
        variance_y = pipe.stage(_difference, n_yy, s_yy)
        negative, magnitude = pipe.stages(lambda a, b: _sign(pipe.let(a - b)), n_xy, s_xy)
        exponent = pipe.logic(
            lambda c, a, b: c - (a + b).shift_right(1),
            log2(pipe, magnitude),
            log2(pipe, variance_x),
            log2(pipe, variance_y),
        )
        ratio = exp2(pipe, exponent, MAGNITUDE)
        defined = pipe.logic(lambda m, count: m.any() & (count >= params.minimum), magnitude, n)
        return {"correlation": [pipe.stage(_signed, ratio, negative, defined)]}


def _difference(product: Value, square: Value) -> Value:
    """A variance: the difference of two values of which the first is never the smaller."""
    return (product - square)[: len(product) - 1]


def _sign(value: Value) -> tuple[Value, Value]:
    return value[-1], Mux(value[-1], -value, value)[: len(value) - 1]


def _signed(ratio: Value, negative: Value, defined: Value) -> Value:
    magnitude = Mux(ratio > MAGNITUDE.one, MAGNITUDE.one, ratio)
    return Mux(defined, Mux(negative, -magnitude, magnitude), 0)
