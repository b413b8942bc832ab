"""Equivalence proof: every implementation of a block gives the golden model's outputs, bit for bit.

Events come from two sources, the random market and a real tape. Each runs once through the golden
pipeline, opened up by a `Probe`; each block's implementations get the inputs that the block has
within it. Beside that every block by itself gets random inputs over the whole range of its ports.
Hardware for several devices or clocks is several implementations: the same results are due at other
clocks. A custom block is proved by itself alone.
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
from hydrophone_sim.implementations import HardwareImplementation, MakeImplementation
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
LeaveWaveform = Callable[[HardwareImplementation, Fault], Waveform]
"""Leaves a waveform around a fault of an implementation."""


@dataclass
class ProofResult:
    """What was compared.

    Attributes:
        events: Events of each block and implementation.
        cycles: Hardware clocks of each block and implementation.
        seconds: Time each implementation took, by block and implementation.
        mismatches: The first of each block and implementation.
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
        implementations: Makers of the implementations to hold against the model, by name.
        events: Events of each source.
        seed: Of everything random.
        real: Market events of a real tape, if there is one; read once.
        waveform: Called at a mismatch of compiled hardware.
        done: Called at the end with the block and the name of each implementation that is still
            equal, and with itself.
    """

    config: DesignConfig
    blocks: Sequence[str | Named]
    implementations: Mapping[str, MakeImplementation]
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
        self.result = ProofResult()
        self._batch = min(BATCH, max(1, plan.events // PARTS))
        blocks = [named(block) if isinstance(block, str) else block for block in plan.blocks]
        self._blocks = {block.name: block for block in blocks}
        self._implementations: dict[str, dict[str, Model]] = {}
        for number, block in enumerate(blocks):
            progress(f"preparing {block.name}", number, len(blocks))
            made = {name: make(block, plan.config) for name, make in plan.implementations.items()}
            self._implementations[block.name] = {
                name: implementation for name, implementation in made.items() if implementation
            }

    def run(self) -> ProofResult:
        """Proves, or finds the first mismatch of each block and implementation."""
        self._run()
        if self._plan.done:
            for block, implementations in self._implementations.items():
                for name, implementation in implementations.items():
                    self._plan.done(block, name, implementation)
        return self.result

    def _run(self) -> None:
        plan = self._plan
        for block in self._blocks.values():
            if block.name != "pipeline":
                self._alone(block)
        self._interrupted_start()
        if all(block.custom for block in self._blocks.values()):
            return
        pipeline = plan.config.pipeline
        market = random_market(pipeline, pipeline.parent.gap_ns, plan.seed, self._batch)
        self._together("random", limited(market, plan.events))
        if plan.real is not None:
            self._reset()
            self._together("real", limited(plan.real(), plan.events))

    def _reset(self) -> None:
        for implementations in self._implementations.values():
            for implementation in implementations.values():
                implementation.reset()

    def _interrupted_start(self) -> None:
        """Resets all with events in flight, so that whatever follows proves the reset."""
        self._reset()
        plan = self._plan
        for block, implementations in self._implementations.items():
            inputs = self._random(self._blocks[block].params(plan.config), 1000)
            for name, implementation in list(implementations.items()):
                if not isinstance(implementation, HardwareImplementation):
                    implementation.process(**inputs)
                    implementation.reset()
                    continue
                try:
                    implementation.interrupt(inputs, implementation.compiled.clear_cycles + 500)
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
            if not self._implementations[block.name]:
                return
            self._compare(block.name, source, done, (inputs, model.process(**inputs)))
            done += _length(inputs)
            self._progress(f"{block.name} by itself", done, plan.events)

    def _together(self, source: str, batches: Batches) -> None:
        """All blocks of the pipeline, with the inputs they have in it."""
        blocks = [block.name for block in self._blocks.values() if not block.custom]
        probe, done = Probe(self._plan.config, blocks), 0
        for events in batches:
            if not any(self._implementations[block] for block in blocks):
                return
            cases = probe.process(events)
            for block in blocks:
                if block in cases:
                    self._compare(block, source, done, cases[block])
            done += _length(events)
            self.result.sources[source] = done
            self._progress(f"{source} events", done, self._plan.events)

    def _compare(self, block: str, source: str, start: int, case: Case) -> None:
        inputs, expected = case
        for name, implementation in list(self._implementations[block].items()):
            key, began = (block, name), perf_counter()
            try:
                actual = implementation.process(**inputs)
            except SimulationError as error:
                self._give_up(
                    self._broken(
                        block, name, source, error, implementation=implementation, start=start
                    )
                )
                continue
            result = self.result
            result.seconds[key] = result.seconds.get(key, 0.0) + perf_counter() - began
            result.events[key] = result.events.get(key, 0) + _length(inputs)
            if isinstance(implementation, HardwareImplementation):
                result.cycles[key] = result.cycles.get(key, 0) + implementation.last_clocks
            params = self._blocks[block].params(self._plan.config)
            different = first_difference(params.outputs, expected, actual)
            cycle = None
            if isinstance(implementation, HardwareImplementation):
                different = different or implementation.early_difference(expected)
                cycle = implementation.clock_of(different) if different else None
            if different is None:
                continue
            mismatch = Mismatch.of(
                different,
                inputs,
                block=block,
                implementation=name,
                source=source,
                seed=self._plan.seed,
                start=start,
                cycle=cycle,
            )
            if isinstance(implementation, HardwareImplementation) and cycle is not None:
                fault = Fault(cycle=cycle, start=start, expected=expected, field=different.field)
                mismatch = replace(mismatch, waveform=self._waveform(implementation, fault))
            self._give_up(mismatch)

    def _broken(
        self,
        block: str,
        name: str,
        source: str,
        error: SimulationError,
        *,
        implementation: Model | None = None,
        start: int = 0,
    ) -> Broken:
        """Report of hardware that broke the rules of its streams."""
        waveform = NO_WAVEFORM
        if isinstance(implementation, HardwareImplementation) and error.clock is not None:
            waveform = self._waveform(implementation, Fault(cycle=error.clock, start=start))
        message = f"{error}, seed {self._plan.seed}, {source}"
        return Broken(block, name, message, cycle=error.clock, waveform=waveform)

    def _waveform(self, implementation: HardwareImplementation, fault: Fault) -> Waveform:
        leave = self._plan.waveform
        return NO_WAVEFORM if leave is None else leave(implementation, fault)

    def _give_up(self, mismatch: Mismatch | Broken) -> None:
        """Keeps a mismatch and leaves the implementation alone from here on."""
        self.result.mismatches.append(mismatch)
        del self._implementations[mismatch.block][mismatch.implementation]


def _length(columns: Values) -> int:
    return len(next(iter(columns.values())))
