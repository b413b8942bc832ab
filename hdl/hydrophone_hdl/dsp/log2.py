"""Binary logarithm in two clocks: normalise, then table and interpolation.

The numbers are those of `hydrophone_model.dsp.log2`.
"""

from amaranth.hdl import Cat, Const, Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.dsp.log2 import (
    BASE,
    FRACTION,
    GUARD,
    INDEX,
    INTERPOLATION,
    MANTISSA,
    SLOPE,
    output_format,
)


def log2(pipe: Pipe, x: Wire) -> Wire:
    """log2 of an unsigned wire, two clocks later."""
    width = len(x.value)
    exponent, mantissa = pipe.stages(lambda value: normalise(pipe, value), x)
    return pipe.stage(
        lambda e, f: interpolate(pipe, e, f)[: output_format(width).width], exponent, mantissa
    )


def normalise(pipe: Pipe, value: Value) -> tuple[Value, Value]:
    """Exponent of the leading one and the mantissa bits behind it.

    Each step shifts by half as much as the one before, if that many leading bits are zero: the
    steps taken, inverted, are the exponent.
    """
    bits = max(1, (len(value) - 1).bit_length())
    width = 1 << bits
    rest = Cat(value, Const(0, width - len(value))) if width > len(value) else value
    taken: list[Value] = []
    for step in reversed(range(bits)):
        shift = 1 << step
        empty = pipe.let(rest[width - shift :] == 0)
        rest = pipe.let(Mux(empty, rest.shift_left(shift), rest)[:width])
        taken.insert(0, empty)
    some = rest[-1]
    exponent = Mux(some, ~Cat(*taken), 0)[:bits]
    padded = Cat(Const(0, MANTISSA), rest[: width - 1])
    return exponent, padded[-MANTISSA:]


def interpolate(pipe: Pipe, exponent: Value, mantissa: Value) -> Value:
    """The logarithm of a normalised number."""
    place = mantissa[INTERPOLATION:]
    rest = mantissa[:INTERPOLATION]
    assert len(place) == INDEX, "the table has an entry for each index"
    rise = (rest * pipe.rom(SLOPE, place)).shift_right(INTERPOLATION)
    curve = pipe.let(pipe.rom(BASE, place) + rise + (1 << (GUARD - 1)))
    return exponent.shift_left(FRACTION) + curve.shift_right(GUARD)


class Log2(Datapath):
    """The logarithm as a block of its own."""

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``y`` = log2 ``x``."""
        return {"y": [log2(pipe, inputs["x"][0])]}
