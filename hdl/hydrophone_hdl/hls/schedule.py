"""Schedule of a datapath: the clock of each operation, and when its result is there within it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from hydrophone_hdl.hls.delays import Cost, DelayModel
from hydrophone_hdl.hls.graph import CLOCKED, Kind, Node
from hydrophone_hdl.hls.memory import State, StateRead
from hydrophone_hdl.hls.schedule_graph import ScheduleGraph, Sink, Vertex, Write
from hydrophone_hdl.hls.timing import Arrival, Clock, arrival, cost_of
from hydrophone_model.errors import RequestError
from hydrophone_model.timing import Timing

SMALL = 64
"""Entries up to which a memory may be distributed among the logic."""


class Reading(Enum):
    """How a state's entry is read; the value says where it comes from.

    A single entry is a register of its own. A distributed memory answers at once, or in the clock
    before and fills a register. A block RAM answers a clock after its address; with the address one
    clock earlier still, its answer fills a register.
    """

    SINGLE = "a register"
    DIRECT = "distributed memory"
    DISTRIBUTED = "a register filled from distributed memory"
    BLOCK = "a block RAM"
    BLOCK_REGISTERED = "a register filled from a block RAM"

    @property
    def ahead(self) -> int:
        """Clocks from the address to the entry."""
        return {Reading.SINGLE: 0, Reading.DIRECT: 0, Reading.BLOCK_REGISTERED: 2}.get(self, 1)

    @property
    def registered(self) -> bool:
        """Whether the entry comes from a register that a memory fills."""
        return self in (Reading.DISTRIBUTED, Reading.BLOCK_REGISTERED)


class ScheduleError(RequestError, ValueError):
    """A clock too fast for a loop or an operation; the message shows the path and its delays."""


@dataclass(frozen=True)
class Step:
    """One operation of a path.

    Attributes:
        node: The operation.
        at_ps: When its result is there, after the clock's edge.
    """

    node: Node
    at_ps: int


@dataclass(frozen=True)
class Capture:
    """A node's value as a memory or a result takes it.

    Attributes:
        node: What yields the value.
        ahead: Clocks before the taker's own on which it is taken.
        limit_ps: When it has to be there within that clock.
        keeps: Whether it is needed up to the taker's own clock.
    """

    node: Node
    ahead: int
    limit_ps: int
    keeps: bool = True


@dataclass(frozen=True)
class Hazard:
    """Write-after-read hazard: a read and the write of the same memory.

    Attributes:
        read: What is read.
        write: Of the slot that an event reads.
        behind: Clocks from taking the address of the read to the write.
    """

    read: Node
    write: Write
    behind: int

    @property
    def reuse(self) -> int:
        """Events from the write of a slot to its next read; its clocks have to be fewer."""
        return self.write.memory.reuse

    @property
    def refusal(self) -> str:
        """Why a write cannot be so far behind."""
        return (
            f"memory {self.write.memory.name!r} is written {self.behind} clocks after it is read, "
            f"and read again {self.reuse} events later ({self.read.place}): lengthen the window, "
            "or slow the clock"
        )


class Schedule:
    """A datapath on clocks.

    Args:
        sinks: Results of the datapath.
        timing: Target and clock.

    Attributes:
        graph: What is placed.
        clock: The clock with the family's delays.
        latency: Clocks from the input to the results.
        early_latency: Clocks from the input to the early results; 0 where there are none.
        cycles: Clock of each vertex.
        arrivals: When each node's result is there within its clock.
        readings: How each state is read.
        costs: What each node costs within its clock.
    """

    def __init__(self, sinks: Sequence[Sink], timing: Timing) -> None:
        self.timing = timing
        self.graph = ScheduleGraph(sinks, timing.family)
        self.clock = Clock(DelayModel.load(timing.target), int(timing.period_ps))
        self.latency = self.early_latency = 0
        self.cycles: dict[Vertex, int] = {}
        self.arrivals: dict[Node, Arrival] = {}
        self.readings: dict[State, Reading] = {}
        self.costs = {
            node: cost_of(node, self.clock.model)
            for node in (*self.graph.invariant, *self.graph.nodes)
        }
        for node in self.graph.invariant:
            self.arrivals[node] = self.from_registers(node)

    # -- what is where ------------------------------------------------------------------------

    def cycle(self, vertex: Vertex) -> int:
        """The clock of a vertex."""
        return self.cycles[vertex]

    def moves(self, node: Node) -> bool:
        """Whether a node belongs to a clock; invariant values do not."""
        return node in self.cycles

    def operands(self, node: Node) -> tuple[Node, ...]:
        """What a node's result follows within a clock; nothing where it begins one."""
        if isinstance(node, StateRead):
            direct = self.readings[node.state] is Reading.DIRECT
            return (node.state.address,) if direct else ()
        return () if node.kind in CLOCKED else node.operands

    def arrive(self, node: Node, cycle: int) -> Arrival:
        """When a node's result would be there on a clock, its operands being where they are."""
        return self._arrival(node, lambda operand: self.cycle(operand) < cycle)

    def from_registers(self, node: Node) -> Arrival:
        """When a node's result is there if every operand comes from a register."""
        return self._arrival(node, lambda _: True)

    def cost(self, node: Node) -> Cost:
        """What a node costs within its clock."""
        if isinstance(node, StateRead) and self.operands(node):
            state = node.state
            return self.clock.model.cost("read", state.depth, state.width)
        return self.costs[node]

    def forwarding_ps(self, state: State) -> int:
        """Delay of the choice between memory and forwarded successor."""
        return self.clock.model.cost("mux", state.width).delay_ps

    def captures(self, vertex: Vertex) -> Iterator[Capture]:
        """What a memory or a result takes."""
        model, end = self.clock.model, self.clock.end
        block_end = self.clock.period_ps - model.block_setup_ps
        match vertex:
            case State():
                reading = self.readings[vertex]
                forward = self.forwarding_ps(vertex) if reading.registered else 0
                limit = block_end
                if reading in (Reading.SINGLE, Reading.DIRECT):
                    limit = end
                elif reading is Reading.DISTRIBUTED:
                    limit = end - forward - self._read_ps(vertex)
                yield Capture(vertex.address, reading.ahead, limit)
                for node in vertex.successor:
                    yield Capture(node, 0, end - forward)
            case Write():
                for node in vertex.memory.writes:
                    yield Capture(node, 0, min(end, block_end))
            case Sink():
                yield Capture(vertex.node, 1, end)
            case Node(kind=Kind.MEMORY | Kind.TABLE):
                yield Capture(vertex.operands[0], 1, block_end, keeps=False)
            case _:
                pass

    def met(self, capture: Capture, cycle: int) -> bool:
        """Whether a taker on a clock finds the value that it takes."""
        node, taken = capture.node, cycle - capture.ahead
        if not self.moves(node) or self.cycle(node) < taken:
            # From a register or a setting; that memories read in time is known of the family.
            return taken >= 0
        return self.cycle(node) == taken and self.arrivals[node][1] <= capture.limit_ps

    def hazards(self) -> Iterator["Hazard"]:
        """Reads and writes of the same memory."""
        for write in self.graph.writes:
            for read in write.memory.reads:
                if self.moves(read):
                    yield Hazard(read, write, self.cycle(write) - self.cycle(read) + 1)

    def entry(self, state: State, cycle: int) -> Arrival:
        """When a state's entry would be there on a clock, read as it is."""
        return self.arrive(state.read[0].node, cycle)

    # -- paths --------------------------------------------------------------------------------

    def path(self, node: Node) -> list[Step]:
        """The longest path that leads to a node within its clock, first operation first."""
        steps = [Step(node, self.arrivals[node][1])]
        while True:
            here = [
                operand
                for operand in self.operands(node)
                if operand.kind is not Kind.CONSTANT
                and (not self.moves(operand) or self.cycle(operand) == self.cycle(node))
            ]
            if not here:
                break
            node = max(here, key=lambda operand: self.arrivals[operand][1])
            steps.append(Step(node, self.arrivals[node][1]))
        return steps[::-1]

    @property
    def critical(self) -> list[Step]:
        """The longest path of all."""
        last = max(self.graph.nodes, key=lambda node: self.arrivals[node][1])
        return self.path(last)

    # -- inner --------------------------------------------------------------------------------

    def _arrival(self, node: Node, registered: Callable[[Node], bool]) -> Arrival:
        """When a node's result is there, given which operands come from registers."""
        operands = [
            self.clock.launch
            if self.moves(operand) and registered(operand)
            else self.arrivals[operand]
            for operand in self.operands(node)
        ]
        return arrival(node, self.cost(node), operands) if operands else self._launch(node)

    def _launch(self, node: Node) -> Arrival:
        """When a value is there that follows from no other: nothing is sooner than a constant."""
        if node.kind is Kind.CONSTANT:
            return 0, 0
        model = self.clock.model
        out = model.clk_to_q_ps
        if node.kind in CLOCKED:
            out = model.block_out_ps
        elif isinstance(node, StateRead) and self.readings[node.state] is Reading.BLOCK:
            out = model.block_out_ps + self.forwarding_ps(node.state)
        return out, out

    def _read_ps(self, state: State) -> int:
        """Delay of a distributed memory's answer, or of the comparison that bypasses it."""
        model, depth = self.clock.model, state.depth
        bits = (depth - 1).bit_length()
        bypass = model.cost("equal", bits).delay_ps + model.cost("logic", 1).delay_ps
        return max(model.cost("read", depth, state.width).delay_ps, bypass)


def path_text(steps: Sequence[Step]) -> str:
    """A path in the source's terms, a line an operation."""
    lines: list[str] = []
    before = 0
    for step in steps:
        taken = step.at_ps - before
        lines.append(
            f"  {step.at_ps / 1e3:6.2f} ns {taken / 1e3:+5.2f}  {step.node} ({step.node.place})"
        )
        before = step.at_ps
    return "\n".join(lines)
