"""Two-sided CUSUM: both sums of a symbol move in one loop.

What a print adds or takes is known before; the loop holds the leak, one addition and a clip.
"""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, constant, select
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.persistence import (
    AMOUNT_FRACTION,
    SUM,
    UNIT_LOG2,
    PersistenceParams,
)


class Persistence(Datapath):
    """The persistence block."""

    params: PersistenceParams

    def build(self, inputs: Numbers) -> Numbers:
        """``persistence`` of each print's side."""
        params = self.params
        (symbol,), (side,) = inputs["symbol"], inputs["side"]
        (joined,), (above,) = inputs["joined"], inputs["above_print"]
        amount = self._amount(above, joined)
        sums = State(
            "persistence", address=symbol, depth=params.symbols, members=[(SUM, 0), (SUM, 0)]
        )
        buy, sell = (
            (before - (before >> params.leak) + change).to(SUM)
            for before, change in zip(
                sums.read,
                (select(side, -amount, amount), select(side, amount, -amount)),
                strict=True,
            )
        )
        sums.write(buy, sell)
        unit = SUM.fraction + UNIT_LOG2
        counted = select(side, sell, buy) + _raw(1 << unit, SUM.fraction)
        return {"persistence": [(log2(counted) - unit).to(EVIDENCE)]}

    def _amount(self, above: Number, joined: Number) -> Number:
        """What a print adds to its side's sum."""
        params = self.params
        base, most = (
            _raw(value, AMOUNT_FRACTION) for value in (params.base, params.base + params.most)
        )
        octaves = above.cut(AMOUNT_FRACTION)
        limited = select(octaves > _raw(params.most, AMOUNT_FRACTION), most, octaves + base)
        whole = limited.cut(SUM.fraction)
        return select(joined, whole >> params.joined, whole)


def _raw(value: int, fraction: int) -> Number:
    """A raw integer of so many fraction bits."""
    return constant(value, Fixed.spanning(0, value, fraction=fraction))
