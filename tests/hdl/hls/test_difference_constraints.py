"""Programs of differences: as cheap as a general solver finds, and the least of the cheapest."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from hydrophone_hdl.hls.difference_constraints import DifferenceConstraints

LATEST = 12


def drawn(rng: np.random.Generator) -> tuple[DifferenceConstraints, np.ndarray, dict[int, int]]:
    """Constraints between unknowns in order, some back again, and a cost that stays bounded."""
    count = int(rng.integers(3, 12))
    edges = [(a, b) for a in range(count) for b in range(a + 1, count) if rng.random() < 0.4]
    edges += [(a, count - 1) for a in range(count - 1)]
    least = [int(rng.integers(0, 3)) for _ in edges]
    back = [(b, a) for a, b in edges if rng.random() < 0.2]
    least += [-int(rng.integers(8, 12)) for _ in back]
    edges += back
    cost = rng.integers(-6, 7, count)
    # The last unknown is behind all others: its cost bounds what the others save.
    cost[-1] = 6 * count
    earlier, later = np.array(edges).T
    return (
        DifferenceConstraints(earlier, later, np.array(least)),
        cost,
        {0: int(rng.integers(0, 3))},
    )


def solved(program: DifferenceConstraints, cost: np.ndarray, fixed: dict[int, int]) -> float | None:
    matrix = np.zeros((len(program.least), len(cost)))
    rows = np.arange(len(program.least))
    matrix[rows, program.earlier] += 1
    matrix[rows, program.later] -= 1
    bounds = [(fixed.get(n, 0), fixed.get(n)) for n in range(len(cost))]
    found = linprog(cost, A_ub=matrix, b_ub=-program.least, bounds=bounds, method="highs")
    return found.fun if found.success else None


def test_as_cheap_as_a_general_solver(seed: int) -> None:
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(200):
        program, cost, fixed = drawn(rng)
        expected = solved(program, cost, fixed)
        if expected is None:
            with pytest.raises(RuntimeError, match="constraints on differences"):
                program.cheapest(cost, fixed, latest=10 * LATEST)
            continue
        values = program.cheapest(cost, fixed, latest=10 * LATEST)
        assert np.all(values[program.earlier] + program.least <= values[program.later])
        assert values[0] == fixed[0]
        assert cost @ values == pytest.approx(expected)
        compared += 1
    assert compared > 100


def test_the_least_of_the_cheapest() -> None:
    # The one in the middle costs nothing wherever it is.
    program = DifferenceConstraints(np.array([0, 1]), np.array([1, 2]), np.array([1, 1]))
    values = program.cheapest(np.array([0, 0, 5]), {0: 0, 2: 7}, latest=7)
    assert values.tolist() == [0, 1, 7]
    every = [v for v in product(range(8), repeat=3) if v[0] == 0 and v[2] == 7 and 1 <= v[1] <= 6]
    assert min(every) == tuple(values.tolist())


def test_what_contradicts_is_refused() -> None:
    cycle = DifferenceConstraints(np.array([0, 1]), np.array([1, 0]), np.array([1, 0]))
    with pytest.raises(RuntimeError, match="cannot be met up to 9"):
        cycle.cheapest(np.array([1, 1]), {}, latest=9)
    with pytest.raises(RuntimeError, match="contradict the values that are given"):
        DifferenceConstraints(np.array([0]), np.array([1]), np.array([3])).cheapest(
            np.array([1, 1]), {1: 2}, latest=9
        )
