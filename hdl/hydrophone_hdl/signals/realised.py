"""Realised returns: a price memory a symbol; the candidates' returns are registers."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, choose, number, select
from hydrophone_model.fixed import FLAG, Fixed
from hydrophone_model.formats import PRICE
from hydrophone_model.fusion.performance import OUTCOME
from hydrophone_model.signals.realised import RETURN, STEP_LOG2, RealisedParams


class Realised(Datapath):
    """The block of realised returns."""

    params: RealisedParams

    def build(self, inputs: Numbers) -> Numbers:
        """``outcome`` of every candidate after this ``price``, and ``learn``."""
        candidates = self.params.candidates
        (symbol,), (price,) = inputs["symbol"], inputs["price"]
        begins, ends = self._horizon()
        own = [symbol == place for place in range(candidates)]
        since = self._since(symbol, price, begins, own)
        earned = _return(price, since)
        returns = State("realised", members=[(OUTCOME, 0)] * candidates)
        after = [
            select(mine, earned, select(begins, 0, before))
            for mine, before in zip(own, returns.read, strict=True)
        ]
        returns.write(*after)
        return {"outcome": after, "learn": [ends]}

    def _horizon(self) -> tuple[Number, Number]:
        """Whether the event is the first, and whether it is the last of a horizon."""
        bits = (self.params.horizon - 1).bit_length()
        if not bits:
            return number(1), number(1)
        events = State("realised_events", members=[(Fixed(integer=bits), 0)])
        (count,) = events.read
        events.write((count + 1).wrap(count.format))
        return count == 0, count.all()

    def _since(self, symbol: Number, price: Number, begins: Number, own: list[Number]) -> Number:
        """The symbol's price at the settlement; before its first print, that of this one."""
        printed = State("realised_printed", members=[(FLAG, 0)] * len(own))
        printed.write(
            *(mine | (before & ~begins) for mine, before in zip(own, printed.read, strict=True))
        )
        prices = State(
            "realised_price",
            address=symbol,
            depth=self.params.symbols,
            members=[(FLAG, 0), (PRICE, 0), (PRICE, 0)],
        )
        known, last, settled = prices.read
        again = choose(symbol, printed.read[: 1 << symbol.width]) & ~begins
        since = select(known, select(again, settled, last), price)
        prices.write(number(1), price, since)
        return since


def _return(price: Number, since: Number) -> Number:
    """A change of price in steps of the price before."""
    up, down = price - since, since - price
    change = select(up.negative, down, up).wrap(PRICE)
    size = exp2((log2(change) - log2(since)) - STEP_LOG2, RETURN)
    size = select(change.any(), size, 0)
    return select(up.negative, -size, size).wrap(OUTCOME)
