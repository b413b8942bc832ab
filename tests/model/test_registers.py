"""Registers as data: addresses, identity, and the committed documentation."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Fixed, FormatError
from hydrophone_model.registers import (
    PRODUCT_ID,
    Access,
    Register,
    RegisterMap,
    whale_registers,
)

MAP = whale_registers(DesignConfig.preset().pipeline)
LARGE = whale_registers(DesignConfig.preset("large").pipeline)


def changed(place: int, **changes: object) -> int:
    """Hash of the map with one register changed."""
    registers = list(MAP.registers)
    registers[place] = replace(registers[place], **changes)
    return RegisterMap(tuple(registers)).hash


def test_addresses_follow_one_another_without_gap_or_overlap():
    used = [MAP.address(r.name, element) for r in MAP.registers for element in range(r.count)]
    assert used == list(range(MAP.words))


def test_hosts_find_who_it_is_at_fixed_addresses():
    assert [r.name for r in MAP.registers[:3]] == ["product_id", "version", "map_hash"]
    assert MAP["product_id"].reset == (PRODUCT_ID,)
    assert PRODUCT_ID.to_bytes(4, "big") == b"HYDR"


def test_every_register_says_what_it_is_for():
    assert all(r.doc and not r.doc.endswith(".") for r in MAP.registers)
    assert len({r.name for r in MAP.registers}) == len(MAP.registers)


@pytest.mark.parametrize("place", range(len(MAP.registers)))
def test_the_hash_changes_with_whatever_a_host_relies_on(place: int):
    register = MAP.registers[place]
    other = next(access for access in Access if access is not register.access)
    wider = Fixed(integer=register.format.integer - 1, fraction=register.format.fraction + 1)
    hashes = {
        MAP.hash,
        changed(place, name=register.name + "_"),
        changed(place, access=other),
        changed(place, format=wider, reset=(0,) * register.count),
        changed(place, reset=(*register.reset, 0)),
    }
    assert len(hashes) == 5


def test_the_hash_changes_with_the_order():
    first, second, *rest = MAP.registers
    assert RegisterMap((second, first, *rest)).hash != MAP.hash


def test_the_hash_ignores_what_a_host_may_write_or_read_elsewhere():
    assert changed(0, doc="anything") == MAP.hash
    assert changed(3, reset=(1,) * MAP.registers[3].count) == MAP.hash


def test_the_bank_carries_the_hash_of_its_map_without_itself():
    bare = [replace(r, reset=(0,)) if r.name == "map_hash" else r for r in MAP.registers]
    assert MAP["map_hash"].reset == (RegisterMap(tuple(bare)).hash,)


def test_designs_of_equal_registers_share_a_map():
    assert LARGE.hash == MAP.hash


def test_what_does_not_exist_is_refused():
    with pytest.raises(KeyError, match="no register 'colour': use one of"):
        MAP.address("colour")
    with pytest.raises(IndexError, match="register falls has 4 elements, no 4"):
        MAP.address("falls", 4)
    with pytest.raises(ValueError, match="register wide is 33 bits: use at most 32"):
        Register(
            name="wide", access=Access.STATUS, format=Fixed(integer=33), reset=(0,), unit="",
            doc="too wide",
        )  # fmt: skip
    with pytest.raises(FormatError, match=r"reset of register small\[0\] = 2 does not fit u1.0"):
        Register(
            name="small", access=Access.CONTROL, format=Fixed(integer=1), reset=(2,), unit="",
            doc="too small",
        )  # fmt: skip


def test_the_documentation_is_that_of_the_map():
    page = Path(__file__).parents[2] / "docs" / "registers.md"
    command = [sys.executable, "-m", "hydrophone_model.registers"]
    now = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    assert page.read_text(encoding="utf-8") == now, (
        "regenerate it: python -m hydrophone_model.registers > docs/registers.md"
    )
