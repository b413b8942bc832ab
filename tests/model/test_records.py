"""Records: one description, equal offsets in NumPy, in C++ and on the wire."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from hydrophone_model.records import EVENT, RECORDS, RESULT, EventFlag, Field, Record

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}


def laid_out(record: Record) -> dict[str, int]:
    """Offsets by adding up the sizes in the order of the description."""
    offsets: dict[str, int] = {}
    position = 0
    for field in record.fields:
        offsets[field.name] = position
        position += SIZES[field.type] * field.count
    return {**offsets, "": position}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_numpy_has_the_layout(record: Record):
    dtype = record.dtype
    assert dtype.fields is not None
    fields = {name: (member[0], member[1]) for name, member in dtype.fields.items()}
    found = {name: offset for name, (_, offset) in fields.items()}
    assert {**found, "": dtype.itemsize} == laid_out(record)
    for field in record.fields:
        member, _ = fields[field.name]
        assert member.base == np.dtype(f"<u{SIZES[field.type]}"), field.name
        assert member.itemsize == SIZES[field.type] * field.count, field.name


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_compiler_gives_the_struct_the_layout(record: Record, tmp_path: Path):
    prints = "\n".join(
        f'  std::printf("{f.name} %zu %zu\\n", offsetof({record.name}, {f.name}), '
        f"sizeof({record.name}::{f.name}));"
        for f in record.fields
    )
    source = tmp_path / "layout.cpp"
    source.write_text(
        "#include <cstddef>\n#include <cstdint>\n#include <cstdio>\n"
        f"{record.c_struct()}\n"
        f"int main() {{\n{prints}\n"
        f'  std::printf("total %zu 0\\n", sizeof({record.name}));\n}}\n'
    )
    program = tmp_path / "layout"
    subprocess.run(["g++", "-std=c++20", "-Wall", "-Werror", source, "-o", program], check=True)
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split("\n")
    found = {name: (int(at), int(size)) for name, at, size in map(str.split, filter(None, lines))}
    assert found.pop("total") == (record.size, 0)
    assert found == {f.name: (record.offset(f.name), f.size) for f in record.fields}
    assert {name: at for name, (at, _) in found.items()} | {"": record.size} == laid_out(record)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_records_are_little_endian_on_the_wire(record: Record):
    one = np.zeros(1, record.dtype)
    for field in record.fields:
        one[field.name] = int.from_bytes(bytes(range(1, SIZES[field.type] + 1)), "little")
    wire = one.tobytes()
    for field in record.fields:
        element = bytes(range(1, SIZES[field.type] + 1))
        start = record.offset(field.name)
        assert wire[start : start + field.size] == element * field.count, field.name


def test_the_wire_does_not_change_unnoticed():
    assert (EVENT.size, RESULT.size) == (32, 40)
    assert laid_out(EVENT) == {
        "time_ns": 0, "sequence": 8, "price": 16, "size": 20, "symbol": 24, "side": 26,
        "flags": 27, "reserved": 28, "": 32,
    }  # fmt: skip
    assert laid_out(RESULT) == {
        "time_ns": 0, "sequence": 8, "price": 16, "parent_size": 20, "symbol": 24, "side": 26,
        "kind": 27, "score": 28, "flags": 30, "heads": 32, "": 40,
    }  # fmt: skip
    assert EventFlag.SIDE_INFERRED == 1


def test_a_struct_that_would_need_padding_is_refused():
    with pytest.raises(ValueError, match=r"Bad\.b lies at byte 1, not a multiple of 4: reorder"):
        Record("Bad", "", (Field("a", "u8", ""), Field("b", "u32", "")))
    with pytest.raises(ValueError, match="Bad is 4 bytes: pad it to a multiple of 8"):
        Record("Bad", "", (Field("a", "u32", ""),))
    with pytest.raises(KeyError, match="Event has no field 'colour'"):
        EVENT.offset("colour")
