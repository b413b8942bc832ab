"""Runs a description event by event on Python integers: what its hardware has to equal.

It shares no code with the scheduler: whatever order, legalisation or register the hardware has, an
event finds the state as the event before it left it.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.graph import Constant, Control, Input, Kind, Node, Resize
from hydrophone_hdl.hls.memory import Memory, MemoryRead, State, StateRead
from hydrophone_model.block import Values
from hydrophone_model.fixed import Fixed, Raw

Operation = Callable[..., int]


def wrapped(raw: int, format: Fixed) -> int:
    """The low bits of a raw integer, as a format reads them."""
    bits = raw & ((1 << format.width) - 1)
    return bits - (1 << format.width) if format.signed and bits >> (format.width - 1) else bits


def joined(node: Node, *parts: int) -> int:
    result = place = 0
    for operand, part in zip(node.operands, parts, strict=True):
        result |= (part & ((1 << operand.format.width) - 1)) << place
        place += operand.format.width
    return result


def resized(node: Resize, a: int) -> int:
    return wrapped(a << node.left if node.left >= 0 else a >> -node.left, node.format)


def merged(_: Node, *operands: int) -> int:
    ways, result = len(operands) // 2, 0
    for flag, value in zip(operands[:ways], operands[ways:], strict=True):
        result |= value if flag else 0
    return result


OPERATIONS: Mapping[Kind, Operation] = {
    Kind.SLICE: lambda node, a: a >> node.first & ((1 << node.format.width) - 1),
    Kind.JOIN: joined,
    Kind.RESIZE: resized,
    Kind.ADD: lambda _, a, b: a + b,
    Kind.SUBTRACT: lambda _, a, b: a - b,
    Kind.COMPARE: lambda _, a, b: int(a < b),
    Kind.EQUAL: lambda _, a, b: int(a == b),
    Kind.AND: lambda _, a, b: a & b,
    Kind.OR: lambda _, a, b: a | b,
    Kind.XOR: lambda _, a, b: a ^ b,
    Kind.NOT: lambda node, a: wrapped(~a, node.format),
    Kind.ANY: lambda _, a: int(a != 0),
    Kind.MUX: lambda _, condition, a, b: a if condition else b,
    Kind.CHOOSE: lambda _, index, *values: values[min(index, len(values) - 1)],
    Kind.MERGE: merged,
    Kind.SHIFT_LEFT: lambda node, a, amount: wrapped(a << amount, node.format),
    Kind.SHIFT_RIGHT: lambda _, a, amount: a >> amount,
    Kind.LEADING: lambda _, a: max(a.bit_length() - 1, 0),
    Kind.MULTIPLY: lambda _, a, b: a * b,
    Kind.LOOKUP: lambda node, index: node.table[min(index, len(node.table) - 1)],
    Kind.TABLE: lambda node, index: node.table[min(index, len(node.table) - 1)],
    Kind.SUM: lambda _, *terms: sum(terms),
}


class Reference:
    """A datapath on Python integers. State persists from batch to batch.

    Slots of memories that nobody wrote hold zero, as in a simulator.

    Args:
        datapath: Described anew, at once.

    Raises:
        AssertionError: From `process`: a result does not fit its format, an address its memory,
            or a slot is read sooner after its write than its memory says.
    """

    def __init__(self, datapath: Datapath) -> None:
        self._controls = datapath.controls
        self._sinks = [sink for sink in datapath.describe() if not sink.early]
        self._ports = datapath.params.outputs
        self._nodes: list[Node] = []
        self._place: dict[Node, int] = {}
        self.states: dict[State, tuple[State, dict[int, tuple[int, ...]]]] = {}
        self.memories: dict[Memory, tuple[Memory, dict[int, tuple[int, int]]]] = {}
        roots = [sink.node for sink in self._sinks]
        while roots:
            self._order(roots.pop(), roots)
        self._first: dict[State, tuple[int, ...]] = {}
        self._events = 0

    def _order(self, root: Node, roots: list[Node]) -> None:
        """Lists a node behind all that it needs; what memories take is left for later."""
        walk = [root]
        while walk:
            node = walk[-1]
            needed = list(node.operands)
            if isinstance(node, StateRead):
                state = node.state
                needed.append(state.address)
                if state not in self.states:
                    self.states[state] = state, {}
                    roots += [*state.successor, *state.reset]
            elif isinstance(node, MemoryRead) and node.memory not in self.memories:
                self.memories[node.memory] = node.memory, {}
                roots += node.memory.writes
            missing = [operand for operand in needed if operand not in self._place]
            walk += missing
            if not missing:
                walk.pop()
                if node not in self._place:
                    self._place[node] = len(self._nodes)
                    self._nodes.append(node)

    def process(self, inputs: Values) -> dict[str, Raw]:
        """Outputs of a batch of events: one column a port."""
        columns = {name: np.asarray(column).tolist() for name, column in inputs.items()}
        count = len(next(iter(columns.values())))
        rows = [
            self._event({name: column[k] for name, column in columns.items()}) for k in range(count)
        ]
        elements: dict[str, list[int]] = {}
        for place, sink in enumerate(self._sinks):
            elements.setdefault(sink.port, []).append(place)
        table = np.array(rows, np.int64).reshape(count, len(self._sinks))
        return {
            name: table[:, places if self._ports[name].count > 1 else places[0]]
            for name, places in elements.items()
        }

    def _event(self, row: Mapping[str, int | Sequence[int]]) -> list[int]:
        values: list[int] = []

        def value(node: Node) -> int:
            return values[self._place[node]]

        for node in self._nodes:
            result = self._value(node, row, value)
            low, high = node.format.min, node.format.max
            assert low <= result <= high, f"{node} ({node.place}) = {result}"
            values.append(result)
        for state, entries in self.states.values():
            entries[self._address(state, value)] = tuple(map(value, state.successor))
        for memory, slots in self.memories.values():
            address, written, enable = map(value, memory.writes)
            if enable:
                assert address < memory.depth, f"slot {address} of {memory.name}"
                slots[address] = written, self._events
        self._events += 1
        return [value(sink.node) for sink in self._sinks]

    def _value(
        self, node: Node, row: Mapping[str, int | Sequence[int]], value: Callable[[Node], int]
    ) -> int:
        match node:
            case Constant():
                return node.raw
            case Control():
                return self._controls[node.setting][1][node.element]
            case Input():
                column = row[node.port]
                return column if isinstance(column, int) else column[node.element]
            case StateRead():
                _, entries = self.states[node.state]
                entry = entries.get(self._address(node.state, value))
                return (self._reset(node.state) if entry is None else entry)[node.member]
            case MemoryRead():
                memory, address = node.memory, value(node.operands[0])
                assert address < memory.depth, f"slot {address} of {memory.name}"
                held, at = self.memories[memory][1].get(address, (0, -memory.reuse))
                passed = self._events - at
                assert passed >= memory.reuse, (
                    f"{memory.name}: read {passed} events after its write"
                )
                return held
            case _:
                return OPERATIONS[node.kind](node, *map(value, node.operands))

    def _address(self, state: State, value: Callable[[Node], int]) -> int:
        address = value(state.address)
        assert address < state.depth, f"entry {address} of {state.name}"
        return address

    def _reset(self, state: State) -> tuple[int, ...]:
        """First values of an entry, made of constants and settings."""
        if state not in self._first:

            def settled(node: Node) -> int:
                return self._value(node, {}, settled)

            self._first[state] = tuple(map(settled, state.reset))
        return self._first[state]
