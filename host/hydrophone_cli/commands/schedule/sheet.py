"""Layout of a schedule's picture: rows, places along them, lanes for states."""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hydrophone_hdl.hls.graph import Node
    from hydrophone_hdl.hls.view import Family, Loop, Operation, View

LANE, MARK = 0.36, 0.17
"""Height of a state's loop and of one mark above another, in a row's units."""
_FUNCTIONS = 14
"""Most rows for which every function has its own; else every module has."""
_SPOT = 6.5
"""Points from one mark to the next."""
_LETTER = 0.0040
"""Width of a letter of a state's name, as a part of the columns' width."""


class Row:
    """A module or a function.

    Attributes:
        name: As shown.
        operations: What it asked for.
        loops: States that it described.
        lanes: Its loops, none over another of its lane.
        spots: For each place along the row, how many operations of each family are there.
        top: Where the row begins.
    """

    def __init__(self, name: str) -> None:
        self.name, self.top = name, 0.0
        self.operations: list[Operation] = []
        self.loops: list[Loop] = []
        self.lanes: list[list[Loop]] = []
        self.spots: dict[int, Counter[Family]] = {}

    @property
    def marks_height(self) -> float:
        """Height of its marks."""
        return 0.5 + MARK * max((len(spot) for spot in self.spots.values()), default=1)

    @property
    def height(self) -> float:
        """Height of its marks and loops."""
        return self.marks_height + LANE * len(self.lanes)


class Sheet:
    """Layout of a view.

    Places along a row are clocks: 2.5 is half of the third clock.

    Args:
        view: The schedule.
        inches: Width of all columns together.

    Attributes:
        rows: From top to bottom, by when half of what they have is there.
        clocks: Columns.
        where: Place and height of each operation's mark, by the node's identity.
        height: Of all rows.
        gap: Room between what stands side by side.
    """

    def __init__(self, view: "View", inches: float) -> None:
        self._view, self._period = view, view.schedule.timing.period_ps
        self.clocks = len(view.stages)
        self.gap = 0.006 * self.clocks
        self._spots = max(4, round(inches * 72 / self.clocks / _SPOT))
        self.rows = self._arranged()
        self.where: dict[Node, tuple[float, float]] = {}
        top = 0.0
        for row in self.rows:
            row.top = top
            top += row.height
            for operation in row.operations:
                place = self.place(operation)
                families = sorted(row.spots[place], key=lambda family: family.name)
                level = families.index(operation.family) - (len(families) - 1) / 2
                self.where[operation.node] = (
                    (place + 0.5) / self._spots,
                    row.top + row.marks_height / 2 + MARK * level,
                )
        self.height = top

    def _arranged(self) -> list[Row]:
        operations = self._view.operations
        functions = len({(o.module, o.function) for o in operations}) <= _FUNCTIONS
        rows: dict[str, Row] = {}

        def row_of(item: "Operation | Loop") -> Row:
            parts = [item.module, item.function] if functions else [item.module]
            name = ".".join(part for part in parts if part)
            return rows.setdefault(name, Row(name))

        for operation in operations:
            row = row_of(operation)
            row.operations.append(operation)
            row.spots.setdefault(self.place(operation), Counter())[operation.family] += 1
        for loop in self._view.loops:
            row_of(loop).loops.append(loop)
        for row in rows.values():
            self._spread(row)
        return sorted(rows.values(), key=self._middle)

    def _middle(self, row: Row) -> float:
        """When half of what a row has is there."""
        times = sorted(self._time(o.clock, o.at_ps) for o in row.operations)
        return times[len(times) // 2] if times else 0.0

    def _spread(self, row: Row) -> None:
        """Gives each loop the first lane on which it and its name have room."""
        taken: list[float] = []
        for loop in sorted(row.loops, key=self.span):
            begin, end = self.span(loop)
            lane = next((lane for lane, until in enumerate(taken) if until <= begin), len(taken))
            if lane == len(taken):
                taken.append(0.0)
                row.lanes.append([])
            row.lanes[lane].append(loop)
            taken[lane] = end

    def hairpin(self, loop: "Loop") -> tuple[float, float, float]:
        """Places of a state's entry and successor, and of the end of its bend."""
        begin = self._time(loop.clock, loop.entry_ps)
        end = max(begin, self._time(loop.clock, loop.successor_ps))
        return begin, end, end + self.gap

    def label_is_left(self, loop: "Loop") -> bool:
        """Whether a state's name stands before its loop, there being no room behind."""
        return self.hairpin(loop)[2] + self._length(loop) > self.clocks

    def span(self, loop: "Loop") -> tuple[float, float]:
        """Extent of a loop and its name on a lane."""
        begin, _, beyond = self.hairpin(loop)
        length = self._length(loop)
        if self.label_is_left(loop):
            return begin - length - self.gap, beyond
        return begin, beyond + length + self.gap

    def _length(self, loop: "Loop") -> float:
        """Room of a state's name."""
        return _LETTER * len(label(loop)) * self.clocks

    def _time(self, clock: int, at_ps: int) -> float:
        return clock + at_ps / self._period

    def place(self, operation: "Operation") -> int:
        """The spot of an operation's result, within its own column."""
        return operation.clock * self._spots + min(
            int(operation.at_ps / self._period * self._spots), self._spots - 1
        )


def label(loop: "Loop") -> str:
    """A state's name, and the slack of its loop in ns."""
    return f"{loop.name} {loop.slack_ps / 1e3:.2f}"
