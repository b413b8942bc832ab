"""Volume analysis: two long memories and one exact window, side by side.

Every loop holds one update: the mean's successor leaves its loop a clock before the deviation's
loop takes it in, and the window's sums take in one difference that was made before.
"""

from dataclasses import dataclass

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.window import next_slot
from hydrophone_model.formats import LOG
from hydrophone_model.whale.volume import DEVIATIONS, VolumeParams


@dataclass(frozen=True)
class Memory:
    """A long memory as an event finds it.

    Attributes:
        mean: Average of the values.
        deviation: Average of their absolute deviation.
        count: Values taken in, saturated.
    """

    mean: Wire
    deviation: Wire
    count: Wire


class Volume(Datapath):
    """The volume block."""

    params: VolumeParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``z_print``, ``z_parent`` and ``z_window``."""
        (symbol,), (size,) = inputs["symbol"], inputs["print"]
        (parent,), (closed,) = inputs["parent"], inputs["closed"]
        last = pipe.recall(
            "last_parent",
            address=symbol,
            depth=self.params.symbols,
            reset=[Const(0, LOG.width), Const(0, LOG.product(LOG).width)],
            time=parent.time,
        )
        parent_now = pipe.later(parent, last.time)
        last.learn(parent_now, pipe.logic(lambda v: v * v, parent_now))
        closing, closing_square = last.now
        always = Wire(Const(1), 0)
        prints = self._memory(pipe, "print", symbol, size, always, include=False)
        parents = self._memory(pipe, "parent", symbol, closing, closed, include=True)
        return {
            "z_print": [self._deviations(pipe, size, prints)],
            "z_parent": [self._deviations(pipe, parent, parents)],
            "z_window": [self._window(pipe, symbol, parent, closing, closing_square, closed)],
        }

    def _memory(
        self, pipe: Pipe, name: str, symbol: Wire, value: Wire, learns: Wire, *, include: bool
    ) -> Memory:
        """A long memory that takes in ``value`` where ``learns``.

        With ``include`` an event sees the memory with its own value taken in.
        """
        params, depth = self.params, self.params.symbols
        width = params.average.width
        # The number of values leads by a clock where it can: the mean's loop wants its rate ready.
        counter = pipe.recall(
            f"{name}_count",
            address=symbol,
            depth=depth,
            reset=[Const(0, params.memory)],
            time=max(learns.time, value.time - 1),
        )
        before = counter.now[0]
        after = pipe.logic(
            lambda n, go: Mux(go & ~n.all(), n + 1, n)[: params.memory], before, learns
        )
        counter.learn(after)
        rate = pipe.stage(lambda n: _floor_log2(n + 1), before)
        mean = pipe.recall(
            f"{name}_mean",
            address=symbol,
            depth=depth,
            reset=[Const(0, width)],
            time=pipe.latest(rate, value, learns),
        )
        next_mean = pipe.logic(
            lambda m, v, r, go: Mux(go, m + ((v.shift_left(params.memory) - m) >> r), m)[:width],
            mean.now[0],
            value,
            rate,
            learns,
        )
        mean.learn(next_mean)
        spread = pipe.stage(
            lambda m, v: _absolute(v.shift_left(params.memory) - m)[:width], next_mean, value
        )
        deviation = pipe.recall(
            f"{name}_deviation",
            address=symbol,
            depth=depth,
            reset=[Const(0, width)],
            time=spread.time,
        )
        next_deviation = pipe.logic(
            lambda d, x, r, go: Mux(go, d + ((x - d) >> r), d)[:width],
            deviation.now[0],
            spread,
            rate,
            learns,
        )
        deviation.learn(next_deviation)
        if include:
            return Memory(next_mean, next_deviation, after)
        return Memory(mean.now[0], deviation.now[0], before)

    def _deviations(self, pipe: Pipe, value: Wire, memory: Memory) -> Wire:
        """Deviations of a value above the mean of a long memory."""
        params = self.params
        least = 1 << (params.average.fraction - params.floor)
        above = pipe.stage(
            lambda v, m: positive(v.shift_left(params.memory) - m), value, memory.mean
        )
        spread = pipe.stage(lambda d: Mux(d > least, d, least), memory.deviation)
        exponent = pipe.logic(lambda a, d: a - d, log2(pipe, above), log2(pipe, spread))
        known = pipe.logic(lambda a, n: a.any() & (n >= params.minimum), above, memory.count)
        z = exp2(pipe, exponent, DEVIATIONS)
        return pipe.logic(lambda x, k: Mux(k, x, 0), z, known)

    def _window(
        self,
        pipe: Pipe,
        symbol: Wire,
        parent: Wire,
        closing: Wire,
        closing_square: Wire,
        closed: Wire,
    ) -> Wire:
        """Deviations of the running parent above the mean of the window of closed ones."""
        params = self.params
        slot = next_slot(
            pipe, "volume_slot", symbol, symbols=params.symbols, length=params.window, push=closed
        )
        ring = pipe.remember(
            "volume_parents", depth=params.symbols * params.window, width=LOG.width
        )
        oldest = ring.read(slot.address)
        ring.write(slot.address, closing, closed)
        old = pipe.stage(lambda v, r: Mux(r, v, 0), oldest, slot.replaces)
        old_square = pipe.stage(lambda v, r: Mux(r, v * v, 0), oldest, slot.replaces)
        # Where no parent closed nothing leaves either, and both changes are zero.
        change = pipe.stage(lambda v, o, go: Mux(go, v - o, 0), closing, old, closed)
        change_of_squares = pipe.stage(
            lambda v, o, go: Mux(go, v - o, 0), closing_square, old_square, closed
        )
        bits = LOG.sum_of(params.window).width
        square_bits = LOG.product(LOG).sum_of(params.window).width
        state = pipe.recall(
            "volume_sums",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, bits), Const(0, square_bits)],
            time=change.time,
        )
        total = pipe.logic(lambda s, d: (s + d)[:bits], state.now[0], change)
        squares = pipe.logic(lambda q, d: (q + d)[:square_bits], state.now[1], change_of_squares)
        state.learn(total, squares)
        n = slot.count
        s, q = pipe.stage(lambda x: x, total), pipe.stage(lambda x: x, squares)
        above = pipe.stage(lambda c, v, x: positive(c * v - x), n, parent, s)
        n_q, s_s, n_n = (pipe.stage(lambda a, b: a * b, a, b) for a, b in ((n, q), (s, s), (n, n)))
        scale = 2 * (LOG.fraction - params.floor)
        variance = pipe.stage(
            lambda nq, ss, nn: _greater((nq - ss)[: len(nq)], nn.shift_left(scale)), n_q, s_s, n_n
        )
        exponent = pipe.logic(
            lambda a, v: a - v.shift_right(1), log2(pipe, above), log2(pipe, variance)
        )
        z = exp2(pipe, exponent, DEVIATIONS)
        known = pipe.logic(lambda a, c: a.any() & (c >= params.minimum), above, n)
        return pipe.logic(lambda x, k: Mux(k, x, 0), z, known)


def _floor_log2(value: Value) -> Value:
    """Position of the leading one of a positive value."""
    width = (len(value) - 1).bit_length()
    place: Value = Const(0, width)
    for position in range(1, len(value)):
        place = Mux(value[position], position, place)
    return place


def _absolute(value: Value) -> Value:
    return Mux(value[-1], -value, value)


def _greater(a: Value, b: Value) -> Value:
    return Mux(a > b, a, b)
