"""The proof: every face of every block gives the golden model's outputs, to the last bit.

Events come from two sources, the random market and a real tape. Each runs once through the golden
pipeline, opened up by a `Probe`; each block's faces get the inputs that the block has within it.
Beside that every block by itself gets random inputs over the whole range of its ports. Hardware for
several devices or clocks is several faces: the same results are due at other clocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from hydrophone_model.block import Model, Values
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_sim.compare import Broken, Mismatch, first_difference
from hydrophone_sim.compiled import SimulationError
from hydrophone_sim.faces import HardwareFace, MakeFace
from hydrophone_sim.probe import Case, Probe
from hydrophone_sim.stimulus import limited, random_inputs, random_market

BATCH = 1 << 13
"""Most events of a batch."""
PARTS = 16
"""Batches that even a short proof is cut into, so that every traffic comes."""
Batches = Iterator[dict[str, Raw]]
Progress = Callable[[str, int, int], None]
"""Takes what is going on, events done and events in all."""
Waveform = Callable[[HardwareFace, int], str]
"""Leaves a waveform around a clock of a face and returns its path."""


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
        blocks: Names of `hydrophone_model.blocks.BLOCKS`.
        faces: Makers of the faces to hold against the model, by name.
        events: Events of each source.
        seed: Of everything random.
        real: Market events of a real tape, if there is one; read once.
        waveform: Called at a mismatch of compiled hardware.
    """

    config: DesignConfig
    blocks: Sequence[str]
    faces: Mapping[str, MakeFace]
    events: int
    seed: int
    real: Callable[[], Batches] | None = None
    waveform: Waveform | None = None


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
        self._faces: dict[str, dict[str, Model]] = {}
        for number, block in enumerate(plan.blocks):
            progress(f"preparing {block}", number, len(plan.blocks))
            self._faces[block] = {
                name: make(block, plan.config) for name, make in plan.faces.items()
            }

    def run(self) -> Tally:
        """Proves, or finds the first mismatch of each block and face."""
        plan = self._plan
        for block in plan.blocks:
            if block != "pipeline":
                self._alone(block)
        ports, gap = plan.config.pipeline.inputs, plan.config.pipeline.parent.gap_ns
        self._interrupted_start()
        market = random_market(ports, gap, plan.seed, self._batch)
        self._together("random", limited(market, plan.events))
        if plan.real is not None:
            self._reset()
            self._together("real", limited(plan.real(), plan.events))
        return self.tally

    def _reset(self) -> None:
        for faces in self._faces.values():
            for face in faces.values():
                face.reset()

    def _interrupted_start(self) -> None:
        """Resets every face with events in flight, so that whatever follows proves the reset."""
        self._reset()
        plan = self._plan
        for block, faces in self._faces.items():
            params = BLOCKS[block].params(plan.config)
            inputs = random_inputs(params.inputs, 1000, plan.seed)
            for face in faces.values():
                if isinstance(face, HardwareFace):
                    face.interrupt(inputs, face.compiled.clear_cycles + 500)
                else:
                    face.process(**inputs)
                    face.reset()

    def _alone(self, block: str) -> None:
        """A block by itself, with random inputs."""
        plan, params = self._plan, BLOCKS[block].params(self._plan.config)
        model = BLOCKS[block].model(params)
        source, gap, done = "own random", plan.config.pipeline.parent.gap_ns, 0
        for inputs in limited(
            random_market(params.inputs, gap, plan.seed, self._batch), plan.events
        ):
            if not self._faces[block]:
                return
            self._compare(block, source, done, (inputs, model.process(**inputs)))
            done += _length(inputs)
            self._progress(f"{block} by itself", done, plan.events)

    def _together(self, source: str, batches: Batches) -> None:
        """All blocks of the pipeline, with the inputs they have in it."""
        probe, done = Probe(self._plan.config, self._plan.blocks), 0
        for events in batches:
            if not any(self._faces.values()):
                return
            cases = probe.process(events)
            for block in self._plan.blocks:
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
                self._give_up(Broken(block, name, f"{error}, seed {self._plan.seed}, {source}"))
                continue
            tally = self.tally
            tally.seconds[key] = tally.seconds.get(key, 0.0) + perf_counter() - began
            tally.events[key] = tally.events.get(key, 0) + _length(inputs)
            if isinstance(face, HardwareFace):
                tally.cycles[key] = tally.cycles.get(key, 0) + face.last_clocks
            params = BLOCKS[block].params(self._plan.config)
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
            if self._plan.waveform and isinstance(face, HardwareFace) and cycle is not None:
                mismatch = replace(mismatch, waveform=self._plan.waveform(face, cycle))
            self._give_up(mismatch)

    def _give_up(self, mismatch: Mismatch | Broken) -> None:
        """Keeps a mismatch and leaves the face alone from here on."""
        self.tally.mismatches.append(mismatch)
        del self._faces[mismatch.block][mismatch.face]


def _length(columns: Values) -> int:
    return len(next(iter(columns.values())))
