"""Two-sided CUSUM: both sums of a symbol move in one loop of an adder and two clips."""

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.persistence import SUM, PersistenceParams
from hydrophone_model.whale.volume import DEVIATIONS


class Persistence(Datapath):
    """The persistence block."""

    params: PersistenceParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``persistence`` of each print's side."""
        params = self.params
        (symbol,), (side,) = inputs["symbol"], inputs["side"]
        (joined,), (z,) = inputs["joined"], inputs["z_print"]
        amount = pipe.logic(
            lambda joins, above: (
                Mux(joins, params.joined, SUM.one)
                + above.shift_right(DEVIATIONS.fraction - SUM.fraction)
            ),
            joined,
            z,
        )
        for_buy, for_sell = pipe.stages(
            lambda a, sells: (
                Mux(sells, -a, a) - params.drift,
                Mux(sells, a, -a) - params.drift,
            ),
            amount,
            side,
        )
        sums = pipe.recall(
            "persistence",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, SUM.width), Const(0, SUM.width)],
            time=for_buy.time,
        )
        buy, sell = (
            pipe.logic(_clip, before, change)
            for before, change in zip(sums.now, (for_buy, for_sell), strict=True)
        )
        sums.learn(buy, sell)
        up = EVIDENCE.fraction - SUM.fraction
        return {
            "persistence": [
                pipe.stage(
                    lambda b, s, sells: saturate(
                        Mux(sells, s, b).shift_left(up).shift_right(params.scale), EVIDENCE
                    ),
                    buy,
                    sell,
                    side,
                )
            ]
        }


def _clip(before: Value, change: Value) -> Value:
    return saturate(positive(before + change), SUM)
