"""Random columns for any block: whole ranges, small numbers, corners, and runs."""

from collections.abc import Mapping

import numpy as np

from hydrophone_model.block import Params, Port
from hydrophone_model.fixed import Raw


def stimulus(params: Params, rng: np.random.Generator, events: int) -> dict[str, Raw]:
    """One column for each input port, within the port's format."""
    return {name: column(port, rng, events) for name, port in params.inputs.items()}


def column(port: Port, rng: np.random.Generator, events: int) -> Raw:
    """A column of a port, shaped (events,) or (events, count)."""
    low, high = port.format.min, port.format.max
    shape = (events,) if port.count == 1 else (events, port.count)
    whole = rng.integers(low, high, shape, endpoint=True)
    small = np.clip(rng.geometric(0.2, shape) - 1, low, high)
    corner = rng.choice([low, high], shape)
    kind = rng.choice(3, shape, p=[0.35, 0.6, 0.05])
    mixed = np.choose(kind, [whole, small, corner])
    # Runs of equal values, as real flags and prices have them.
    keep = np.maximum.accumulate(np.where(rng.random(events) < 0.5, np.arange(events), 0))
    return mixed[keep] if rng.random() < 0.5 else mixed


def cut(inputs: Mapping[str, Raw], start: int, stop: int) -> dict[str, Raw]:
    """The same events from ``start`` to ``stop``."""
    return {name: values[start:stop] for name, values in inputs.items()}
