"""Payloads are packed as the hardware lays them, and back."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Const

from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.fixed import layout
from hydrophone_hdl.records import record_layout
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.fixed import FormatError
from hydrophone_model.records import EVENT, RECORDS, RESULT, Record
from hydrophone_sim.ports import pack, unpack, width, words
from hydrophone_sim.scoreboard import integers
from hydrophone_sim.stimulus import random_inputs
from hydrophone_sim.tiny import tiny

CONFIG = tiny()
PIPELINE = CONFIG.pipeline


@pytest.mark.parametrize("name", BLOCKS)
def test_unpack_inverts_pack(name: str, seed: int) -> None:
    for ports in (BLOCKS[name].params(CONFIG).inputs, BLOCKS[name].params(CONFIG).outputs):
        columns = random_inputs(ports, 500, seed)
        packed = pack(ports, columns)
        assert packed.shape == (500, words(ports))
        for port, column in unpack(ports, packed).items():
            np.testing.assert_array_equal(column, columns[port])


@pytest.mark.parametrize("name", BLOCKS)
def test_payloads_lie_as_the_hardware_lays_them(name: str, seed: int) -> None:
    ports = BLOCKS[name].params(CONFIG).inputs
    shape = layout(ports)
    assert shape.size == width(ports)
    columns = random_inputs(ports, 20, seed)
    for row, payload in enumerate(integers(pack(ports, columns))):
        fields: dict[int | str, Any] = {
            port: column[row].tolist() if column.ndim > 1 else int(column[row])
            for port, column in columns.items()
        }
        constant = shape.const(fields).as_value()
        assert isinstance(constant, Const)
        assert constant.value & ((1 << shape.size) - 1) == payload


def test_a_value_outside_its_port_is_refused() -> None:
    ports = BLOCKS["log2"].params(CONFIG).inputs
    with pytest.raises(FormatError, match=r"x\[1\] = 4294967296 does not fit u32\.0"):
        pack(ports, {"x": np.array([1, 1 << 32])})


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_records_lie_in_hardware_where_memory_has_them(record: Record) -> None:
    shape = record_layout(record)
    dtype = record.dtype
    assert dtype.fields is not None
    assert shape.size == dtype.itemsize * 8
    assert list(shape.members) == list(dtype.names or ())
    places: dict[Any, Any] = dict(dtype.fields)
    for name, member in shape:
        place, offset = places[name][:2]
        assert member.offset == offset * 8, name
        assert member.width == place.itemsize * 8, name


def test_pipeline_ports_fit_the_records() -> None:
    for record, ports in ((EVENT, PIPELINE.inputs), (RESULT, PIPELINE.outputs)):
        fields = {field.name: field for field in record.fields}
        for name, port in ports.items():
            assert port.format.width <= fields[name].element_width, name
            assert port.count == fields[name].count, name
            assert not port.format.signed, name


@pytest.mark.parametrize("name", DATAPATHS)
def test_hardware_takes_the_settings_of_the_parameters(name: str) -> None:
    params = BLOCKS[name].params(CONFIG)
    assert DATAPATHS[name](params).controls == params.controls
