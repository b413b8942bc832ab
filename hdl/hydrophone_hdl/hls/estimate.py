"""What a schedule costs, from the schedule alone: before any synthesis, in a moment.

Look-up tables and multipliers are those of the delay model. Registers are counted bit by bit, as
synthesis leaves them: a bit waits from the clock on which it is made to the last one that takes
it, under however many names, and wiring makes no new bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from hydrophone_hdl.hls.emit import clear_cycles
from hydrophone_hdl.hls.graph import WIRING, Kind, Node
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.plan import SMALL, Plan, Reading

CHAINS: dict[str, tuple[int, int]] = {"xc7": (3, 32), "xcup": (3, 32)}
"""Families whose look-up tables delay bits: for how many clocks at least, and at most each."""
SWEEP = 33
"""Flip-flops of the sweep that puts state back: its address, and that it is under way."""


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


def estimate(plan: Plan) -> Estimate:
    """The cells of a schedule, without synthesis."""
    model, states = plan.clock.model, plan.network.states
    costs = [plan.costs[id(node)] for node in (*_set_up(plan), *plan.network.nodes)]
    lut = sum(cost.lut for cost in costs)
    bram = 0
    leaving = [0] * max(plan.cycles.values())
    ff = tables = 0
    for own, taken in _waiting(plan):
        flops, used = _delayed(plan.timing.target, own, taken)
        ff, tables = ff + flops, tables + used
        for clock in range(own, taken[-1]):
            leaving[clock] += 1
    # Whether each clock holds an event.
    ff += plan.latency
    for clock in range(plan.latency):
        leaving[clock] += 1
    for state in states:
        depth = max(2, state.depth)
        if depth <= SMALL:
            lut += model.cost("read", depth, state.width).lut
        else:
            bram += model.block_rams(depth, state.width)
        lut += _reading_lut(plan, state)
        registers = _reading_bits(plan, state)
        ff += registers
        if registers:
            leaving[plan.cycle(state) - 1] += registers
    if clear_cycles(plan):
        ff += SWEEP
        lut += model.cost("add", SWEEP - 1).lut
    for write in plan.network.writes:
        store = write.store
        reads = sum(plan.moves(node) for node in store.reads)
        bram += reads * model.block_rams(max(2, store.depth), store.format.width)
    return Estimate(
        lut=round(lut + tables),
        ff=ff,
        dsp=sum(cost.dsp for cost in costs),
        bram=bram,
        latency=plan.latency,
        early_latency=plan.early_latency,
        leaving=tuple(leaving),
    )


def _set_up(plan: Plan) -> Iterator[Node]:
    """Operations on run-time settings; those on constants alone become constants."""
    live: set[int] = set()
    for node in plan.network.steady:
        if node.kind is Kind.CONTROL or any(id(operand) in live for operand in node.operands):
            live.add(id(node))
            yield node


def _reading_bits(plan: Plan, state: State) -> int:
    """Registers that reading a state takes.

    A small memory is made of look-up tables even where a block RAM would do, and a register then
    stands for the one inside the block RAM.
    """
    answer = state.width if state.depth <= SMALL else 0
    match plan.readings[id(state)]:
        case Reading.DIRECT:
            return 0
        case Reading.DISTRIBUTED:
            return state.width
        case Reading.BLOCK:
            return answer + state.width + 1
        case Reading.BLOCK_REGISTERED:
            return answer + 2 * state.width + 1


def _reading_lut(plan: Plan, state: State) -> float:
    """Choices between memory and successor, and what tells that an event before is as near."""
    choices = {Reading.DIRECT: 0, Reading.BLOCK_REGISTERED: 2}.get(plan.readings[id(state)], 1)
    model, bits = plan.clock.model, (max(2, state.depth) - 1).bit_length()
    choice = model.cost("mux", state.width).lut + model.cost("equal", bits).lut
    # The sweep has the same way to the memory as the successor.
    return choices * choice + model.cost("mux", bits).lut + model.cost("logic", state.width).lut


# -- registers ------------------------------------------------------------------------------------


def _waiting(plan: Plan) -> Iterator[tuple[int, list[int]]]:
    """Bits that wait: the clock on which each is made, and those on which it is taken."""
    masks = _taken(plan)
    for node in plan.network.nodes:
        if node.kind in WIRING:
            continue
        own = plan.cycle(node)
        for mask in masks[id(node)]:
            if mask >> (own + 1):
                yield (
                    own,
                    [clock for clock in range(own + 1, mask.bit_length()) if mask >> clock & 1],
                )


def _taken(plan: Plan) -> dict[int, list[int]]:
    """For each bit of each node, as the bits of an integer, the clocks on which it is taken."""
    masks = {id(node): [0] * node.format.width for node in plan.network.nodes}

    def take(node: Node, cycle: int) -> None:
        if plan.moves(node):
            bits = masks[id(node)]
            bits[:] = [mask | 1 << cycle for mask in bits]

    for vertex in (v for group in plan.network.groups for v in group):
        cycle = plan.cycle(vertex)
        for capture in plan.captures(vertex):
            take(capture.node, cycle if capture.keeps else cycle - capture.ahead)
        if isinstance(vertex, Node) and vertex.kind not in (*WIRING, Kind.STORED):
            for operand in vertex.operands:
                take(operand, cycle)
    for node in reversed(plan.network.nodes):
        if node.kind in WIRING:
            for mask, wire in zip(masks[id(node)], _wires(node), strict=True):
                if wire is not None and plan.moves(wire[0]):
                    masks[id(wire[0])][wire[1]] |= mask
    return masks


def _wires(node: Node) -> Iterator[tuple[Node, int] | None]:
    """Where each bit of a wiring comes from; None for a zero."""
    if node.kind is Kind.JOIN:
        for part in node.operands:
            yield from ((part, bit) for bit in range(part.format.width))
        return
    (operand,) = node.operands
    first = node.data if node.kind is Kind.SLICE else -node.data
    last = operand.format.width - 1
    for bit in range(first, first + node.format.width):
        if bit < 0 or (bit > last and not operand.format.signed):
            yield None
        else:
            yield operand, min(bit, last)


def _delayed(target: str, own: int, taken: list[int]) -> tuple[int, int]:
    """Flip-flops and look-up tables that delay one bit from its clock to those that take it."""
    if target not in CHAINS:
        return taken[-1] - own, 0
    least, most = CHAINS[target]
    flops = tables = 0
    for start, end in zip([own, *taken], taken, strict=False):
        if end - start < least:
            flops += end - start
        else:
            tables += ceil((end - start) / most)
    return flops, tables
