"""View of a schedule for people: clock by clock, state by state, in the source's terms."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from hydrophone_hdl.hls.estimate import Estimate, estimate
from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.memory import State, StateRead
from hydrophone_hdl.hls.schedule import Reading, Schedule, Step


class Family(Enum):
    """Kinds of operations that look alike."""

    ARITHMETIC = "add, subtract"
    MULTIPLY = "multiply"
    CHOICE = "compare, select"
    SHIFT = "shift, leading one"
    LOGIC = "logic"
    TABLE = "table"
    MEMORY = "memory"


_FAMILIES: dict[Kind, Family] = {
    **dict.fromkeys((Kind.ADD, Kind.SUBTRACT, Kind.SUM), Family.ARITHMETIC),
    Kind.MULTIPLY: Family.MULTIPLY,
    **dict.fromkeys((Kind.COMPARE, Kind.EQUAL, Kind.MUX, Kind.CHOOSE, Kind.MERGE), Family.CHOICE),
    **dict.fromkeys((Kind.SHIFT_LEFT, Kind.SHIFT_RIGHT, Kind.LEADING), Family.SHIFT),
    **dict.fromkeys((Kind.AND, Kind.OR, Kind.XOR, Kind.NOT, Kind.ANY), Family.LOGIC),
    Kind.LOOKUP: Family.TABLE,
    Kind.TABLE: Family.TABLE,
    **dict.fromkeys((Kind.STATE, Kind.MEMORY), Family.MEMORY),
}
"""Families of operations; what has none is wiring or comes from outside."""


@dataclass(frozen=True)
class Operation:
    """One operation on its clock.

    Attributes:
        node: The operation.
        family: Its kind.
        clock: Its clock.
        at_ps: When its result is there, after the clock's edge.
    """

    node: Node
    family: Family
    clock: int
    at_ps: int

    @property
    def module(self) -> str:
        """Module of the source."""
        return place_of(self.node)[0]

    @property
    def function(self) -> str:
        """Function of the source."""
        return place_of(self.node)[1]


@dataclass(frozen=True)
class Stage:
    """One clock.

    Attributes:
        clock: Its number, from 0.
        operations: How many have this clock.
        busiest: Modules with most of them first, and how many each has.
        slack_ps: What its tightest path leaves of it.
        path: That path.
        leaving: Bits that wait for the next clock.
    """

    clock: int
    operations: int
    busiest: Sequence[tuple[str, int]]
    slack_ps: int
    path: Sequence[Step]
    leaving: int

    @property
    def summary(self) -> str:
        """The path in a line: the functions that it leads through, and the operations in each."""
        steps = [step.node for step in self.path if step.node.kind in _FAMILIES]
        parts: list[str] = []
        for (module, function), nodes in groupby(steps, place_of):
            runs = [(kind.value, len(list(run))) for kind, run in groupby(n.kind for n in nodes)]
            kinds = ", ".join(kind + (f" x{count}" if count > 1 else "") for kind, count in runs)
            parts.append(f"{module}{'.' * bool(function)}{function}: {kinds}")
        return "; ".join(parts)


@dataclass(frozen=True)
class Loop:
    """A state, from its entry to its successor.

    Attributes:
        name: Of the state.
        module: Of the source that describes it.
        function: Likewise.
        depth: Entries.
        width: Bits of an entry.
        reading: How the entry is read.
        clock: Its clock.
        entry_ps: When the entry is there.
        successor_ps: When its successor is there.
        slack_ps: What the successor leaves of the clock, forwarding considered.
    """

    name: str
    module: str
    function: str
    depth: int
    width: int
    reading: Reading
    clock: int
    entry_ps: int
    successor_ps: int
    slack_ps: int


class View:
    """What there is to see of a schedule.

    Attributes:
        schedule: The schedule.
        estimate: Its cost.
        operations: Everything but wiring, inputs and settings.
        stages: The clocks, up to the one whose results leave.
        loops: The states, by clock.
        tightest: The clock with the least slack.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.estimate: Estimate = estimate(schedule)
        self.operations = [
            Operation(node, _FAMILIES[node.kind], schedule.cycle(node), schedule.arrivals[node][1])
            for node in schedule.graph.nodes
            if node.kind in _FAMILIES
        ]
        self.loops = sorted(
            (_loop(schedule, state) for state in schedule.graph.states), key=lambda loop: loop.clock
        )
        self.stages = self._stages()
        self.tightest = min(self.stages, key=lambda stage: stage.slack_ps)

    def _stages(self) -> list[Stage]:
        schedule = self.schedule
        tight: dict[int, tuple[int, Node]] = {}

        def offer(node: Node, limit_ps: int) -> None:
            slack, clock = limit_ps - schedule.arrivals[node][1], schedule.cycle(node)
            if clock not in tight or slack < tight[clock][0]:
                tight[clock] = slack, node

        for node in schedule.graph.nodes:
            offer(node, schedule.clock.end)
        for vertex in (v for group in schedule.graph.groups for v in group):
            for capture in schedule.captures(vertex):
                taken = schedule.cycle(vertex) - capture.ahead
                if schedule.moves(capture.node) and schedule.cycle(capture.node) == taken:
                    offer(capture.node, capture.limit_ps)
        modules: dict[int, Counter[str]] = {}
        for operation in self.operations:
            modules.setdefault(operation.clock, Counter())[operation.module] += 1
        leaving, stages = self.estimate.leaving, list[Stage]()
        for clock in range(max(schedule.latency, 1 + max(tight))):
            slack, node = tight.get(clock, (schedule.clock.end, None))
            busy = modules.get(clock, Counter[str]())
            stages.append(
                Stage(
                    clock=clock,
                    operations=busy.total(),
                    busiest=busy.most_common(),
                    slack_ps=slack,
                    path=schedule.path(node) if node else [],
                    leaving=leaving[clock] if clock < len(leaving) else 0,
                )
            )
        return stages

    def longest(self) -> list[Node]:
        """The longest way through all clocks, from an input to a result, by the tightest path."""
        schedule = self.schedule
        nodes = schedule.graph.nodes
        before: dict[Node, tuple[int, Node | None]] = {}
        behind: dict[Node, tuple[int, Node | None]] = {
            sink.node: (0, None) for sink in schedule.graph.sinks if not sink.early
        }
        for node in nodes:
            ways = [(before[n][0], n) for n in self._needs(node) if n in before]
            length, last = max(ways, key=lambda way: way[0], default=(0, None))
            before[node] = length + schedule.cost(node).delay_ps, last
        for node in reversed(nodes):
            if node not in behind:
                continue
            length = behind[node][0] + schedule.cost(node).delay_ps
            for needed in self._needs(node):
                if length > behind.get(needed, (-1, None))[0]:
                    behind[needed] = length, node
        middle = [step.node for step in self.tightest.path if schedule.moves(step.node)]
        return [*_follow(middle[0], before)[::-1], *middle, *_follow(middle[-1], behind)]

    def _needs(self, node: Node) -> Sequence[Node]:
        """What a node follows, over clocks; a state's entry follows its address."""
        if isinstance(node, StateRead):
            return (node.state.address,)
        return node.operands


def _follow(node: Node, ways: Mapping[Node, tuple[int, Node | None]]) -> list[Node]:
    """The nodes that a way leads to from a node."""
    found: list[Node] = []
    following = ways.get(node, (0, None))[1]
    while following is not None:
        found.append(following)
        following = ways[following][1]
    return found


def place_of(node: Node) -> tuple[str, str]:
    """Module and function of the source that asked for a node."""
    file, _, function = node.place.partition(" ")
    module = file.partition(".")[0]
    # A comprehension is no function to anyone who reads the source.
    return module, "" if function.startswith("<") else function


def _loop(schedule: Schedule, state: State) -> Loop:
    clock = schedule.cycle(state)
    entries = [
        node for node in schedule.graph.nodes if isinstance(node, StateRead) and node.state is state
    ]
    launch = schedule.clock.launch[1]
    entry = max((schedule.arrivals[node][1] for node in entries), default=launch)
    _, *successors = schedule.captures(state)
    # What was there on an earlier clock comes from a register.
    arrived = [
        (
            schedule.arrivals[c.node][1] if schedule.cycle(c.node) == clock else launch,
            c.limit_ps,
        )
        for c in successors
        if schedule.moves(c.node)
    ]
    module, function = place_of(entries[0]) if entries else place_of(state.address)
    return Loop(
        name=state.name,
        module=module,
        function=function,
        depth=state.depth,
        width=state.width,
        reading=schedule.readings[state],
        clock=clock,
        entry_ps=entry,
        successor_ps=max((at for at, _ in arrived), default=launch),
        slack_ps=min((limit - at for at, limit in arrived), default=schedule.clock.end - launch),
    )
