"""Emitter: a schedule as Amaranth logic, operations, the registers between them, and memories.

A state's successor is written at the end of the clock of its entry. An entry read in that same
clock needs nothing more; one read earlier misses what the events right before have on the way.
Where the entry comes straight from a block RAM, the event that reads in the clock of
the write takes the successor from a register instead; where it waits in a register, the successor
of the event just before enters that register directly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import memory as amaranth_memory
from amaranth.utils import ceil_log2

from hydrophone_hdl.fixed import shape
from hydrophone_hdl.hls.cascade import added, strained
from hydrophone_hdl.hls.graph import CLOCKED, Constant, Control, Input, Kind, Lookup, Node
from hydrophone_hdl.hls.logic import logic
from hydrophone_hdl.hls.memory import Memory, MemoryRead, State, StateRead
from hydrophone_hdl.hls.schedule import Reading, Schedule
from hydrophone_hdl.hls.schedule_graph import Write
from hydrophone_model.fixed import Fixed


class Pipeline:
    """A schedule laid into a module.

    Args:
        m: Module that receives the logic.
        schedule: What is where.
        inputs: Elements of each input port.
        controls: Run-time settings by name, stable while events are in flight.
        valid: Whether an event enters on this clock.
        advance: Whether every register of the pipeline moves on this clock.

    Attributes:
        clearing: To be driven: puts all state back while it is high.
        clear_address: Entry that is put back on this clock.
        clear_cycles: Clocks that `clearing` must last to put all state back.
    """

    def __init__(
        self,
        m: Module,
        schedule: Schedule,
        *,
        inputs: Mapping[str, Sequence[Value]],
        controls: Mapping[str, Sequence[Value]],
        valid: Value,
        advance: Value,
    ) -> None:
        self._m, self._schedule, self._inputs, self._controls = m, schedule, inputs, controls
        self._advance, self._valids = advance, [valid]
        # Delay line of each node: its value on its own clock, on the next, …
        self._lines: dict[Node, list[Value]] = {}
        self._memories: dict[Memory, Any] = {}
        self._entries: dict[State, Value] = {}
        self._successors: dict[State, Signal] = {}
        self._added, self._strained = added(schedule), strained(schedule)
        self.clearing = Signal()
        self.clear_cycles = clear_cycles(schedule)
        self.clear_address = Signal(ceil_log2(max(2, self.clear_cycles)))
        with m.If(self.clearing):
            m.d.sync += self.clear_address.eq(self.clear_address + 1)
        with m.Else():
            m.d.sync += self.clear_address.eq(0)
        for state in schedule.graph.states:
            self._successors[state] = Signal(state.width, name=f"{state.name}_next")
        for node in schedule.graph.invariant:
            self._lines[node] = [self._named(node, self._value(node, 0))]
        for group in schedule.graph.groups:
            for vertex in group:
                if isinstance(vertex, State):
                    self._entries[vertex] = self._entry(vertex)
                elif isinstance(vertex, Node):
                    value = self._value(vertex, schedule.cycle(vertex))
                    self._lines[vertex] = [self._named(vertex, value)]
        for state in schedule.graph.states:
            self._write_back(state)
        for write in schedule.graph.writes:
            self._write(write)

    def valid(self, cycle: int) -> Value:
        """Whether a clock of the pipeline holds an event."""
        while len(self._valids) <= cycle:
            later = Signal(name=f"valid_{len(self._valids)}")
            with self._m.If(self._advance):
                self._m.d.sync += later.eq(self._valids[-1])
            self._valids.append(later)
        return self._valids[cycle]

    def at(self, node: Node, cycle: int) -> Value:
        """A node's value, delayed to a clock."""
        line = self._lines[node]
        if not self._schedule.moves(node):
            return line[0]
        delay = cycle - self._schedule.cycle(node)
        if delay < 0:
            raise RuntimeError(f"{node} of {node.place} is used before it is there")
        while len(line) <= delay:
            # Long delays become shift registers in look-up tables, which answer late. One with a
            # reset cannot: whatever is taken comes from a flip-flop.
            shift_register = self._schedule.timing.family.shift_register
            taken = shift_register is not None and len(line) == delay >= shift_register.threshold
            name = f"{node.kind.name.lower()}_r"
            if len(line) == 1 < node.format.width and node in self._strained:
                line.append(self._split_register(line[0], name))
            else:
                line.append(self._register(line[-1], name, reset=taken))
        return line[delay]

    def _split_register(self, value: Value, name: str) -> Value:
        """A register in two parts: no multiplier's cell takes half of one in."""
        half = len(value) // 2
        parts = Cat(self._register(part, name) for part in (value[:half], value[half:]))
        return parts.as_signed() if value.shape().signed else parts

    # -- operations ---------------------------------------------------------------------------

    def _value(self, node: Node, cycle: int) -> ValueLike:
        operands = [] if node.kind in CLOCKED else [self.at(o, cycle) for o in node.operands]
        match node:
            case Constant():
                return Const(node.raw, shape(node.format))
            case Control():
                return self._controls[node.setting][node.element]
            case Input():
                return self._inputs[node.port][node.element]
            case StateRead():
                return _member(self._entries[node.state], node.state.formats, node.member)
            case MemoryRead():
                return self._read(node, cycle)
            case Lookup(kind=Kind.TABLE):
                return self._table(node, self.at(node.operands[0], cycle - 1))
            case Lookup():
                return self._table(node, operands[0])
            case _:
                return logic(node, operands)

    def _table(self, node: Lookup, index: Value) -> Value:
        table = list(node.table)
        depth = 1 << len(index)
        padded = [*table, *([table[-1]] * (depth - len(table)))][:depth]
        memory: Any = amaranth_memory.Memory(shape=shape(node.format), depth=depth, init=padded)
        self._m.submodules += memory
        clocked = node.kind is Kind.TABLE
        port = memory.read_port(domain="sync" if clocked else "comb")
        self._m.d.comb += port.addr.eq(index)
        if clocked:
            self._m.d.comb += port.en.eq(self._advance)
        return Value.cast(port.data)

    def _named(self, node: Node, value: ValueLike) -> Value:
        """Names a result, so that its logic exists once however often it is used."""
        value = Value.cast(value)
        if isinstance(value, Const):
            return value
        # What is kept is a wire of its own, no inner one of a multiplier's cell.
        kept = {"keep": 1} if node in self._added else {}
        named = Signal(shape(node.format), name=node.kind.name.lower(), attrs=kept)
        self._m.d.comb += named.eq(value)
        return named

    def _register(self, value: Value, name: str, *, reset: bool = False) -> Value:
        if isinstance(value, Const):
            return value
        register = Signal(value.shape(), name=name, reset_less=not reset)
        with self._m.If(self._advance):
            self._m.d.sync += register.eq(value)
        return register

    # -- memories -----------------------------------------------------------------------------

    def _entry(self, state: State) -> Value:
        """Reads a state's entry for the event on the state's clock."""
        m, schedule, depth = self._m, self._schedule, state.depth
        reading, time = schedule.readings[state], schedule.cycle(state)
        if reading is Reading.SINGLE:
            return self._single(state)
        distributed = reading in (Reading.DIRECT, Reading.DISTRIBUTED)
        style = {"ram_style": "distributed"} if distributed else {}
        memory: Any = amaranth_memory.Memory(shape=state.width, depth=depth, init=[], attrs=style)
        m.submodules[f"state_{state.name}"] = memory
        successor, valid = self._successors[state], self.valid(time)
        write = memory.write_port()
        here = self._address(state.address, time, depth)
        m.d.comb += [
            write.addr.eq(here),
            write.data.eq(successor),
            write.en.eq(self._advance & valid),
        ]
        # The sweep of a deeper state wraps round in a shallower one, or passes its end.
        swept = self.clear_address[: len(write.addr)]
        with m.If(self.clearing):
            m.d.comb += [
                write.addr.eq(swept),
                write.data.eq(Cat(*(self.at(node, 0) for node in state.reset))),
                write.en.eq(swept < depth if depth & (depth - 1) else 1),
            ]
        if reading is Reading.DIRECT:
            read = memory.read_port(domain="comb")
            m.d.comb += read.addr.eq(here)
            return Value.cast(read.data)
        before = self._address(state.address, time - 1, depth)
        if distributed:
            read = memory.read_port(domain="comb")
            m.d.comb += read.addr.eq(before)
            return self._entry_register(state, Value.cast(read.data), valid & (before == here))
        read = memory.read_port()
        asked = self._address(state.address, time - reading.ahead, depth)
        follows = Signal(name=f"{state.name}_follows")
        forwarded = self._register(successor, f"{state.name}_forwarded")
        m.d.comb += [read.addr.eq(asked), read.en.eq(self._advance)]
        with m.If(self._advance):
            m.d.sync += follows.eq(valid & (asked == here))
        entry = Mux(follows, forwarded, read.data)
        if reading is Reading.BLOCK:
            return entry
        return self._entry_register(state, entry, valid & (before == here))

    def _single(self, state: State) -> Value:
        """The register of a state with one entry."""
        entry = Signal(state.width, name=f"state_{state.name}", reset_less=True)
        written = self._advance & self.valid(self._schedule.cycle(state))
        with self._m.If(self.clearing):
            self._m.d.sync += entry.eq(Cat(*(self.at(node, 0) for node in state.reset)))
        with self._m.Elif(written):
            self._m.d.sync += entry.eq(self._successors[state])
        return entry

    def _entry_register(self, state: State, entry: Value, behind: Value) -> Value:
        """An entry in a register, or the successor of the event just before."""
        return self._register(Mux(behind, self._successors[state], entry), f"{state.name}_waiting")

    def _write_back(self, state: State) -> None:
        members: list[Value] = []
        for node, format in zip(state.successor, state.formats, strict=True):
            member = Signal(shape(format), name=f"{state.name}_member")
            self._m.d.comb += member.eq(self.at(node, self._schedule.cycle(state)))
            members.append(member)
        self._m.d.comb += self._successors[state].eq(Cat(*members))

    def _memory(self, memory: Memory) -> Any:
        if memory not in self._memories:
            most = self._schedule.timing.family.distributed_depth
            style = {"ram_style": "block"} if most is not None and memory.depth > most else {}
            module: Any = amaranth_memory.Memory(
                shape=shape(memory.format), depth=memory.depth, init=[], attrs=style
            )
            self._m.submodules[f"memory_{memory.name}"] = module
            self._memories[memory] = module
        return self._memories[memory]

    def _read(self, node: MemoryRead, cycle: int) -> Value:
        port = self._memory(node.memory).read_port()
        self._m.d.comb += [
            port.addr.eq(self._address(node.operands[0], cycle - 1, node.memory.depth)),
            port.en.eq(self._advance),
        ]
        return Value.cast(port.data)

    def _write(self, write: Write) -> None:
        time, memory = self._schedule.cycle(write), write.memory
        address, value, enable = memory.writes
        port = self._memory(memory).write_port()
        self._m.d.comb += [
            port.addr.eq(self._address(address, time, memory.depth)),
            port.data.eq(self.at(value, time)),
            port.en.eq(self._advance & self.valid(time) & self.at(enable, time)),
        ]

    def _address(self, node: Node, cycle: int, depth: int) -> Value:
        """The low bits of an address that count to ``depth``."""
        return self.at(node, cycle)[: ceil_log2(depth)]


def settled_after(schedule: Schedule) -> int:
    """Clocks after which an event has left nothing to be done: results, states and windows."""
    written = (*schedule.graph.states, *schedule.graph.writes)
    return max([schedule.latency, *(schedule.cycle(vertex) for vertex in written)])


def clear_cycles(schedule: Schedule) -> int:
    """Clocks that putting back a schedule's state takes."""
    return max((state.depth for state in schedule.graph.states), default=0)


def _member(entry: Value, formats: Sequence[Fixed], place: int) -> Value:
    first = sum(format.width for format in formats[:place])
    bits = entry[first : first + formats[place].width]
    return bits.as_signed() if formats[place].signed else bits
