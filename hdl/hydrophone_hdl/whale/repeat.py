"""Repeat surprise: lazily halved counts of a size at a place, of either alone, and of all."""

from amaranth.hdl import Cat, Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.repeat import COUNT, SLOW_LOG2, STAMP, TAG, RepeatParams


class Repeat(Datapath):
    """The repeat block."""

    params: RepeatParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``surprise`` of each print."""
        params, bits = self.params, self.params.slot.width
        (symbol,), (price,) = inputs["symbol"], inputs["price"]
        (size,), (side,), (joined,) = inputs["size"], inputs["side"], inputs["joined"]
        size_hash = pipe.stage(lambda x: mix(pipe, x), size)
        place_hash = pipe.stage(lambda p, s: mix(pipe, Cat(s, p)[:32]), price, side)
        joint_hash = pipe.stage(lambda a, b: mix(pipe, a ^ b), size_hash, place_hash)

        events = pipe.recall(
            "repeat_events",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, params.counter.width)],
            time=1,
        )
        events.learn(pipe.logic(lambda n: (n + 1)[: params.counter.width], events.now[0]))
        event = pipe.stage(lambda n: n, events.now[0])
        tick = pipe.logic(lambda n: n[params.half_life :][: STAMP.width], event)
        slow = pipe.logic(lambda n: n[params.half_life + SLOW_LOG2 :], event)

        def slot(key: Wire) -> Wire:
            return pipe.logic(lambda who, h: Cat(h[:bits], who), symbol, key)

        weight = pipe.logic(lambda joins: Mux(joins, params.joined, COUNT.one), joined)
        tag = pipe.logic(lambda h: h[bits : bits + TAG.width], joint_hash)
        no_tag, entries = Wire(Const(0, TAG.width), 0), params.symbols * params.slots
        joint = self._count(pipe, "joint", slot(joint_hash), tag, tick, weight, entries)
        places = self._count(pipe, "place", slot(place_hash), no_tag, tick, weight, entries)
        sizes = self._count(pipe, "size", slot(size_hash), no_tag, slow, weight, entries)
        every = self._count(pipe, "all", symbol, no_tag, slow, weight, params.symbols)

        expected = pipe.stage(_expected, log2(pipe, places), log2(pipe, sizes), log2(pipe, every))
        information = pipe.logic(lambda j, e: positive(j - e), log2(pipe, joint), expected)
        repeats = pipe.stage(lambda c: positive(c - COUNT.one), joint)
        one = COUNT.fraction + FRACTION
        product = pipe.stage(lambda r, bits: r * bits + (1 << one), repeats, information)
        down = FRACTION - EVIDENCE.fraction
        surprise = pipe.logic(
            lambda bits: saturate((bits - (one << FRACTION)).shift_right(down), EVIDENCE),
            log2(pipe, product),
        )
        return {"surprise": [surprise]}

    @staticmethod
    def _count(
        pipe: Pipe, name: str, address: Wire, tag: Wire, tick: Wire, weight: Wire, depth: int
    ) -> Wire:
        """Counts one more event, by its weight, in a slot; the count with it."""
        tagged = not isinstance(tag.value, Const)
        entry = pipe.recall(
            f"repeat_{name}",
            address=address,
            depth=depth,
            reset=[Const(0, COUNT.width), Const(0, STAMP.width)]
            + ([Const(0, TAG.width)] if tagged else []),
            time=max(address.time + 2, pipe.latest(tag, tick, weight)),
        )
        count, stamp = entry.now[:2]
        kept = pipe.logic(lambda c, now, then: c >> _age(pipe, now - then), count, tick, stamp)
        if tagged:
            kept = pipe.logic(lambda c, a, b: Mux(a == b, c, 0), kept, tag, entry.now[2])
        after = pipe.logic(lambda c, w: saturate(c + w, COUNT), kept, weight)
        members = [after, pipe.later(tick, entry.time)]
        entry.learn(*members, *([pipe.later(tag, entry.time)] if tagged else []))
        return pipe.stage(lambda c: c, after)


def _expected(place: Value, size: Value, every: Value) -> Value:
    """log2 of the joint count without repetition, one event at least."""
    value = place + size - every
    least = COUNT.fraction << FRACTION
    return Mux(value > least, value, least)[: len(value) - 1]


def _age(pipe: Pipe, elapsed: Value) -> Value:
    """Ticks since an entry was written, as a shift: the count's width empties it."""
    bits = COUNT.width.bit_length()
    ticks = pipe.let(elapsed[: STAMP.width])
    return Mux(ticks[bits:].any(), (1 << bits) - 1, ticks[:bits])


def mix(pipe: Pipe, word: Value) -> Value:
    """Scrambles a 32-bit word: three shifts and exclusive-ors."""
    word = pipe.let((word ^ word.shift_left(13))[:32])
    word = pipe.let(word ^ word.shift_right(17))
    return (word ^ word.shift_left(5))[:32]
