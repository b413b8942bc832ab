"""A pipeline under construction: values that know their clock, and state with one-clock loops.

A `Wire` is a value and the clock, counted from the input, on which it belongs to its event. The
arithmetic of a block is plain functions of Amaranth values; `Pipe.logic` applies one within a
clock and `Pipe.stage` puts a register behind it. Both first bring their operands to the same
clock, so nobody types a delay, and a block's latency is whatever its last wire says.

State lives in memories with an entry a symbol (or class, or slot). `Pipe.recall` reads an entry
and `State.learn` writes its successor one clock later, forwarding it when the very next event
wants the same entry: one event a clock, whatever the symbols.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, overload

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike
from amaranth.lib.memory import Memory
from amaranth.utils import ceil_log2

from hydrophone_hdl.fixed import shape
from hydrophone_model.fixed import Fixed

SMALL = 64
"""Entries up to which a memory is small."""

Result = TypeVar("Result", contravariant=True)
Laid = TypeVar("Laid", covariant=True)


@dataclass(frozen=True)
class Wire:
    """A value and the clock on which it belongs to its event."""

    value: Value
    time: int


class Lay(Protocol[Result, Laid]):
    """Applies a function of values to as many wires; the overloads only tell the types."""

    @overload
    def __call__(self, function: Callable[[Value], Result], a: Wire, /) -> Laid: ...
    @overload
    def __call__(self, function: Callable[[Value, Value], Result], a: Wire, b: Wire, /) -> Laid: ...
    @overload
    def __call__(
        self, function: Callable[[Value, Value, Value], Result], a: Wire, b: Wire, c: Wire, /
    ) -> Laid: ...
    @overload
    def __call__(
        self,
        function: Callable[[Value, Value, Value, Value], Result],
        a: Wire,
        b: Wire,
        c: Wire,
        d: Wire,
        /,
    ) -> Laid: ...


class Pipe:
    """Builds one pipeline into a module.

    Args:
        m: Module that receives the logic.
        valid: Whether an event enters on this clock.
        advance: Whether every register of the pipeline moves on this clock.
        controls: Run-time settings by name, stable while events are in flight.
    """

    def __init__(
        self,
        m: Module,
        *,
        valid: Value,
        advance: Value,
        controls: Mapping[str, Sequence[Value]] | None = None,
    ) -> None:
        self.m = m
        self.advance = advance
        self.logic: Lay[ValueLike, Wire] = self._logic
        """Applies a function on the first clock that has all its operands."""
        self.stage: Lay[ValueLike, Wire] = self._stage
        """As `logic`, with a register behind the result."""
        self.stages: Lay[Sequence[ValueLike], tuple[Wire, ...]] = self._stages
        """As `stage`, for a function of several results."""
        self.clearing = Signal()
        self.clear_cycles = 0
        """Clocks that `clearing` must last to put all state back."""
        self._controls = controls or {}
        self._clear_address = Signal(32)
        # Delay line of each value, by identity; the line holds the value, so the key stays its own.
        self._delays: dict[int, list[Value]] = {}
        self._valids = [valid]
        self._names = 0
        with m.If(self.clearing):
            m.d.sync += self._clear_address.eq(self._clear_address + 1)
        with m.Else():
            m.d.sync += self._clear_address.eq(0)

    # -- values -------------------------------------------------------------------------------

    def control(self, name: str) -> Sequence[Value]:
        """The elements of a run-time setting."""
        return self._controls[name]

    def let(self, value: ValueLike) -> Value:
        """Names an intermediate result, so that its logic exists once however often it is used."""
        value = Value.cast(value)
        named = Signal(value.shape(), name=self._name("let"))
        self.m.d.comb += named.eq(value)
        return named

    def rom(self, table: Sequence[int], index: Value) -> Value:
        """Looks up a constant table."""
        depth = 1 << len(index)
        padded = [*table, *([table[-1]] * (depth - len(table)))]
        entry = shape(Fixed.spanning(min(table), max(table)))
        memory: Any = Memory(shape=entry, depth=depth, init=padded)
        self.m.submodules[self._name("rom")] = memory
        port = memory.read_port(domain="comb")
        self.m.d.comb += port.addr.eq(index)
        return self.let(port.data)

    def valid(self, time: int) -> Value:
        """Whether the clock ``time`` of the pipeline holds an event."""
        while len(self._valids) <= time:
            later = Signal(name=f"valid_{len(self._valids)}")
            with self.m.If(self.advance):
                self.m.d.sync += later.eq(self._valids[-1])
            self._valids.append(later)
        return self._valids[time]

    def at(self, wire: Wire, time: int) -> Value:
        """The wire's value delayed to the clock ``time``."""
        if time < wire.time:
            raise ValueError(f"a value of clock {wire.time} is not there on clock {time}")
        if isinstance(wire.value, Const):
            return wire.value
        line = self._delays.setdefault(id(wire.value), [wire.value])
        while len(line) <= time - wire.time:
            line.append(self._register(line[-1]))
        return line[time - wire.time]

    def later(self, wire: Wire, time: int) -> Wire:
        """The same value on a later clock."""
        return Wire(self.at(wire, time), time)

    @staticmethod
    def latest(*wires: Wire) -> int:
        """The first clock on which all wires are there."""
        return max(wire.time for wire in wires)

    def _logic(self, function: Callable[..., ValueLike], *wires: Wire) -> Wire:
        return self.logic_of(lambda values: function(*values), wires)

    def _stage(self, function: Callable[..., ValueLike], *wires: Wire) -> Wire:
        return self.stage_of(lambda values: function(*values), wires)

    def _stages(
        self, function: Callable[..., Sequence[ValueLike]], *wires: Wire
    ) -> tuple[Wire, ...]:
        return self.stages_of(lambda values: function(*values), wires)

    def logic_of(self, function: Callable[[list[Value]], ValueLike], wires: Sequence[Wire]) -> Wire:
        """As `logic`, for a function of a list."""
        time = self.latest(*wires)
        return Wire(self.let(function([self.at(wire, time) for wire in wires])), time)

    def stage_of(self, function: Callable[[list[Value]], ValueLike], wires: Sequence[Wire]) -> Wire:
        """As `stage`, for a function of a list."""
        return self.stages_of(lambda values: [function(values)], wires)[0]

    def stages_of(
        self, function: Callable[[list[Value]], Sequence[ValueLike]], wires: Sequence[Wire]
    ) -> tuple[Wire, ...]:
        """As `stages`, for a function of a list."""
        time = self.latest(*wires)
        results = function([self.at(wire, time) for wire in wires])
        return tuple(Wire(self._register(Value.cast(value)), time + 1) for value in results)

    # -- state --------------------------------------------------------------------------------

    def recall(
        self, name: str, *, address: Wire, depth: int, reset: Sequence[ValueLike], time: int
    ) -> "State":
        """Reads one entry of a state memory so that it is there on the clock ``time``.

        Args:
            name: Of the memory.
            address: Which entry; there at least one clock before ``time``.
            depth: Number of entries.
            reset: One value for each member of an entry, as wide as the member; `clearing` writes
                it to all entries.
            time: Clock on which the successor is computed and learned.
        """
        return State(
            self,
            name,
            address=address,
            depth=depth,
            reset=[Value.cast(r) for r in reset],
            time=max(time, address.time + 1),
        )

    def remember(self, name: str, *, depth: int, width: int) -> "Store":
        """A memory that is written long before it is read again, and never cleared."""
        return Store(self, name, depth=depth, width=width)

    # -- inner --------------------------------------------------------------------------------

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}_{self._names}"

    def _register(self, value: Value) -> Value:
        register = Signal(value.shape(), name=self._name("r"), reset_less=True)
        with self.m.If(self.advance):
            self.m.d.sync += register.eq(value)
        return register

    def address(self, wire: Wire, time: int, depth: int) -> Value:
        """The low bits of a wire that count to ``depth``."""
        return self.at(wire, time)[: ceil_log2(depth)]

    @property
    def clear_address(self) -> Value:
        """Entry that is cleared on this clock."""
        return self._clear_address


class State:
    """One entry of a state memory, read for an event on its way through the pipeline.

    A write lands too late for the events right behind: the one that reads in the same clock is
    told by ``follows`` to take the successor from a register instead. Where the address is known
    two clocks ahead, the entry waits in a register of its own for the last clock, so that the loop
    begins at a flip-flop rather than at a memory's output; the successor of the event in between
    then enters that register directly.

    Attributes:
        now: The members of the entry, with every earlier event's successor in them.
        time: The clock on which they are there.
    """

    def __init__(
        self, pipe: Pipe, name: str, *, address: Wire, depth: int, reset: list[Value], time: int
    ) -> None:
        m = pipe.m
        depth = max(2, depth)
        ahead = min(2, time - address.time)
        pipe.clear_cycles = max(pipe.clear_cycles, depth)
        self._shapes = [value.shape() for value in reset]
        width = sum(like.width for like in self._shapes)
        # A small memory read on the last moment is faster beside the logic than in a block RAM.
        style = {"ram_style": "distributed"} if ahead == 1 and depth <= SMALL else {}
        memory: Any = Memory(shape=width, depth=depth, init=[], attrs=style)
        m.submodules[f"state_{name}"] = memory
        write, read = memory.write_port(), memory.read_port()
        self._pipe, self.time = pipe, time
        self._next = Signal(width, name=f"{name}_next")
        here, valid = pipe.address(address, time, depth), pipe.valid(time)
        follows = Signal(name=f"{name}_follows")
        forwarded = Signal(width, name=f"{name}_forwarded", reset_less=True)
        m.d.comb += [
            read.addr.eq(pipe.address(address, time - ahead, depth)),
            read.en.eq(pipe.advance),
            write.addr.eq(here),
            write.data.eq(self._next),
            write.en.eq(pipe.advance & valid),
        ]
        with m.If(pipe.advance):
            m.d.sync += [follows.eq(valid & (read.addr == here)), forwarded.eq(self._next)]
        with m.If(pipe.clearing):
            m.d.comb += [
                write.addr.eq(pipe.clear_address[: len(write.addr)]),
                write.data.eq(Cat(*reset)),
                write.en.eq(1),
            ]
        entry = pipe.let(Mux(follows, forwarded, read.data))
        if ahead == 2:
            behind = valid & (pipe.address(address, time - 1, depth) == here)
            waiting = Signal(width, name=f"{name}_waiting", reset_less=True)
            with m.If(pipe.advance):
                m.d.sync += waiting.eq(Mux(behind, self._next, entry))
            entry = waiting
        self.now: list[Wire] = []
        position = 0
        for like in self._shapes:
            member = entry[position : position + like.width]
            self.now.append(Wire(pipe.let(member.as_signed() if like.signed else member), time))
            position += like.width

    def learn(self, *successor: Wire) -> None:
        """Writes the successor of the entry, member for member.

        Raises:
            ValueError: A member is not there on the entry's clock: the loop is longer than one.
        """
        if any(wire.time != self.time for wire in successor):
            raise ValueError(
                f"state of clock {self.time} cannot learn a value of clock "
                f"{max(wire.time for wire in successor)}: shorten the loop"
            )
        members: list[Value] = []
        for wire, like in zip(successor, self._shapes, strict=True):
            member = Signal(like)
            self._pipe.m.d.comb += member.eq(wire.value)
            members.append(member)
        self._pipe.m.d.comb += self._next.eq(Cat(*members))


class Store:
    """A plain memory beside the pipeline, for windows: a slot is read before it is overwritten."""

    def __init__(self, pipe: Pipe, name: str, *, depth: int, width: int) -> None:
        self._pipe, self._depth = pipe, max(2, depth)
        self._memory: Any = Memory(shape=width, depth=self._depth, init=[])
        pipe.m.submodules[f"store_{name}"] = self._memory

    def read(self, address: Wire) -> Wire:
        """The slot's value, one clock after its address."""
        port = self._memory.read_port()
        self._pipe.m.d.comb += [
            port.addr.eq(self._pipe.address(address, address.time, self._depth)),
            port.en.eq(self._pipe.advance),
        ]
        return Wire(Value.cast(port.data), address.time + 1)

    def write(self, address: Wire, data: Wire, enable: Wire) -> None:
        """Overwrites a slot on the first clock that has address, data and enable."""
        pipe = self._pipe
        time = pipe.latest(address, data, enable)
        port = self._memory.write_port()
        pipe.m.d.comb += [
            port.addr.eq(pipe.address(address, time, self._depth)),
            port.data.eq(pipe.at(data, time)),
            port.en.eq(pipe.advance & pipe.valid(time) & pipe.at(enable, time)),
        ]
