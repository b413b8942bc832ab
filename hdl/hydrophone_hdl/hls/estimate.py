"""Resource estimate: what a schedule costs, from the schedule alone, before any synthesis.

Look-up tables and multipliers are those of the delay model. Registers are counted bit by bit, as
synthesis leaves them: a bit waits from the clock on which it is made to the last one that takes
it, under however many names, and wiring makes no new bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from hydrophone_hdl.hls.emit import clear_cycles
from hydrophone_hdl.hls.graph import CLOCKED, WIRING, Kind, Node, Resize, Slice
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.schedule import SMALL, Reading, Schedule
from hydrophone_hdl.hls.schedule_graph import Write


@dataclass(frozen=True)
class Estimate:
    """Cells and clocks of a scheduled datapath with its handshake.

    Attributes:
        lut: Look-up tables, those of distributed memories and of delays among them.
        ff: Flip-flops.
        dsp: Multipliers.
        bram: Block RAMs of 18 kbit.
        latency: Clocks from the input to the results.
        early_latency: Clocks from the input to the early results; 0 where there are none.
        leaving: Bits that wait from each clock for the next, the first clock's first.
    """

    lut: int
    ff: int
    dsp: int
    bram: int
    latency: int
    early_latency: int
    leaving: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.lut:,} LUT, {self.ff:,} FF, {self.bram} BRAM (18 kbit), {self.dsp} DSP"


def estimate(schedule: Schedule) -> Estimate:
    """The cells of a schedule, without synthesis."""
    counts = _Counts(leaving=[0] * max(schedule.cycles.values()))
    costs = [schedule.costs[node] for node in (*_set_up(schedule), *schedule.graph.nodes)]
    counts.lut += sum(cost.lut for cost in costs)
    for own, taken in _waiting(schedule):
        _count_wait(schedule, own, taken, counts)
    # Whether each clock holds an event.
    counts.ff += schedule.latency
    for clock in range(schedule.latency):
        counts.leaving[clock] += 1
    for state in schedule.graph.states:
        _count_state(schedule, state, counts)
    for write in schedule.graph.writes:
        _count_memory(schedule, write, counts)
    for node in schedule.graph.nodes:
        if node.kind is Kind.TABLE:
            depth = 1 << node.operands[0].format.width
            counts.bram += schedule.clock.model.block_rams(depth, node.format.width)
    if clear_cycles(schedule):
        # The sweep's address, and that it is under way.
        address = max(1, (clear_cycles(schedule) - 1).bit_length())
        counts.ff += address + 1
        counts.lut += schedule.clock.model.cost("add", address).lut
    return Estimate(
        lut=round(counts.lut),
        ff=counts.ff,
        dsp=sum(cost.dsp for cost in costs),
        bram=counts.bram,
        latency=schedule.latency,
        early_latency=schedule.early_latency,
        leaving=tuple(counts.leaving),
    )


@dataclass
class _Counts:
    """What was counted so far."""

    leaving: list[int]
    lut: float = 0.0
    ff: int = 0
    bram: int = 0


def _set_up(schedule: Schedule) -> Iterator[Node]:
    """Operations on run-time settings; those on constants alone become constants."""
    live: set[Node] = set()
    for node in schedule.graph.invariant:
        if node.kind is Kind.CONTROL or any(operand in live for operand in node.operands):
            live.add(node)
            yield node


# -- memories -------------------------------------------------------------------------------------


def _count_state(schedule: Schedule, state: State, counts: _Counts) -> None:
    """A state's memory, the registers that it is read through, and the way of the sweep to it.

    A small memory is made of look-up tables where those cost less than a block RAM; a register then
    stands for the one inside the block RAM.
    """
    model, depth, reading = schedule.clock.model, state.depth, schedule.readings[state]
    if reading is Reading.SINGLE:
        counts.ff += state.width
        counts.lut += model.cost("logic", state.width).lut
        return
    bits, choose = (depth - 1).bit_length(), model.cost("mux", state.width).lut
    block = reading in (Reading.BLOCK, Reading.BLOCK_REGISTERED)
    # An entry of its own register, and a successor on its way with word of whether it is taken.
    registers = reading.registered * state.width + block * (state.width + 1)
    counts.lut += (int(reading.registered) + int(block)) * (choose + model.cost("equal", bits).lut)
    counts.lut += model.cost("mux", bits).lut + model.cost("logic", state.width).lut
    if depth <= SMALL and not (block and _fills_blocks(schedule, depth, state.width)):
        registers += block * state.width
        counts.lut += model.cost("read", depth, state.width).lut
    else:
        counts.bram += model.block_rams(depth, state.width)
        _count_collision(schedule, depth, state.width, 1, counts)
    counts.ff += registers
    if registers:
        counts.leaving[schedule.cycle(state) - 1] += registers


def _fills_blocks(schedule: Schedule, depth: int, width: int) -> bool:
    """Whether synthesis thinks block RAMs cheaper for so small a memory than look-up tables.

    It weighs 16 x 4 cells and the muxes behind them against whole block RAMs.
    """
    block_ram = schedule.timing.family.block_ram
    if block_ram.lut_equivalent is None:
        return False
    rows = ceil(depth / 16)
    tables = 4 * rows * ceil(width / 4) + (rows - 1) * width / 2
    blocks = schedule.clock.model.block_rams(depth, width)
    return tables > block_ram.lut_equivalent * blocks + block_ram.lut_overhead


def _count_memory(schedule: Schedule, write: Write, counts: _Counts) -> None:
    """A memory for windows: a copy for each of its readers."""
    memory, width = write.memory, write.memory.format.width
    depth, readers = memory.depth, [node for node in memory.reads if schedule.moves(node)]
    counts.bram += len(readers) * schedule.clock.model.block_rams(depth, width)
    place = schedule.cycle(write), memory.writes[0]
    if any((schedule.cycle(node) - 1, node.operands[0]) != place for node in readers):
        _count_collision(schedule, depth, width, len(readers), counts)


def _count_collision(
    schedule: Schedule, depth: int, width: int, readers: int, counts: _Counts
) -> None:
    """What surrounds a block RAM that may be read where it is written."""
    if schedule.timing.family.block_ram.collision_logic:
        model, bits = schedule.clock.model, (depth - 1).bit_length()
        passing = model.cost("mux", width).lut + model.cost("equal", bits).lut
        counts.lut += readers * passing
        counts.ff += 2 * width + bits + 1 + readers


# -- registers ------------------------------------------------------------------------------------


def _waiting(schedule: Schedule) -> Iterator[tuple[int, list[int]]]:
    """Bits that wait: the clock on which each is made, and those on which it is taken."""
    masks = _taken(schedule)
    for node in schedule.graph.nodes:
        if node.kind in WIRING:
            continue
        own = schedule.cycle(node)
        for mask in masks[node]:
            if mask >> (own + 1):
                yield (
                    own,
                    [clock for clock in range(own + 1, mask.bit_length()) if mask >> clock & 1],
                )


def _taken(schedule: Schedule) -> dict[Node, list[int]]:
    """For each bit of each node, as the bits of an integer, the clocks on which it is taken."""
    masks = {node: [0] * node.format.width for node in schedule.graph.nodes}

    def take(node: Node, cycle: int) -> None:
        if schedule.moves(node):
            bits = masks[node]
            bits[:] = [mask | 1 << cycle for mask in bits]

    for vertex in (v for group in schedule.graph.groups for v in group):
        cycle = schedule.cycle(vertex)
        for capture in schedule.captures(vertex):
            take(capture.node, cycle if capture.keeps else cycle - capture.ahead)
        if isinstance(vertex, Node) and vertex.kind not in (*WIRING, *CLOCKED):
            for operand in vertex.operands:
                take(operand, cycle)
    for node in reversed(schedule.graph.nodes):
        if node.kind in WIRING:
            for mask, wire in zip(masks[node], _wires(node), strict=True):
                if wire is not None and schedule.moves(wire[0]):
                    masks[wire[0]][wire[1]] |= mask
    return masks


def _wires(node: Node) -> Iterator[tuple[Node, int] | None]:
    """Where each bit of a wiring comes from; None for a zero."""
    if node.kind is Kind.JOIN:
        for part in node.operands:
            yield from ((part, bit) for bit in range(part.format.width))
        return
    (operand,) = node.operands
    first = node.first if isinstance(node, Slice) else -node.left if isinstance(node, Resize) else 0
    last = operand.format.width - 1
    for bit in range(first, first + node.format.width):
        if bit < 0 or (bit > last and not operand.format.signed):
            yield None
        else:
            yield operand, min(bit, last)


def _count_wait(schedule: Schedule, own: int, taken: list[int], counts: _Counts) -> None:
    """A bit's way from its clock to those that take it."""
    for clock in range(own, taken[-1]):
        counts.leaving[clock] += 1
    shift_register = schedule.timing.family.shift_register
    for start, end in zip([own, *taken], taken, strict=False):
        # The last clock is a flip-flop's in any case.
        inner = end - start - 1
        if shift_register is None or inner < shift_register.threshold:
            counts.ff += inner + 1
        else:
            counts.ff += 1
            counts.lut += ceil(inner / shift_register.depth)
