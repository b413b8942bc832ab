"""Shannon entropy over a sliding window, kept up by differences.

A print changes two counts at most: that of its own bin and that of the bin that leaves. Their
terms change by ``(c + 1) log2 (c + 1) - c log2 c``, a table of the model's own rounded terms, so
the running sum is exactly the model's.
"""

from itertools import pairwise

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.fixed import saturate
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.window import next_slot
from hydrophone_model.dsp.entropy import ENTROPY, TABLE_FRACTION, EntropyParams


class Entropy(Datapath):
    """Entropy of the window that ends with each print."""

    params: EntropyParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``entropy`` and ``full`` of the ``symbol``'s window with the new ``bin``."""
        params = self.params
        (symbol,), (new,) = inputs["symbol"], inputs["bin"]
        slot = next_slot(pipe, "entropy_slot", symbol, symbols=params.symbols, length=params.window)
        ring = pipe.remember(
            "entropy_bins", depth=params.symbols * params.window, width=len(new.value)
        )
        old = ring.read(slot.address)
        ring.write(slot.address, new, Wire(Const(1), 0))

        count_bits = params.window.bit_length()
        counts = pipe.recall(
            "entropy_counts",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, count_bits)] * params.bins,
            time=old.time,
        )
        moves = pipe.logic(lambda leaves, a, b: ~leaves | (a != b), slot.replaces, new, old)
        enters = pipe.logic(lambda b, n: _onehot(b, params.bins, n), new, moves)
        leaves = pipe.logic(
            lambda b, n, r: _onehot(b, params.bins, n & r), old, moves, slot.replaces
        )
        counts.learn(
            *(
                pipe.logic(lambda c, up, down, k=k: c + up[k] - down[k], c, enters, leaves)
                for k, c in enumerate(counts.now)
            )
        )
        rise, fall = (
            pipe.stage_of(lambda some: _pick(some[0], some[1:]), [choice, *counts.now])
            for choice in (enters, leaves)
        )
        table = params.table
        steps = [b - a for a, b in pairwise(table)]
        change = pipe.stage(
            lambda up, down, moved, replaced: Mux(
                moved,
                pipe.rom(steps, up[:-1]) - Mux(replaced, pipe.rom([0, *steps], down), 0),
                0,
            ),
            rise,
            fall,
            moves,
            slot.replaces,
        )
        terms = pipe.recall(
            "entropy_terms",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, max(table).bit_length() + 1)],
            time=change.time,
        )
        successor = pipe.logic(lambda t, d: t + d, terms.now[0], change)
        terms.learn(successor)
        octaves = params.window.bit_length() - 1
        full = pipe.logic(lambda n: n[-1], slot.count)
        entropy = pipe.stage(
            lambda t, whole: Mux(
                whole,
                saturate(Const(octaves << TABLE_FRACTION) - t.shift_right(octaves), ENTROPY),
                0,
            ),
            successor,
            full,
        )
        return {"entropy": [entropy], "full": [full]}


def _onehot(index: Value, count: int, enable: Value) -> Value:
    return (Mux(enable, Const(1), Const(0)) << index)[:count]


def _pick(onehot: Value, members: list[Value]) -> Value:
    """The member that a one-hot word points at, zero if it points nowhere."""
    result: Value = Const(0, len(members[0]))
    for bit, member in zip(onehot, members, strict=True):
        result = result | (member & bit.replicate(len(member)))
    return result
