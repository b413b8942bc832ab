"""C header of one block's manifest: what a reader in C would otherwise parse.

It has constants and two lists of ports as macros, and defines nothing but the sections; whoever
includes it says what becomes of each port.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from hydrophone_model.block import Params
from hydrophone_model.config import DesignConfig
from hydrophone_sim.vectors.form import Array, Before, c_type, described_params, settings_of
from hydrophone_sim.vectors.manifest import BlockVectors
from hydrophone_sim.vectors.run import Sections


def c_header(block: BlockVectors, config: DesignConfig) -> str:
    """The header of one block's vectors."""
    states = Sections(block.name, config)
    lines = [
        f"/* Vectors of the block {block.name}, design {_comment(config.name)}. Written beside",
        "   the manifest, which says the same and more: see docs/vectors.md of Hydrophone. */",
        "#ifndef VECTORS_H",
        "#define VECTORS_H",
        "",
        "#include <stdint.h>",
        "",
        f'#define VECTORS_BLOCK "{block.name}"',
        f"#define VECTORS_EVENTS {block.events}",
        f"#define VECTORS_SECTIONS {len(block.sections)}",
        "",
        "/* Parameters of the design. */",
        *_defines("", described_params(states.params)),
        "",
        "/* Ports, in the order of a packed payload: X(name, type, elements a row, file). */",
        *_ports("INPUTS", block.inputs),
        *_ports("OUTPUTS", block.outputs),
        *_ports("STATUS", block.status),
        "",
        "/* What happens before a section's first event. */",
        "enum {",
        *(f"  VECTORS_{before.name} = {place}," for place, before in enumerate(Before)),
        "};",
        "",
        "typedef struct {",
        "  const char *label;",
        "  int before;",
        "  long begin, count;",
        *_members(states.params),
        "} vectors_section;",
        "",
        "static const vectors_section vectors_sections[VECTORS_SECTIONS] = {",
    ]
    for section in block.sections:
        settings = settings_of(states.params_of(section.configuration))
        values = [
            f'"{section.label}"',
            f"VECTORS_{section.before.name}",
            str(section.begin),
            str(section.count),
            *(_values(raw) for raw in settings.values()),
        ]
        lines += [f"  /* {_comment(section.meaning)} */", f"  {{{', '.join(values)}}},"]
    return "\n".join([*lines, "};", "", "#endif", ""])


def _defines(prefix: str, parameters: dict[str, Any]) -> Iterable[str]:
    """Parameters that are numbers as macros, those of parts behind the part's name."""
    for key, value in parameters.items():
        name = f"{prefix}{key}".upper()
        match value:
            case int():
                yield f"#define {name} {value}"
            case dict():
                yield from _defines(f"{prefix}{key}_", cast("dict[str, Any]", value))
            case [int(), *_]:
                yield f"#define {name} {_values(cast('list[int]', value))}"
            case _:
                pass


def _ports(name: str, arrays: Sequence[Array]) -> list[str]:
    entries = [
        f'X({array.name}, {c_type(array.port.format)}, {array.port.count}, "{array.file}")'
        for array in arrays
    ]
    return [" \\\n  ".join([f"#define VECTORS_{name}(X)", *entries])]


def _members(params: Params) -> list[str]:
    """The settings in force, raw."""
    return [
        f"  {c_type(format)} {name}[{len(values)}];"
        for name, (format, values) in params.controls.items()
    ]


def _values(raw: Sequence[int]) -> str:
    return f"{{{', '.join(map(str, raw))}}}"


def _comment(text: str) -> str:
    return text.replace("*/", "* /")
