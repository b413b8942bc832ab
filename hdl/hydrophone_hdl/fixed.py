"""Fixed-point formats as Amaranth shapes."""

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import data

from hydrophone_model.block import Ports
from hydrophone_model.fixed import Fixed


def shape(format: Fixed) -> Shape:
    """The shape of a format's raw integers."""
    return signed(format.width) if format.signed else unsigned(format.width)


def layout(ports: Ports) -> data.StructLayout:
    """The payload of a stream with these ports: one packed member each, the first lowest."""
    return data.StructLayout(
        {
            name: shape(port.format)
            if port.count == 1
            else data.ArrayLayout(shape(port.format), port.count)
            for name, port in ports.items()
        }
    )
