"""Vector manifest: which arrays there are, what they mean, and what happens between."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_sim.vectors.form import (
    FORMAT,
    MANIFEST,
    VERSION,
    Array,
    Before,
    Section,
    VectorError,
    arrays,
    described_params,
    described_section,
    described_settings,
)
from hydrophone_sim.vectors.run import Sections, status_ports

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class BlockVectors:
    """Vectors of one block.

    Attributes:
        name: The block.
        events: Number of events.
        inputs: Stimulus, an array a port.
        outputs: Expected results, an array a port.
        status: What is expected once a section.
        sections: What events show, in order and without a gap.
        left_out: Labels of what this design cannot show.
    """

    name: str
    events: int
    inputs: list[Array]
    outputs: list[Array]
    status: list[Array]
    sections: list[Section]
    left_out: list[str]

    @classmethod
    def of(cls, name: str, config: DesignConfig, sections: list[Section], **more: Any) -> Any:
        """Vectors whose arrays lie where `write` puts them."""
        params, events = BLOCKS[name].params(config), sections[-1].end
        return cls(
            name=name,
            events=events,
            inputs=arrays(params.inputs, events, f"{name}/inputs"),
            outputs=arrays(params.outputs, events, f"{name}/outputs"),
            status=arrays(status_ports(name), len(sections), f"{name}/status"),
            sections=sections,
            **more,
        )

    def described(self, config: DesignConfig) -> dict[str, Any]:
        """The block as the manifest has it."""
        states = Sections(self.name, config)
        return {
            "events": self.events,
            "parameters": described_params(states.params),
            "settings": described_settings(states.params),
            "inputs": [array.described() for array in self.inputs],
            "outputs": [array.described() for array in self.outputs],
            "status": [array.described() for array in self.status],
            "sections": [
                described_section(section, states.params_of(section.configuration))
                for section in self.sections
            ],
            "left_out": self.left_out,
        }


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a folder of vectors holds.

    Attributes:
        config: The design.
        seed: Of the random stimulus.
        blocks: Vectors by block.
    """

    config: DesignConfig
    seed: int
    blocks: Mapping[str, BlockVectors]

    def write(self, folder: Path) -> None:
        """Writes the manifest into the folder of the arrays."""
        content = {
            "format": FORMAT,
            "format_version": VERSION,
            "byte_order": "little",
            "config": self.config.name,
            "config_toml": self.config.to_toml(),
            "seed": self.seed,
            "blocks": {name: block.described(self.config) for name, block in self.blocks.items()},
        }
        (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        VectorError: There is none, it is damaged, or of another version of format or blocks.
    """
    path = folder / MANIFEST
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise VectorError(
            f"{path} cannot be read ({error}): name a folder that --vectors write has written"
        ) from error
    top = _Item(content, str(path))
    if top.take("format", str) != FORMAT or top.take("format_version", int) != VERSION:
        raise VectorError(
            f"{path} is {top.take('format', str)!r} {top.take('format_version', int)}, not "
            f"{FORMAT!r} {VERSION}: write the vectors again"
        )
    try:
        config = DesignConfig.build(
            tomllib.loads(top.take("config_toml", str)), name=top.take("config", str)
        )
    except (ConfigError, tomllib.TOMLDecodeError, TypeError, OverflowError) as error:
        raise VectorError(f"{path}: config_toml is no configuration: {error}") from error
    blocks = top.inside("blocks")
    return Manifest(
        config=config,
        seed=top.take("seed", int),
        blocks={name: _block(name, config, blocks.inside(name)) for name in blocks.names()},
    )


def _block(name: str, config: DesignConfig, item: "_Item") -> BlockVectors:
    if name not in BLOCKS:
        raise VectorError(f"{item.where}: there is no such block: use {', '.join(BLOCKS)}")
    sections = [_section(section) for section in item.each("sections")]
    ends = [0, *(section.end for section in sections)]
    for begin, section in zip(ends, sections, strict=False):
        if section.begin != begin or section.count < 1:
            raise VectorError(
                f"{item.where}: section {section.label!r} begins at {section.begin} with "
                f"{section.count} events: events are due from {begin} on"
            )
    if not sections or ends[-1] != item.take("events", int):
        raise VectorError(
            f"{item.where}: {ends[-1]} events in sections, {item.take('events', int)} in all"
        )
    own: BlockVectors = BlockVectors.of(name, config, sections, left_out=item.texts("left_out"))
    return replace(
        own,
        inputs=_arrays(own.inputs, item, "inputs"),
        outputs=_arrays(own.outputs, item, "outputs"),
        status=_arrays(own.status, item, "status"),
    )


def _section(item: "_Item") -> Section:
    before = item.take("before", str)
    if before not in list(Before):
        raise VectorError(f"{item.where}: before is {before!r}: use {', '.join(Before)}")
    configuration = item.inside("configuration")
    return Section(
        label=item.take("label", str),
        meaning=item.take("meaning", str),
        begin=item.take("begin", int),
        count=item.take("count", int),
        before=Before(before),
        configuration={
            table: configuration.inside(table).whole() for table in configuration.names()
        },
    )


def _arrays(own: list[Array], item: "_Item", key: str) -> list[Array]:
    """The arrays of a manifest, which describe the ports that the block has."""
    entries = item.each(key)
    if len(entries) != len(own):
        raise VectorError(f"{item.where}: {len(entries)} {key}, the block has {len(own)}")
    found: list[Array] = []
    for array, entry in zip(own, entries, strict=True):
        listed = replace(
            array,
            file=entry.take("file", str),
            offset=entry.take("offset", int),
            sha256=entry.take("sha256", str),
        )
        place = PurePosixPath(listed.file)
        if place.is_absolute() or ".." in place.parts or "\0" in listed.file or listed.offset < 0:
            raise VectorError(f"{entry.where}: {listed.file!r} lies outside the folder")
        for what, value in listed.described().items():
            if (said := entry.take(what, cast("type[object]", type(value)))) != value:
                raise VectorError(
                    f"{entry.where}: {what} of {array.name} is {_short(said)}, "
                    f"this version has {value!r}: write the vectors again"
                )
        found.append(listed)
    return found


class _Item:
    """A value of the manifest, and where it stands."""

    def __init__(self, value: object, where: str) -> None:
        self._value, self.where = value, where

    def names(self) -> list[str]:
        """Keys of an object."""
        return list(self._object())

    def take(self, key: str, kind: type[T]) -> T:
        """A value of an object that is of one type."""
        held = self._object()
        if key not in held:
            raise VectorError(f"{self.where} has no {key!r}: write the vectors again")
        value = held[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise VectorError(f"{self.where}: {key} is {_short(value)}: use {kind.__name__}")
        return value

    def inside(self, key: str) -> "_Item":
        """An object within an object."""
        return _Item(self.take(key, cast("type[object]", dict)), f"{self.where}: {key}")

    def texts(self, key: str) -> list[str]:
        """A list of texts within an object."""
        return [str(entry) for entry in cast("list[object]", self.take(key, list))]

    def whole(self) -> dict[str, object]:
        """The object."""
        return self._object()

    def each(self, key: str) -> "list[_Item]":
        """The entries of a list within an object."""
        entries = cast("list[object]", self.take(key, list))
        return [_Item(entry, f"{self.where}: {key}[{i}]") for i, entry in enumerate(entries)]

    def _object(self) -> dict[str, object]:
        value = self._value
        if not isinstance(value, dict):
            raise VectorError(f"{self.where} is {_short(value)}: use an object")
        return cast("dict[str, object]", value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
