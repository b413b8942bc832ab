"""Corners of the blocks that gather evidence for whales."""

import numpy as np

from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE, LOG, PRICE, SIZE, TIME
from hydrophone_model.records import Kind
from hydrophone_model.whale.parent import ParentParams
from hydrophone_model.whale.pattern import PatternParams
from hydrophone_model.whale.persistence import PersistenceParams
from hydrophone_model.whale.repeat import STAMP, TAG, RepeatParams, mix
from hydrophone_sim.vectors.corners.corner import MOST, NOW, Bench, Show, corner, reached


@corner("parent", "first_events", "the first print of each symbol begins a parent and closes none")
def _first(bench: Bench[ParentParams]) -> Show:
    count = min(bench.params.symbols, 64)
    return bench.events(
        count, symbol=np.arange(count), size=np.arange(count) + 1
    ), lambda out: not any(out[name].any() for name in ("joined", "closed", "late", "move"))


@corner("parent", "gap", "as long apart as the gap still joins, a nanosecond more does not")
def _gap(bench: Bench[ParentParams]) -> Show:
    gap = bench.params.gap_ns
    time = NOW + np.cumsum([0, gap, gap, gap + 1, gap, gap + 1])
    return bench.events(6, time_ns=time), lambda out: out["joined"].tolist() == [0, 1, 1, 0, 1, 0]


@corner("parent", "equal_times", "prints of one time and side join, whatever the gap")
def _equal_times(bench: Bench[ParentParams]) -> Show:
    return bench.events(5, size=[1, 2, 3, 4, 5]), lambda out: out["parent_size"][-1] == 15


@corner(
    "parent",
    "late",
    "a print of the same side timed before its symbol's last joins, and sets the clock back",
)
def _late(bench: Bench[ParentParams]) -> Show:
    gap = bench.params.gap_ns
    time = [NOW, NOW - 1, NOW + gap, TIME.max, 0, gap, gap + 1]
    return bench.events(
        7, time_ns=time
    ), lambda out: out["late"].tolist() == [0, 1, 0, 0, 1, 0, 0] and out["joined"][4] == 1


@corner("parent", "side_changes", "the other side closes the parent at the same time")
def _sides(bench: Bench[ParentParams]) -> Show:
    return bench.events(
        6, side=[0, 0, 1, 1, 0, 1]
    ), lambda out: out["closed"].tolist() == [0, 0, 1, 0, 1, 1]


@corner("parent", "saturation", "the running size stops at the largest")
def _parent_saturation(bench: Bench[ParentParams]) -> Show:
    half = SIZE.max // 2
    size = [half, half, 1, 0, 1, SIZE.max, SIZE.max]
    return (
        bench.events(7, size=size),
        lambda out: (
            (out["parent_size"][2:] == SIZE.max).all() and out["parent_size"][1] == SIZE.max - 1
        ),
    )


@corner("parent", "moves", "the largest changes of price, none, and powers of two of ticks")
def _moves(bench: Bench[ParentParams]) -> Show:
    price = [1, PRICE.max, 1, 1, 2, 4, 8, 4, 2, 1]
    return bench.events(
        len(price), price=price
    ), lambda out: out["move"].tolist() == [0, 32, -32, 0, 1, 2, 3, -3, -2, -1]


def _slots(params: RepeatParams, size: Raw, price: Raw) -> Raw:
    """Slots of sizes and prices, bought, in the three tables."""
    sizes, places = mix(size), mix(price << 1)
    return np.stack([mix(sizes ^ places), places, sizes]) & params.slot.max


def _apart(params: RepeatParams) -> int:
    """A number that, as size and price, meets 5 and 7 in no table."""
    number = np.arange(100, 4000)
    own = _slots(params, np.array([5]), np.array([7]))
    return int(number[np.argmax(np.all(_slots(params, number, number) != own, axis=0))])


@corner("repeat", "repetition", "the same size, price and side again and again surprise")
def _repeated(bench: Bench[RepeatParams]) -> Show:
    turn, other = np.arange(24) % 3, _apart(bench.params)
    size, price = np.where(turn, other, 5), np.where(turn, other, 7)
    return bench.events(
        24, size=size, price=price
    ), lambda out: out["surprise"][0] == 0 < out["surprise"][-3]


@corner("repeat", "keys", "few sizes and prices of both sides again and again, some of them joined")
def _keys(bench: Bench[RepeatParams]) -> Show:
    count, rng = 3000, bench.rng
    # Pools of 2, 4, 8 … values, of few bits and of many, so that keys repeat and meet in slots.
    pool = 2 << (np.arange(count) * 5 // count)
    wide = rng.integers(1, SIZE.max, 64), rng.integers(1, PRICE.max, 64)
    near = np.arange(1, 65), np.arange(1000, 1064)
    far = rng.integers(0, 2, count) == 1
    size, price = (
        np.where(far, a[pick], b[pick])
        for a, b in zip(wide, near, strict=True)
        for pick in [rng.integers(0, pool)]
    )
    return bench.events(
        count,
        size=size,
        price=price,
        side=rng.integers(0, 2, count),
        joined=rng.integers(0, 4, count) == 0,
    ), lambda out: len(np.unique(out["surprise"])) > 8


@corner("repeat", "joined", "prints that join a parent count less than one event")
def _joined(bench: Bench[RepeatParams]) -> Show:
    return bench.events(16, joined=np.arange(16) > 0), lambda out: not out["surprise"].any()


@corner("repeat", "collision", "another key in the slot begins again: the first one is forgotten")
def _collision(bench: Bench[RepeatParams]) -> Show | None:
    slot = bench.params.slot
    size = np.arange(1, 1 << 14)
    joint = mix(mix(size) ^ mix(np.full(len(size), 1000 << 1)))
    same = (joint & slot.max) == (joint[0] & slot.max)
    other = same & (((joint >> slot.width) & TAG.max) != ((joint[0] >> slot.width) & TAG.max))
    pair = [1, int(size[np.flatnonzero(other)[0]])]
    sizes = np.array([1] * 6 + pair * 6)
    return (
        bench.events(len(sizes), size=sizes),
        lambda out: (
            not out["surprise"][8:].any() or out["surprise"][8:].max() <= out["surprise"][:6].max()
        ),
    )


@corner("repeat", "same_tag", "keys whose hashes agree in slot and tag alone are taken for one")
def _same_tag(bench: Bench[RepeatParams]) -> Show | None:
    size = np.unique(bench.rng.integers(1, SIZE.max, 1 << 16))
    joint = mix(mix(size) ^ mix(np.full(len(size), 1000 << 1)))
    known = joint & ((1 << (bench.params.slot.width + TAG.width)) - 1)
    order = np.argsort(known, kind="stable")
    own = mix(size[order]) & bench.params.slot.max
    # Their sizes do not meet: what repeats is the key alone.
    equal = np.flatnonzero((np.diff(known[order]) == 0) & (np.diff(own) != 0))
    if not len(equal):
        return None
    pair = size[order[equal[0] :][:2]]
    return bench.events(16, size=np.tile(pair, 8)), lambda out: bool(out["surprise"][2:].any())


@corner("repeat", "stamp_wrap", "an entry untouched for exactly 256 ticks looks fresh")
def _stamp_wrap(bench: Bench[RepeatParams]) -> Show | None:
    away, keep = (STAMP.max + 1) << bench.params.half_life, 8
    if away > MOST:
        return None
    other = _apart(bench.params)
    # The key comes in the first tick, and again when as many ticks have gone as a stamp counts.
    here = np.arange(away + keep)
    mine = (here < keep) | (here >= away + keep // 2)
    size, price = np.where(mine, 5, other), np.where(mine, 7, other)
    return bench.events(
        away + keep, size=size, price=price
    ), lambda out: out["surprise"][away + keep // 2] > 0 == out["surprise"][0]


@corner("persistence", "long_run", "one side alone: its sum grows, the other's stays at 0")
def _long_run(bench: Bench[PersistenceParams]) -> Show:
    count = 400
    side = np.arange(count) >= count // 2
    return (
        bench.events(count, side=side, above_print=EVIDENCE.max),
        lambda out: (
            out["persistence"][: count // 2].max() > out["persistence"][0]
            and out["persistence"][count // 2] < out["persistence"][0] + 64
        ),
    )


@corner("persistence", "clamped", "what takes from a sum at 0 leaves it at 0")
def _clamped(bench: Bench[PersistenceParams]) -> Show:
    side = [0, 1, 0, 1, 1, 0]
    return bench.events(
        6, side=side, above_print=256
    ), lambda out: out["persistence"][0] == out["persistence"][1]


@corner("persistence", "joined", "prints that join add less")
def _joining(bench: Bench[PersistenceParams]) -> Show:
    return bench.events(
        8, joined=np.arange(8) > 0, above_print=256
    ), lambda out: 0 <= out["persistence"][1] - out["persistence"][0] < out["persistence"][0]


@corner("pattern", "first_events", "before the windows are full there is neither order nor impact")
def _pattern_first(bench: Bench[PatternParams]) -> Show:
    count = bench.params.correlation.minimum - 1
    tape = bench.random(count, symbol=0)
    return tape, lambda out: not out["order"].any() and not out["impact"].any()


@corner("pattern", "one_side", "equal prints of one side that move the price: sliced, ordered")
def _one_side(bench: Bench[PatternParams]) -> Show:
    count = 2 * bench.params.entropy.window
    price = 1000 + np.arange(count)
    return bench.events(
        count, price=price, size=64, print=log2(np.array([64])), move=1
    ), lambda out: out["match"][-1, Kind.SLICED] > 0 and out["order"][-1] > 0


@corner("pattern", "octaves", "prints of two octaves and of more, up to beyond the last bin")
def _octaves(bench: Bench[PatternParams]) -> Show:
    window, bins = bench.params.entropy.window, bench.params.entropy.bins
    count = 8 * window
    spread = 1 + np.arange(count) * bins // count
    octave = np.minimum(bench.rng.integers(0, 1 + spread), LOG.max >> LOG.fraction)
    beyond = bench.rng.integers(0, 8, count) == 0
    log = (np.where(beyond, bins, octave) << LOG.fraction) + bench.rng.integers(0, LOG.one, count)
    side = bench.rng.integers(0, 2, count)
    return bench.events(
        count, print=np.minimum(log, LOG.max), side=side, move=bench.rng.integers(-2, 3, count)
    ), lambda out: len(np.unique(out["order"])) > 8


@corner("pattern", "repetition", "the same size, price and side between others: surprise")
def _pattern_repetition(bench: Bench[PatternParams]) -> Show:
    turn, other = np.arange(24) % 3, _apart(bench.params.repeat)
    size, price = np.where(turn, other, 5), np.where(turn, other, 7)
    return bench.events(
        24, size=size, price=price, print=log2(size)
    ), lambda out: out["surprise"][-3] > 0


@corner("pattern", "impact", "prints whose side moves the price: the correlation at its limit")
def _impact(bench: Bench[PatternParams]) -> Show:
    count = 2 * bench.params.correlation.window
    side = np.arange(count) % 2
    return bench.events(
        count, side=side, move=np.where(side, -1, 1), print=1024
    ), lambda out: reached(out["impact"], 64)
