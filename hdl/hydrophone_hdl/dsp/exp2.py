"""Power of two in two clocks: table and interpolation, then the shift into place.

The numbers are those of `hydrophone_model.dsp.exp2`.
"""

from amaranth.hdl import Mux, Value

from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.dsp.exp2 import BASE, INTERPOLATION, PRECISION, SLOPE
from hydrophone_model.dsp.log2 import FRACTION
from hydrophone_model.fixed import Fixed


def exp2(pipe: Pipe, exponent: Wire, output: Fixed) -> Wire:
    """2 ** exponent of a signed wire in the unsigned format ``output``, two clocks later."""
    whole, mantissa = pipe.stages(lambda x: (x.shift_right(FRACTION), _mantissa(pipe, x)), exponent)
    return pipe.stage(lambda w, f: place(pipe, w, f, output), whole, mantissa)


def _mantissa(pipe: Pipe, x: Value) -> Value:
    index = x[INTERPOLATION:FRACTION]
    rise = (x[:INTERPOLATION] * pipe.rom(SLOPE, index)).shift_right(INTERPOLATION)
    return (pipe.rom(BASE, index) + rise)[: PRECISION + 1]


def place(pipe: Pipe, whole: Value, mantissa: Value, output: Fixed) -> Value:
    """Shifts a mantissa to its exponent, cut to the format's resolution and saturated."""
    # Aligned to the topmost octave of the format, every smaller one is a shift to the right.
    top = output.integer - 1
    aligned = mantissa.shift_left(max(0, output.fraction + top - PRECISION))
    aligned = aligned.shift_right(max(0, PRECISION - output.fraction - top))
    down = pipe.let(top - whole)
    amount = pipe.let(Mux(down > output.width, output.width, down)[: output.width.bit_length()])
    return Mux(whole > top, output.max, aligned >> amount)[: output.width]


class Exp2(Datapath):
    """The power of two as a block of its own."""

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``y`` = 2 ** ``x``."""
        return {"y": [exp2(pipe, inputs["x"][0], self.params.outputs["y"].format)]}
