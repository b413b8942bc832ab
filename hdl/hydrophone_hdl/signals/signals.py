"""Signals of a candidate, side by side as `hydrophone_model.signals.signals` has them."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.flow import signed_length
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, absolute, number, select
from hydrophone_hdl.naming import datapath_class
from hydrophone_hdl.signals.score_matrix import ScoreMatrix
from hydrophone_model.fixed import FLAG
from hydrophone_model.formats import CHANGE, PRICE
from hydrophone_model.signals.signals import PASSED, SignalsParams


class Signals(Datapath):
    """The signals and the score matrix."""

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
        systems = [datapath_class(type(system))(system) for system in params.systems]
        column = [
            system.build({name: columns[name] for name in system.params.inputs})["score"][0]
            for system in systems
        ]
        score_matrix = ScoreMatrix(params.score_matrix).build(
            {"symbol": inputs["symbol"], "column": column}
        )
        return {**{name: inputs[name] for name in PASSED}, "column": column, **score_matrix}

    def _change(self, symbol: Number, price: Number) -> Number:
        """What a print changes its symbol's price by; the first one nothing."""
        last = State(
            "signals_price",
            address=symbol,
            depth=self.params.symbols,
            members=[(FLAG, 0), (PRICE, 0)],
        )
        known, before = last.read
        last.write(number(1), price)
        return select(known, (price - before).to(CHANGE), 0)
