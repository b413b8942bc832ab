"""Record layouts: the packed records of the wire as Amaranth layouts."""

from amaranth.hdl import unsigned
from amaranth.lib import data

from hydrophone_model.records import Record


def record_layout(record: Record) -> data.StructLayout:
    """The record's members, bit for bit where host memory and wire have them."""
    return data.StructLayout(
        {
            field.name: unsigned(field.element_width)
            if field.count == 1
            else data.ArrayLayout(unsigned(field.element_width), field.count)
            for field in record.fields
        }
    )
