"""A datapath as a component: streams in and out, back-pressure, reset, a public latency."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from amaranth.hdl import Cat, Const, Fragment, Module, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.component import Component
from hydrophone_hdl.fixed import layout, shape
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.block import Params, Ports
from hydrophone_model.fixed import Fixed

Wires = Mapping[str, Sequence[Wire]]
"""Wires of each port, one an element."""
Controls = Mapping[str, tuple[Fixed, tuple[int, ...]]]
"""Format and configured values of each run-time setting of a datapath."""


class Datapath:
    """The arithmetic and state of a block, to be laid into a pipeline.

    Args:
        params: The block's parameter object, shared with its model and kernel.
    """

    def __init__(self, params: Params) -> None:
        self.params = params

    @property
    def controls(self) -> Controls:
        """Run-time settings that the datapath asks its pipe for."""
        return {}

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """Lays the block behind its input wires and returns its output wires."""
        raise NotImplementedError


class StreamBlock(Component):
    """A datapath between two streams.

    One event a clock. Where the output is not taken, everything stands still and `i.ready` falls
    in the same clock. After reset the state is swept for `clear_cycles` clocks, during which no
    event is accepted.

    Attributes:
        latency: Clocks from the one that accepts an event to the one that offers its result.
        clear_cycles: Clocks the sweep of the state takes.
    """

    i: Any
    o: Any

    def __init__(self, datapath: Datapath, *, extra: Mapping[str, Any] | None = None) -> None:
        self.datapath = datapath
        params = datapath.params
        super().__init__(
            {
                "i": In(stream.Signature(layout(params.inputs))),
                "o": Out(stream.Signature(layout(params.outputs))),
                **(extra or {}),
            }
        )
        self.latency, self.clear_cycles = rehearse(datapath)

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
        pipe = Pipe(m, valid=enters, advance=advance, controls=controls)
        ports = self.datapath.params
        inputs = {
            name: [Wire(value, 0) for value in elements(self.i.payload, ports.inputs, name)]
            for name in ports.inputs
        }
        outputs = self.datapath.build(pipe, inputs)
        for name in ports.outputs:
            targets = elements(self.o.payload, ports.outputs, name)
            for target, wire in zip(targets, outputs[name], strict=True):
                m.d.comb += target.eq(pipe.at(wire, self.latency))
        m.d.comb += [self.o.valid.eq(pipe.valid(self.latency)), pipe.clearing.eq(sweeping)]
        if self.clear_cycles:
            with m.If(sweeping & (pipe.clear_address == self.clear_cycles - 1)):
                m.d.sync += sweeping.eq(0)
            with m.If(clear):
                m.d.sync += sweeping.eq(1)
        return ~Cat(sweeping, *(pipe.valid(time) for time in range(1, self.latency + 1))).any()


def settings(datapath: Datapath) -> dict[str, list[Value]]:
    """The configured values of a datapath's run-time settings."""
    return {
        name: [Const(value, shape(format)) for value in values]
        for name, (format, values) in datapath.controls.items()
    }


def rehearse(datapath: Datapath) -> tuple[int, int]:
    """Latency and clear cycles of a datapath, found by laying it in a module of no use."""
    stage = Module()
    pipe = Pipe(stage, valid=Signal(), advance=Signal(), controls=settings(datapath))
    inputs = {
        name: [Wire(Signal(shape(port.format)), 0) for _ in range(port.count)]
        for name, port in datapath.params.inputs.items()
    }
    outputs = datapath.build(pipe, inputs)
    # Amaranth warns of modules that nobody elaborates.
    cast("Any", Fragment).get(stage, None)
    latest = Pipe.latest(*(wire for wires in outputs.values() for wire in wires))
    return max(1, latest), pipe.clear_cycles


def elements(payload: Any, ports: Ports, name: str) -> list[Value]:
    """The elements of one port of a stream's payload."""
    member = getattr(payload, name)
    count = ports[name].count
    return [Value.cast(member)] if count == 1 else [Value.cast(member[k]) for k in range(count)]


class ControlledBlock(StreamBlock):
    """A stream block whose settings come from outside.

    ``controls`` carries every run-time setting and may change only while ``idle``; ``hold`` keeps
    events out; ``clear``, given while ``idle``, begins a sweep of the state.
    """

    controls: Any
    clear: Signal
    hold: Signal
    idle: Signal

    def __init__(self, datapath: Datapath) -> None:
        given = data.StructLayout(
            {
                name: data.ArrayLayout(shape(format), len(values))
                for name, (format, values) in datapath.controls.items()
            }
        )
        extra = {"controls": In(given), "clear": In(1), "hold": In(1), "idle": Out(1)}
        super().__init__(datapath, extra=extra)

    def elaborate(self, platform: object) -> Module:
        """Builds the component's logic."""
        m = Module()
        controls = {
            name: [Value.cast(self.controls[name][k]) for k in range(len(values))]
            for name, (_, values) in self.datapath.controls.items()
        }
        idle = self.construct(m, controls, clear=self.clear, hold=self.hold)
        m.d.comb += self.idle.eq(idle)
        return m
