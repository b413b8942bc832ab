"""Euclidean distance of a shape to a bank of templates, after both are scaled to unit energy.

For unit vectors the squared distance is ``2 - 2 cos``, and the cosine is one dot product over the
square root of the energy: ``log2 dot - log2(energy) / 2`` less the template's norm, which is the
same power of two for all. So no vector is ever divided. The templates come in groups; each group
answers with the distance of its nearest member.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.haar import haar, levels
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.errors import ConfigError, shown
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import FLOW
from hydrophone_model.limits import parameter

TEMPLATE = Fixed(signed=True, integer=7)
"""One coefficient of a template."""
LARGEST = 1000
"""Greatest sample of a template's shape, which is scaled to its norm anyway."""
NORM_LOG2 = 6
"""Every template is scaled to the Euclidean norm 2**6."""
COSINE = Fixed(integer=1, fraction=8)
SQUARED_DISTANCE = Fixed(integer=2, fraction=8)
"""0 (same shape) to 2 (orthogonal or worse)."""

ERROR_BOUND = 0.0525
"""Largest difference from the float64 squared distance to the presets' unquantised templates.

Twice the sum of what quantising moves a template by (at most 0.021 of its length), one step of
`COSINE`, and a thousandth for the logarithms.
"""


@dataclass(frozen=True, kw_only=True)
class DistanceParams(Params):
    """Templates and scale weights of the distance block."""

    name: ClassVar[str] = "distance"
    derived: ClassVar[tuple[str, ...]] = (
        "templates",
        "shifts",
        "length",
        "group_count",
        "weighted",
    )
    shapes: tuple[tuple[int, ...], ...] = parameter(
        MISSING,
        -LARGEST,
        LARGEST,
        "templates as windows of samples, oldest first, in any unit",
        depth=2,
    )
    groups: tuple[int, ...] = parameter(
        MISSING, 0, 255, "group of each template; groups count from 0 without a gap", depth=1
    )
    scale_shifts: tuple[int, ...] = parameter(
        (2, 2, 1, 1),
        0,
        4,
        "left shift of each Haar level's coefficients, finest first: a weight of 4**shift",
    )
    sample: Fixed = FLOW

    def __post_init__(self) -> None:
        super().__post_init__()
        lengths = {len(shape) for shape in self.shapes}
        if len(lengths) != 1 or len(self.shapes[0]) != 1 << len(self.scale_shifts):
            raise ConfigError(
                f"distance.shapes have lengths {sorted(lengths)}: use "
                f"{1 << len(self.scale_shifts)}, two to the number of scale_shifts"
            )
        if len(self.groups) != len(self.shapes) or set(self.groups) != set(range(self.group_count)):
            raise ConfigError(
                f"distance.groups = {shown(self.groups)} is not allowed: name a group for each of "
                f"{len(self.shapes)} shapes, counting from 0 without a gap"
            )
        for place, shape in enumerate(self.shapes):
            if not any(shape):
                raise ConfigError(f"distance.shapes[{place}] is all zero: give it a shape")

    @property
    def length(self) -> int:
        """Coefficients of a shape."""
        return len(self.shapes[0])

    @property
    def group_count(self) -> int:
        """Number of groups."""
        return max(self.groups) + 1

    @cached_property
    def shifts(self) -> tuple[int, ...]:
        """Left shift of each coefficient, coarsest first."""
        return tuple(self.scale_shifts[level - 1] for level in levels(self.length))

    @cached_property
    def templates(self) -> tuple[tuple[int, ...], ...]:
        """Quantised templates of norm 2**`NORM_LOG2` in the weighted Haar domain."""
        weighted = haar(np.array(self.shapes, np.int64)) << np.array(self.shifts)
        norms = np.linalg.norm(weighted.astype(np.float64), axis=1, keepdims=True)
        scaled = np.rint(weighted / norms * (1 << NORM_LOG2)).astype(np.int64)
        return tuple(tuple(row) for row in TEMPLATE.checked(scaled).tolist())

    @property
    def coefficient(self) -> Fixed:
        """Format of a Haar coefficient before its weight."""
        return self.sample.sum_of(self.length)

    @property
    def weighted(self) -> Fixed:
        """Format of a Haar coefficient after its weight."""
        bits = self.coefficient.integer + max(self.scale_shifts)
        return Fixed(signed=True, integer=bits)

    @property
    def energy(self) -> Fixed:
        """Format of the sum of squares."""
        square = Fixed(integer=2 * self.weighted.integer)
        return square.sum_of(self.length)

    @property
    def dot(self) -> Fixed:
        """Format of a dot product with a template."""
        return self.weighted.product(TEMPLATE).sum_of(self.length)

    @property
    def inputs(self) -> Ports:
        """``coefficients`` of `hydrophone_model.dsp.haar`; ``flip`` compares their negative."""
        return {"coefficients": Port(self.coefficient, self.length), "flip": Port(FLAG)}

    @property
    def outputs(self) -> Ports:
        """``distance``: squared distance to the nearest template of each group."""
        return {"distance": Port(SQUARED_DISTANCE, self.group_count)}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``shifts`` of the coefficients, and the quantised ``templates``."""
        return {"shifts": self.shifts, "templates": self.templates}


class DistanceModel(Model):
    """Golden model of the distance block.

    A shape without energy, and one that points away from every template of a group, has the
    squared distance 2 of orthogonal shapes.

    State:
        None.

    Steps:
        1. ``w[k] = coefficients[k] << shifts[k]``.
        2. ``h = log2(sum of w[k]**2) >> 1``, half the logarithm of the energy.
        3. For each template ``t``: ``dot[t] = sum of w[k] * templates[t][k]``; its negative if
           ``flip``.
        4. For each group: ``nearest`` is the largest ``dot`` of the templates of that group
           (``groups`` of the parameters). If ``nearest <= 0``, ``cosine = 0``; else
           ``cosine = min(exp2(log2(nearest) - h - (NORM_LOG2 << FRACTION), COSINE), COSINE.one)``.
        5. ``distance[group] = 2 * (COSINE.one - cosine)``.

        A template is the Haar transform of its shape, each coefficient shifted left as in step 1,
        scaled to the Euclidean norm ``2**NORM_LOG2`` and rounded to the nearest, a half to even.
        ``shifts[k]`` is the entry of ``scale_shifts``, finest level first, for the level of
        coefficient ``k``; the sum of all has that of the coarsest level.
    """

    def __init__(self, params: DistanceParams) -> None:
        self.params = params
        self._templates = np.array(params.templates, np.int64)
        self._shifts = np.array(params.shifts, np.int64)

    def reset(self) -> None:
        """Has no state."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Distances of a batch of shapes."""
        params = self.params
        weighted = inputs["coefficients"] << self._shifts
        half_energy = log2(np.sum(weighted * weighted, axis=-1)) >> 1
        dots = weighted @ self._templates.T
        dots = np.where(inputs["flip"][:, None] != 0, -dots, dots)
        groups = np.array(params.groups)
        nearest = np.stack(
            [dots[:, groups == group].max(axis=1) for group in range(params.group_count)], axis=-1
        )
        exponent = log2(np.maximum(nearest, 0)) - half_energy[:, None] - (NORM_LOG2 << FRACTION)
        cosine = np.minimum(exp2(exponent, COSINE), COSINE.one)
        cosine = np.where(nearest > 0, cosine, 0)
        return {"distance": 2 * (COSINE.one - cosine)}
