"""Native benchmark of the C++ engine: no Python between two readings of the cycle counter."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from hydrophone import _kernels
from hydrophone.engine import FusionEngine
from hydrophone_bench.figures import distribution
from hydrophone_model.whale.pipeline import PipelineParams

if TYPE_CHECKING:
    from hydrophone._kernels import RawBench


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to look at the same calls; every time is of an event.

    Attributes:
        when: What the names of its figures end in.
        how: What became of the rounds, in words.
        singles: Distribution over the calls with one event.
        batches: Distribution over the calls with a batch.
    """

    when: str
    how: str
    singles: dict[str, float]
    batches: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class NativeBench:
    """What `bench_native` or `bench_fusion` measured.

    Attributes:
        isa: Instruction set.
        cpu: The processor to which the thread was pinned.
        overhead_ns: Cost of reading the clock twice, already taken off.
        batch: Events of a call in ``batches``.
        batches: Mean nanoseconds an event of each call with a batch, shape (rounds, calls),
            float64. A column is the same events at the same place of the tape.
        singles: Nanoseconds of each call with one event, shape (rounds, events), float64.
        rounds_ns: Mean nanoseconds an event of each round, all events in one call.
    """

    isa: str
    cpu: int
    overhead_ns: float
    batch: int
    batches: NDArray[np.float64]
    singles: NDArray[np.float64]
    rounds_ns: NDArray[np.float64]

    @classmethod
    def of(cls, raw: "RawBench") -> Self:
        """From the ticks as they were counted."""
        rounds = len(raw["rounds_ns"])

        def nanoseconds(ticks: bytes, size: int) -> NDArray[np.float64]:
            counted = np.frombuffer(ticks, np.uint32).reshape(rounds, -1)
            return counted / (raw["ticks_per_ns"] * size)

        return cls(
            isa=raw["isa"],
            cpu=raw["cpu"],
            overhead_ns=raw["overhead_ns"],
            batch=raw["batch"],
            batches=nanoseconds(raw["batches"], raw["batch"]),
            singles=nanoseconds(raw["singles"], 1),
            rounds_ns=np.array(raw["rounds_ns"]),
        )

    @property
    def calls(self) -> str:
        """The calls with a batch, in words."""
        return f"{self.batches.shape[1]:,} calls a round, each one's mean"

    def views(self) -> list[View]:
        """All calls of all rounds, as a caller meets them; and each call's median of its rounds.

        The same call with the same data comes once a round. What interrupts the processor would
        have to hit it in half of them to move its median: this is what the code itself takes.
        """
        rounds = len(self.rounds_ns)
        return [
            View(
                when="",
                how="every call of every round counts, with all that interrupted it",
                singles=distribution(self.singles),
                batches=distribution(self.batches),
            ),
            View(
                when=f", each call's median of {rounds} rounds",
                how="of each call, the same events in every round, the median over the rounds "
                "counts: what interrupts fewer than half of them does not",
                singles=distribution(np.median(self.singles, axis=0)),
                batches=distribution(np.median(self.batches, axis=0)),
            ),
        ]


def bench_native(
    params: PipelineParams,
    events: NDArray[np.void],
    *,
    rounds: int = 21,
    batch: int = 16,
    isa: str = "",
) -> NativeBench:
    """Measures the engine from within, on one pinned thread, by the cycle counter.

    After one warm-up, each round plays the events three times: in one call, in batches with the
    clock read around each, and in calls of a single event.

    Args:
        params: Parameters of every block.
        events: Dtype `hydrophone_model.records.EVENT`.
        rounds: Times to play the events; an odd number has a median that was measured.
        batch: Events of a batch; those that fill no whole one are left out of ``batches``.
        isa: Instruction set; by default the one that `hydrophone.engine.isas` says is chosen.

    Raises:
        ValueError: The instruction set is not available, or there is nothing to measure.
    """
    return NativeBench.of(_kernels.bench_native(params, events, rounds, batch, isa))


def bench_fusion(
    engine: FusionEngine,
    scores: NDArray[np.int16],
    present: NDArray[np.bool_],
    outcome: NDArray[np.int16],
    learn: NDArray[np.bool_],
    *,
    rounds: int = 21,
    batch: int = 32,
) -> NativeBench:
    """Measures decisions of the fusion as `bench_native` measures events; they change its state.

    Args:
        engine: What decides.
        scores: As those that follow, see `hydrophone.engine.FusionEngine.process`; none may be
            left out.
        present: Who takes part.
        outcome: What became of them.
        learn: Which decisions are given an outcome.
        rounds: Times to take all decisions; see `bench_native`.
        batch: Decisions of a batch.

    Raises:
        ValueError: There is nothing to measure.
    """
    return NativeBench.of(engine.measure(scores, present, outcome, learn, rounds, batch))
