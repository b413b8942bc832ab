"""Parent reconstruction: the print before it decides, then one adder remembers.

Whether a print joins depends on the symbol's previous print alone, which is no recursion; only the
parent's running size is. So the comparison of times has a clock of its own and the loop holds one
saturating adder.
"""

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Controls, Datapath, Wires
from hydrophone_hdl.fixed import saturate
from hydrophone_hdl.pipe import Pipe
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import PRICE, SIZE, TIME
from hydrophone_model.registers import WORD
from hydrophone_model.whale.parent import PRICE_MOVE, ParentParams


class Parent(Datapath):
    """The parent block."""

    params: ParentParams

    @property
    def controls(self) -> Controls:
        """The gap."""
        return {"gap_ns": (WORD, (self.params.gap_ns,))}

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """What is known of each print's parent."""
        (symbol,), (time,), (price,) = inputs["symbol"], inputs["time_ns"], inputs["price"]
        (size,), (side,) = inputs["size"], inputs["side"]
        (gap,) = pipe.control("gap_ns")
        last = pipe.recall(
            "last_print",
            address=symbol,
            depth=self.params.symbols,
            reset=[Const(0, 1), Const(0, TIME.width), Const(0, PRICE.width), Const(0, 1)],
            time=1,
        )
        known, last_time, last_price, last_side = last.now
        last.learn(
            pipe.logic(lambda _: Const(1), known),
            *(pipe.later(wire, last.time) for wire in (time, price, side)),
        )
        elapsed = pipe.stage(lambda now, then: now - then, time, last_time)
        change = pipe.stage(lambda now, then, k: Mux(k, now - then, 0), price, last_price, known)
        same = pipe.stage(lambda now, then, k: k & (now == then), side, last_side, known)
        joined = pipe.logic(
            lambda is_same, ns: is_same & (ns[-1] | (ns[:-1] <= gap)), same, elapsed
        )
        known = pipe.stage(lambda k: k, known)
        running = pipe.recall(
            "parent_size",
            address=symbol,
            depth=self.params.symbols,
            reset=[Const(0, SIZE.width)],
            time=joined.time,
        )
        parent = pipe.logic(
            lambda before, lots, joins: Mux(joins, saturate(before + lots, SIZE), lots),
            running.now[0],
            size,
            joined,
        )
        running.learn(parent)
        return {
            "parent_size": [pipe.stage(lambda x: x, parent)],
            "joined": [joined],
            "closed": [pipe.logic(lambda k, joins: k & ~joins, known, joined)],
            "late": [pipe.logic(lambda k, ns: k & ns[-1], known, elapsed)],
            "move": [pipe.stage(lambda x: _move(pipe, x), change)],
        }


def _move(pipe: Pipe, change: Value) -> Value:
    """Sign of a price change times its bit length."""
    magnitude = pipe.let(Mux(change[-1], -change, change)[: PRICE.width])
    length = bit_length(magnitude, PRICE_MOVE)
    return Mux(change[-1], -length, length)


def bit_length(value: Value, format: Fixed) -> Value:
    """Number of bits of an unsigned value, as wide as the magnitude of a format."""
    length: Value = Const(0, format.integer)
    for position in range(len(value)):
        length = Mux(value[position], position + 1, length)
    return length
