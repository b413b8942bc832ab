"""C header of the records: what ``hydrophone.h`` includes for events, results and enumerations.

    python -m hydrophone_model.c_records HEADER

Unlike `hydrophone_model.cheader`, whose header is C++ and the engine's own, this one is plain C and
part of the stable ABI: every size and offset is asserted where it is compiled.
"""

import re
import sys
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from pathlib import Path

from hydrophone_model.formats import TAIL
from hydrophone_model.records import EVENT, RESULT, EventFlag, Kind, Record, ResultFlag, Side

RECORDS: tuple[Record, ...] = (EVENT, RESULT)
"""The records of the C ABI."""
ENUMERATIONS: tuple[type[IntEnum] | type[IntFlag], ...] = (Side, Kind, EventFlag, ResultFlag)
"""The enumerations of their members."""

_TOP = """\
/* Records of Hydrophone's C ABI.
 * Written by hydrophone_model.c_records from the golden model; change the model, not this file. */
#ifndef HYDROPHONE_RECORDS_H
#define HYDROPHONE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

/* Holds a layout where it is compiled, in C from C11 and in C++ from C++11 on. */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define HYDROPHONE_ASSERT_LAYOUT(condition) static_assert(condition, #condition)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HYDROPHONE_ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
#else
#define HYDROPHONE_ASSERT_LAYOUT(condition) struct hydrophone_layout
#endif
"""


def header() -> str:
    """The text of the header."""
    parts = [_TOP]
    parts += [_enumeration(kind) for kind in ENUMERATIONS]
    parts.append(
        f"/* Heads of a result: one for each hydrophone_kind. */\n"
        f"#define HYDROPHONE_KINDS {len(Kind)}\n"
        f"/* Fraction bits of scores, heads and thresholds: in octaves, raw / 2**this. */\n"
        f"#define HYDROPHONE_SCORE_FRACTION {TAIL.fraction}\n"
    )
    parts += ["\n".join(_record(record)) + "\n" for record in RECORDS]
    parts.append(
        "/* An alert: the result of an event that opened an episode. */\n"
        "typedef hydrophone_result hydrophone_alert;\n\n#endif\n"
    )
    return "\n".join(parts)


def _enumeration(kind: type[IntEnum] | type[IntFlag]) -> str:
    words = re.findall("[A-Z][a-z]*", kind.__name__)
    prefix = "_".join(["HYDROPHONE", *(word.upper() for word in words)])
    lines = [f"    {prefix}_{member.name} = {member.value}" for member in kind]
    return "typedef enum {\n" + ",\n".join(lines) + f"\n}} {prefix.lower()};\n"


def _record(record: Record) -> Iterator[str]:
    name = f"hydrophone_{record.name.lower()}"
    yield f"/* {record.doc} */"
    yield f"typedef struct {name} {{"
    for field in record.fields:
        array = f"[{field.count}]" if field.count > 1 else ""
        yield f"    uint{field.element_width}_t {field.name}{array}; /* {field.doc} */"
    yield f"}} {name};"
    yield f"HYDROPHONE_ASSERT_LAYOUT(sizeof({name}) == {record.size});"
    for field in record.fields:
        offset = record.offset(field.name)
        yield f"HYDROPHONE_ASSERT_LAYOUT(offsetof({name}, {field.name}) == {offset});"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(header(), encoding="utf-8")
