"""Stream block: a datapath as a component with back-pressure, reset, a public latency."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.component import Component
from hydrophone_hdl.fixed import layout, shape
from hydrophone_hdl.hls.description import check, errors_with_source, results
from hydrophone_hdl.hls.emit import Pipeline, clear_cycles, settled_after
from hydrophone_hdl.hls.graph import Control, DescriptionError, Input, place_of
from hydrophone_hdl.hls.number import Number
from hydrophone_hdl.hls.sameness import Unknown, made_of
from hydrophone_hdl.hls.schedule import Schedule
from hydrophone_hdl.hls.schedule_graph import Sink
from hydrophone_hdl.hls.scheduler import build_schedule
from hydrophone_model.block import Controls, Params, Ports

Numbers = Mapping[str, Sequence[Number]]
"""Numbers of each port, one an element."""


class Datapath:
    """The arithmetic and state of a block, without registers.

    Args:
        params: The block's parameter object, shared with its model and kernel; its timing says
            for which device and clock registers are placed.
    """

    def __init__(self, params: Params) -> None:
        self.params = params

    @property
    def controls(self) -> Controls:
        """Run-time settings that the datapath takes: those of its parameters."""
        return self.params.controls

    def control(self, name: str) -> list[Number]:
        """The elements of a run-time setting."""
        if name not in self.controls:
            raise DescriptionError(f"{type(self).__name__}.controls has no {name!r}: give it there")
        format, values = self.controls[name]
        return [
            Number(Control(format, setting=name, element=element)) for element in range(len(values))
        ]

    def build(self, inputs: Numbers) -> Numbers:
        """Describes the block behind its inputs and returns its outputs."""
        raise NotImplementedError

    def describe(self) -> list[Sink]:
        """Describes the whole block, anew each time, and returns what leaves it.

        Raises:
            DescriptionError: It is no hardware on any device and clock.
            FormatError: A format does not hold its values, or is wider than any may be.
        """
        params, place = self.params, place_of(type(self).build.__code__)
        inputs = {
            name: [
                Number(Input(port.format, port=name, element=element, place=place))
                for element in range(port.count)
            ]
            for name, port in params.inputs.items()
        }
        with errors_with_source():
            outputs = self.build(inputs)
        sinks = [
            *results(outputs, params.outputs, early=False, place=place),
            *results(outputs, params.early, early=True, place=place),
        ]
        given = [value for values in inputs.values() for value in values]
        check(sinks, given, self.controls, type(self).__name__)
        return sinks

    @property
    def schedule(self) -> Schedule:
        """Its schedule for the parameters' timing; one for all datapaths of equal attributes.

        Raises:
            ScheduleError: A loop or an operation does not fit the clock.
            DescriptionError: It is no hardware on any device and clock.
            FormatError: A format does not hold its values, or is wider than any may be.
        """
        try:
            return _schedule(_Key(made_of(self, (Datapath,)), self))
        except Unknown:
            return _schedule(_Key(self, self))


@dataclass(frozen=True)
class _Key:
    """A datapath, and what another has to be to share its schedule."""

    same: Hashable
    datapath: Datapath = field(compare=False)


@lru_cache(maxsize=64)
def _schedule(key: _Key) -> Schedule:
    return build_schedule(key.datapath.describe(), key.datapath.params.timing)


class StreamComponent(Component):
    """A block between two streams, as whoever simulates or builds it sees it.

    Attributes:
        params: The block's parameter object, which names its ports.
        latency: Clocks from the one that accepts an event to the one that offers its result.
        early_latency: Clocks to the one that offers its early outputs; 0 without any.
        initiation_interval: Clocks from one accepted event to the next, where results are taken
            at once. Above 1 an event is accepted when none is in flight.
        clear_cycles: Clocks after reset on which nothing is accepted.
        outside: Run-time settings that come from outside, by ``controls``; without any there is
            no such port, nor ``early`` and ``early_valid`` without early outputs.
    """

    i: Any
    o: Any
    early: Any
    early_valid: Any
    controls: Any
    params: Params
    latency: int
    early_latency: int
    initiation_interval: int
    clear_cycles: int
    outside: Controls


class StreamBlock(StreamComponent):
    """A datapath between two streams.

    One event a clock. Where the output is not taken, everything stands still and `i.ready` falls
    in the same clock. After reset the state is swept for `clear_cycles` clocks, during which no
    event is accepted.

    A block with early outputs offers them on ``early`` while ``early_valid`` is high: for one
    clock, the first on which they are there, and whether or not anyone looks; results that stall
    delay them.
    """

    def __init__(self, datapath: Datapath, *, extra: Mapping[str, Any] | None = None) -> None:
        self.datapath, self.params, self.schedule = datapath, datapath.params, datapath.schedule
        params, self.outside = datapath.params, {}
        early = {"early": Out(layout(params.early)), "early_valid": Out(1)}
        super().__init__(
            {
                "i": In(stream.Signature(layout(params.inputs))),
                "o": Out(stream.Signature(layout(params.outputs))),
                **(early if params.early else {}),
                **(extra or {}),
            }
        )
        self.latency, self.early_latency = self.schedule.latency, self.schedule.early_latency
        self.initiation_interval, self.clear_cycles = 1, clear_cycles(self.schedule)

    def elaborate(self, platform: object) -> Module:
        """Builds the component's logic."""
        m = Module()
        self.construct(m, settings(self.datapath), clear=Const(0), hold=Const(0))
        return m

    def construct(
        self, m: Module, controls: Mapping[str, Sequence[Value]], *, clear: Value, hold: Value
    ) -> Value:
        """Lays pipeline, handshake and sweep into a module.

        Args:
            m: The module.
            controls: Values of the datapath's run-time settings.
            clear: Begins a sweep; only while nothing is in flight.
            hold: Accepts no event.

        Returns:
            Whether nothing is in flight and no sweep under way.
        """
        advance, enters, sweeping = Signal(), Signal(), Signal(init=self.clear_cycles > 0)
        m.d.comb += [
            advance.eq(self.o.ready | ~self.o.valid),
            self.i.ready.eq(advance & ~sweeping & ~hold),
            enters.eq(self.i.valid & self.i.ready),
        ]
        ports = self.datapath.params
        inputs = {name: elements(self.i.payload, ports.inputs, name) for name in ports.inputs}
        pipeline = Pipeline(
            m, self.schedule, inputs=inputs, controls=controls, valid=enters, advance=advance
        )
        for sink in self.schedule.graph.sinks:
            payload, group = (
                (self.early, ports.early) if sink.early else (self.o.payload, ports.outputs)
            )
            target = elements(payload, group, sink.port)[sink.element]
            m.d.comb += target.eq(pipeline.at(sink.node, self.schedule.cycle(sink)))
        m.d.comb += [
            self.o.valid.eq(pipeline.valid(self.latency)),
            pipeline.clearing.eq(sweeping),
        ]
        if ports.early:
            moved = Signal()
            m.d.sync += moved.eq(advance)
            m.d.comb += self.early_valid.eq(pipeline.valid(self.early_latency) & moved)
        if self.clear_cycles:
            with m.If(sweeping & (pipeline.clear_address == self.clear_cycles - 1)):
                m.d.sync += sweeping.eq(0)
            with m.If(clear):
                m.d.sync += sweeping.eq(1)
        times = range(1, settled_after(self.schedule) + 1)
        return ~Cat(sweeping, *(pipeline.valid(time) for time in times)).any()


def settings(datapath: Datapath) -> dict[str, list[Value]]:
    """The configured values of a datapath's run-time settings."""
    return {
        name: [Const(value, shape(format)) for value in values]
        for name, (format, values) in datapath.controls.items()
    }


def controls_layout(controls: Controls) -> data.StructLayout:
    """How run-time settings come from outside."""
    return data.StructLayout(
        {
            name: data.ArrayLayout(shape(format), len(values))
            for name, (format, values) in controls.items()
        }
    )


def controlled_values(given: Any, controls: Controls) -> dict[str, list[Value]]:
    """The values of run-time settings that come from outside, in a `controls_layout`."""
    return {
        name: [Value.cast(given[name][k]) for k in range(len(values))]
        for name, (_, values) in controls.items()
    }


def elements(payload: Any, ports: Ports, name: str) -> list[Value]:
    """The elements of one port of a payload."""
    member = getattr(payload, name)
    count = ports[name].count
    return [Value.cast(member)] if count == 1 else [Value.cast(member[k]) for k in range(count)]


class ControlledBlock(StreamBlock):
    """A stream block whose settings come from outside.

    ``controls`` carries every run-time setting and may change only while ``idle``; ``hold`` keeps
    events out; ``clear``, given while ``idle``, begins a sweep of the state.
    """

    clear: Signal
    hold: Signal
    idle: Signal

    def __init__(self, datapath: Datapath) -> None:
        extra = {"clear": In(1), "hold": In(1), "idle": Out(1)}
        if datapath.controls:
            extra["controls"] = In(controls_layout(datapath.controls))
        super().__init__(datapath, extra=extra)
        self.outside = datapath.controls

    def elaborate(self, platform: object) -> Module:
        """Builds the component's logic."""
        m = Module()
        given = controlled_values(self.controls, self.outside) if self.outside else {}
        idle = self.construct(m, given, clear=self.clear, hold=self.hold)
        m.d.comb += self.idle.eq(idle)
        return m
