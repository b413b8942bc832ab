"""Port packing: columns of a batch to and from the packed payload words of a stream.

A payload holds its ports in order, the first in the lowest bits, as `hydrophone_hdl.fixed.layout`
lays them. In memory it is a row of 32-bit words, the lowest first: what both simulators use.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Port, Ports, Values
from hydrophone_model.fixed import FLAG, MAX_WIDTH, Fixed, Raw
from hydrophone_model.records import Record

WORD = 32
Words = NDArray[np.uint32]
"""Payloads shaped (events, words)."""


def width(ports: Ports) -> int:
    """Bits of a payload."""
    return sum(port.format.width * port.count for port in ports.values())


def words(ports: Ports) -> int:
    """32-bit words of a payload."""
    return -(-width(ports) // WORD)


def pack(ports: Ports, values: Values) -> Words:
    """Payload words of a batch.

    Args:
        ports: Of the stream.
        values: One column a port, shaped (events,) or (events, count).

    Raises:
        FormatError: A value does not fit its port.
    """
    columns = {name: _shaped(values[name], port) for name, port in ports.items()}
    events = len(next(iter(columns.values())))
    packed = np.zeros((events, words(ports)), np.uint32)
    for name, element, position in _places(ports):
        format = ports[name].format
        column = format.checked(columns[name][:, element], name)
        bits = column.astype(np.uint64) & np.uint64((1 << format.width) - 1)
        for word, shift in _chunks(position, format.width):
            part = bits << np.uint64(shift) if shift >= 0 else bits >> np.uint64(-shift)
            packed[:, word] |= part.astype(np.uint32)
    return packed


def unpack(ports: Ports, packed: Words) -> dict[str, Raw]:
    """Columns of a batch of payload words; the inverse of `pack`."""
    columns = {name: np.zeros((len(packed), port.count), np.int64) for name, port in ports.items()}
    for name, element, position in _places(ports):
        format = ports[name].format
        bits = np.zeros(len(packed), np.uint64)
        for word, shift in _chunks(position, format.width):
            part = packed[:, word].astype(np.uint64)
            bits |= part >> np.uint64(shift) if shift >= 0 else part << np.uint64(-shift)
        columns[name][:, element] = format.wrap(bits.astype(np.int64))
    return {
        name: columns[name][:, 0] if port.count == 1 else columns[name]
        for name, port in ports.items()
    }


def _shaped(column: Raw, port: Port) -> Raw:
    return np.asarray(column, np.int64).reshape(-1, port.count)


def _places(ports: Ports) -> Iterator[tuple[str, int, int]]:
    """Port, element and lowest bit of every element of a payload."""
    position = 0
    for name, port in ports.items():
        for element in range(port.count):
            yield name, element, position
            position += port.format.width


def _chunks(position: int, bits: int) -> Iterator[tuple[int, int]]:
    """Words that an element lies in, and how far left it is shifted within each."""
    for word in range(position // WORD, (position + bits - 1) // WORD + 1):
        yield word, position - word * WORD


def record_ports(record: Record) -> Ports:
    """A wire record as ports; the highest bit of a 64-bit member is a port of its own."""
    ports: dict[str, Port] = {}
    for field in record.fields:
        width = min(field.element_width, MAX_WIDTH)
        ports[field.name] = Port(Fixed(integer=width), field.count)
        if width < field.element_width:
            ports[f"{field.name}_top"] = Port(FLAG)
    return ports
