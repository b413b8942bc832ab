"""Random and corner stimulus for blocks and for the pipeline, all from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tests.model.fusion.tables import tables

from hydrophone_model.block import Params
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import LOG, SIZE
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.records import EVENT
from hydrophone_model.whale.pipeline import PipelineParams

LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65)
"""Batches around the lane counts and the chunk of every instruction set."""

LOTS = (1, 2**32 - 1)
LOGARITHMS = (0, SIZE.width << LOG.fraction)
RANGES = {
    "price": LOTS,
    "size": LOTS,
    "parent_size": LOTS,
    "print": LOGARITHMS,
    "parent": LOGARITHMS,
}
"""Ports that carry less than their format could, by what feeds them."""


@dataclass(frozen=True)
class Taste:
    """One flavour of stimulus: how much of it lies at the ends of its range."""

    name: str
    symbols: int
    corners: float


TASTES = (
    Taste("mixed", 1 << 16, 0.1),
    Taste("one symbol back to back", 1, 0.1),
    Taste("two symbols", 2, 0.5),
    Taste("only corners", 1 << 16, 1.0),
)


def _values(
    rng: np.random.Generator, name: str, fmt: Fixed, shape: tuple[int, ...], corners: float
) -> Raw:
    low, high = RANGES.get(name, (fmt.min, fmt.max))
    flat = rng.integers(low, high, shape, endpoint=True)
    # Most numbers of a wide format are large: as many are drawn from each octave.
    scaled = flat >> rng.integers(0, max(1, high.bit_length()), shape)
    ends = rng.choice(np.array([low, high, low + 1, high - 1]).clip(low, high), shape)
    drawn = np.where(rng.random(shape) < 0.5, flat, scaled.clip(low, high))
    return np.where(rng.random(shape) < corners, ends, drawn)


def _symbols(params: Params) -> int:
    return getattr(params, "symbols", 1)


def columns(rng: np.random.Generator, params: Params, events: int, taste: Taste) -> dict[str, Raw]:
    """Inputs of a block, in range."""
    if isinstance(params, FusionParams):
        return _fusion(rng, params, events, taste)
    result: dict[str, Raw] = {}
    for name, port in params.inputs.items():
        shape = (events,) if port.count == 1 else (events, port.count)
        if name == "symbol":
            result[name] = rng.integers(0, min(_symbols(params), taste.symbols), events)
        else:
            result[name] = _values(rng, name, port.format, shape, taste.corners)
    return result


def _fusion(
    rng: np.random.Generator, params: FusionParams, events: int, taste: Taste
) -> dict[str, Raw]:
    """Score tables, with corners as often as the taste has them."""
    result = tables(params, rng, events)
    for name in ("scores", "outcome"):
        fmt, values = params.inputs[name].format, result[name]
        ends = _values(rng, name, fmt, values.shape, 1.0)
        # Rows with a corner here and there would leave no system used: whole rows have them.
        rows = rng.random((events, 1)) < taste.corners / 2
        result[name] = np.where(rows & (rng.random(values.shape) < 0.5), ends, values)
    return result


def records(
    rng: np.random.Generator, params: PipelineParams, events: int, taste: Taste
) -> NDArray[np.void]:
    """Market events: bursts at one time, gaps, late prints, repeated clips, sudden giants."""
    result = np.zeros(events, EVENT.dtype)
    steps = rng.choice([0, 0, 1, params.parent.gap_ns, params.parent.gap_ns + 1, 10**9], events)
    late = rng.random(events) < 0.05 * (1 + taste.corners)
    result["time_ns"] = 1 << 60
    result["time_ns"] += (np.cumsum(steps) - late * (1 << 40)).astype(np.uint64)
    result["sequence"] = rng.integers(0, 2**63, events)
    result["price"] = 10_000 + np.cumsum(rng.integers(-3, 4, events)) % 4096
    clips = np.array([1, 10, 100, 2**20])
    clip = rng.random(events) < 0.4
    result["size"] = np.where(
        clip, rng.choice(clips, events), _values(rng, "size", SIZE, (events,), taste.corners)
    )
    wild = rng.random(events) < taste.corners
    result["price"][wild] = rng.choice([1, 2**32 - 1, 2**31], int(wild.sum()))
    result["symbol"] = rng.integers(0, min(params.symbols, taste.symbols), events)
    result["side"] = np.cumsum(rng.random(events) < 0.3) % 2
    result["flags"] = rng.integers(0, 2, events)
    return result


def cuts(rng: np.random.Generator, events: int) -> Iterator[slice]:
    """Slices that cut a batch at arbitrary points."""
    start = 0
    while start < events:
        length = int(rng.choice(LENGTHS))
        yield slice(start, start + length)
        start += length
