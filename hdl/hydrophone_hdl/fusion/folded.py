"""Folded fusion: a decision takes several clocks, one system, pair or candidate each.

A counter runs through a decision once it is accepted. Every step is a pipeline of its own, with a
known latency, so that the counter alone says when each of them is given what: a step begins when
all that it needs is stored. Systems, pairs and candidates follow one another clock by clock within
their step.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.block import (
    ControlledBlock,
    StreamBlock,
    StreamComponent,
    controlled_values,
    controls_layout,
    elements,
    settings,
)
from hydrophone_hdl.fixed import layout, shape
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_hdl.fusion.sequencer import Columns, Sequencer
from hydrophone_hdl.fusion.steps import Sizes, Step
from hydrophone_hdl.hls.emit import Pipeline
from hydrophone_model.fusion.combine import SIDE
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.normal import NORMAL
from hydrophone_model.fusion.performance import PERFORMANCE

SIDE_BY_SIDE = 8 * 16
"""Scores of the largest decision that is worked out side by side: it takes a sixth of a VU9P, and
16 systems for 64 candidates would take several."""


def folded(params: FusionParams) -> bool:
    """Whether a fusion is too large to be worked out side by side."""
    return params.systems * params.candidates > SIDE_BY_SIDE


def fusion_block(params: FusionParams, *, controlled: bool = False) -> StreamComponent:
    """The fusion's hardware: side by side, or folded where that is too large for a part.

    Args:
        params: Sizes, target and clock.
        controlled: Has ``controls``, which choose the combination that decides.

    Raises:
        ScheduleError: The clock is too fast for it.
    """
    if folded(params):
        return FoldedFusion(Phases(params), controlled=controlled)
    datapath = Fusion(params)
    return ControlledBlock(datapath) if controlled else StreamBlock(datapath)


class FoldedFusion(StreamComponent):
    """The fusion with the ports of its block, one decision after the other.

    Args:
        phases: When each step has its turn.
        controlled: Has ``controls``, which choose the combination that decides; they may change
            only while no decision is in flight.
    """

    def __init__(self, phases: Phases, *, controlled: bool = False) -> None:
        self.params, self._phases = phases.params, phases
        self._sizes = Sizes(fusion=phases.params)
        self.latency, self.early_latency = phases.latency, 0
        self.initiation_interval = phases.initiation_interval
        self.clear_cycles = phases.params.systems
        self.outside = phases.candidate.step.controls if controlled else {}
        super().__init__(
            {
                "i": In(stream.Signature(layout(self.params.inputs))),
                "o": Out(stream.Signature(layout(self.params.outputs))),
                **({"controls": In(controls_layout(self.outside))} if controlled else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Builds the component's logic."""
        m = Module()
        busy, clock = Signal(), Signal(range(self._phases.clocks))
        self._busy = busy
        self._sequencer = Sequencer(
            m,
            systems=self._phases.params.systems,
            busy=busy,
            clock=clock,
            settings=self._settings,
        )
        sweeping, accepted = Signal(init=1), Signal()
        held = cast("Any", Signal(layout(self.params.inputs)))
        m.d.comb += [
            self.i.ready.eq(~self._busy & ~self.o.valid & ~sweeping),
            accepted.eq(self.i.valid & self.i.ready),
        ]
        with m.If(accepted):
            m.d.sync += [held.eq(self.i.payload), busy.eq(1), clock.eq(0)]
        with m.Elif(self._busy):
            m.d.sync += clock.eq(clock + 1)
            with m.If(clock == self._phases.clocks - 1):
                m.d.sync += [self._busy.eq(0), self.o.valid.eq(1)]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)

        given = {name: elements(held, self.params.inputs, name) for name in self.params.inputs}
        rows, pipeline = self._systems(m, given)
        m.d.comb += pipeline.clearing.eq(sweeping)
        with m.If(pipeline.clear_address == self.clear_cycles - 1):
            m.d.sync += sweeping.eq(0)
        totals = self._pairs(m, rows, given["present"], accepted)
        strengths = self._strengths(m, rows, totals)
        scores, ranks, keys = self._candidates(m, rows, totals)
        half, best = self._ranks(m, keys, given["present"], rows["used"])
        decided = Cat(*rows["used"]).any()
        offered: dict[str, Sequence[Value]] = {
            "decided": [decided],
            "best": [best],
            "rank": half,
            "fused_scores": scores,
            "fused_ranks": ranks,
            "used": rows["used"],
            "diversity": strengths,
            "performance": rows["performance"],
        }
        for name, values in offered.items():
            for target, value in zip(
                elements(self.o.payload, self.params.outputs, name), values, strict=True
            ):
                m.d.comb += target.eq(value)
        return m

    # -- steps --------------------------------------------------------------------------------

    def _systems(self, m: Module, given: Columns) -> tuple[dict[str, list[Signal]], Pipeline]:
        """What comes of each system: rows of values and of ranks, and the rest."""
        count, phase = self._phases.params.candidates, self._phases.system
        given_now, system = self._sequencer.issue(phase)
        row = Cat(*given["scores"]).word_select(system, count * len(given["scores"][0]))
        scores = [row.word_select(n, len(given["scores"][0])) for n in range(count)]
        results, valid, pipeline = self._sequencer.lay(
            phase.step,
            given_now,
            staged={"system": [system], "scores": scores},
            stable={name: given[name] for name in ("present", "outcome", "learn")},
        )
        rows: dict[str, list[Signal]] = {}
        for name in ("values", "half", "used", "performance"):
            format = PERFORMANCE if name == "performance" else None
            rows[name] = self._sequencer.collect(valid, Cat(*results[name]), phase.count, format)
        # A pair reads two functions at once; the walk through the pairs ends beyond the last.
        depth = 1 << self._sizes.system.width
        functions: Any = Memory(shape=count * NORMAL.width, depth=depth, init=[])
        m.submodules.functions = functions
        write, place = functions.write_port(), Signal(range(self._phases.params.systems))
        m.d.comb += [write.addr.eq(place), write.en.eq(valid)]
        m.d.comb += write.data.eq(Cat(*results["function"]))
        with m.If(valid):
            m.d.sync += place.eq(place + 1)
            with m.If(place == self._phases.params.systems - 1):
                m.d.sync += place.eq(0)
        self._functions = functions
        return rows, pipeline

    def _pairs(
        self, m: Module, rows: Mapping[str, list[Signal]], present: Sequence[Value], begin: Value
    ) -> list[Signal]:
        """The sum of each system's diversities."""
        phase, width = self._phases.pair, NORMAL.width
        given_now, _ = self._sequencer.issue(phase)
        first, second = self._sequencer.walk_pairs(given_now, begin)
        reads: dict[str, list[Value]] = {}
        for name, place in (("a", first), ("b", second)):
            port = self._functions.read_port(domain="comb")
            m.d.comb += port.addr.eq(place)
            data = Value.cast(port.data)
            reads[name] = [
                data.word_select(n, width) for n in range(self._phases.params.candidates)
            ]
        used = Cat(*rows["used"])
        both = used.bit_select(first, 1) & used.bit_select(second, 1)
        results, valid, _ = self._sequencer.lay(
            phase.step, given_now, staged={**reads, "both": [both]}, stable={"present": present}
        )
        one, other = self._sequencer.walk_pairs(valid, begin)
        totals = [
            Signal(shape(self._sizes.total), name=f"total_{n}") for n in range(len(rows["used"]))
        ]
        for number, own in enumerate(totals):
            with m.If(begin):
                m.d.sync += own.eq(0)
            with m.Elif(valid & ((one == number) | (other == number))):
                m.d.sync += own.eq(own + results["diversity"][0])
        return totals

    def _strengths(
        self, m: Module, rows: Mapping[str, list[Signal]], totals: Sequence[Signal]
    ) -> list[Signal]:
        """Each system's diversity strength."""
        phase = self._phases.strength
        given_now, system = self._sequencer.issue(phase)
        results, valid, _ = self._sequencer.lay(
            phase.step,
            given_now,
            staged={"total": [Cat(*totals).word_select(system, len(totals[0]))]},
            stable={"used": rows["used"]},
        )
        return self._sequencer.collect(valid, results["diversity"][0], phase.count)

    def _candidates(
        self, m: Module, rows: Mapping[str, list[Signal]], totals: Sequence[Signal]
    ) -> tuple[list[Signal], list[Signal], list[Signal]]:
        """Combined scores, combined ranks and keys of the candidates."""
        phase = self._phases.candidate
        given_now, candidate = self._sequencer.issue(phase)
        widths = {"values": NORMAL.width, "half": self._sizes.half.width}
        results, valid, _ = self._sequencer.lay(
            phase.step,
            given_now,
            staged={
                name: [row.word_select(candidate, width) for row in rows[name]]
                for name, width in widths.items()
            },
            stable={"used": rows["used"], "totals": totals, "performance": rows["performance"]},
        )
        scores, ranks = (
            [
                own
                for side in range(SIDE)
                for own in self._sequencer.collect(valid, results[name][side], phase.count)
            ]
            for name in ("fused_scores", "fused_ranks")
        )
        return scores, ranks, self._sequencer.collect(valid, results["key"][0], phase.count)

    def _ranks(
        self,
        m: Module,
        keys: Sequence[Signal],
        present: Sequence[Value],
        used: Sequence[Value],
    ) -> tuple[list[Signal], Signal]:
        """Ranks by the keys, and who is first; zeros where nothing is decided."""
        phase, decided = self._phases.rank, Cat(*used).any()
        given_now, candidate = self._sequencer.issue(phase)
        results, valid, _ = self._sequencer.lay(
            phase.step,
            given_now,
            staged={
                "which": [candidate],
                "key": [Cat(*keys).word_select(candidate, len(keys[0]))],
                "there": [Cat(*present).bit_select(candidate, 1)],
            },
            stable={"keys": keys, "present": present},
        )
        half = results["half"][0] & decided.replicate(self._sizes.half.width)
        place = Signal(range(phase.count))
        best = Signal(self._sizes.candidate.width)
        with m.If(~self._busy):
            m.d.sync += place.eq(0)
        with m.Elif(valid):
            m.d.sync += place.eq(place + 1)
            with m.If(results["first"][0]):
                m.d.sync += best.eq(place & decided.replicate(len(place)))
        with m.If(valid & ~decided):
            m.d.sync += best.eq(0)
        return self._sequencer.collect(valid, half, phase.count), best

    def _settings(self, step: Step) -> Columns:
        """Run-time settings of a step, from outside if any of the fusion's come from there."""
        outside = self.outside and step.controls
        return controlled_values(self.controls, outside) if outside else settings(step)
