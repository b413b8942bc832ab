"""The clock of every operation: as soon as possible first, then with the fewest registers.

Operations chain within a clock as long as their delays fit its period. A state's loop, from the
entry that an event reads to the successor that it leaves, has exactly one clock, for the next
event may be right behind; a loop that does not fit is refused with its longest path.

A slower clock never has more latency: what is there at some time on a clock is there no later on
a slower one. That holds for every operation by itself, and for all as long as the order in which
sums are added and the choice of readings follow the same rule.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from operator import itemgetter

from hydrophone_hdl.hls.balance import balance
from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.lower import add_pair
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.network import Sink, Vertex, Write, claim
from hydrophone_hdl.hls.plan import SMALL, Plan, Reading, ScheduleError, Step, explained
from hydrophone_hdl.hls.timing import cost_of
from hydrophone_model.timing import SLOWEST_MHZ, Timing

PREFERRED = (
    Reading.BLOCK_REGISTERED,
    Reading.DISTRIBUTED,
    Reading.DIRECT,
    Reading.BLOCK,
)
"""How entries are read, the best first of those that give them at the same time."""
ORDERS = (1.5, 1)
"""Clocks by which sums are ordered, over the family's own; where two do, the later is taken."""
TRIED = 3
"""States of one loop for which every combination of readings is tried."""


def schedule(sinks: Sequence[Sink], timing: Timing, *, fewest_registers: bool = True) -> Plan:
    """Places a datapath's operations on clocks.

    Args:
        sinks: Results of the datapath. Its graph is lowered in place: describe it anew for
            another schedule.
        timing: Target and clock.
        fewest_registers: Whether to move operations within the latency to save registers.

    Raises:
        ScheduleError: A loop or an operation does not fit the clock.
        DescriptionError: Some of the graph has a schedule already.
    """
    claim(sinks)
    plan = _with_least_latency(sinks, timing)
    if fewest_registers:
        balance(plan)
        for node in plan.network.nodes:
            plan.arrivals[id(node)] = plan.arrive(node, plan.cycle(node))
    return plan


def fastest(describe: Callable[[], Sequence[Sink]], timing: Timing, latency: int) -> Plan:
    """The schedule with the highest clock, in steps of 1 MHz, that has at most a latency.

    Args:
        describe: Describes the datapath anew.
        timing: Its target; the search ends at its clock.
        latency: Clocks.

    Raises:
        ScheduleError: No clock of 1 MHz or more has so small a latency.
    """
    low, high = 0, int(timing.clock_mhz)
    while low < high:
        middle = (low + high + 1) // 2
        tried = Timing(timing.target, middle)
        try:
            fits = schedule(describe(), tried, fewest_registers=False).latency <= latency
        except ScheduleError:
            fits = False
        low, high = (middle, high) if fits else (low, middle - 1)
    if not low:
        raise ScheduleError(f"no clock of 1 MHz or more has a latency of {latency}: allow more")
    return schedule(describe(), Timing(timing.target, low))


def _with_least_latency(sinks: Sequence[Sink], timing: Timing) -> Plan:
    """Places all with the best of the orders in which sums may be added.

    An order follows from some clock of the family, the same whatever the clock that is scheduled
    for. Were it that one itself, a slower clock could lead to another order and more latency.
    """
    sums = [(n, n.operands) for n in Plan(sinks, timing).network.nodes if n.kind is Kind.SUM]
    if not sums:
        return _placed(sinks, timing)

    def placed(order: float) -> Plan:
        for node, terms in sums:
            node.kind, node.operands = Kind.SUM, terms
        _order_sums(sinks, Timing.of(timing.target).clock_mhz * order, timing)
        return _placed(sinks, timing)

    latencies: dict[float, tuple[int, int]] = {}
    plan = refusal = None
    for order in ORDERS:
        try:
            plan = placed(order)
        except ScheduleError as error:
            plan, refusal = None, error
        else:
            latencies[order] = plan.latency, plan.early_latency
    if refusal is not None and not latencies:
        raise refusal
    best = min(reversed(latencies), key=latencies.__getitem__)
    return plan if plan is not None and best == ORDERS[-1] else placed(best)


def _order_sums(sinks: Sequence[Sink], clock_mhz: float, timing: Timing) -> None:
    """Adds sums by pairs as their terms are there on a clock, or on half of it if that is too fast.

    Nothing is left to be done where it is the clock of the timing.
    """
    while clock_mhz >= SLOWEST_MHZ and clock_mhz != timing.clock_mhz:
        try:
            _placed(sinks, Timing(timing.target, clock_mhz))
        except ScheduleError:
            clock_mhz /= 2
        else:
            return


def _placed(sinks: Sequence[Sink], timing: Timing) -> Plan:
    """Places all; reads of stores that are too early for the writes are put off.

    Raises:
        ScheduleError: A loop or an operation does not fit the clock, or a slot cannot be written
            before it is read again.
    """
    put_off: dict[int, int] = {}
    plan = Plan(sinks, timing)
    _place(plan, put_off)
    # One put off may delay another's write; in a ring of them no write is ever in time.
    rounds = 2 + len(list(plan.hazards()))
    while early := [hazard for hazard in plan.hazards() if hazard.behind >= hazard.reuse]:
        if not rounds:
            raise ScheduleError(early[0].refusal)
        rounds -= 1
        for hazard in early:
            put_off[id(hazard.read)] = plan.cycle(hazard.write) + 2 - hazard.reuse
        plan = Plan(sinks, timing)
        _place(plan, put_off)
    return plan


def _place(plan: Plan, put_off: Mapping[int, int]) -> None:
    """Puts every vertex on the first clock that has what it needs.

    Args:
        plan: Nothing of it is placed.
        put_off: By identity of reads of stores, the first clocks that they may have.
    """
    groups: list[list[Vertex]] = []
    for group in plan.network.groups:
        match group:
            case [Node(kind=Kind.SUM) as node]:
                groups.extend([pair] for pair in _sum(plan, node))
                _operation(plan, node)
            case [Node() as node]:
                _operation(plan, node, put_off.get(id(node), 1))
            case [Write() as write]:
                _first_fit(plan, write, 0)
            case [Sink() as sink]:
                _first_fit(plan, sink, 1)
            case _:
                _loop(plan, group)
        groups.append(group)
    plan.network.groups = groups
    for hazard in plan.hazards():
        # An event's slot is not overwritten before it is read.
        cycle = max(plan.cycle(hazard.write), plan.cycle(hazard.read) - 1)
        plan.cycles[id(hazard.write)] = cycle
    for early in (False, True):
        sinks = [sink for sink in plan.network.sinks if sink.early is early]
        latest = max((plan.cycle(sink) for sink in sinks), default=0)
        plan.cycles.update({id(sink): latest for sink in sinks})
        if early:
            plan.early_latency = latest
        else:
            plan.latency = latest


def _sum(plan: Plan, node: Node) -> list[Node]:
    """Adds the terms of a sum by pairs, what is there first at first."""

    def there(term: Node) -> tuple[int, int]:
        return plan.cycles.get(id(term), -1), plan.arrivals[id(term)][1]

    pairs: list[Node] = []
    while (pair := add_pair(node, there)) is not None:
        plan.costs[id(pair)] = cost_of(pair, plan.clock.model)
        if any(plan.moves(operand) for operand in pair.operands):
            _operation(plan, pair)
            pairs.append(pair)
        else:
            plan.network.steady.append(pair)
            plan.arrivals[id(pair)] = plan.from_registers(pair)
    plan.costs[id(node)] = cost_of(node, plan.clock.model)
    return pairs


def _operation(plan: Plan, node: Node, least: int = 1) -> None:
    """Places an operation, an input, or what is read, which has a first clock that it may have."""
    cycle = 0
    match node.kind:
        case Kind.INPUT:
            pass
        case Kind.STATE:
            cycle = plan.cycle(node.data[0])
        case Kind.STORED | Kind.TABLE:
            _first_fit(plan, node, least)
            cycle = plan.cycle(node)
        case _:
            cycle = max(plan.cycle(operand) for operand in node.operands if plan.moves(operand))
            if plan.arrive(node, cycle)[1] > plan.clock.end:
                cycle += 1
    plan.cycles[id(node)] = cycle
    arrival = plan.arrivals[id(node)] = plan.arrive(node, cycle)
    if arrival[1] > plan.clock.end:
        raise ScheduleError(_refusal(plan, f"{node} takes longer than a clock", plan.path(node)))


def _first_fit(plan: Plan, vertex: Vertex, least: int) -> None:
    """Places a taker on the first clock on which it finds all that it takes."""
    captures = list(plan.captures(vertex))
    cycle = least
    while not all(plan.met(capture, cycle) for capture in captures):
        cycle += 1
    plan.cycles[id(vertex)] = cycle


def _loop(plan: Plan, group: list[Vertex]) -> None:
    """Places states and the logic between their entries and successors on one clock."""
    states = [vertex for vertex in group if isinstance(vertex, State)]
    inside = {id(vertex) for vertex in group}
    for state in states:
        if id(state.address) in inside:
            raise ScheduleError(
                f"the address of state {state.name!r} follows from its own entry "
                f"({state.address.place}): address it by what does not"
            )
    outside = [
        operand
        for vertex in group
        for operand in plan.network.needs(vertex)
        if isinstance(operand, Node) and id(operand) not in inside and plan.moves(operand)
    ]
    first = max((plan.cycle(operand) for operand in outside), default=0)
    # Beyond these every operand comes from a register and every entry too.
    for cycle in range(first, first + 4):
        for readings in _readings(plan, states, cycle):
            plan.readings.update(zip(map(id, states), readings, strict=True))
            if _fits(plan, group, cycle):
                return
    successors = [c.node for state in states for c in plan.captures(state) if c.ahead == 0]
    if any(id(node) not in plan.arrivals for node in successors):
        # No entry is there within a clock: the path is that of the reading tried last.
        _fits(plan, group, plan.cycle(states[0]))
    late = max(successors, key=lambda node: plan.arrivals[id(node)][1])
    names = ", ".join(repr(state.name) for state in states)
    raise ScheduleError(
        _refusal(plan, f"the loop of state {names} takes longer than a clock", plan.path(late))
    )


def _readings(plan: Plan, states: Sequence[State], cycle: int) -> Iterator[tuple[Reading, ...]]:
    """How states can be read so that their entries are there on a clock, the earliest first."""
    ways: list[list[Reading]] = []
    for state in states:
        plan.cycles[id(state)] = cycle
        found: list[tuple[int, Reading]] = []
        for reading in PREFERRED if state.depth > 1 else (Reading.SINGLE,):
            if reading in (Reading.DIRECT, Reading.DISTRIBUTED) and state.depth > SMALL:
                continue
            plan.readings[id(state)] = reading
            address, entry = next(plan.captures(state)), plan.entry(state, cycle)[1]
            there = plan.met(address, cycle) and plan.clock.launch[1] <= address.limit_ps
            if there and entry <= plan.clock.end:
                found.append((entry, reading))
        ways.append([reading for _, reading in sorted(found, key=itemgetter(0))])
    return product(*(ways if len(states) <= TRIED else [way[:1] for way in ways]))


def _fits(plan: Plan, group: list[Vertex], cycle: int) -> bool:
    """Whether a group's logic fits a clock; leaves it there."""
    fits = True
    for vertex in group:
        plan.cycles[id(vertex)] = cycle
        if isinstance(vertex, Node):
            now = plan.arrivals[id(vertex)] = plan.arrive(vertex, cycle)
            fits &= now[1] <= plan.clock.end
    return fits and all(
        plan.met(capture, cycle)
        for state in group
        if isinstance(state, State)
        for capture in plan.captures(state)
    )


def _refusal(plan: Plan, what: str, steps: Sequence[Step]) -> str:
    return (
        f"{what} of {plan.clock.end / 1e3:.2f} ns ({plan.timing}); slow the clock or shorten the "
        f"path:\n{explained(steps)}"
    )
