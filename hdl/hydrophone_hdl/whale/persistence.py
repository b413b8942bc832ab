"""Two-sided CUSUM: both sums of a symbol move in one loop of two adders and a clip."""

from functools import partial

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe
from hydrophone_model.formats import EVIDENCE, LOG
from hydrophone_model.whale.persistence import (
    AMOUNT_FRACTION,
    SUM,
    UNIT_LOG2,
    PersistenceParams,
)
from hydrophone_model.whale.volume import OCTAVES


class Persistence(Datapath):
    """The persistence block."""

    params: PersistenceParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``persistence`` of each print's side."""
        params = self.params
        (symbol,), (side,) = inputs["symbol"], inputs["side"]
        (joined,), (above,) = inputs["joined"], inputs["above_print"]

        def step(octaves: Value, joins: Value) -> Value:
            counted = octaves.shift_right(OCTAVES.fraction - AMOUNT_FRACTION)
            limited = Mux(counted > params.most, params.most, counted)
            amount = (limited + params.base).shift_left(SUM.fraction - AMOUNT_FRACTION)
            return Mux(joins, amount.shift_right(params.joined), amount)

        amount = pipe.stage(step, above, joined)
        sums = pipe.recall(
            "persistence",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, SUM.width), Const(0, SUM.width)],
            time=amount.time,
        )
        buy, sell = (
            pipe.logic(partial(_leaked, own=own, leak=params.leak), before, amount, side)
            for own, before in enumerate(sums.now)
        )
        sums.learn(buy, sell)
        unit = SUM.fraction + UNIT_LOG2
        total = pipe.stage(lambda b, s, sells: Mux(sells, s, b) + (1 << unit), buy, sell, side)
        down = LOG.fraction - EVIDENCE.fraction
        evidence = pipe.logic(
            lambda bits: saturate((bits - (unit << LOG.fraction)).shift_right(down), EVIDENCE),
            log2(pipe, total),
        )
        return {"persistence": [evidence]}


def _leaked(before: Value, amount: Value, sells: Value, *, own: int, leak: int) -> Value:
    """A side's sum after a print: less its leak, more or less the print's amount."""
    kept = before - before.shift_right(leak)
    return saturate(positive(Mux(sells == own, kept + amount, kept - amount)), SUM)
