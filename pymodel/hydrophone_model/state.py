"""State layout: the state of a session as bytes, versioned, checked and equal on every device.

A state is the configuration in force, counters, and sections of records: one record a symbol, a
class of symbols, or the design, with the fields that `hydrophone_model.block.Params.state` declares
in their order, packed and little-endian. docs/state.md describes the bytes.
"""

import struct
import tomllib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Params, State, StateError, StateField, model_of
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.registers import whale_registers
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.whale.pipeline import PipelineParams

MAGIC = b"HYDRSTAT"
VERSION = 1
"""Of the layout; a state of another one is refused."""
OWNERS = ("symbol", "class", "design")
"""Whose records a section holds."""
PARTS = ("pipeline", "signals", "fusion")
"""What a section is the state of: whale pipeline, signal pipeline, the fusion by itself."""

_HEADER = struct.Struct("<8sIII5QII")
_WHOLE, _JUDGED = 1, 2
_SECTION = struct.Struct("<24sII")
_CHECKSUM = struct.Struct("<I")
_AGAIN = "export it anew"

Records = NDArray[np.void]


@dataclass(frozen=True)
class Section:
    """Records of one part and owner.

    Attributes:
        indices: Symbols or classes that the records are of, ascending; 0 for the design.
        records: As many, dtype `record_dtype`.
    """

    indices: NDArray[np.uint32]
    records: Records


@dataclass(frozen=True, kw_only=True)
class SessionState:
    """What `pack` writes and `unpack` reads.

    Attributes:
        config: The configuration in force, its settings included.
        whole: Whether it is all of a session, and not some symbols and classes.
        judged: Whether the fusion by itself has a decision to judge by the next outcome.
        pushed: Events pushed since reset: the next push's sequence number.
        counters: Events, alerts, late events, dropped alerts.
        sections: By name, ``part.owner``.
    """

    config: DesignConfig
    whole: bool = True
    judged: bool = False
    pushed: int = 0
    counters: tuple[int, int, int, int] = (0, 0, 0, 0)
    sections: Mapping[str, Section] = default(default_factory=dict[str, Section])


def part_params(config: DesignConfig, part: str) -> Params:
    """Parameters of what a section is the state of."""
    parts: dict[str, Params] = {
        "pipeline": config.pipeline,
        "signals": config.signal_pipeline,
        "fusion": config.fusion,
    }
    return parts[part]


def owners(params: Params) -> dict[str, int]:
    """How many records there are of each owner that has state."""
    match params:
        case PipelineParams():
            return {"symbol": params.symbols, "class": params.score.classes}
        case SignalPipelineParams():
            return {"symbol": params.symbols, "design": 1}
        case FusionParams():
            return {"design": 1}
        case _:
            raise TypeError(f"the {params.name} block has no section of its own")


def element_bytes(format: Fixed) -> int:
    """Bytes of an element in a record: the fewest of 1, 2, 4 and 8 that hold it."""
    return next(size for size in (1, 2, 4, 8) if 8 * size >= format.width)


def record_fields(params: Params, owner: str) -> dict[str, StateField]:
    """Fields of an owner's record, in their order."""
    return {name: field for name, field in params.state.items() if field.of == owner}


def record_dtype(params: Params, owner: str) -> np.dtype[np.void]:
    """Packed record of an owner."""
    return np.dtype(
        [
            (
                name,
                f"<{'i' if field.format.signed else 'u'}{element_bytes(field.format)}",
                (field.count,),
            )
            for name, field in record_fields(params, owner).items()
        ]
    )


def empty_records(params: Params) -> dict[str, Records]:
    """Zeroed records of each owner."""
    return {
        owner: np.zeros(count, record_dtype(params, owner))
        for owner, count in owners(params).items()
    }


def to_records(params: Params, state: State) -> dict[str, Records]:
    """Records of each owner."""
    records = {
        owner: np.zeros(count, record_dtype(params, owner))
        for owner, count in owners(params).items()
    }
    for name, field in params.state.items():
        column = records[field.of][name]
        column[...] = state[name].reshape(column.shape)
    return records


def from_records(params: Params, records: Mapping[str, Records]) -> dict[str, Raw]:
    """The state that `to_records` made records of."""
    return {name: column.astype(np.int64) for name, column in columns_of(params, records).items()}


def columns_of(params: Params, records: Mapping[str, Records]) -> dict[str, NDArray[Any]]:
    """The state in records: views of their fields, each in its own type of integer."""
    return {
        name: records[field.of][name][:, 0] if field.count == 1 else records[field.of][name]
        for name, field in params.state.items()
    }


def check_state(params: Params, state: State) -> None:
    """Refuses a state that no run leads to, as far as it can be known: it harms no device.

    Raises:
        StateError: A value is beyond its field's format, or contradicts another one.
    """
    for name, field in params.state.items():
        low, high = int(state[name].min(initial=0)), int(state[name].max(initial=0))
        if low < field.format.min or high > field.format.max:
            value = low if low < field.format.min else high
            raise StateError(
                f"{params.name}.{name} = {value} of a state is beyond {field.format.min} … "
                f"{field.format.max}: {_AGAIN}"
            )
    try:
        model_of(params).import_state(state)
    except StateError as error:
        raise StateError(f"{params.name}: {error}") from None


def sections_of(
    params: Params, part: str, state: State, chosen: Mapping[str, Iterable[int]] | None = None
) -> dict[str, Section]:
    """Sections of a part: of all symbols, classes and the design, or of those that are chosen.

    Raises:
        StateError: There is no such symbol or class.
    """
    sections: dict[str, Section] = {}
    for owner, records in to_records(params, state).items():
        if chosen is None:
            indices = np.arange(len(records), dtype=np.uint32)
        else:
            wanted = sorted(set(chosen.get(owner, ())))
            _check_indices(owner, wanted, len(records))
            indices = np.array(wanted, np.uint32)
        if len(indices):
            sections[f"{part}.{owner}"] = Section(indices, records[indices])
    return sections


def merged(
    params: Params, part: str, state: State, sections: Mapping[str, Section]
) -> dict[str, Raw]:
    """A part's state with the records of sections in place of its own.

    Raises:
        StateError: There is no such symbol or class.
    """
    records = to_records(params, state)
    for owner in records:
        if section := sections.get(f"{part}.{owner}"):
            _check_indices(owner, section.indices.tolist(), len(records[owner]))
            records[owner][section.indices] = section.records
    return from_records(params, records)


def _check_indices(owner: str, indices: list[int], count: int) -> None:
    for index in indices:
        if not 0 <= index < count:
            raise StateError(f"there is no {owner} {index}: use 0 … {count - 1}")


def pack(state: SessionState) -> bytes:
    """Bytes of a state."""
    config = state.config.to_toml().encode()
    map_hash = whale_registers(state.config.pipeline).hash
    flags = _WHOLE * state.whole | _JUDGED * state.judged
    sizes = len(config), len(state.sections)
    header = _HEADER.pack(MAGIC, VERSION, map_hash, flags, state.pushed, *state.counters, *sizes)
    parts = [header, config]
    for name, section in state.sections.items():
        parts.append(
            _SECTION.pack(name.encode(), len(section.records), section.records.dtype.itemsize)
        )
        parts += [section.indices.astype("<u4").tobytes(), section.records.tobytes()]
    data = b"".join(parts)
    return data + _CHECKSUM.pack(zlib.crc32(data))


class _Reader:
    """Takes pieces off bytes, none beyond their end."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> memoryview:
        if size > len(self._data) - self._at:
            raise StateError(f"a state ends within its contents: {_AGAIN}")
        self._at += size
        return self._data[self._at - size : self._at]

    @property
    def left(self) -> int:
        return len(self._data) - self._at


def unpack(data: bytes | bytearray | memoryview) -> SessionState:
    """The state that `pack` made bytes of; `check_state` is still to be asked.

    Raises:
        StateError: The bytes are no state, of another version, damaged, cut off or followed by
            more.
        ConfigError: Its configuration is wrong.
    """
    view = memoryview(data).cast("B")
    if bytes(view[:8]) != MAGIC:
        raise StateError("these bytes are no state of hydrophone: give what export_state returned")
    if len(view) < _HEADER.size + _CHECKSUM.size:
        raise StateError(f"a state of {len(view)} bytes is cut off: {_AGAIN}")
    _, version, map_hash, flags, pushed, *rest = _HEADER.unpack_from(view)
    *counters, config_size, count = rest
    if version != VERSION:
        raise StateError(f"a state of version {version} is not read here: use {VERSION}")
    body, (checksum,) = view[: -_CHECKSUM.size], _CHECKSUM.unpack(view[-_CHECKSUM.size :])
    if zlib.crc32(body) != checksum:
        raise StateError(f"a state's checksum is not that of its bytes, it is damaged: {_AGAIN}")
    reader = _Reader(body)
    reader.take(_HEADER.size)
    config = _config(bytes(reader.take(config_size)))
    expected = whale_registers(config.pipeline).hash
    if map_hash != expected:
        raise StateError(
            f"a state is of register map {map_hash:#010x}, this one is {expected:#010x}: {_AGAIN}"
        )
    sections: dict[str, Section] = {}
    for _ in range(count):
        name, section = _section(reader, config)
        if name in sections:
            raise StateError(f"section {name} is there twice: {_AGAIN}")
        sections[name] = section
    if reader.left:
        raise StateError(f"{reader.left} bytes follow a state: {_AGAIN}")
    state = SessionState(
        config=config,
        whole=bool(flags & _WHOLE),
        judged=bool(flags & _JUDGED),
        pushed=pushed,
        counters=(counters[0], counters[1], counters[2], counters[3]),
        sections=sections,
    )
    if state.whole:
        _check_whole(state)
    return state


def _check_whole(state: SessionState) -> None:
    """Refuses a whole state that lacks records."""
    for part in PARTS:
        wanted = owners(part_params(state.config, part))
        there = [owner for owner in wanted if f"{part}.{owner}" in state.sections]
        for owner, count in wanted.items() if there or part == "pipeline" else ():
            section = state.sections.get(f"{part}.{owner}")
            if section is None or len(section.records) != count:
                raise StateError(f"section {part}.{owner} of a whole state lacks records: {_AGAIN}")


def _config(text: bytes) -> DesignConfig:
    try:
        return DesignConfig.build(tomllib.loads(text.decode()), name="of the state")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StateError(f"a state's configuration cannot be read ({error}): {_AGAIN}") from None
    except ConfigError as error:
        raise StateError(f"a state's configuration is refused: {error}") from None


def _section(reader: _Reader, config: DesignConfig) -> tuple[str, Section]:
    label, count, size = _SECTION.unpack(reader.take(_SECTION.size))
    name = label.rstrip(b"\0").decode(errors="replace")
    part, _, owner = name.partition(".")
    if part not in PARTS or owner not in owners(params := part_params(config, part)):
        raise StateError(f"a state has a section {name!r}, which this version does not: {_AGAIN}")
    dtype = record_dtype(params, owner)
    if size != dtype.itemsize:
        raise StateError(
            f"section {name} has records of {size} bytes, this version of {dtype.itemsize}: "
            f"{_AGAIN}"
        )
    indices = np.frombuffer(reader.take(4 * count), "<u4").astype(np.uint32)
    if np.any(indices[1:] <= indices[:-1]):
        raise StateError(f"section {name} has its records out of order: {_AGAIN}")
    _check_indices(owner, indices.tolist()[-1:], owners(params)[owner])
    records = np.frombuffer(reader.take(size * count), dtype).copy()
    return name, Section(indices, records)
