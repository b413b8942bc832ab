"""Squared Euclidean distance of a Haar-transformed shape to groups of templates.

Energy and dot products run side by side; the templates are constants, so a product with one of
their coefficients is a few shifts and adds.
"""

from functools import partial

from amaranth.hdl import Const, Mux, Value

from hydrophone_hdl.arith import scaled, total, tree
from hydrophone_hdl.block import Datapath, Wires
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.dsp.distance import COSINE, NORM_LOG2, DistanceParams
from hydrophone_model.dsp.log2 import FRACTION

PRODUCTS_A_CLOCK = 4
"""Products with template coefficients that one clock adds up."""


class Distance(Datapath):
    """Distances to the nearest template of each group."""

    params: DistanceParams

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``distance`` of ``coefficients``, their negative where ``flip``."""
        params, flip = self.params, inputs["flip"][0]
        weighted = [
            pipe.logic(lambda x, s=shift: x.shift_left(s), wire)
            for wire, shift in zip(inputs["coefficients"], params.shifts, strict=True)
        ]
        squares = [pipe.stage(lambda x: (x * x)[: 2 * len(x) - 1], x) for x in weighted]
        energy = log2(pipe, sums(pipe, squares))
        dots = [self._dot(pipe, weighted, flip, template) for template in params.templates]
        distances: list[Wire] = []
        for group in range(params.group_count):
            members = [d for d, g in zip(dots, params.groups, strict=True) if g == group]
            nearest = pipe.stage_of(partial(greatest, pipe), members)
            exponent = pipe.logic(
                lambda dot, e: dot - e.shift_right(1) - (NORM_LOG2 << FRACTION),
                log2(pipe, nearest),
                energy,
            )
            cosine = exp2(pipe, exponent, COSINE)
            distances.append(pipe.stage(_distance, cosine, nearest))
        return {"distance": distances}

    def _dot(self, pipe: Pipe, weighted: list[Wire], flip: Wire, template: tuple[int, ...]) -> Wire:
        """Dot product with one template, negated where ``flip``."""
        terms = [(x, t) for x, t in zip(weighted, template, strict=True) if t]
        parts: list[Wire] = []
        for start in range(0, len(terms), PRODUCTS_A_CLOCK):
            some = terms[start : start + PRODUCTS_A_CLOCK]
            multiply = partial(_weigh, [factor for _, factor in some])
            parts.append(pipe.stage_of(multiply, [wire for wire, _ in some]))
        dot = pipe.logic_of(lambda part: total(part)[: self.params.dot.width].as_signed(), parts)
        return pipe.stage(lambda value, negate: Mux(negate, -value, value), dot, flip)


def sums(pipe: Pipe, terms: list[Wire], fan_in: int = 4) -> Wire:
    """Sum of many wires, ``fan_in`` of them a clock."""
    while len(terms) > 1:
        terms = [
            pipe.stage_of(total, terms[start : start + fan_in])
            for start in range(0, len(terms), fan_in)
        ]
    return terms[0]


def greatest(pipe: Pipe, values: list[Value]) -> Value:
    """The greatest of signed values, or zero if none is above it."""
    return positive(tree(values, lambda a, b: pipe.let(Mux(a > b, a, b))))


def _weigh(factors: list[int], values: list[Value]) -> Value:
    return total([scaled(x, factor) for x, factor in zip(values, factors, strict=True)])


def _distance(cosine: Value, nearest: Value) -> Value:
    near = Mux(cosine > COSINE.one, COSINE.one, cosine)
    return (Const(COSINE.one) - Mux(nearest.any(), near, 0))[: COSINE.width].shift_left(1)
