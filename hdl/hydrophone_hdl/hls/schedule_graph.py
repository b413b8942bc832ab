"""Schedule graph: a datapath's vertices in the order in which they can be scheduled.

Vertices are operations, memories and results. Whatever lies on a way from a state's entry to its
successor belongs to the same clock: such vertices, the strongly connected ones, form a group.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from hydrophone_hdl.hls.graph import CLOCKED, DescriptionError, Kind, Node
from hydrophone_hdl.hls.legalise import add_pair, multiplier, tabled
from hydrophone_hdl.hls.memory import Memory, MemoryRead, State, StateRead
from hydrophone_model.target import Target


@dataclass(frozen=True, eq=False)
class Sink:
    """A result that leaves the datapath.

    Attributes:
        port: Name of the port.
        element: Which element of the port.
        node: What yields it.
        early: Whether it leaves before the rest.
    """

    port: str
    element: int
    node: Node
    early: bool


@dataclass(eq=False)
class Write:
    """The write of a memory."""

    memory: Memory


Vertex = Node | State | Write | Sink


class ScheduleGraph:
    """Everything that the results of a datapath need.

    Args:
        sinks: The results.
        target: Device family; multiplications are cut to its cells.

    Attributes:
        groups: Vertices that share a clock, each group after all it depends on.
        invariant: Nodes made of constants and settings alone, operands first.

    Raises:
        DescriptionError: A memory is read on a way from a state's entry to its successor.
    """

    def __init__(self, sinks: Sequence[Sink], target: Target) -> None:
        self.sinks = sinks
        self._writes: dict[Memory, Write] = {}
        for node in reached(sinks):
            if node.kind is Kind.MULTIPLY:
                multiplier(node, target)
        self.invariant: list[Node] = []
        self.groups = self._split_invariant(self._ordered())
        loops = [v for group in self.groups if len(group) > 1 for v in group]
        sums = [v for v in (*loops, *self.invariant) if isinstance(v, Node) and v.kind is Kind.SUM]
        if sums:
            for node in sums:
                while add_pair(node, lambda _: 0) is not None:
                    pass
            self.groups = self._split_invariant(self._ordered())
        for group in self.groups:
            if len(group) > 1:
                _check_loop(group)
            elif isinstance(group[0], Node):
                tabled(group[0], target)

    def _split_invariant(self, groups: list[list[Vertex]]) -> list[list[Vertex]]:
        """Takes out the invariant nodes; returns the groups that have a clock."""
        invariant: set[Vertex] = set()
        self.invariant = []
        moving: list[list[Vertex]] = []
        for group in groups:
            (first, *rest) = group
            if not rest and isinstance(first, Node) and self._is_invariant(first, invariant):
                invariant.add(first)
                self.invariant.append(first)
            else:
                moving.append(group)
        return moving

    @staticmethod
    def _is_invariant(node: Node, invariant: set[Vertex]) -> bool:
        if node.kind in (Kind.INPUT, Kind.STATE, *CLOCKED):
            return False
        return node.invariant or all(operand in invariant for operand in node.operands)

    @property
    def nodes(self) -> list[Node]:
        """The operations that have a clock."""
        return [v for group in self.groups for v in group if isinstance(v, Node)]

    @cached_property
    def states(self) -> list[State]:
        """The states."""
        return [v for group in self.groups for v in group if isinstance(v, State)]

    @cached_property
    def writes(self) -> list[Write]:
        """The writes of memories."""
        return [v for group in self.groups for v in group if isinstance(v, Write)]

    def needs(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """The vertices that have to be there for a vertex."""
        match vertex:
            case Sink():
                return (vertex.node,)
            case State():
                return (vertex.address, *vertex.successor, *vertex.reset)
            case Write():
                return vertex.memory.writes
            case StateRead():
                return (vertex.state,)
            case _:
                return vertex.operands

    def _ordered(self) -> list[list[Vertex]]:
        """Strongly connected groups, dependencies first (Tarjan 1972, without recursion)."""
        roots: list[Vertex] = list(self.sinks)
        number: dict[Vertex, int] = {}
        least: dict[Vertex, int] = {}
        waiting: list[Vertex] = []
        inside: set[Vertex] = set()
        groups: list[list[Vertex]] = []
        while roots:
            root = roots.pop(0)
            if root in number:
                continue
            walk = [(root, iter(self._needs_and_roots(root, roots)))]
            number[root] = least[root] = len(number)
            waiting.append(root)
            inside.add(root)
            while walk:
                vertex, rest = walk[-1]
                for other in rest:
                    if other not in number:
                        number[other] = least[other] = len(number)
                        waiting.append(other)
                        inside.add(other)
                        walk.append((other, iter(self._needs_and_roots(other, roots))))
                        break
                    if other in inside:
                        least[vertex] = min(least[vertex], number[other])
                else:
                    walk.pop()
                    if walk:
                        above = walk[-1][0]
                        least[above] = min(least[above], least[vertex])
                    if least[vertex] == number[vertex]:
                        group: list[Vertex] = []
                        while not group or group[-1] is not vertex:
                            group.append(waiting.pop())
                            inside.discard(group[-1])
                        groups.append(group if len(group) == 1 else self._loop_order(group))
        return groups

    def _needs_and_roots(self, vertex: Vertex, roots: list[Vertex]) -> Iterable[Vertex]:
        """What a vertex needs; a memory that is read brings its write along as a root."""
        if isinstance(vertex, MemoryRead):
            memory = vertex.memory
            if memory not in self._writes:
                self._writes[memory] = Write(memory)
            if self._writes[memory] not in roots:
                roots.append(self._writes[memory])
        return self.needs(vertex)

    def _loop_order(self, group: list[Vertex]) -> list[Vertex]:
        """A group in the order of its logic: from the entries of its states to their successors."""
        members = set(group)
        ordered: list[Vertex] = [vertex for vertex in group if isinstance(vertex, State)]
        done = set(ordered)
        for vertex in group:
            stack = [vertex]
            while stack:
                top = stack[-1]
                open_ = [n for n in self.needs(top) if n in members and n not in done]
                if top in done:
                    stack.pop()
                elif open_:
                    stack += open_
                else:
                    done.add(top)
                    ordered.append(top)
                    stack.pop()
        return ordered


def claim(sinks: Sequence[Sink]) -> None:
    """Takes a description for a schedule, which legalises it in place.

    Raises:
        DescriptionError: Some of it belongs to another schedule.
    """
    for node in reached(sinks):
        if node.scheduled and node.kind is not Kind.CONSTANT:
            raise DescriptionError(
                f"{node} is part of another description, or of an earlier one of the same block "
                f"({node.place}): make it in build(), anew each time"
            )
        node.scheduled = True


def reached(sinks: Sequence[Sink]) -> list[Node]:
    """Every node that results need."""
    found: dict[Node, None] = {}  # in the order in which they are met
    stack = [sink.node for sink in sinks]
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found[node] = None
        stack += node.operands
        if isinstance(node, StateRead):
            state = node.state
            stack += [state.address, *state.successor, *state.reset]
        elif isinstance(node, MemoryRead):
            stack += node.memory.writes
    return list(found)


def _check_loop(group: Sequence[Vertex]) -> None:
    """Refuses a loop with a memory's slot in it."""
    states = ", ".join(repr(vertex.name) for vertex in group if isinstance(vertex, State))
    for vertex in group:
        if isinstance(vertex, MemoryRead):
            raise DescriptionError(
                f"memory {vertex.memory.name!r} is read in the loop of state {states} "
                f"({vertex.place}): a slot comes a clock after its address, and what leads from an "
                "entry to its successor has one clock; let neither the address follow from the "
                "entry, nor the successor from the slot"
            )
