"""Repeat surprise: lazily halved counts of a size at a place, of either alone, and of all.

When an entry was written last, and for which key, is no recursion and stands in a memory of its
own: the loop of a count finds its shift worked out and holds that and one saturating adder.
"""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, constant, join, positive, select, smallest
from hydrophone_hdl.window import slot_of
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.registers import WORD
from hydrophone_model.whale.repeat import COUNT, SLOW_LOG2, STAMP, TAG, RepeatParams

AGE = Fixed(integer=COUNT.width.bit_length())
"""Ticks since an entry was written, saturated where they empty any count."""
WEIGHT = Fixed(integer=1, fraction=COUNT.fraction)
"""What an event counts, up to one."""


class Repeat(Datapath):
    """The repeat block."""

    params: RepeatParams

    def build(self, inputs: Numbers) -> Numbers:
        """``surprise`` of each print."""
        params, bits = self.params, self.params.slot.width
        (symbol,), (price,) = inputs["symbol"], inputs["price"]
        (size,), (side,), (joined,) = inputs["size"], inputs["side"], inputs["joined"]
        size_hash = mix(size)
        place_hash = mix(join(side, price).bits(0, WORD.width))
        joint_hash = mix(size_hash ^ place_hash)
        tick, slow = self._ticks(symbol)
        weight = select(joined, constant(params.joined, WEIGHT), constant(COUNT.one, WEIGHT))

        def slot(key: Number) -> Number:
            return slot_of(key.bits(0, bits), symbol, params.symbols)

        entries = params.symbols * params.slots
        tag = joint_hash.bits(bits, bits + TAG.width)
        joint = _count("joint", slot(joint_hash), entries, tick, weight, tag)
        place = _count("place", slot(place_hash), entries, tick, weight)
        alone = _count("size", slot(size_hash), entries, slow, weight)
        every = _count("all", symbol, params.symbols, slow, weight)

        # Logarithms of counts are of raw integers: that of one event is `COUNT.fraction`, which
        # is also the least that is ever expected.
        found = log2(joint)
        over = (found + log2(every)) - (log2(place) + log2(alone))
        information = positive(smallest([over, found - COUNT.fraction]))
        product = positive(joint - 1) * information + 1
        one = product.format.fraction
        return {"surprise": [(log2(product) - one).to(EVIDENCE)]}

    def _ticks(self, symbol: Number) -> tuple[Number, Number]:
        """Half-lives that have passed for the symbol, and slow ones."""
        params = self.params
        events = State(
            "repeat_events", address=symbol, depth=params.symbols, members=[(params.counter, 0)]
        )
        (event,) = events.read
        events.write((event + 1).wrap(params.counter))
        slow = params.half_life + SLOW_LOG2
        return (
            event.bits(params.half_life, params.half_life + STAMP.width),
            event.bits(slow, slow + STAMP.width),
        )


def _count(
    name: str, address: Number, depth: int, tick: Number, weight: Number, tag: Number | None = None
) -> Number:
    """Counts one more event, by its weight, in a slot; the count with it."""
    keys = [] if tag is None else [tag]
    entry = State(
        f"repeat_{name}_entry",
        address=address,
        depth=depth,
        members=[(STAMP, 0), *((TAG, 0) for _ in keys)],
    )
    stamp, *last = entry.read
    entry.write(tick, *keys)
    age = (tick - stamp).bits(0, STAMP.width).to(AGE)
    for key, before in zip(keys, last, strict=True):
        # Another key begins again: the greatest age leaves nothing.
        age = select(key == before, age, AGE.max)
    counts = State(f"repeat_{name}", address=address, depth=depth, members=[(COUNT, 0)])
    after = ((counts.read[0] >> age) + weight).to(COUNT)
    counts.write(after)
    return after


def mix(word: Number) -> Number:
    """Scrambles a 32-bit word: three shifts and exclusive-ors."""
    word = word ^ (word << 13).wrap(WORD)
    word = word ^ (word >> 17)
    return word ^ (word << 5).wrap(WORD)


ensure(AGE.max >= COUNT.width, "the greatest age empties any count")
