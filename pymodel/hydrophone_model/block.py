"""Base classes of blocks: parameter objects with named ports, golden models, batches of events.

A block is described by a frozen parameter object (`Params`) that owns its sizes and formats and
names its ports, and by a `Model` that computes its outputs from its inputs in integers. The HDL
and the C++ kernel of the same basename take the same parameter object.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.limits import limits_of
from hydrophone_model.timing import DEFAULT_TIMING, Timing


@dataclass(frozen=True)
class Port:
    """One named group of wires of a block's stream.

    Attributes:
        format: Number format of an element.
        count: Number of elements.

    Raises:
        ConfigError: There is no element.
    """

    format: Fixed
    count: int = 1

    def __post_init__(self) -> None:
        count: Any = self.count
        if not isinstance(count, int) or count < 1:
            raise ConfigError(f"count = {count} of a port: give 1 or more")


Ports = Mapping[str, Port]
Controls = Mapping[str, tuple[Fixed, tuple[int, ...]]]
"""Format and configured raw values of each run-time setting."""
Values = Mapping[str, Raw]
"""Columns of a batch: raw integers shaped (events,) or, for a port of several, (events, count)."""


@dataclass(frozen=True, kw_only=True)
class StateField:
    """One field of a block's state, in canonical integers: equal on every device.

    Windows and delay lines stand by age: the newest value last, zeros where none has come yet.

    Attributes:
        format: Number format of an element.
        count: Elements of each symbol, each class or the design.
        of: Whose it is: one of each ``symbol``, of each ``class`` of symbols, or of the ``design``.
    """

    format: Fixed
    count: int = 1
    of: str = "symbol"


State = Mapping[str, Raw]
"""State by field: raw integers shaped (symbols, …), (classes, …) or (1, …), … the count."""


class StateError(ConfigError):
    """A state that no run leads to, or that is another design's; the message names the field."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A run-time setting: what a running design takes over between two events, in a register.

    Attributes:
        format: Number format of its elements.
        doc: What it is for, as the register map says.
        unit: Unit of an element, empty for a plain number.
        initial: Whether it says how state begins: it acts at the next reset.
    """

    format: Fixed
    doc: str
    unit: str = ""
    initial: bool = False


def elements_of(value: Any) -> tuple[Any, ...]:
    """A tuple as it is, anything else as a tuple of one."""
    return cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)


@dataclass(frozen=True, kw_only=True)
class Params(ABC):
    """Base of the parameter objects: checks each `parameter` against its range.

    Attributes:
        timing: What the hardware's registers are placed for. Results never depend on it, and no
            kernel knows it.

    Raises:
        ConfigError: A parameter is of the wrong type or outside its range, or a part is for
            another timing than the whole.
    """

    name: ClassVar[str]
    derived: ClassVar[tuple[str, ...]] = ()
    """Properties that the kernels need beside the fields; not inherited."""
    own_settings: ClassVar[Mapping[str, Setting]] = {}
    """The block's own run-time settings: each is a field or a property of this name."""
    timing: Timing = DEFAULT_TIMING

    def __post_init__(self) -> None:
        for part in self.parts.values():
            if part.timing != self.timing:
                raise ConfigError(
                    f"{part.name}.timing = {part.timing} is not allowed: use {self.timing}, the "
                    f"timing of the {self.name} block, or move all with `at`"
                )
        for key, limits in limits_of(self).items():
            limits.check(f"{self.name}.{key}", getattr(self, key))

    def agree(self, key: str, value: int, block: str) -> None:
        """Refuses parts that have another value of a parameter than the rest.

        Raises:
            ConfigError: Names the part, its value, and that of the block which the rest follows.
        """
        for part in self.parts.values():
            own = getattr(part, key, value)
            if own != value:
                raise ConfigError(
                    f"{part.name}.{key} = {own} is not allowed: use {value}, the {key} of the "
                    f"{block} block"
                )

    def within_window(self, minimum: int, window: int) -> None:
        """Refuses a ``minimum`` that no window of that length ever holds.

        Raises:
            ConfigError: It is larger than the window.
        """
        if minimum > window:
            raise ConfigError(
                f"{self.name}.minimum = {minimum} is not allowed: use at most {window}, the window"
            )

    @property
    def parts(self) -> "dict[str, Params]":
        """The parameter objects that this one is made of, by field; empty for most."""
        values = {key: getattr(self, key) for key in self.__dataclass_fields__}
        return {key: value for key, value in values.items() if isinstance(value, Params)}

    def at(self, timing: Timing) -> Self:
        """The same parameters, parts included, for another target or clock."""
        moved: dict[str, Any] = {key: part.at(timing) for key, part in self.parts.items()}
        return replace(self, timing=timing, **moved)

    @property
    @abstractmethod
    def inputs(self) -> Ports:
        """The block's input ports."""

    @property
    @abstractmethod
    def outputs(self) -> Ports:
        """The block's output ports."""

    @property
    def settings(self) -> dict[str, Setting]:
        """Every run-time setting by name: its own, and those of its parts."""
        settings = dict(self.own_settings)
        for part in self.parts.values():
            settings |= part.settings
        return settings

    @property
    def controls(self) -> Controls:
        """Formats and values of the `settings`."""
        controls = {
            name: (setting.format, elements_of(getattr(self, name)))
            for name, setting in self.own_settings.items()
        }
        for part in self.parts.values():
            controls |= part.controls
        return controls

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The block's own state, without that of its parts; none by default."""
        return {}

    @property
    def stateful_parts(self) -> "dict[str, Params]":
        """The parts whose state is the block's, too; `parts`, unless others are made of fields."""
        return self.parts

    @property
    def state(self) -> dict[str, StateField]:
        """Every field of the state by name; one of a part begins with the part's name and a dot."""
        fields = dict(self.own_state)
        for key, part in self.stateful_parts.items():
            fields |= {f"{key}.{name}": field for name, field in part.state.items()}
        return fields

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """Tables of raw integers that the block looks up or weighs with; none by default."""
        return {}

    @property
    def early(self) -> Ports:
        """Outputs that are offered before the rest, on a clock of their own; none by default."""
        return {}

    def early_of(self, outputs: Values) -> dict[str, Raw]:
        """The columns of `early`, by what the outputs of the same events tell again."""
        return {name: outputs[name] for name in self.early}


class Model(ABC):
    """The golden model of a block: state plus integer arithmetic.

    Results depend only on the sequence of events, never on how it is cut into batches.
    """

    @abstractmethod
    def reset(self) -> None:
        """Forgets everything, as the hardware's reset does."""

    def configure(self, params: Params) -> None:
        """Takes over other run-time settings; states stay.

        Args:
            params: As those of the model, but for parameters that are marked ``runtime``.
        """
        for name, part in params.parts.items():
            if part.settings:
                getattr(self, name).configure(part)
        self.params = params

    @property
    def parts(self) -> "dict[str, Model]":
        """The models of the parts that have state, by the names of their parameter objects."""
        params: Params = vars(self)["params"]
        return {
            name: getattr(self, name) for name, part in params.stateful_parts.items() if part.state
        }

    def own_state(self) -> dict[str, Raw]:
        """The block's own fields, see `Params.own_state`."""
        return {}

    def set_own_state(self, state: State) -> None:  # noqa: B027 (most blocks have parts alone)
        """Takes over the block's own fields, whose values are within their formats.

        Raises:
            StateError: No run leads to such a state. Nothing has changed in this block.
        """

    def export_state(self) -> dict[str, Raw]:
        """All state, one array of integers a field of `Params.state`, in their order."""
        state = self.own_state()
        for key, part in self.parts.items():
            state |= {f"{key}.{name}": column for name, column in part.export_state().items()}
        return state

    def import_state(self, state: State) -> None:
        """Takes over a state; `hydrophone_model.state.check_fields` has found it well-formed.

        Raises:
            StateError: No run leads to such a state; the block is to be reset.
        """
        # Whoever exported it may have kept narrower integers, whose products would wrap.
        state = {name: np.asarray(column, np.int64) for name, column in state.items()}
        self.set_own_state(state)
        for key, part in self.parts.items():
            start = f"{key}."
            own = {
                name.removeprefix(start): c for name, c in state.items() if name.startswith(start)
            }
            part.import_state(own)

    @abstractmethod
    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Computes the outputs of a batch of events from its inputs, in order.

        Args:
            inputs: One `int64` array a port, shaped (events,) or (events, count).

        Returns:
            One `int64` array an output port.
        """


def model_of(params: Params) -> Model:
    """The golden model of a parameter object: `VolumeModel` stands beside `VolumeParams`."""
    kind = type(params)
    name = kind.__name__.removesuffix("Params") + "Model"
    return getattr(sys.modules[kind.__module__], name)(params)


def symbol_format(symbols: int) -> Fixed:
    """Format of a symbol number below ``symbols``."""
    return Fixed(integer=max(1, (symbols - 1).bit_length()))


def each(*columns: Raw) -> Iterator[tuple[int, ...]]:
    """The events of a batch one by one, as Python integers."""
    lists: list[list[int]] = [column.tolist() for column in columns]
    return zip(*lists, strict=True)


def by_symbol(symbol: Raw) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yields each symbol that occurs with the positions of its events, in order of arrival."""
    if symbol.size < 2:
        for who in symbol.tolist():
            yield who, np.zeros(1, np.intp)
        return
    order = np.argsort(symbol, kind="stable")
    ordered = symbol[order]
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for places in np.split(order, changes):
        yield int(symbol[places[0]]), places


def bit_length(values: Raw) -> Raw:
    """Number of bits of non-negative integers below 2**63; 0 has none."""
    # float64 is exact below 2**53; split so that rounding up cannot cross a power of two.
    high = values >> 32
    wide = np.frexp(high.astype(np.float64))[1].astype(np.int64) + 32
    narrow = np.frexp((values & 0xFFFFFFFF).astype(np.float64))[1].astype(np.int64)
    return np.where(high > 0, wide, narrow)
