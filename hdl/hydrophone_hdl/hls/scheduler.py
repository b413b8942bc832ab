"""Scheduler: the clock of every operation, as soon as possible, then with the fewest registers.

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

from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.legalise import add_pair
from hydrophone_hdl.hls.memory import State, StateRead
from hydrophone_hdl.hls.register_minimisation import minimise_registers
from hydrophone_hdl.hls.schedule import SMALL, Reading, Schedule, ScheduleError, Step, path_text
from hydrophone_hdl.hls.schedule_graph import Sink, Vertex, Write, claim
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


def build_schedule(
    sinks: Sequence[Sink], timing: Timing, *, fewest_registers: bool = True
) -> Schedule:
    """Places a datapath's operations on clocks.

    Args:
        sinks: Results of the datapath. Its graph is legalised in place: describe it anew for
            another schedule.
        timing: Target and clock.
        fewest_registers: Whether to move operations within the latency to save registers.

    Raises:
        ScheduleError: A loop or an operation does not fit the clock.
        DescriptionError: Some of the graph has a schedule already.
    """
    claim(sinks)
    schedule = _with_least_latency(sinks, timing)
    if fewest_registers:
        minimise_registers(schedule)
        for node in schedule.graph.nodes:
            schedule.arrivals[node] = schedule.arrive(node, schedule.cycle(node))
    return schedule


def fastest(describe: Callable[[], Sequence[Sink]], timing: Timing, latency: int) -> Schedule:
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
            fits = build_schedule(describe(), tried, fewest_registers=False).latency <= latency
        except ScheduleError:
            fits = False
        low, high = (middle, high) if fits else (low, middle - 1)
    if not low:
        raise ScheduleError(f"no clock of 1 MHz or more has a latency of {latency}: allow more")
    return build_schedule(describe(), Timing(timing.target, low))


def _with_least_latency(sinks: Sequence[Sink], timing: Timing) -> Schedule:
    """Places all with the best of the orders in which sums may be added.

    An order follows from some clock of the family, the same whatever the clock that is scheduled
    for. Were it that one itself, a slower clock could lead to another order and more latency.
    """
    sums = [(n, n.operands) for n in Schedule(sinks, timing).graph.nodes if n.kind is Kind.SUM]
    if not sums:
        return _placed(sinks, timing)

    def placed(order: float) -> Schedule:
        for node, terms in sums:
            node.kind, node.operands = Kind.SUM, terms
        _order_sums(sinks, Timing.of(timing.target).clock_mhz * order, timing)
        return _placed(sinks, timing)

    latencies: dict[float, tuple[int, int]] = {}
    schedule = refusal = None
    for order in ORDERS:
        try:
            schedule = placed(order)
        except ScheduleError as error:
            schedule, refusal = None, error
        else:
            latencies[order] = schedule.latency, schedule.early_latency
    if refusal is not None and not latencies:
        raise refusal
    best = min(reversed(latencies), key=latencies.__getitem__)
    return schedule if schedule is not None and best == ORDERS[-1] else placed(best)


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


def _placed(sinks: Sequence[Sink], timing: Timing) -> Schedule:
    """Places all; reads of memories that are too early for the writes are put off.

    Raises:
        ScheduleError: A loop or an operation does not fit the clock, or a slot cannot be written
            before it is read again.
    """
    put_off: dict[Vertex, int] = {}
    schedule = Schedule(sinks, timing)
    _place(schedule, put_off)
    # One put off may delay another's write; in a ring of them no write is ever in time.
    rounds = 2 + len(list(schedule.hazards()))
    while early := [hazard for hazard in schedule.hazards() if hazard.behind >= hazard.reuse]:
        if not rounds:
            raise ScheduleError(early[0].refusal)
        rounds -= 1
        for hazard in early:
            put_off[hazard.read] = schedule.cycle(hazard.write) + 2 - hazard.reuse
        schedule = Schedule(sinks, timing)
        _place(schedule, put_off)
    return schedule


def _place(schedule: Schedule, put_off: Mapping[Vertex, int]) -> None:
    """Puts every vertex on the first clock that has what it needs.

    Args:
        schedule: Nothing of it is placed.
        put_off: The first clocks that reads of memories may have.
    """
    groups: list[list[Vertex]] = []
    for group in schedule.graph.groups:
        match group:
            case [Node(kind=Kind.SUM) as node]:
                groups.extend([pair] for pair in _place_sum(schedule, node))
                _place_operation(schedule, node)
            case [Node() as node]:
                _place_operation(schedule, node, put_off.get(node, 1))
            case [Write() as write]:
                _first_fit(schedule, write, 0)
            case [Sink() as sink]:
                _first_fit(schedule, sink, 1)
            case _:
                _place_loop(schedule, group)
        groups.append(group)
    schedule.graph.groups = groups
    for hazard in schedule.hazards():
        # An event's slot is not overwritten before it is read.
        cycle = max(schedule.cycle(hazard.write), schedule.cycle(hazard.read) - 1)
        schedule.cycles[hazard.write] = cycle
    for early in (False, True):
        sinks = [sink for sink in schedule.graph.sinks if sink.early is early]
        latest = max((schedule.cycle(sink) for sink in sinks), default=0)
        schedule.cycles.update(dict.fromkeys(sinks, latest))
        if early:
            schedule.early_latency = latest
        else:
            schedule.latency = latest


def _place_sum(schedule: Schedule, node: Node) -> list[Node]:
    """Adds the terms of a sum by pairs, what is there first at first."""

    def ready_at(term: Node) -> tuple[int, int]:
        return schedule.cycles.get(term, -1), schedule.arrivals[term][1]

    pairs: list[Node] = []
    while (pair := add_pair(node, ready_at)) is not None:
        schedule.costs[pair] = cost_of(pair, schedule.clock.model)
        if any(schedule.moves(operand) for operand in pair.operands):
            _place_operation(schedule, pair)
            pairs.append(pair)
        else:
            schedule.graph.invariant.append(pair)
            schedule.arrivals[pair] = schedule.from_registers(pair)
    schedule.costs[node] = cost_of(node, schedule.clock.model)
    return pairs


def _place_operation(schedule: Schedule, node: Node, least: int = 1) -> None:
    """Places an operation, an input, or what is read, which has a first clock that it may have."""
    cycle = 0
    match node.kind:
        case Kind.INPUT:
            pass
        case Kind.STATE if isinstance(node, StateRead):
            cycle = schedule.cycle(node.state)
        case Kind.MEMORY | Kind.TABLE:
            _first_fit(schedule, node, least)
            cycle = schedule.cycle(node)
        case _:
            cycle = max(
                schedule.cycle(operand) for operand in node.operands if schedule.moves(operand)
            )
            if schedule.arrive(node, cycle)[1] > schedule.clock.end:
                cycle += 1
    schedule.cycles[node] = cycle
    arrival = schedule.arrivals[node] = schedule.arrive(node, cycle)
    if arrival[1] > schedule.clock.end:
        raise ScheduleError(
            _refusal(schedule, f"{node} takes longer than a clock", schedule.path(node))
        )


def _first_fit(schedule: Schedule, vertex: Vertex, least: int) -> None:
    """Places a taker on the first clock on which it finds all that it takes."""
    captures = list(schedule.captures(vertex))
    cycle = least
    while not all(schedule.met(capture, cycle) for capture in captures):
        cycle += 1
    schedule.cycles[vertex] = cycle


def _place_loop(schedule: Schedule, group: list[Vertex]) -> None:
    """Places states and the logic between their entries and successors on one clock."""
    states = [vertex for vertex in group if isinstance(vertex, State)]
    inside = set(group)
    for state in states:
        if state.address in inside:
            raise ScheduleError(
                f"the address of state {state.name!r} follows from its own entry "
                f"({state.address.place}): address it by what does not"
            )
    outside = [
        operand
        for vertex in group
        for operand in schedule.graph.needs(vertex)
        if isinstance(operand, Node) and operand not in inside and schedule.moves(operand)
    ]
    first = max((schedule.cycle(operand) for operand in outside), default=0)
    # Beyond these every operand comes from a register and every entry too.
    for cycle in range(first, first + 4):
        for readings in _candidate_readings(schedule, states, cycle):
            schedule.readings.update(zip(states, readings, strict=True))
            if _fits(schedule, group, cycle):
                return
    successors = [c.node for state in states for c in schedule.captures(state) if c.ahead == 0]
    if any(node not in schedule.arrivals for node in successors):
        # No entry is there within a clock: the path is that of the reading tried last.
        _fits(schedule, group, schedule.cycle(states[0]))
    late = max(successors, key=lambda node: schedule.arrivals[node][1])
    names = ", ".join(repr(state.name) for state in states)
    raise ScheduleError(
        _refusal(
            schedule, f"the loop of state {names} takes longer than a clock", schedule.path(late)
        )
    )


def _candidate_readings(
    schedule: Schedule, states: Sequence[State], cycle: int
) -> Iterator[tuple[Reading, ...]]:
    """How states can be read so that their entries are there on a clock, the earliest first."""
    ways: list[list[Reading]] = []
    for state in states:
        schedule.cycles[state] = cycle
        found: list[tuple[int, Reading]] = []
        for reading in PREFERRED if state.depth > 1 else (Reading.SINGLE,):
            if reading in (Reading.DIRECT, Reading.DISTRIBUTED) and state.depth > SMALL:
                continue
            schedule.readings[state] = reading
            address, entry = next(schedule.captures(state)), schedule.entry(state, cycle)[1]
            addressed = (
                schedule.met(address, cycle) and schedule.clock.launch[1] <= address.limit_ps
            )
            if addressed and entry <= schedule.clock.end:
                found.append((entry, reading))
        ways.append([reading for _, reading in sorted(found, key=itemgetter(0))])
    return product(*(ways if len(states) <= TRIED else [way[:1] for way in ways]))


def _fits(schedule: Schedule, group: list[Vertex], cycle: int) -> bool:
    """Whether a group's logic fits a clock; leaves it there."""
    fits = True
    for vertex in group:
        schedule.cycles[vertex] = cycle
        if isinstance(vertex, Node):
            arrival = schedule.arrivals[vertex] = schedule.arrive(vertex, cycle)
            fits &= arrival[1] <= schedule.clock.end
    return fits and all(
        schedule.met(capture, cycle)
        for state in group
        if isinstance(state, State)
        for capture in schedule.captures(state)
    )


def _refusal(schedule: Schedule, what: str, steps: Sequence[Step]) -> str:
    return (
        f"{what} of {schedule.clock.end / 1e3:.2f} ns ({schedule.timing}); slow the clock or "
        f"shorten the path:\n{path_text(steps)}"
    )
