"""Synthetic ground truth: whales of known kind, side and size, injected into a real tape.

Each kind leaves its own trace. Sizes are multiples of the local volume: that of `UNIT_PRINTS`
ordinary prints around the place or, for a sliced order, of all prints while it works.

- a block is one huge print;
- a sweep is 8 to 32 prints of one side within a millisecond that walk the price;
- an iceberg prints equal clips, of a size that is ordinary for the tape, again and again at one
  price and aggressor side, a few of the tape's own prints apart;
- a sliced order sends 48 to 160 children, of slightly jittered size, every 4 to 12 prints.

A whale enters where the clock of the tape moves, not amid the prints of somebody's order, unless
it is told to (`Injection.anywhere`). Prices after a whale may move its way and come back
(`Injection.impact`).
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.formats import PRICE, SIZE
from hydrophone_model.records import EVENT, Kind

UNIT_PRINTS = 128
"""Local volume is that of so many prints of local mean size."""
LOCAL = 1024
"""Prints around a place that tell its mean size, price step and ordinary sizes."""
MILLISECOND = 1_000_000
END = 64
"""Prints at the end of a tape that no whale reaches."""

Lots = NDArray[np.int64]
Columns = dict[str, Lots]

STRENGTHS: dict[Kind, tuple[float, ...]] = {
    Kind.BLOCK: (0.5, 1.0, 2.0),
    Kind.SWEEP: (0.5, 1.0, 2.0),
    Kind.ICEBERG: (0.125, 0.25, 0.5),
    Kind.SLICED: (0.125, 0.25, 0.5),
}
"""Total sizes of the whales of each kind, weak, medium and strong, in local volumes."""


@dataclass(frozen=True, kw_only=True)
class Injection:
    """What to inject and how densely.

    Attributes:
        strengths: For each kind the total sizes, weak to strong, in local volumes.
        spacing: Mean number of the tape's own prints between the end of a whale and the next.
        warm_up: Prints before the first whale.
        impact: Steps of price that a whale of one local volume moves, by the square-root law; an
            iceberg holds the price and moves none.
        recovery: Prints in which half of the impact is gone.
        anywhere: Lets whales enter amid prints with one timestamp too.
    """

    strengths: dict[Kind, tuple[float, ...]] = field(default_factory=lambda: dict(STRENGTHS))
    spacing: int = 3000
    warm_up: int = 1000
    impact: float = 2.0
    recovery: int = 256
    anywhere: bool = False

    @property
    def least_prints(self) -> int:
        """Prints of a tape at which the first whale has room to begin, wherever chance puts it."""
        return self.warm_up + 3 * self.spacing // 2 + END


@dataclass(frozen=True, kw_only=True)
class Whale:
    """One injected whale.

    Attributes:
        kind: What it is.
        strength: Position of its size among the strengths of its kind, weakest first.
        side: Aggressor side of its prints.
        first: Index of its first print in the injected tape.
        last: Index of its last print in the injected tape.
        origin: Index in the clean tape of the print that follows its first one.
        size: Total size in lots.
    """

    kind: Kind
    strength: int
    side: int
    first: int
    last: int
    origin: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Injected:
    """A tape with whales in it.

    Attributes:
        events: `EVENT` records.
        whales: What was injected, in order of the first print.
        own: Which events are the tape's own.
    """

    events: NDArray[np.void]
    whales: tuple[Whale, ...]
    own: NDArray[np.bool_]


@dataclass(frozen=True)
class _Child:
    """A print to insert before the clean tape's print at ``place``."""

    place: int
    time_ns: int
    price: int
    size: int


class _Surroundings:
    """Local statistics of a tape around a place."""

    def __init__(self, tape: Columns, place: int) -> None:
        self._tape = tape
        start = max(0, min(place - LOCAL // 2, tape["size"].size - LOCAL))
        span = slice(start, start + LOCAL)
        self.sizes = tape["size"][span]
        moves = np.abs(np.diff(tape["price"][span]))
        self.step = int(np.median(moves[moves > 0])) if (moves > 0).any() else 1
        self.volume = float(self.sizes.mean()) * UNIT_PRINTS

    def price(self, place: int, side: int) -> int:
        """The last price of a side before a place, or of any side if that is long ago."""
        recent = slice(max(0, place - 32), place)
        same = np.flatnonzero(self._tape["side"][recent] == side)
        start = recent.start + int(same[-1]) if same.size else place - 1
        return int(self._tape["price"][start])


def inject(tape: NDArray[np.void], injection: Injection, *, seed: int) -> Injected:
    """Injects whales of all kinds and strengths, in shuffled order, into a tape of one symbol.

    Args:
        tape: `EVENT` records of one symbol, in order of time.
        injection: What to inject.
        seed: Makes places, sides, sizes and clips repeatable.

    Raises:
        ValueError: The tape has several symbols or is too short to know its ordinary prints.
    """
    if tape.size < LOCAL or np.any(tape["symbol"] != tape["symbol"][0]):
        raise ValueError(
            f"the tape has {tape.size} prints of {np.unique(tape['symbol']).size} symbols: "
            f"give at least {LOCAL} prints of one symbol"
        )
    rng = np.random.default_rng(seed)
    columns = {name: tape[name].astype(np.int64) for name in ("time_ns", "price", "size", "side")}
    moves = np.diff(columns["time_ns"]) > 0
    boundaries = np.flatnonzero(moves | injection.anywhere) + 1
    menu = [(k, s) for k, sizes in injection.strengths.items() for s in range(len(sizes))]
    schedule: list[tuple[Kind, int, int, list[_Child]]] = []
    place = injection.warm_up
    while True:
        rng.shuffle(menu)
        for kind, strength in menu:
            place += int(rng.uniform(0.5, 1.5) * injection.spacing)
            side = int(rng.integers(2))
            multiple = injection.strengths[kind][strength]
            children = _whale(columns, boundaries, kind, multiple, place, side, rng)
            if not children or children[-1].place >= tape.size - END:
                return _merged(tape, schedule, injection)
            schedule.append((kind, strength, side, children))
            place = children[-1].place


def _whale(
    tape: Columns,
    boundaries: NDArray[np.intp],
    kind: Kind,
    multiple: float,
    place: int,
    side: int,
    rng: np.random.Generator,
) -> list[_Child]:
    """The prints of one whale that begins at or after a place; none where the tape has ended."""
    if place >= tape["time_ns"].size:
        return []
    around = _Surroundings(tape, place)
    gaps, sizes = _plan(kind, multiple, around, rng)
    wanted: Lots = place + np.cumsum(gaps) - gaps[0]
    found: Lots = np.searchsorted(boundaries, wanted)
    if found[-1] >= boundaries.size:
        return []
    places = boundaries[found]
    before, after = tape["time_ns"][places - 1], tape["time_ns"][places]
    moment = rng.uniform(0.0, 1.0, places.size)
    if kind is Kind.SWEEP:
        spread = np.clip(after - before - 1, 0, MILLISECOND)
        start = int(rng.uniform(0.0, 1.0) * (after[0] - before[0] - spread[0]))
        times = before + start + (np.sort(moment) * spread).astype(np.int64)
    else:
        times = np.maximum.accumulate(before + (moment * (after - before)).astype(np.int64))
    children: list[_Child] = []
    held = around.price(int(places[0]), side)
    for number in range(places.size):
        at = int(places[number])
        price = held if kind is Kind.ICEBERG else around.price(at, side)
        if kind is Kind.SWEEP:
            price += (-1 if side else 1) * around.step * (number // 3)
        children.append(_Child(at, int(times[number]), price, int(sizes[number])))
    return children


def _plan(
    kind: Kind, multiple: float, around: _Surroundings, rng: np.random.Generator
) -> tuple[Lots, Lots]:
    """Gaps, in the tape's own prints, before a whale's prints, and the prints' sizes."""
    total = max(2, round(multiple * around.volume))
    if kind is Kind.BLOCK:
        return np.zeros(1, np.int64), np.array([total], np.int64)
    if kind is Kind.SWEEP:
        count = _log_uniform(8, 32, rng)
        shares = rng.exponential(size=count)
        return np.zeros(count, np.int64), _lots(shares / shares.sum() * total)
    if kind is Kind.ICEBERG:
        ordinary = float(np.quantile(around.sizes, rng.uniform(0.5, 0.9))) * rng.uniform(0.7, 1.3)
        clip = max(2, round(ordinary))
        count = min(max(total // clip, 8), 96)
        gaps = np.asarray(rng.geometric(1 / 6, count), np.int64)
        return gaps, np.full(count, clip, np.int64)
    count, pace = _log_uniform(48, 160, rng), _log_uniform(4, 12, rng)
    gaps = pace + rng.integers(-1, 2, count)
    jitter = rng.uniform(0.8, 1.2, count)
    return gaps, _lots(jitter * multiple * pace * float(around.sizes.mean()))


def _log_uniform(low: int, high: int, rng: np.random.Generator) -> int:
    """A log-uniform random integer: every octave is as likely."""
    return int(math.exp(rng.uniform(math.log(low), math.log(high))))


def _lots(sizes: NDArray[np.float64]) -> Lots:
    return np.array([max(1, round(size)) for size in sizes.tolist()], np.int64)


def _merged(
    tape: NDArray[np.void],
    schedule: list[tuple[Kind, int, int, list[_Child]]],
    injection: Injection,
) -> Injected:
    """Puts the whales' prints between those of the tape and lets prices feel them."""
    children = [child for *_, whale in schedule for child in whale]
    places = np.array([child.place for child in children], np.int64)
    merged = np.insert(tape, places, np.zeros(1, EVENT.dtype))
    at = places + np.arange(places.size)
    own = np.ones(merged.size, np.bool_)
    own[at] = False
    prices = merged["price"].astype(np.int64)
    push = np.zeros(merged.size)
    whales: list[Whale] = []
    done = 0
    for kind, strength, side, prints in schedule:
        here = at[done : done + len(prints)]
        done += len(prints)
        sizes = np.array([child.size for child in prints], np.int64)
        merged["time_ns"][here] = [child.time_ns for child in prints]
        merged["size"][here] = SIZE.saturate(sizes)
        merged["side"][here] = side
        merged["symbol"][here] = tape["symbol"][0]
        prices[here] = [child.price for child in prints]
        if kind is not Kind.ICEBERG:
            around = _Surroundings(
                {n: tape[n].astype(np.int64) for n in ("size", "price", "side")}, prints[0].place
            )
            pushed = np.sqrt(np.cumsum(sizes) / around.volume) * around.step * injection.impact
            push[here] += np.diff(pushed, prepend=0.0) * (-1 if side else 1)
        whales.append(
            Whale(
                kind=kind,
                strength=strength,
                side=side,
                first=int(here[0]),
                last=int(here[-1]),
                origin=prints[0].place,
                size=int(sizes.sum()),
            )
        )
    merged["price"] = np.clip(prices + _price_shifts(push, injection.recovery), 1, PRICE.max)
    merged["sequence"] = np.arange(merged.size)
    return Injected(events=merged, whales=tuple(whales), own=own)


def _price_shifts(push: NDArray[np.float64], recovery: int) -> NDArray[np.int64]:
    """Shift of each price: the pushes before it, each fading with the half-life ``recovery``."""
    keep = 0.5 ** (1 / recovery)
    shifts = np.empty(push.size, np.int64)
    level = 0.0
    for place, force in enumerate(push.tolist()):
        shifts[place] = round(level)
        level = level * keep + force
    return shifts
