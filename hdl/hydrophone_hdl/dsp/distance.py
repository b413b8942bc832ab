"""Squared Euclidean distance of a Haar-transformed shape to groups of templates.

Energy and dot products run side by side; the templates are constants, so a dot product is one sum
of shifted coefficients. Turning the shape over turns over its bits before the sums, and adds the
ones that are then missing as another term.
"""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.exp2 import bounded_exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.flags import EVERY_BIT
from hydrophone_hdl.hls.number import Number, largest, select, total, unsigned, weighted_sum
from hydrophone_model.dsp.distance import COSINE, NORM_LOG2, DistanceParams
from hydrophone_model.fixed import Fixed


class Distance(Datapath):
    """Distances to the nearest template of each group."""

    params: DistanceParams

    def build(self, inputs: Numbers) -> Numbers:
        """``distance`` of ``coefficients``, their negative where ``flip``."""
        return {"distance": [unsigned(distance) for distance in self.distances(inputs)]}

    def distances(self, inputs: Numbers) -> list[Number]:
        """Distance to the nearest template of each group."""
        return [(1 - cosine) << 1 for cosine in self.cosines(inputs)]

    def cosines(self, inputs: Numbers) -> list[Number]:
        """Cosine of the angle to the nearest template of each group, 0 where none is near."""
        params = self.params
        coefficients, shifts = inputs["coefficients"], params.shifts
        squares = [_square(x) << 2 * s for x, s in zip(coefficients, shifts, strict=True)]
        half_energy = log2(total(squares)) >> 1
        flip = inputs["flip"][0].read_as(EVERY_BIT)
        turned = [x ^ flip for x in coefficients]
        dots: list[Number] = []
        for template in params.templates:
            weights = [t << shift for t, shift in zip(template, shifts, strict=True)]
            dots.append(weighted_sum([*turned, flip], [*weights, -sum(weights)]))
        cosines: list[Number] = []
        for group in range(params.group_count):
            nearest = largest([d for d, g in zip(dots, params.groups, strict=True) if g == group])
            # Of one that points away the logarithm is of no use, nor is it used.
            along = log2(nearest.wrap(Fixed(integer=nearest.width - 1)))
            # The templates' norm waits for the end, where it only moves the binary point.
            scaled = bounded_exp2(
                along - half_energy, bound=NORM_LOG2, fraction=COSINE.fraction - NORM_LOG2
            )
            cosines.append(select(nearest > 0, scaled.read_as(COSINE), 0))
        return cosines


def _square(x: Number) -> Number:
    square = x * x
    return square.wrap(Fixed(integer=square.width - 1))
