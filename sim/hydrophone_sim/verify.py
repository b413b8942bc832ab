"""The proof: every face of every block gives the golden model's outputs, to the last bit.

Events come from two sources, the random market and a real tape. Each runs once through the golden
pipeline, opened up by a `Probe`; each block's faces get the inputs that the block has within it.
Beside that every block by itself gets random inputs over the whole range of its ports. Hardware for
several devices or clocks is several faces: the same results are due at other clocks. Anybody's
block is proved by itself alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from hydrophone_model.block import Model, Params, Values
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_sim.compare import (
    NO_WAVEFORM,
    Broken,
    Fault,
    Mismatch,
    Waveform,
    first_difference,
)
from hydrophone_sim.compiled import SimulationError
from hydrophone_sim.implementations import HardwareFace, MakeFace
from hydrophone_sim.named import Named, named
from hydrophone_sim.probe import Case, Probe
from hydrophone_sim.stimulus import limited, random_inputs, random_market, symbols_of

BATCH = 1 << 13
"""Most events of a batch."""
PARTS = 16
"""Batches that even a short proof is cut into, so that every traffic comes."""
Batches = Iterator[dict[str, Raw]]
Progress = Callable[[str, int, int], None]
"""Takes what is going on, events done and events in all."""
LeaveWaveform = Callable[[HardwareFace, Fault], Waveform]
"""Leaves a waveform around a fault of a face."""


@dataclass
class Tally:
    """What was compared.

    Attributes:
        events: Events of each block and face.
        cycles: Hardware clocks of each block and face.
        seconds: Time each face took, by block and face.
        mismatches: The first of each block and face.
        sources: Events of each source.
    """

    events: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    cycles: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    seconds: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    mismatches: list[Mismatch | Broken] = field(default_factory=list["Mismatch | Broken"])
    sources: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to prove.

    Attributes:
        config: The design.
        blocks: Names of `hydrophone_model.blocks.BLOCKS`, or blocks that are none of them.
        faces: Makers of the faces to hold against the model, by name.
        events: Events of each source.
        seed: Of everything random.
        real: Market events of a real tape, if there is one; read once.
        waveform: Called at a mismatch of compiled hardware.
        done: Called at the end with each face that is still equal, its block and its own name.
    """

    config: DesignConfig
    blocks: Sequence[str | Named]
    faces: Mapping[str, MakeFace]
    events: int
    seed: int
    real: Callable[[], Batches] | None = None
    waveform: LeaveWaveform | None = None
    done: Callable[[str, str, Model], None] | None = None


class Proof:
    """Carries a plan out.

    Args:
        plan: What to prove.
        progress: Told how far it is.
    """

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress
        self.tally = Tally()
        self._batch = min(BATCH, max(1, plan.events // PARTS))
        blocks = [named(block) if isinstance(block, str) else block for block in plan.blocks]
        self._blocks = {block.name: block for block in blocks}
        self._faces: dict[str, dict[str, Model]] = {}
        for number, block in enumerate(blocks):
            progress(f"preparing {block.name}", number, len(blocks))
            made = {name: make(block, plan.config) for name, make in plan.faces.items()}
            self._faces[block.name] = {name: face for name, face in made.items() if face}

    def run(self) -> Tally:
        """Proves, or finds the first mismatch of each block and face."""
        self._run()
        if self._plan.done:
            for block, faces in self._faces.items():
                for name, face in faces.items():
                    self._plan.done(block, name, face)
        return self.tally

    def _run(self) -> None:
        plan = self._plan
        for block in self._blocks.values():
            if block.name != "pipeline":
                self._alone(block)
        self._interrupted_start()
        if all(block.own for block in self._blocks.values()):
            return
        pipeline = plan.config.pipeline
        market = random_market(pipeline, pipeline.parent.gap_ns, plan.seed, self._batch)
        self._together("random", limited(market, plan.events))
        if plan.real is not None:
            self._reset()
            self._together("real", limited(plan.real(), plan.events))

    def _reset(self) -> None:
        for faces in self._faces.values():
            for face in faces.values():
                face.reset()

    def _interrupted_start(self) -> None:
        """Resets every face with events in flight, so that whatever follows proves the reset."""
        self._reset()
        plan = self._plan
        for block, faces in self._faces.items():
            inputs = self._random(self._blocks[block].params(plan.config), 1000)
            for name, face in list(faces.items()):
                if not isinstance(face, HardwareFace):
                    face.process(**inputs)
                    face.reset()
                    continue
                try:
                    face.interrupt(inputs, face.compiled.clear_cycles + 500)
                except SimulationError as error:
                    self._give_up(self._broken(block, name, "interrupted start", error))

    def _random(self, params: Params, count: int) -> Values:
        """Random inputs of a block by itself."""
        return random_inputs(params.inputs, count, self._plan.seed, symbols=symbols_of(params))

    def _alone(self, block: Named) -> None:
        """A block by itself, with random inputs."""
        plan, params = self._plan, block.params(self._plan.config)
        model = block.model(params)
        source, gap, done = "own random", plan.config.pipeline.parent.gap_ns, 0
        for inputs in limited(random_market(params, gap, plan.seed, self._batch), plan.events):
            if not self._faces[block.name]:
                return
            self._compare(block.name, source, done, (inputs, model.process(**inputs)))
            done += _length(inputs)
            self._progress(f"{block.name} by itself", done, plan.events)

    def _together(self, source: str, batches: Batches) -> None:
        """All blocks of the pipeline, with the inputs they have in it."""
        blocks = [block.name for block in self._blocks.values() if not block.own]
        probe, done = Probe(self._plan.config, blocks), 0
        for events in batches:
            if not any(self._faces[block] for block in blocks):
                return
            cases = probe.process(events)
            for block in blocks:
                if block in cases:
                    self._compare(block, source, done, cases[block])
            done += _length(events)
            self.tally.sources[source] = done
            self._progress(f"{source} events", done, self._plan.events)

    def _compare(self, block: str, source: str, start: int, case: Case) -> None:
        inputs, expected = case
        for name, face in list(self._faces[block].items()):
            key, began = (block, name), perf_counter()
            try:
                actual = face.process(**inputs)
            except SimulationError as error:
                self._give_up(self._broken(block, name, source, error, face=face, start=start))
                continue
            tally = self.tally
            tally.seconds[key] = tally.seconds.get(key, 0.0) + perf_counter() - began
            tally.events[key] = tally.events.get(key, 0) + _length(inputs)
            if isinstance(face, HardwareFace):
                tally.cycles[key] = tally.cycles.get(key, 0) + face.last_clocks
            params = self._blocks[block].params(self._plan.config)
            different = first_difference(params.outputs, expected, actual)
            cycle = None
            if isinstance(face, HardwareFace):
                different = different or face.early_difference(expected)
                cycle = face.clock_of(different) if different else None
            if different is None:
                continue
            mismatch = Mismatch.of(
                different,
                inputs,
                block=block,
                face=name,
                source=source,
                seed=self._plan.seed,
                start=start,
                cycle=cycle,
            )
            if isinstance(face, HardwareFace) and cycle is not None:
                fault = Fault(cycle=cycle, start=start, expected=expected, field=different.field)
                mismatch = replace(mismatch, waveform=self._waveform(face, fault))
            self._give_up(mismatch)

    def _broken(
        self,
        block: str,
        name: str,
        source: str,
        error: SimulationError,
        *,
        face: Model | None = None,
        start: int = 0,
    ) -> Broken:
        """What is told of hardware that broke the rules of its streams."""
        waveform = NO_WAVEFORM
        if isinstance(face, HardwareFace) and error.clock is not None:
            waveform = self._waveform(face, Fault(cycle=error.clock, start=start))
        message = f"{error}, seed {self._plan.seed}, {source}"
        return Broken(block, name, message, cycle=error.clock, waveform=waveform)

    def _waveform(self, face: HardwareFace, fault: Fault) -> Waveform:
        leave = self._plan.waveform
        return NO_WAVEFORM if leave is None else leave(face, fault)

    def _give_up(self, mismatch: Mismatch | Broken) -> None:
        """Keeps a mismatch and leaves the face alone from here on."""
        self.tally.mismatches.append(mismatch)
        del self._faces[mismatch.block][mismatch.face]


def _length(columns: Values) -> int:
    return len(next(iter(columns.values())))
