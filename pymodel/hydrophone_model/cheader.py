"""C++ header generator: what the golden model knows and kernels must not repeat.

Records, enumerations, formats, tables and every public integer of a block's module come out as
constants of a namespace of that name; every parameter object as a struct whose ``each`` visits its
members by name, so that the bindings fill it from the Python object, and which names the block's
ports (`hydrophone_model.cheader_ports`). The build runs

    python -m hydrophone_model.cheader HEADER

and never commits the result. A block that is not the toolkit's has a header of its own, see
`custom_header`.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import IntEnum, IntFlag
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np

from hydrophone_model import flow, formats, histogram, records
from hydrophone_model.block import Params
from hydrophone_model.blocks import modules, parameters
from hydrophone_model.cheader_ports import block_lists, check_member, field_list, port_members
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Fixed
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.limits import limits_of
from hydrophone_model.whale import score

_PREAMBLE = """\
// Written by hydrophone_model.cheader from the golden model; change the model, not this file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hydrophone {

/// A fixed-point format: a raw integer r stands for r * 2**-fraction.
struct Fixed {
    bool is_signed;
    int integer;
    int fraction;
    int width;
    std::int64_t min;
    std::int64_t max;
};

/// Integers owned by somebody else.
struct Numbers {
    const std::int64_t* data;
    std::size_t count;
};
"""


def header() -> str:
    """The text of the header."""
    parts = [_PREAMBLE]
    parts += [record.c_struct() + "\n" for record in records.RECORDS]
    blocks = _blocks()
    parts += [_enum(kind) for module in (records, *modules()) for kind in _enums(module)]
    seen: set[tuple[str, int]] = set()
    constants = [
        _namespace(module.__name__.rpartition(".")[2], lines)
        for module in (formats, *modules(), flow, histogram)
        if (lines := list(_constants(module, seen)))
    ]
    parts.append(_namespace("model", [*constants, _namespace("wiring", _wiring())]))
    parts.append(_namespace("params", _structs(blocks)))
    parts.append("}  // namespace hydrophone\n")
    parts.append("/// The fields of each record: name, type of an element.")
    parts += [field_list(record.name.upper(), record.dtype) for record in records.RECORDS]
    parts.append(field_list("ECHOED", records.RESULT.dtype[list(records.RESULT.echoed)]))
    parts.append(field_list("DECISION", decision_dtype(FusionParams())))
    parts.append("/// The blocks with a kernel, of each folder and all: name, parameters, kernel.")
    parts.append(block_lists(blocks))
    return "\n".join(parts)


def custom_header(params: Params) -> str:
    """The text of the header of a block that is not the toolkit's, on top of `header`'s.

    In the namespace ``custom`` are the public constants of the module that defines the parameters,
    their struct, called ``Params`` too, and the structs of those parts that the toolkit lacks.
    """
    module = sys.modules[type(params).__module__]
    own = {type(part): part for part in _with_parts(params)}
    for block in _blocks():
        own.pop(type(block), None)
    lines = [
        "using namespace params;",
        *_constants(module, set()),
        *_structs(own.values()),
        f"using Params = {type(params).__name__};",
    ]
    return f"""\
#pragma once

#include "hydrophone_model.h"

namespace hydrophone {{

{_namespace("custom", lines)}
}}  // namespace hydrophone
"""


def _blocks() -> tuple[Params, ...]:
    """One parameter object of each block that the toolkit has a kernel for."""
    return parameters(DesignConfig.preset())


def _with_parts(params: Params) -> Iterator[Params]:
    """A parameter object behind all that it is made of."""
    for part in params.parts.values():
        yield from _with_parts(part)
    yield params


def _namespace(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"namespace {name} {{", *lines, f"}}  // namespace {name}\n"])


def _enums(module: ModuleType) -> Iterator[type[IntEnum] | type[IntFlag]]:
    """Enumerations that a module defines."""
    for value in vars(module).values():
        is_enum = isinstance(value, type) and issubclass(value, IntEnum | IntFlag)
        if is_enum and value.__module__ == module.__name__:
            yield value


def _enum(kind: type[IntEnum] | type[IntFlag]) -> str:
    members = [f"    {member.name} = {member.value}," for member in kind]
    count = f"inline constexpr std::size_t COUNT = {len(kind)};"
    return _namespace(kind.__name__, ["enum : std::int64_t {", *members, "};", count])


def _fixed(value: Fixed) -> str:
    signed = "true" if value.signed else "false"
    return (
        f"{{{signed}, {value.integer}, {value.fraction}, {value.width}, {value.min}, {value.max}}}"
    )


def _constants(module: ModuleType, seen: set[tuple[str, int]]) -> Iterator[str]:
    """Public formats, integers and tables of a module; the first and last where they are made."""
    made: dict[str, object] = vars(module)
    for name, value in made.items():
        if not name.isupper() or name.startswith("_") or (name, id(value)) in seen:
            continue
        if isinstance(value, Fixed | tuple):
            seen.add((name, id(cast("object", value))))
        if isinstance(value, Fixed):
            yield f"inline constexpr Fixed {name}{_fixed(value)};"
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"inline constexpr std::int64_t {name} = {int(value)};"
        elif isinstance(value, tuple):
            numbers = cast("tuple[object, ...]", value)
            if numbers and all(type(number) is int for number in numbers):
                yield _table(name, cast("tuple[int, ...]", numbers))


def _table(name: str, numbers: Iterable[int]) -> str:
    return f"inline constexpr std::int64_t {name}[] = {{{', '.join(map(str, numbers))}}};"


def _wiring() -> Iterator[str]:
    """Which evidence each head weighs, head after head, and where each head's terms begin."""
    terms = [int(evidence) for wired in score.HEADS.values() for evidence in wired]
    starts = [0]
    for wired in score.HEADS.values():
        starts.append(starts[-1] + len(wired))
    yield f"inline constexpr std::size_t KINDS = {len(records.Kind)};"
    yield f"inline constexpr std::size_t EVIDENCE = {len(score.Evidence)};"
    yield _table("TERMS", terms)
    yield _table("STARTS", starts)


def _structs(blocks: Iterable[Params]) -> Iterator[str]:
    """The parameter objects."""
    for block in blocks:
        names = members(block)
        yield f"struct {type(block).__name__} {{"
        for member in names:
            check_member("parameter", member, block)
            yield f"    {_c_type(getattr(block, member))} {member};"
        yield "    template <class Visit>"
        yield f"    void each(Visit&&{' visit' if names else ''}) {{"
        yield from (f'        visit("{member}", {member});' for member in names)
        yield "    }"
        yield from port_members(block)
        yield "};"
        for key, limits in limits_of(block).items():
            limit = f"{block.name}_{key}".upper()
            yield f"inline constexpr std::int64_t {limit}_MAX = {limits.high};"
        yield ""


def members(block: Params) -> list[str]:
    """Members of the struct of a block, in order; its timing is the hardware's alone."""
    own = (spec.name for spec in fields(block) if spec.name != "timing")
    return [*own, *vars(type(block)).get("derived", ())]


def flattened(value: Any) -> list[int]:
    """Integers of a parameter object in the order in which its struct's ``each`` visits them.

    A format comes as its six members, a table as its length and its numbers: so a program that
    runs elsewhere reads them without knowing Python.
    """
    if isinstance(value, Params):
        return [n for name in members(value) for n in flattened(getattr(value, name))]
    if isinstance(value, Fixed):
        sizes = (value.integer, value.fraction, value.width, value.min, value.max)
        return [int(value.signed), *sizes]
    if isinstance(value, tuple):
        numbers = np.array(cast("tuple[object, ...]", value), np.int64).ravel().tolist()
        return [len(numbers), *numbers]
    return [int(value)]


def _c_type(value: Any) -> str:
    if isinstance(value, Params):
        return type(value).__name__
    if isinstance(value, Fixed):
        return "Fixed"
    if isinstance(value, tuple):
        return "Numbers"
    return "std::int64_t"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(header(), encoding="utf-8")
