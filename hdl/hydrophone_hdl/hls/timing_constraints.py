"""Timing constraints: what cannot share a clock with the operation that a path begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.hls.graph import Node
from hydrophone_hdl.hls.schedule import Capture, Schedule
from hydrophone_hdl.hls.timing import arrival
from hydrophone_model.fixed import Raw

NEVER = -(10**9)
"""When what no path leads through is there."""
Taker = tuple[int, int]
"""The group of a vertex that takes a value, and by how many clocks before its own it does."""


@dataclass(frozen=True)
class Paths:
    """Paths that lead to a node within a clock, each from registers through its first operation.

    Attributes:
        starts: Numbers of the first operations, ascending.
        low: When the lowest bit is there, of each.
        high: When the highest bit is there.
    """

    starts: Raw
    low: Raw
    high: Raw

    @property
    def numbers(self) -> list[int]:
        """The starts as plain integers."""
        return self.starts.tolist()

    def of(self, starts: Raw) -> tuple[Raw, Raw]:
        """The arrivals of other starts, among which are all its own."""
        if len(starts) == len(self.starts):
            return self.low, self.high
        low = np.full(len(starts), NEVER, np.int64)
        high, places = low.copy(), np.searchsorted(starts, self.starts)
        low[places], high[places] = self.low, self.high
        return low, high

    def __getitem__(self, those: NDArray[np.bool_]) -> "Paths":
        return Paths(self.starts[those], self.low[those], self.high[those])

    def with_start(self, start: int, low: int, high: int) -> "Paths":
        """One path more, whose start has the greatest number."""
        return Paths(
            np.append(self.starts, start), np.append(self.low, low), np.append(self.high, high)
        )


NONE = Paths(*[np.zeros(0, np.int64)] * 3)


def too_long(
    schedule: Schedule,
    followers: Sequence[Sequence[int]],
    captures: Sequence[Sequence[tuple[Taker, Capture]]],
    groups: Sequence[int],
) -> Iterator[tuple[int, Taker]]:
    """Nodes with what is too far behind them to share their clock.

    What is already implied by a follower's own is left out. All paths that lead to a node are
    worked out at once, in arrays.

    Args:
        schedule: Its nodes' order is the one in which the others are given.
        followers: What follows each node within a clock.
        captures: What takes each node's value.
        groups: The group of each node.
    """
    nodes, end = schedule.graph.nodes, schedule.clock.end
    places = {node: place for place, node in enumerate(nodes)}
    beyond: list[set[Taker]] = [set() for _ in nodes]
    paths: list[Paths] = []
    for place, node in enumerate(nodes):
        own = _extend(
            schedule, node, [_paths_to(o, schedule, places, paths) for o in schedule.operands(node)]
        )
        late = own.high > end
        for start in own[late].numbers:
            beyond[start].add((groups[place], 0))
        own = own[~late].with_start(place, *schedule.from_registers(node))
        for taker, capture in captures[place]:
            for start in own[own.high > capture.limit_ps].numbers:
                beyond[start].add(taker)
        paths.append(own)
    for place, found in enumerate(beyond):
        implied = set[Taker]().union(*(beyond[follower] for follower in followers[place]))
        for taker in found - implied:
            yield place, taker


def _paths_to(
    operand: Node, schedule: Schedule, places: dict[Node, int], paths: Sequence[Paths]
) -> Paths:
    """The paths that lead to an operand; none to an invariant one."""
    return paths[places[operand]] if schedule.moves(operand) else NONE


def _extend(schedule: Schedule, node: Node, operands: Sequence[Paths]) -> Paths:
    """The paths that lead on through a node."""
    starts = operands[0].starts if operands else NONE.starts
    for other in operands[1:]:
        if len(starts) != len(other.starts) or not np.array_equal(starts, other.starts):
            starts = np.union1d(starts, other.starts)
    if not starts.size:
        return NONE
    arrivals = [operand.of(starts) for operand in operands]
    return Paths(starts, *arrival(node, schedule.cost(node), arrivals, np.maximum))
