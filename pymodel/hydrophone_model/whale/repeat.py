"""Repeat surprise: the same size, price and side again and again, as an iceberg's refills print.

Three small hashed tables per symbol count, with a half-life of 2**half_life events, how often a
size comes with a price and side (joint), how often that price and side come, and, with a
half-life 2**`SLOW_LOG2` times as long, how often that size comes. Prints that join a parent count
less: one order that eats many resting ones is no repetition. Without repetition the joint count is
expected to be ``place * size / all``; the surprise is log2 of 1 plus the number of repeats times
log2 of count over expectation, in which less than one event is never expected: a common lot that
comes everywhere surprises nobody, nor does a busy price.

Decay is lazy: every half-life of a symbol's events is a tick; an entry carries the tick it was
last written in and is halved once for every tick since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateField,
    each,
    symbol_format,
)
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import EVIDENCE, PRICE, SIZE
from hydrophone_model.limits import parameter

COUNT = Fixed(integer=11, fraction=4)
"""Decayed count of events; one event is raw 16. Saturates."""
STAMP = Fixed(integer=8)
"""Tick of an entry; wraps, so an entry untouched for exactly 256 ticks looks fresh."""
TAG = Fixed(integer=12)
"""Hash bits that tell the keys of one slot apart."""
SLOW_LOG2 = 3
"""Sizes are remembered 2**3 times as long as places."""


def mix(word: Raw) -> Raw:
    """Scrambles 32-bit words by shifts and exclusive-ors (Marsaglia's xorshift32).

    Steps:
        On words of 32 bits, of which what is shifted out is lost: ``word = word ^ (word << 13)``,
        then ``word = word ^ (word >> 17)``, then ``word ^ (word << 5)``.
    """
    word = word ^ ((word << 13) & 0xFFFFFFFF)
    word = word ^ (word >> 17)
    return word ^ ((word << 5) & 0xFFFFFFFF)


@dataclass(frozen=True, kw_only=True)
class RepeatParams(Params):
    """Sizes of the repeat block."""

    name: ClassVar[str] = "repeat"
    derived: ClassVar[tuple[str, ...]] = ("slot", "counter")
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    slots: int = parameter(64, 4, 256, "slots of each table of a symbol", power_of_two=True)
    half_life: int = parameter(7, 3, 10, "half-life of 2**half_life events")
    joined: int = parameter(2, 0, 16, "what a joining print counts, sixteenths")

    @property
    def slot(self) -> Fixed:
        """Format of a slot number."""
        return Fixed(integer=(self.slots - 1).bit_length())

    @property
    def counter(self) -> Fixed:
        """Format of a symbol's event counter, which wraps with the slow stamp."""
        return Fixed(integer=STAMP.integer + self.half_life + SLOW_LOG2)

    @property
    def inputs(self) -> Ports:
        """The event's ``symbol``, ``price``, ``size``, ``side``; whether it ``joined`` a parent."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "price": Port(PRICE),
            "size": Port(SIZE),
            "side": Port(FLAG),
            "joined": Port(FLAG),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """A counter, an entry of all events, and three tables."""
        count, stamp = StateField(format=COUNT), StateField(format=STAMP)
        tables = {
            f"{table}_{name}": replace(field, count=self.slots)
            for table, fields in (
                ("joint", {"tag": StateField(format=TAG), "count": count, "stamp": stamp}),
                ("places", {"count": count, "stamp": stamp}),
                ("sizes", {"count": count, "stamp": stamp}),
            )
            for name, field in fields.items()
        }
        events = StateField(format=self.counter)
        return {"events": events, "all_count": count, "all_stamp": stamp, **tables}

    @property
    def outputs(self) -> Ports:
        """``surprise`` of this print."""
        return {"surprise": Port(EVIDENCE)}


class DecayingTable:
    """Counts in hashed slots, halved once a tick. A zero tag makes it a table without keys.

    State:
        Each entry is a tag, a count, raw `COUNT`, and a stamp, all 0 at first.

    Steps:
        To count an entry with a tag, a tick and a weight:

        1. ``age = (tick - stamp) & STAMP.max``.
        2. ``kept`` is ``count >> min(age, COUNT.width)`` if the entry has that tag, else 0.
        3. ``count = min(kept + weight, COUNT.max)``; the entry becomes the tag, that count and the
           tick. The new count is what is told.
    """

    def __init__(self, entries: int) -> None:
        self._entries = [(0, 0, 0)] * entries

    def state(self, symbols: int, *, tags: bool = False) -> dict[str, Raw]:
        """Tags, counts and stamps, each shaped (symbols, entries)."""
        rows = np.array(self._entries, np.int64).reshape(symbols, -1, 3)
        names = ("tag", "count", "stamp")
        return {
            name: rows[:, :, at].copy() for at, name in enumerate(names) if tags or name != "tag"
        }

    def set_state(self, *, count: Raw, stamp: Raw, tag: Raw | None = None) -> None:
        """Takes over what `state` gave."""
        tags = np.zeros_like(count) if tag is None else tag
        rows = np.stack([tags, count, stamp], axis=-1).reshape(-1, 3)
        self._entries = [tuple(row) for row in rows.tolist()]

    def count(self, place: int, tag: int, tick: int, weight: int) -> int:
        """Counts one more event, by its raw `COUNT` weight, and returns the count with it."""
        old_tag, count, stamp = self._entries[place]
        age = (tick - stamp) & STAMP.max
        kept = count >> min(age, COUNT.width) if tag == old_tag else 0
        count = min(kept + weight, COUNT.max)
        self._entries[place] = tag, count, tick
        return count


class RepeatModel(Model):
    """Golden model of the repeat block.

    A slot belongs to the last key that hashed to it; another key begins again at one. Sizes, and
    prices with sides, share slots when they hash alike, which can only lower the surprise.

    State:
        Of each symbol three `DecayingTable` of ``slots`` entries, ``joint``, ``places`` and
        ``sizes``, one of a single entry, ``all``; and a counter of its events, 0 at first, of
        ``STAMP.integer + half_life + SLOW_LOG2`` bits.

    Steps:
        1. ``size_hash = mix(size)``, ``place_hash = mix((2 * price + side) & 0xFFFFFFFF)`` and
           ``joint_hash = mix(size_hash ^ place_hash)``. The slot of each is its lowest
           ``log2(slots)`` bits; ``tag`` is the `TAG.width` bits of ``joint_hash`` above them.
        2. ``event`` is the counter; the counter becomes ``event + 1``, wrapped.
        3. ``tick = (event >> half_life) & STAMP.max``, and
           ``slow = (event >> (half_life + SLOW_LOG2)) & STAMP.max``.
        4. ``weight`` is the parameter ``joined`` where the input of that name is 1, else
           `COUNT.one`.
        5. Counted with that weight: ``j`` in ``joint`` at its slot with ``tag`` and ``tick``;
           ``p`` in ``places`` at its slot with tag 0 and ``tick``; ``s`` in ``sizes`` at its slot
           with tag 0 and ``slow``; ``a`` in ``all`` with tag 0 and ``slow``.
        6. ``expected = max(log2(p) + log2(s) - log2(a), COUNT.fraction << FRACTION)``;
           ``information = max(log2(j) - expected, 0)``; ``repeats = max(j - COUNT.one, 0)``.
        7. With ``one = COUNT.fraction + FRACTION``:
           ``surprise = (log2(repeats * information + 2**one) - (one << FRACTION)) >>
           (FRACTION - EVIDENCE.fraction)``, saturated to `EVIDENCE`.
    """

    def __init__(self, params: RepeatParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Empties every table."""
        entries = self.params.symbols * self.params.slots
        self._joint, self._places, self._sizes, self._all = (
            DecayingTable(n) for n in (entries, entries, entries, self.params.symbols)
        )
        self._events = [0] * self.params.symbols

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        symbols = self.params.symbols
        tables = (
            ("joint", self._joint.state(symbols, tags=True)),
            ("places", self._places.state(symbols)),
            ("sizes", self._sizes.state(symbols)),
        )
        every = self._all.state(symbols)
        return {
            "events": np.array(self._events, np.int64),
            "all_count": every["count"][:, 0],
            "all_stamp": every["stamp"][:, 0],
            **{f"{table}_{name}": c for table, columns in tables for name, c in columns.items()},
        }

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._events = state["events"].tolist()
        self._all.set_state(count=state["all_count"], stamp=state["all_stamp"])
        self._joint.set_state(
            tag=state["joint_tag"], count=state["joint_count"], stamp=state["joint_stamp"]
        )
        self._places.set_state(count=state["places_count"], stamp=state["places_stamp"])
        self._sizes.set_state(count=state["sizes_count"], stamp=state["sizes_stamp"])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Surprise of a batch of prints."""
        params = self.params
        slot = params.slot
        size_hash = mix(inputs["size"])
        place_hash = mix((inputs["price"] << 1 | inputs["side"]) & 0xFFFFFFFF)
        joint_hash = mix(size_hash ^ place_hash)
        tags = (joint_hash >> slot.width) & TAG.max
        rows: list[tuple[int, int, int, int]] = []
        slots = (key & slot.max for key in (joint_hash, place_hash, size_hash))
        weights = np.where(inputs["joined"] != 0, params.joined, COUNT.one)
        for symbol, tag, weight, joint, place, size in each(
            inputs["symbol"], tags, weights, *slots
        ):
            event = self._events[symbol]
            self._events[symbol] = (event + 1) & params.counter.max
            tick = (event >> params.half_life) & STAMP.max
            slow = event >> (params.half_life + SLOW_LOG2)
            table = symbol << slot.width
            rows.append(
                (
                    self._joint.count(table | joint, tag, tick, weight),
                    self._places.count(table | place, 0, tick, weight),
                    self._sizes.count(table | size, 0, slow, weight),
                    self._all.count(symbol, 0, slow, weight),
                )
            )
        counts = np.array(rows, np.int64).reshape(-1, 4)
        joint, place, size, total = log2(counts).T
        expected = np.maximum(place + size - total, COUNT.fraction << FRACTION)
        information = np.maximum(joint - expected, 0)
        repeats = np.maximum(counts[:, 0] - COUNT.one, 0)
        one = COUNT.fraction + FRACTION
        bits = log2(repeats * information + (1 << one)) - (one << FRACTION)
        return {"surprise": EVIDENCE.saturate(bits >> (FRACTION - EVIDENCE.fraction))}
