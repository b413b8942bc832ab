"""Fixed-point formats as Amaranth shapes."""

from amaranth.hdl import Mux, Shape, Value, signed, unsigned
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


def saturate(value: Value, format: Fixed) -> Value:
    """Clips a value to the range of a format of the same fraction bits."""
    clipped = Mux(value > format.max, format.max, value)
    if value.shape().signed:
        clipped = Mux(value < format.min, format.min, clipped)
    result = clipped[: format.width]
    return result.as_signed() if format.signed else result


def positive(value: Value) -> Value:
    """The value where it is above zero, else zero; unsigned."""
    magnitude = value[: len(value) - 1]
    return Mux(value[-1], 0, magnitude)
