"""Register minimisation: operations move to where the fewest bits wait.

The clocks of all operations are the unknowns of a linear program. Its constraints are differences
of two unknowns: an operand comes before its result; what together is too long for a clock does not
share one. Its cost are the bits that wait from one clock to the next. Such a program has whole
numbers for a solution (Cong & Zhang 2006, scheduling by difference constraints).
"""

import numpy as np

from hydrophone_hdl.hls.difference_constraints import DifferenceConstraints
from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.memory import StateRead
from hydrophone_hdl.hls.schedule import Capture, Schedule
from hydrophone_hdl.hls.schedule_graph import Sink, Vertex
from hydrophone_hdl.hls.timing_constraints import Taker, too_long


def minimise_registers(schedule: Schedule) -> None:
    """Moves a schedule's operations to save registers; latencies stay as they are."""
    _Program(schedule).solve()


class _Program:
    """The linear program of one schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._nodes = schedule.graph.nodes
        self._place = {node: place for place, node in enumerate(self._nodes)}
        self._group: dict[Vertex, int] = {}
        for number, group in enumerate(schedule.graph.groups):
            self._group.update(dict.fromkeys(group, number))
        self._followers: list[list[int]] = [[] for _ in self._nodes]
        for place, node in enumerate(self._nodes):
            for operand in schedule.operands(node):
                if schedule.moves(operand):
                    self._followers[self._place[operand]].append(place)
        self._captures: list[list[tuple[Taker, Capture]]] = [[] for _ in self._nodes]
        for vertex in (v for group in schedule.graph.groups for v in group):
            for capture in schedule.captures(vertex):
                if schedule.moves(capture.node):
                    taker = self._group[vertex], capture.ahead
                    self._captures[self._place[capture.node]].append((taker, capture))

    def solve(self) -> None:
        """Solves it and puts the clocks into the schedule."""
        schedule = self._schedule
        groups = len(schedule.graph.groups)
        fixed: dict[int, int] = {}
        for group, vertices in enumerate(schedule.graph.groups):
            match vertices:
                case [Sink() as sink]:
                    fixed[group] = schedule.cycle(sink)
                case [Node(kind=Kind.INPUT)]:
                    fixed[group] = 0
                case _:
                    pass
        # Each node with bits has an unknown more: the last clock on which its value is needed.
        cost = np.zeros(groups + len(self._nodes), np.int64)
        least: dict[tuple[int, int], int] = {}

        def after(earlier: int, later: int, clocks: int) -> None:
            if earlier != later:
                key = earlier, later
                least[key] = max(least.get(key, clocks), clocks)

        for place, node in enumerate(self._nodes):
            own, last = self._group[node], groups + place
            cost[last] += node.format.width
            cost[own] -= node.format.width
            after(own, last, 0)
            if isinstance(node, StateRead):
                after(self._group[node.state], own, 0)
                after(own, self._group[node.state], 0)
            for follower in self._followers[place]:
                after(own, self._group[self._nodes[follower]], 0)
                after(self._group[self._nodes[follower]], last, 0)
            for (group, ahead), capture in self._captures[place]:
                after(own, group, ahead)
                after(group, last, 0 if capture.keeps else -ahead)
        own_groups = [self._group[node] for node in self._nodes]
        for place, taker in too_long(schedule, self._followers, self._captures, own_groups):
            after(own_groups[place], taker[0], taker[1] + 1)
        for hazard in schedule.hazards():
            # An event reads a slot no later than it overwrites it, and long before the next does.
            read, write = self._group[hazard.read], self._group[hazard.write]
            after(read, write, -1)
            after(write, read, 2 - hazard.reuse)
        keys = np.array(list(least), np.int64).reshape(-1, 2)
        clocks = DifferenceConstraints(
            keys[:, 0], keys[:, 1], np.array(list(least.values()), np.int64)
        )
        found = clocks.cheapest(cost, fixed, latest=max(schedule.cycles.values()))
        for vertices, clock in zip(schedule.graph.groups, found.tolist(), strict=False):
            for vertex in vertices:
                schedule.cycles[vertex] = clock
