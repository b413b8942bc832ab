"""Parent reconstruction: whether a print joins its symbol's parent, and the parent's running size.

Whether a print joins depends on the symbol's previous print alone, which is no recursion; only the
parent's running size is. Its loop finds the decision made and holds one saturating adder.

The gap is taken off the print's own time, which is there before the memory has answered, and times
are compared by halves, so that no carry runs through all their bits.
"""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.flow import signed_length
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, number, select
from hydrophone_model.fixed import FLAG
from hydrophone_model.formats import PRICE, SIZE, TIME
from hydrophone_model.registers import WORD
from hydrophone_model.whale.parent import ParentParams


class Parent(Datapath):
    """The parent block."""

    params: ParentParams

    def build(self, inputs: Numbers) -> Numbers:
        """What is known of each print's parent; and ``grown``, its size if the print joined.

        Who cannot wait for ``joined`` looks at the print and at ``grown``, which never saturates.
        """
        depth = self.params.symbols
        (symbol,), (time,), (price,) = inputs["symbol"], inputs["time_ns"], inputs["price"]
        (size,), (side,) = inputs["size"], inputs["side"]
        (gap,) = self.control("gap_ns")
        last = State(
            "last_print",
            address=symbol,
            depth=depth,
            members=[(FLAG, 0), (TIME, 0), (PRICE, 0), (FLAG, 0)],
        )
        known, last_time, last_price, last_side = last.read
        last.write(number(1), time, price, side)
        now, then = _halves(time), _halves(last_time)
        joined = known & (side == last_side) & ~_before(then, _earlier(now, gap))
        running = State("parent_size", address=symbol, depth=depth, members=[(SIZE, 0)])
        (before,) = running.read
        grown = before + size
        parent = select(joined, grown.to(SIZE), size)
        running.write(parent)
        return {
            "parent_size": [parent],
            "joined": [joined],
            "closed": [known & ~joined],
            "late": [known & _before(now, then)],
            "move": [select(known, _move(price, last_price), 0)],
            "grown": [grown],
        }


def _halves(time: Number) -> tuple[Number, Number]:
    """The upper and the lower half of a time."""
    return time.bits(WORD.width, TIME.width), time.bits(0, WORD.width)


def _before(a: tuple[Number, Number], b: tuple[Number, Number]) -> Number:
    """Whether one time, in halves, lies before another."""
    return (a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))


def _earlier(time: tuple[Number, Number], gap: Number) -> tuple[Number, Number]:
    """A time, in halves, less a gap; its upper half may fall below zero."""
    upper, lower = time[0], time[1] - gap
    return select(lower.negative, upper - 1, upper), lower.bits(0, WORD.width)


def _move(price: Number, last: Number) -> Number:
    """Sign of a price change times its bit length."""
    up, down = price - last, last - price
    return signed_length(up.negative, select(up.negative, down, up).wrap(PRICE))
