"""Corner cases: what one is, and what its events are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from hydrophone_model.block import Params, Values
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Raw
from hydrophone_sim.stimulus import random_inputs, symbols_of

Settings = Mapping[str, Mapping[str, Any]]
"""Keys of a configuration's tables, by table."""
Holds = Callable[[Values], bool | np.bool_]
"""Says of a section's outputs whether they show what its label says."""
Show = tuple[Values, Holds]
"""Events of a corner, and what they are to show."""
MOST = 40_000
"""Most events that a corner takes."""
NOW = 1_000_000_000_000
"""Time of events that do not care."""
P = TypeVar("P", bound=Params)
USUAL = {"time_ns": NOW, "price": 1000, "size": 1}
"""Values of ports that a corner does not speak of; others are 0."""


@dataclass(frozen=True)
class Bench(Generic[P]):
    """A block's parameters and a source of random numbers, to make events with."""

    params: P
    rng: np.random.Generator

    def events(self, count: int, **columns: ArrayLike) -> dict[str, Raw]:
        """Columns of every input port: those given, broadcast; of others the usual value."""
        made: dict[str, Raw] = {}
        for name, port in self.params.inputs.items():
            shape = (count,) if port.count == 1 else (count, port.count)
            values = np.asarray(columns.pop(name, USUAL.get(name, 0)), np.int64)
            made[name] = np.broadcast_to(values, shape).copy()
            port.format.checked(made[name], name)
            # As devices ask for.
            ensure(name != "price" or made[name].all(), "prices are at least 1")
        if columns:
            raise KeyError(f"{self.params.name} has no port {next(iter(columns))!r}")
        return made

    def random(self, count: int, **columns: ArrayLike) -> dict[str, Raw]:
        """Random columns, but for those given."""
        seed, symbols = int(self.rng.integers(1 << 32)), symbols_of(self.params)
        made = random_inputs(self.params.inputs, count, seed, symbols=symbols)
        for name, values in columns.items():
            made[name] = np.broadcast_to(np.asarray(values, np.int64), made[name].shape).copy()
        return made


@dataclass(frozen=True)
class Corner:
    """A labelled section that begins with a reset.

    Attributes:
        block: Whose corner.
        label: In a word.
        meaning: In a sentence.
        show: Makes the events; None where the parameters do not allow them.
        configuration: Settings in force, where they are not those of the parameters. The events
            are made with parameters that have them.
        then: Settings in force for the second half of the events, a section of its own that goes
            on with the state of the first; None where it is one section.
    """

    block: str
    label: str
    meaning: str
    show: Callable[[Bench[Any]], Show | None]
    configuration: Settings
    then: Settings | None = None


CORNERS: list[Corner] = []
"""Every corner, in the order of a block's sections."""


def corner(
    blocks: str | Sequence[str],
    label: str,
    meaning: str,
    *,
    configuration: Settings | None = None,
    then: Settings | None = None,
) -> Callable[[Callable[[Bench[Any]], Show | None]], Callable[[Bench[Any]], Show | None]]:
    """Adds what a function makes to the corners of blocks."""

    def add(show: Callable[[Bench[Any]], Show | None]) -> Callable[[Bench[Any]], Show | None]:
        names = (blocks,) if isinstance(blocks, str) else blocks
        CORNERS.extend(Corner(n, label, meaning, show, configuration or {}, then) for n in names)
        return show

    return add


def reached(column: Raw, value: int) -> bool:
    """Whether a value occurs."""
    return bool(np.any(column == value))


def limits(params: Params, name: str) -> tuple[int, int]:
    """Smallest and largest raw value of an input or output port."""
    format = {**params.inputs, **params.outputs}[name].format
    return format.min, format.max
