"""Volume analysis: two long memories and one exact window, side by side.

Every loop holds one update: a memory's count leads its mean by a clock, so that the mean's loop
finds its rate ready, and the window's sums take in one difference that was made before.
"""

from dataclasses import dataclass

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.window import next_slot
from hydrophone_model.formats import LOG, SIZE
from hydrophone_model.whale.volume import DEVIATIONS, OCTAVES, VolumeParams


@dataclass(frozen=True)
class Memory:
    """A long memory as an event finds it.

    Attributes:
        mean: Average of the sizes.
        count: Sizes taken in, saturated.
    """

    mean: Wire
    count: Wire


class Volume(Datapath):
    """The volume block."""

    params: VolumeParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``above_print``, ``above_parent`` and ``z_window``."""
        (symbol,), (closed,) = inputs["symbol"], inputs["closed"]
        (size,), (parent_size,) = inputs["size"], inputs["parent_size"]
        (log_print,), (log_parent,) = inputs["print"], inputs["parent"]
        depth = self.params.symbols
        last_size = pipe.recall(
            "last_parent_size",
            address=symbol,
            depth=depth,
            reset=[Const(0, SIZE.width)],
            time=parent_size.time,
        )
        last_size.learn(pipe.later(parent_size, last_size.time))
        last = pipe.recall(
            "last_parent",
            address=symbol,
            depth=depth,
            reset=[Const(0, LOG.width), Const(0, LOG.product(LOG).width)],
            time=log_parent.time,
        )
        parent_now = pipe.later(log_parent, last.time)
        last.learn(parent_now, pipe.logic(lambda v: v * v, parent_now))
        closing, closing_square = last.now
        always = Wire(Const(1), 0)
        prints = self._memory(pipe, "print", symbol, size, always, include=False)
        parents = self._memory(pipe, "parent", symbol, last_size.now[0], closed, include=True)
        window = self._window(pipe, symbol, log_parent, closing, closing_square, closed)
        return {
            "above_print": [self._above(pipe, log_print, prints)],
            "above_parent": [self._above(pipe, log_parent, parents)],
            "z_window": [window],
        }

    def _memory(
        self, pipe: Pipe, name: str, symbol: Wire, size: Wire, learns: Wire, *, include: bool
    ) -> Memory:
        """A long memory that takes in ``size`` where ``learns``.

        With ``include`` an event sees the memory with its own value taken in.
        """
        params, depth = self.params, self.params.symbols
        counter = pipe.recall(
            f"{name}_count",
            address=symbol,
            depth=depth,
            reset=[Const(0, params.memory)],
            time=max(learns.time, size.time - 1),
        )
        before = counter.now[0]
        after = pipe.logic(
            lambda n, go: Mux(go & ~n.all(), n + 1, n)[: params.memory], before, learns
        )
        counter.learn(after)
        rate = pipe.stage(lambda n: _floor_log2(n + 1), before)
        width = params.average.width
        mean = pipe.recall(
            f"{name}_mean",
            address=symbol,
            depth=depth,
            reset=[Const(0, width)],
            time=pipe.latest(rate, size, learns),
        )
        learned = pipe.logic(
            lambda m, lots, r, go: Mux(go, m + ((lots.shift_left(params.memory) - m) >> r), m)[
                :width
            ],
            mean.now[0],
            size,
            rate,
            learns,
        )
        mean.learn(learned)
        if include:
            return Memory(learned, after)
        return Memory(mean.now[0], before)

    def _above(self, pipe: Pipe, value: Wire, memory: Memory) -> Wire:
        """Octaves of a log2 size above half the mean of a long memory."""
        params = self.params
        mean = log2(pipe, pipe.stage(lambda m: m, memory.mean))

        def octaves(v: Value, m: Value, n: Value) -> Value:
            above = positive(v + ((params.memory + 1) << LOG.fraction) - m)
            cut = above.shift_right(LOG.fraction - OCTAVES.fraction)
            return Mux(n >= params.minimum, saturate(cut, OCTAVES), 0)

        return pipe.stage(octaves, value, mean, memory.count)

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


def _greater(a: Value, b: Value) -> Value:
    return Mux(a > b, a, b)
