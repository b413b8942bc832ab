"""Sequencer of a folded decision: gives each step its inputs clock by clock, and takes its results.

A counter runs through a decision; every step is a pipeline of its own with a known latency, so that
the counter alone says when each of them is given what.
"""

from collections.abc import Callable, Mapping, Sequence

from amaranth.hdl import Const, Module, Mux, Signal, Value

from hydrophone_hdl.fixed import shape
from hydrophone_hdl.fusion.phases import Phase
from hydrophone_hdl.fusion.steps import Step
from hydrophone_hdl.hls.emit import Pipeline
from hydrophone_model.fixed import Fixed

Columns = Mapping[str, Sequence[Value]]
"""Elements of each port."""


class Sequencer:
    """Lays steps into a module and says when each has its turn.

    Args:
        m: The module.
        systems: Number of scoring systems.
        busy: Whether a decision is under way.
        clock: Clocks since it was accepted.
        settings: Gives the run-time settings of a step.
    """

    def __init__(
        self,
        m: Module,
        *,
        systems: int,
        busy: Signal,
        clock: Signal,
        settings: Callable[[Step], Columns],
    ) -> None:
        self._m, self._systems, self._busy, self._clock = m, systems, busy, clock
        self._settings = settings

    def issue(self, phase: Phase) -> tuple[Signal, Signal]:
        """Whether a phase is given an input on this clock, and the number of it."""
        m = self._m
        given, number = Signal(), Signal(range(max(2, phase.count)))
        clock = self._clock
        m.d.comb += given.eq(
            self._busy & (clock >= phase.start) & (clock < phase.start + phase.count)
        )
        # No state is read beyond the last of them.
        with m.If(given):
            m.d.sync += number.eq(Mux(number == phase.count - 1, 0, number + 1))
        return given, number

    def lay(
        self, step: Step, given: Value, *, staged: Columns, stable: Columns
    ) -> tuple[dict[str, list[Value]], Value, Pipeline]:
        """A step's pipeline.

        Args:
            step: The step.
            given: Whether there is an input on this clock.
            staged: Inputs that change from clock to clock; they are taken into registers first.
            stable: Inputs that are stored for the whole decision.

        Returns:
            The results on their clock, whether it is one, and the pipeline.
        """
        m = self._m
        valid, inputs = Signal(), dict(stable)
        m.d.sync += valid.eq(given)
        for name, values in staged.items():
            format = step.params.inputs[name].format
            registers = [Signal(shape(format), name=f"{name}_{n}") for n in range(len(values))]
            m.d.sync += [own.eq(value) for own, value in zip(registers, values, strict=True)]
            inputs[name] = registers
        pipeline = Pipeline(
            m,
            step.schedule,
            inputs=inputs,
            controls=self._settings(step),
            valid=valid,
            advance=Const(1),
        )
        results: dict[str, list[Value]] = {}
        for sink in step.schedule.graph.sinks:
            results.setdefault(sink.port, []).append(pipeline.at(sink.node, step.schedule.latency))
        return results, pipeline.valid(step.schedule.latency), pipeline

    def collect(
        self, taken: Value, value: Value, count: int, format: Fixed | None = None
    ) -> list[Signal]:
        """Registers that results move through: at last the first is in the first."""
        m = self._m
        kind = shape(format) if format else len(value)
        line = [Signal(kind, name=f"result_{number}") for number in range(count)]
        with m.If(taken):
            m.d.sync += [own.eq(after) for own, after in zip(line, [*line[1:], value], strict=True)]
        return line

    def walk_pairs(self, step: Value, begin: Value) -> tuple[Signal, Signal]:
        """Two systems, all pairs of them in turn."""
        m = self._m
        last = self._systems - 1
        first, second = Signal(range(last + 1)), Signal(range(last + 1), init=1)
        with m.If(begin):
            m.d.sync += [first.eq(0), second.eq(1)]
        with m.Elif(step):
            m.d.sync += second.eq(second + 1)
            with m.If(second == last):
                m.d.sync += [first.eq(first + 1), second.eq(first + 2)]
        return first, second
