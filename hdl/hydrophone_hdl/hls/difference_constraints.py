"""Difference constraints: linear programs of least cost whose unknowns are clocks.

No general solver is needed. From the least values that meet the constraints on, the unknowns whose
common rise by one saves most are raised, over and over, until none saves any: that is an optimum,
for such a cost is L-natural convex (Murota, Discrete Convex Analysis, 2003). The best unknowns to
raise are a set that is closed under the constraints without slack, found by a minimum cut (Picard
1976). There are no more rounds than clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from hydrophone_model.fixed import Raw

UNCUT = 1 << 29
"""Capacity of what no cut goes through: more than all that waits in any design."""


@dataclass(frozen=True)
class DifferenceConstraints:
    """Constraints: each ``later`` unknown is so much greater than the ``earlier`` at least.

    Attributes:
        earlier: Numbers of unknowns.
        later: Numbers of unknowns.
        least: The least difference; may be negative.
    """

    earlier: Raw
    later: Raw
    least: Raw

    def cheapest(self, cost: Raw, fixed: Mapping[int, int], *, latest: int) -> Raw:
        """Values of least cost, and of those the least; none is negative.

        Args:
            cost: Of each unknown, by which its value counts; nothing is saved without end.
            fixed: Unknowns whose values are given.
            latest: No unknown has to be greater to meet the constraints.

        Raises:
            RuntimeError: They cannot be met.
        """
        held = np.array(list(fixed), np.int64)
        values = np.zeros(len(cost), np.int64)
        values[held] = list(fixed.values())
        values = self._raised(values, latest)
        if values[held].tolist() != list(fixed.values()):
            raise RuntimeError("constraints on differences contradict the values that are given")
        while (rising := self._rising(values, cost, held)).size:
            values[rising] += 1
        return values

    def _raised(self, values: Raw, latest: int) -> Raw:
        """The least values from the given ones on that meet the constraints."""
        while True:
            before = values.copy()
            np.maximum.at(values, self.later, before[self.earlier] + self.least)
            if np.array_equal(values, before):
                return values
            if values.max() > latest:
                raise RuntimeError(f"constraints on differences cannot be met up to {latest}")

    def _rising(self, values: Raw, cost: Raw, held: Raw) -> Raw:
        """The unknowns whose rise by one saves most, as few as do; none where nothing saves."""
        count = len(cost)
        source, drain = count, count + 1
        tight = values[self.earlier] + self.least == values[self.later]
        free = np.ones(count, np.bool_)
        free[held] = False
        saving, costing = np.flatnonzero(free & (cost < 0)), np.flatnonzero(free & (cost > 0))
        tails = [self.earlier[tight], np.full(len(saving), source), costing, held]
        heads = [self.later[tight], saving, np.full(len(costing) + len(held), drain)]
        bits = [np.full(len(tails[0]), UNCUT), -cost[saving], cost[costing]]
        bits.append(np.full(len(held), UNCUT))
        capacity = csr_array(
            (
                np.concatenate(bits).astype(np.int32),
                (np.concatenate(tails), np.concatenate(heads)),
            ),
            shape=(count + 2, count + 2),
        )
        # SciPy's stubs know little of sparse arrays.
        residual: Any = capacity - maximum_flow(capacity, source, drain).flow
        residual.eliminate_zeros()
        reached: Raw = breadth_first_order(residual, source, return_predecessors=False).astype(
            np.int64
        )
        return reached[reached < count]
