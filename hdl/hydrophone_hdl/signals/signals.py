"""The eight signals side by side, composed as `hydrophone_model.signals.signals` composes them."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, absolute, number, select
from hydrophone_hdl.signals.board import Board
from hydrophone_hdl.signals.hearing import Hearing
from hydrophone_hdl.signals.imbalance import Imbalance
from hydrophone_hdl.signals.impact import Impact
from hydrophone_hdl.signals.momentum import Momentum
from hydrophone_hdl.signals.order import Order
from hydrophone_hdl.signals.reversion import Reversion
from hydrophone_hdl.signals.surprise import Surprise
from hydrophone_hdl.signals.trend import Trend
from hydrophone_hdl.whale.parent import signed_length
from hydrophone_model.fixed import FLAG
from hydrophone_model.formats import CHANGE, PRICE
from hydrophone_model.signals.signals import PASSED, SignalsParams


class Signals(Datapath):
    """The signals and the board."""

    params: SignalsParams

    def build(self, inputs: Numbers) -> Numbers:
        """Whose event it is, the ``column`` of its scores, ``scores`` and ``present``."""
        params = self.params
        change = self._change(inputs["symbol"][0], inputs["price"][0])
        columns = {
            **inputs,
            "change": [change],
            "move": [signed_length(change.negative, absolute(change))],
            "print": [log2(inputs["size"][0])],
        }
        systems: tuple[Datapath, ...] = (
            Momentum(params.momentum),
            Reversion(params.reversion),
            Imbalance(params.imbalance),
            Surprise(params.surprise),
            Order(params.order),
            Impact(params.impact),
            Trend(params.trend),
            Hearing(params.hearing),
        )
        column = [
            system.build({name: columns[name] for name in system.params.inputs})["score"][0]
            for system in systems
        ]
        board = Board(params.board).build({"symbol": inputs["symbol"], "column": column})
        return {**{name: inputs[name] for name in PASSED}, "column": column, **board}

    def _change(self, symbol: Number, price: Number) -> Number:
        """What a print changes its symbol's price by; the first one nothing."""
        last = State(
            "signals_price",
            address=symbol,
            depth=self.params.symbols,
            members=[(FLAG, 0), (PRICE, 0)],
        )
        known, before = last.now
        last.learn(number(1), price)
        return select(known, (price - before).to(CHANGE), 0)
