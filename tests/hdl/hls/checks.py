"""Whether a schedule keeps its promises, computed without the scheduler's own arithmetic.

Arrivals are worked out for every single bit: an adder's carry runs through its bits, wiring moves
bits, everything else waits for what it takes. The scheduler knows only a lowest and a highest bit.
"""

from collections.abc import Sequence

from hydrophone_hdl.hls.graph import CLOCKED, Kind, Node, Resize, Slice
from hydrophone_hdl.hls.memory import State, StateRead
from hydrophone_hdl.hls.schedule import Reading, Schedule
from hydrophone_hdl.hls.schedule_graph import Sink, Vertex, Write

SLACK = 0.08
"""Share of a clock by which a lowest and a highest bit may tell less than all bits do: chains of
few bits are given a steeper carry here than they have, and signs fill up more than a carry's end.
By the schedule's own two numbers nothing may be late at all."""
Bits = list[float]
"""Picoseconds after the clock's edge at which each bit is there, the lowest first."""


def register_bits(schedule: Schedule) -> int:
    """Bits that wait from one clock to the next."""
    last: dict[Node, int] = {}

    def used(node: Node, cycle: int) -> None:
        if schedule.moves(node):
            last[node] = max(last.get(node, 0), cycle)

    for vertex in vertices(schedule):
        cycle = schedule.cycle(vertex)
        match vertex:
            case Node() if vertex.kind in CLOCKED:
                used(vertex.operands[0], cycle - 1)
            case Node(kind=Kind.STATE):
                pass
            case Node():
                for operand in vertex.operands:
                    used(operand, cycle)
            case State():
                for node in (vertex.address, *vertex.successor):
                    used(node, cycle)
            case Write():
                for node in vertex.memory.writes:
                    used(node, cycle)
            case Sink():
                used(vertex.node, cycle)
    return sum(
        node.format.width * (last[node] - schedule.cycle(node))
        for node in schedule.graph.nodes
        if node in last
    )


def vertices(schedule: Schedule) -> list[Vertex]:
    return [vertex for group in schedule.graph.groups for vertex in group]


def check(schedule: Schedule, *, slack: float = SLACK) -> None:
    """Asserts that every operation fits its clock and finds what it needs."""
    arrivals, spared = Arrivals(schedule), slack * schedule.clock.period_ps
    end = schedule.clock.end + spared
    block_end = schedule.clock.period_ps - schedule.clock.model.block_setup_ps + spared
    for vertex in vertices(schedule):
        cycle = schedule.cycle(vertex)
        match vertex:
            case Sink():
                assert cycle == (schedule.early_latency if vertex.early else schedule.latency)
                assert not schedule.moves(vertex.node) or schedule.cycle(vertex.node) < cycle
            case State():
                _check_state(schedule, vertex, arrivals, spared)
            case Write():
                for node in vertex.memory.writes:
                    assert arrivals.by(node, cycle) <= block_end
                for read in (node for node in vertex.memory.reads if schedule.moves(node)):
                    # The address is taken a clock before the slot's value is there.
                    ahead = cycle - (schedule.cycle(read) - 1)
                    assert 0 <= ahead < vertex.memory.reuse, f"{ahead} clocks"
            case Node() if vertex.kind in CLOCKED:
                assert arrivals.by(vertex.operands[0], cycle - 1) <= block_end
            case StateRead():
                assert cycle == schedule.cycle(vertex.state)
            case Node():
                assert max(arrivals.of(vertex)) <= end, f"{vertex} {vertex.place}"
        if isinstance(vertex, Node):
            assert schedule.arrive(vertex, cycle) == schedule.arrivals[vertex]
            assert schedule.arrivals[vertex][1] <= schedule.clock.end, f"{vertex} {vertex.place}"
        for capture in schedule.captures(vertex):
            assert schedule.met(capture, cycle) or not schedule.moves(capture.node)


def _check_state(schedule: Schedule, state: State, arrivals: "Arrivals", spared: float) -> None:
    model, cycle, reading = (
        schedule.clock.model,
        schedule.cycle(state),
        schedule.readings[state],
    )
    end = schedule.clock.end + spared
    forward = model.cost("mux", state.width).delay_ps
    assert cycle >= reading.ahead or not schedule.moves(state.address)
    taken = arrivals.by(state.address, cycle - reading.ahead)
    match reading:
        case Reading.SINGLE | Reading.DIRECT:
            assert taken <= end
        case Reading.DISTRIBUTED:
            read = model.cost("read", state.depth, state.width).delay_ps
            assert taken + read + forward <= end
        case Reading.BLOCK | Reading.BLOCK_REGISTERED:
            assert taken <= schedule.clock.period_ps - model.block_setup_ps + spared
    late = forward if reading.registered else 0
    for node in state.successor:
        assert arrivals.by(node, cycle) + late <= end, f"{state.name} at {node.place}"


class Arrivals:
    """When every bit of every node is there within its clock."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule, self._known = schedule, dict[Node, Bits]()

    def of(self, node: Node) -> Bits:
        """The bits of a node on its own clock."""
        if node not in self._known:
            self._known[node] = self._bits(node)
        return self._known[node]

    def by(self, node: Node, cycle: int) -> float:
        """When the last bit is there on a clock; what never changes always is."""
        return max(self._seen(node, cycle)) if self._schedule.moves(node) else 0

    def _seen(self, node: Node, cycle: int) -> Bits:
        schedule = self._schedule
        if not schedule.moves(node):
            return self.of(node)
        assert schedule.cycle(node) <= cycle, f"{node} {node.place} is not there on {cycle}"
        if schedule.cycle(node) == cycle:
            return self.of(node)
        return [schedule.clock.model.clk_to_q_ps] * node.format.width

    def _bits(self, node: Node) -> Bits:
        schedule, model, width = self._schedule, self._schedule.clock.model, node.format.width
        match node.kind:
            case Kind.CONSTANT:
                return [0] * width
            case Kind.INPUT | Kind.CONTROL:
                return [model.clk_to_q_ps] * width
            case Kind.MEMORY | Kind.TABLE:
                return [model.block_out_ps] * width
            case Kind.STATE if isinstance(node, StateRead):
                return [self._entry(node.state)] * width
            case _:
                pass
        cycle = schedule.cycle(node) if schedule.moves(node) else 0
        operands = [self._seen(operand, cycle) for operand in node.operands]
        return self._through(node, operands)

    def _entry(self, state: State) -> float:
        schedule, model = self._schedule, self._schedule.clock.model
        match schedule.readings[state]:
            case Reading.DIRECT:
                read = model.cost("read", state.depth, state.width).delay_ps
                return self.by(state.address, schedule.cycle(state)) + read
            case Reading.BLOCK:
                return model.block_out_ps + model.cost("mux", state.width).delay_ps
            case _:
                return model.clk_to_q_ps

    def _through(self, node: Node, operands: Sequence[Bits]) -> Bits:
        cost, width = self._schedule.costs[node], node.format.width
        near = cost.delay_ps - cost.ripple_ps
        match node.kind:
            case Kind.SLICE if isinstance(node, Slice):
                return operands[0][node.first : node.first + width]
            case Kind.JOIN:
                return [bit for part in operands for bit in part]
            case Kind.RESIZE if isinstance(node, Resize):
                moved = [0.0] * max(0, node.left) + operands[0][max(0, -node.left) :]
                return _extended(moved, width, signed=node.operands[0].format.signed)
            case Kind.ADD | Kind.SUBTRACT | Kind.COMPARE:
                long = max(map(len, operands)) if node.kind is Kind.COMPARE else width
                wide = _wide(node, operands, long)
                chain = [max(column) + near for column in zip(*wide, strict=True)]
                for place in range(1, long):
                    step = cost.ripple_ps / (long - 1)
                    chain[place] = max(chain[place], chain[place - 1] + step)
                return chain[-1:] if node.kind is Kind.COMPARE else chain
            case Kind.AND | Kind.OR | Kind.XOR | Kind.NOT:
                wide = _wide(node, operands, width)
                return [max(column) + cost.delay_ps for column in zip(*wide, strict=True)]
            case Kind.MUX:
                (condition,), *values = operands
                wide = _extended_all(node.operands[1:], values, width)
                return [
                    max(condition, *column) + cost.delay_ps for column in zip(*wide, strict=True)
                ]
            case _:
                return [max(map(max, operands)) + cost.delay_ps] * width


def _wide(node: Node, operands: Sequence[Bits], width: int) -> list[Bits]:
    return _extended_all(node.operands, operands, width)


def _extended_all(nodes: Sequence[Node], bits: Sequence[Bits], width: int) -> list[Bits]:
    return [
        _extended(operand, width, signed=node.format.signed)
        for node, operand in zip(nodes, bits, strict=True)
    ]


def _extended(bits: Bits, width: int, *, signed: bool) -> Bits:
    """The low bits, or as many as the sign fills up; zeros are there from the start."""
    return [*bits, *[bits[-1] if signed else 0.0] * width][:width]
