"""Stimulus: random columns full of corners, and the market as a pipeline sees it.

Random stimulus comes in runs of one to a few hundred events, each run with a habit of its own for
every port: all symbols at random, the same one back to back, A-B-A; values of every magnitude,
extremes, or few that come again and again.
"""

from collections.abc import Callable, Iterator

import numpy as np

from hydrophone_model.block import Params, Port, Ports
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import LOG, MISSING, PRICE, SCORE, SIZE, TIME

LONGEST_RUN = 400
LATEST = 1 << 61
"""Times stay below, so that steps cannot leave their format."""
LEAST = {"price": PRICE, "size": SIZE}
"""Ports of an event, with their formats, that are at least 1: devices refuse any less."""


def random_inputs(
    ports: Ports, count: int, seed: int, *, gap: int = 1_000_000, symbols: int | None = None
) -> dict[str, Raw]:
    """Random columns for a block's ports.

    Args:
        ports: The block's inputs.
        count: Events.
        seed: Of everything.
        gap: A time step at which the block changes its mind.
        symbols: Those there are; as many as the port's format has unless given.
    """
    rng = np.random.default_rng(seed)
    lengths: list[int] = []
    while sum(lengths) < count:
        lengths.append(int(rng.integers(1, LONGEST_RUN)))
    lengths[-1] -= sum(lengths) - count
    columns: dict[str, Raw] = {}
    timed = "time_ns" in ports and ports["time_ns"].format == TIME
    for name, port in ports.items():
        if name == "symbol":
            known = symbols or port.format.max + 1
            runs = [_symbols(rng, known, length) for length in lengths]
        elif timed and name == "time_ns":
            runs = [_steps(rng, length, gap) for length in lengths]
        elif name == "scores" and "present" in ports:
            candidates = ports["present"].count
            shape = port.count // candidates, candidates
            runs = [_scores(rng, (length, *shape)).reshape(length, -1) for length in lengths]
        elif port.format == FLAG and port.count > 1:
            runs = [_flags(rng, (length, port.count)) for length in lengths]
        else:
            runs = [_values(rng, port, length) for length in lengths]
        if LEAST.get(name) == port.format:
            runs = [np.maximum(run, 1) for run in runs]
        if name == "outcome" and port.count > 1:
            runs = [_levelled(rng, run) for run in runs]
        columns[name] = np.concatenate(runs)
    if timed:
        start = int(rng.integers(0, LATEST // 2))
        columns["time_ns"] = np.clip(start + np.cumsum(columns["time_ns"]), 0, LATEST)
    return columns


def _symbols(rng: np.random.Generator, known: int, count: int) -> Raw:
    habit = int(rng.integers(0, 5))
    here, there = (int(symbol) for symbol in rng.integers(0, known, 2))
    place = np.arange(count)
    match habit:
        case 0:
            return np.full(count, here, np.int64)
        case 1:
            return np.where(place % 2, here, there)
        case 2:
            return (place + here) % known
        case 3:
            return np.where(rng.random(count) < 0.9, here, rng.integers(0, known, count))
        case _:
            return rng.integers(0, known, count)


def _steps(rng: np.random.Generator, count: int, gap: int) -> Raw:
    """Steps of time: around the gap, none, backwards, and jumps."""
    corners = np.array([0, 0, 1, gap - 1, gap, gap + 1, gap // 2, 3 * gap, -1, -gap, 1 << 40])
    weights = rng.dirichlet(np.full(len(corners), 0.3))
    return rng.choice(corners, count, p=weights)


def _values(rng: np.random.Generator, port: Port, count: int) -> Raw:
    format, shape = port.format, (count, port.count) if port.count > 1 else (count,)
    # log2 of a size reaches log2 of the largest size, not the end of its format.
    most = int(log2(np.array([SIZE.max]))[0]) if format == LOG else format.max
    match int(rng.integers(0, 6)):
        case 0:
            values = np.broadcast_to(_magnitudes(rng, format, shape[1:]), shape)
        case 1:
            ends = [format.min, most, most - 1, 0, min(1, most), format.min // 2, most // 2 + 1]
            values = rng.choice(np.array(ends), shape)
        case 2:
            few = _magnitudes(rng, format, (int(rng.integers(2, 5)),))
            values = rng.choice(few, shape)
        case 3:
            values = rng.integers(format.min, most, shape, endpoint=True)
        case 4:
            bound = min(most, 1 << int(rng.integers(1, 9)))
            values = rng.integers(max(format.min, -bound), bound, shape, endpoint=True)
        case _:
            values = _magnitudes(rng, format, shape)
    return np.clip(values, format.min, most)


def _scores(rng: np.random.Generator, shape: tuple[int, int, int]) -> Raw:
    """Scores of systems: few that tie, all the same, extremes, copies of another's, some missing.

    Args:
        rng: Where they come from.
        shape: Events, systems and candidates.
    """
    rows = (*shape[:2], 1)
    habits = [
        rng.integers(SCORE.min, SCORE.max, shape, endpoint=True),
        rng.integers(-2, 3, shape) << rng.integers(0, 14, rows),
        rng.choice([MISSING + 1, -1, 0, 1, SCORE.max - 1, SCORE.max], shape),
        np.broadcast_to(rng.integers(-9, 9, rows), shape),
        _magnitudes(rng, SCORE, shape),
    ]
    values = np.choose(rng.choice(len(habits), rows, p=rng.dirichlet(np.ones(len(habits)))), habits)
    copied = rng.random(rows) < rng.choice([0, 0.3, 1])
    values = np.where(copied, values[:, :1], values)
    missing = rng.random(shape) < rng.choice([0, 0.1 / shape[2], 1 / shape[2]])
    return np.where(missing, MISSING, values)


def _levelled(rng: np.random.Generator, outcome: Raw) -> Raw:
    """Outcomes of which some are the same for all candidates."""
    level = rng.random((len(outcome), 1)) < rng.choice([0, 0.2])
    return np.where(level, outcome[:, :1], outcome)


def _flags(rng: np.random.Generator, shape: tuple[int, int]) -> Raw:
    """Flags that stand together: all, none, or so many of them."""
    share = rng.choice([0, 0.1, 0.5, 0.9, 1], (shape[0], 1), p=rng.dirichlet(np.ones(5)))
    return (rng.random(shape) < share).astype(np.int64)


def _magnitudes(rng: np.random.Generator, format: Fixed, shape: tuple[int, ...]) -> Raw:
    """Values of every bit length alike."""
    bits = rng.integers(0, format.width + 1, shape)
    values = rng.integers(0, 1 << 62, shape) >> np.maximum(62 - bits, 0)
    if format.signed:
        values = np.where(rng.integers(0, 2, shape) == 1, -values, values)
    return np.clip(values, format.min, format.max)


def symbols_of(params: Params) -> int | None:
    """How many symbols a block tells apart, if its parameters say so."""
    return getattr(params, "symbols", None)


def random_market(params: Params, gap: int, seed: int, batch: int) -> Iterator[dict[str, Raw]]:
    """Random events of a block without end, in batches."""
    number, symbols = 0, symbols_of(params)
    while True:
        yield random_inputs(params.inputs, batch, _mixed(seed, number), gap=gap, symbols=symbols)
        number += 1


def limited(
    batches: Iterator[dict[str, Raw]], count: int, on_end: Callable[[int], None] | None = None
) -> Iterator[dict[str, Raw]]:
    """The first ``count`` events of batches; ``on_end`` is told how many there were."""
    seen = 0
    for batch in batches:
        size = len(next(iter(batch.values())))
        yield {name: column[: count - seen] for name, column in batch.items()}
        seen += min(size, count - seen)
        if seen == count:
            break
    if on_end is not None:
        on_end(seen)


def _mixed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
