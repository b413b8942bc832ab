"""Shannon entropy over a sliding window, kept up by differences.

A print changes two counts at most: that of its own bin and that of the bin that leaves. Their
terms change by ``(c + 1) log2 (c + 1) - c log2 c``, a table of the model's own rounded terms, so
the running sum is exactly the model's. The sum that runs is that of the entropy itself, times the
window: dividing it by the window, a power of two, only moves the binary point.
"""

from itertools import pairwise

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, choose, join, lookup, select
from hydrophone_hdl.window import Window
from hydrophone_model.dsp.entropy import ENTROPY, TABLE_FRACTION, EntropyParams
from hydrophone_model.fixed import Fixed

MOVE = Fixed(signed=True, integer=1)
"""What a print adds to a count: -1, 0 or 1."""


class Entropy(Datapath):
    """Entropy of the window that ends with each print."""

    params: EntropyParams

    def build(self, inputs: Numbers) -> Numbers:
        """``entropy`` and ``full`` of the ``symbol``'s window with the new ``bin``."""
        params = self.params
        (symbol,), (new,) = inputs["symbol"], inputs["bin"]
        window = Window("entropy", symbol, new, symbols=params.symbols, length=params.window)
        (old,) = window.oldest
        moves = ~window.leaves | (new != old)
        leaves = moves & window.leaves
        change = self._change(symbol, new, old, moves, leaves)

        # The entropy of a full window is log2 W - terms / W, cut off after the division: adding
        # W - 1 to the sum beforehand makes cutting the difference the same.
        octaves = params.window.bit_length() - 1
        most = (octaves << TABLE_FRACTION << octaves) + params.window - 1
        total = Fixed.spanning(0, most)
        sums = State("entropy_sum", address=symbol, depth=params.symbols, members=[(total, most)])
        after = (sums.read[0] - change).wrap(total)
        sums.write(after)
        fraction = TABLE_FRACTION + octaves
        share = after.read_as(Fixed(integer=total.width - fraction, fraction=fraction))
        entropy = share.cut(TABLE_FRACTION).wrap(ENTROPY)
        full = window.count.bit(octaves)
        return {"entropy": [select(full, entropy, 0)], "full": [full]}

    def _change(
        self, symbol: Number, new: Number, old: Number, moves: Number, leaves: Number
    ) -> Number:
        """Change of the sum of all terms: one count rises, one falls, or nothing moves."""
        params = self.params
        counts = State(
            "entropy_counts",
            address=symbol,
            depth=params.symbols,
            members=[(Fixed.spanning(0, params.window), 0)] * params.bins,
        )
        counts.write(
            *(
                (count + _move((new == place) & moves, (old == place) & leaves)).wrap(count.format)
                for place, count in enumerate(counts.read)
            )
        )
        steps = [b - a for a, b in pairwise(params.table)]
        # A count that rises is below the window's length, one that falls is above zero.
        rising = choose(new, counts.read).bits(0, params.window.bit_length() - 1)
        rise = lookup(steps, rising)
        fall = lookup([0, *steps], choose(old, counts.read))
        return select(moves, rise, 0) - select(leaves, fall, 0)


def _move(up: Number, down: Number) -> Number:
    """+1, -1 or 0, of two bits that are never both set."""
    return join(up | down, down).read_as(MOVE)
