"""Configurations for the C library: presets compiled in, keys that it sets, configuration files.

    python -m hydrophone_model.c_config SOURCE

writes the C++ source of the presets and keys, and `binary` the configuration file that
``hydrophone config --binary`` prints and ``hydrophone_config_read`` reads. Both hold the whale
pipeline's parameters as `hydrophone_model.cheader.flattened` gives them. The library sets what is
one number in the engine; what other numbers follow from, as thresholds do from a budget, only the
model computes, and a file carries it.
"""

import json
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydrophone_model.block import Params
from hydrophone_model.cheader import flattened, members
from hydrophone_model.config import PRESETS, DesignConfig
from hydrophone_model.config_tables import SHARED, leaves
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed
from hydrophone_model.limits import Limits, limits_of
from hydrophone_model.whale.alert import AlertParams
from hydrophone_model.whale.parent import ParentParams

MAGIC = b"HYDRCFG1"
"""First bytes of a configuration file; the digit is the version of its layout."""
HEADER = struct.Struct("<8sIIQ")
"""Magic, hash of the layout, bytes of the name, count of numbers; name and numbers follow."""
LARGEST_NAME = 255
"""Bytes of the longest name that a configuration file carries."""


@dataclass(frozen=True)
class Key:
    """Key of a configuration that stands for whole numbers of the whale pipeline.

    Attributes:
        name: As in a configuration file, ``parent.gap_ns``.
        limits: What it may be.
        members: The engine's parameters that are this number; none if others follow from it, so
            that only a file can carry it.
    """

    name: str
    limits: Limits
    members: tuple[str, ...]


AT_MOST: tuple[tuple[str, str], ...] = (
    ("classes", "symbols"),
    ("volume.minimum", "volume.window"),
    ("correlation.minimum", "correlation.window"),
)
"""Keys that may be at most what another key is; a test tries them against the model."""


def configuration_keys() -> tuple[Key, ...]:
    """Every key of the whale pipeline that is a number, in a configuration file's order."""
    shared = {
        "symbols": limits_of(ParentParams)["symbols"],
        "classes": limits_of(AlertParams)["classes"],
    }
    found = [Key(name, limits, _members_of(name, limits)) for name, limits in shared.items()]
    for table, params in leaves(DesignConfig.preset().pipeline).items():
        for key, limits in limits_of(params).items():
            if key not in SHARED and not limits.depth:
                name = f"{table}.{key}"
                found.append(Key(name, limits, _members_of(name, limits)))
    return tuple(found)


def _members_of(name: str, limits: Limits) -> tuple[str, ...]:
    """The parameters that become a key's value and nothing else, by trying its values."""
    usual = dict(scalars(DesignConfig.preset().pipeline))
    found: set[str] = set()
    for value in _values(limits):
        table, _, key = name.rpartition(".")
        try:
            config = DesignConfig.build({table: {key: value}} if table else {key: value}, name=name)
        except ConfigError:
            continue
        for path, number in scalars(config.pipeline):
            if number != usual[path]:
                if number != value:
                    return ()
                found.add(path)
    return tuple(path for path in usual if path in found)


def _values(limits: Limits) -> Iterable[int]:
    if limits.power_of_two:
        return [1 << n for n in range(limits.low.bit_length() - 1, limits.high.bit_length())]
    middle = (limits.low + limits.high) // 2
    return sorted({limits.low, limits.low + 1, middle, limits.high - 1, limits.high})


def scalars(params: Params, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every member that is no parameter object, by its path from the pipeline."""
    for name in members(params):
        value = getattr(params, name)
        if isinstance(value, Params):
            yield from scalars(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def layout_hash() -> int:
    """32 bits that differ where a member's name, order or kind differs."""
    text = "".join(
        f"{path} {'format' if isinstance(value, Fixed) else type(value).__name__}\n"
        for path, value in scalars(DesignConfig.preset().pipeline)
    )
    return zlib.crc32(text.encode())


def binary(config: DesignConfig) -> bytes:
    """A configuration as a file for the C library.

    Little-endian: `HEADER`, the name in UTF-8, the numbers (64 bits each), and CRC-32 of all that.
    """
    numbers = flattened(config.pipeline)
    name = config.name.encode()[:LARGEST_NAME]
    body = HEADER.pack(MAGIC, layout_hash(), len(name), len(numbers)) + name
    body += struct.pack(f"<{len(numbers)}q", *numbers)
    return body + struct.pack("<I", zlib.crc32(body))


def source() -> str:
    """The text of the C++ source of presets, keys and bounds."""
    lines = [
        "// Written by hydrophone_model.c_config from the golden model.",
        '#include "capi/config_data.hpp"',
        "namespace hydrophone::capi {",
        f"const std::uint32_t LAYOUT_HASH = {layout_hash()}u;",
    ]
    for name in PRESETS:
        numbers = ", ".join(map(str, flattened(DesignConfig.preset(name).pipeline)))
        lines.append(f"static constexpr std::int64_t PRESET_{name}[] = {{{numbers}}};")
    lines.append("static constexpr Preset PRESET_LIST[] = {")
    lines += [f'    {{"{n}", PRESET_{n}, std::size(PRESET_{n})}},' for n in PRESETS]
    lines += ["};", "const std::span<const Preset> PRESETS{PRESET_LIST};"]
    lines.append("static constexpr Key KEY_LIST[] = {")
    for key in configuration_keys():
        limits, places = key.limits, " ".join(key.members)
        power = "true" if limits.power_of_two else "false"
        text = f'"{key.name}", {json.dumps(limits.doc)}, {limits.low}, {limits.high}, {power}'
        lines.append(f'    {{{text}, "{places}"}},')
    lines += ["};", "const std::span<const Key> KEYS{KEY_LIST};"]
    lines.append("static constexpr AtMost AT_MOST_LIST[] = {")
    lines += [f'    {{"{low}", "{high}"}},' for low, high in AT_MOST]
    lines += ["};", "const std::span<const AtMost> AT_MOST{AT_MOST_LIST};"]
    lines.append("}  // namespace hydrophone::capi")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(source(), encoding="utf-8")
