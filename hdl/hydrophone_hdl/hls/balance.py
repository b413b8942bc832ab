"""Registers minimised: operations move to where the fewest bits wait.

The clocks of all operations are the unknowns of a linear program. Its constraints are differences
of two unknowns: an operand comes before its result; what together is too long for a clock does not
share one. Its cost are the bits that wait from one clock to the next. Such a program has whole
numbers for a solution (Cong & Zhang 2006, scheduling by difference constraints).
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, cast

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.network import Sink
from hydrophone_hdl.hls.plan import Capture, Plan
from hydrophone_hdl.hls.timing import Arrival, arrival

NEVER = -(10**9)
Taker = tuple[int, int]
"""The group of a vertex that takes a value, and by how many clocks before its own it does."""


def balance(plan: Plan) -> None:
    """Moves a plan's operations to save registers; latencies stay as they are."""
    Balance(plan).solve()


class Balance:
    """The linear program of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._nodes = plan.network.nodes
        self._place = {id(node): place for place, node in enumerate(self._nodes)}
        self._group: dict[int, int] = {}
        for number, group in enumerate(plan.network.groups):
            self._group.update({id(vertex): number for vertex in group})
        self._followers: list[list[int]] = [[] for _ in self._nodes]
        for place, node in enumerate(self._nodes):
            for operand in plan.operands(node):
                if plan.moves(operand):
                    self._followers[self._place[id(operand)]].append(place)
        self._captures: list[list[tuple[Taker, Capture]]] = [[] for _ in self._nodes]
        for vertex in (v for group in plan.network.groups for v in group):
            for capture in plan.captures(vertex):
                if plan.moves(capture.node):
                    taker = self._group[id(vertex)], capture.ahead
                    self._captures[self._place[id(capture.node)]].append((taker, capture))

    def solve(self) -> None:
        """Solves it and puts the clocks into the plan."""
        plan = self._plan
        groups = len(plan.network.groups)
        bounds: list[tuple[float | None, float | None]] = [(0, None)] * groups
        for group, vertices in enumerate(plan.network.groups):
            match vertices:
                case [Sink() as sink]:
                    bounds[group] = (plan.cycle(sink), plan.cycle(sink))
                case [Node(kind=Kind.INPUT)]:
                    bounds[group] = (0, 0)
                case _:
                    pass
        # Each node with bits has an unknown more: the last clock on which its value is needed.
        cost = np.zeros(groups + len(self._nodes))
        bounds += [(0, None)] * len(self._nodes)
        least: dict[tuple[int, int], int] = {}

        def after(earlier: int, later: int, clocks: int) -> None:
            if earlier != later:
                key = earlier, later
                least[key] = max(least.get(key, clocks), clocks)

        for place, node in enumerate(self._nodes):
            own, last = self._group[id(node)], groups + place
            cost[last] += node.format.width
            cost[own] -= node.format.width
            after(own, last, 0)
            if node.kind is Kind.STATE:
                after(self._group[id(node.data[0])], own, 0)
                after(own, self._group[id(node.data[0])], 0)
            for follower in self._followers[place]:
                after(own, self._group[id(self._nodes[follower])], 0)
                after(self._group[id(self._nodes[follower])], last, 0)
            for (group, ahead), capture in self._captures[place]:
                after(own, group, ahead)
                after(group, last, 0 if capture.keeps else -ahead)
        for place, target in self._too_long():
            own = self._group[id(self._nodes[place])]
            after(own, target[0], target[1] + 1)
        for store_read, write, reuse in plan.hazards():
            # An event reads a slot no later than it overwrites it, and long before the next does.
            after(self._group[id(store_read)], self._group[id(write)], -1)
            after(self._group[id(write)], self._group[id(store_read)], 2 - reuse)
        keys = np.array(list(least), np.int64).reshape(-1, 2)
        rows = np.arange(len(keys))
        matrix = csr_array(
            (
                np.concatenate([np.ones(len(keys)), -np.ones(len(keys))]),
                (np.concatenate([rows, rows]), np.concatenate([keys[:, 0], keys[:, 1]])),
            ),
            shape=(len(keys), len(cost)),
        )
        limits = -np.array(list(least.values()), np.float64)
        # SciPy takes sparse matrices here; its stubs know none.
        found = linprog(cost, A_ub=cast("Any", matrix), b_ub=limits, bounds=bounds, method="highs")
        if not found.success or found.x is None:
            raise RuntimeError(f"registers could not be minimised: {found.message}")
        clocks = np.rint(found.x[:groups]).astype(int).tolist()
        for number, vertices in enumerate(plan.network.groups):
            for vertex in vertices:
                plan.cycles[id(vertex)] = clocks[number]

    def _too_long(self) -> Iterator[tuple[int, Taker]]:
        """Nodes with what is too far behind them to share their clock.

        What is already implied by a follower's own is left out.
        """
        beyond: list[set[Taker]] = [set() for _ in self._nodes]
        for place in reversed(range(len(self._nodes))):
            found = self._reach(place)
            beyond[place] = found
            implied: set[Taker] = set()
            for follower in self._followers[place]:
                implied |= beyond[follower]
            for target in found - implied:
                yield place, target

    def _reach(self, start: int) -> set[Taker]:
        """What a path from registers through the node does not reach within a clock."""
        plan, nodes = self._plan, self._nodes
        end, found = plan.clock.end, set[Taker]()
        there: dict[int, dict[int, Arrival]] = {start: {}}
        queue = [start]
        while queue:
            place = heappop(queue)
            node, given = nodes[place], there.pop(place)
            if place == start:
                now = plan.from_registers(node)
            else:
                operands = [given.get(id(o), (NEVER, NEVER)) for o in plan.operands(node)]
                now = arrival(node, plan.cost(node), operands)
            if now[1] > end and place != start:
                found.add((self._group[id(node)], 0))
                continue
            for taker, capture in self._captures[place]:
                if now[1] > capture.limit_ps:
                    found.add(taker)
            for follower in self._followers[place]:
                if follower not in there:
                    there[follower] = {}
                    heappush(queue, follower)
                there[follower][id(node)] = now
        return found
