"""The C++ engine: the whole pipeline on this processor, equal to the golden model to the last bit.

Compiled once for every instruction set; the newest that the processor has is chosen when an engine
is made. ``HYDROPHONE_ISA=scalar|sse4|avx2|avx512|neon`` in the environment overrides the choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone import _kernels
from hydrophone_drivers.reconfigure import check_pipeline
from hydrophone_model.block import ConfigError, Model, Params
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.records import RESULT
from hydrophone_model.whale.pipeline import PipelineParams


@dataclass(frozen=True, kw_only=True)
class Isas:
    """Instruction sets, oldest first.

    Attributes:
        compiled: Those built into this installation; the first is the scalar reference.
        available: Those of them that this processor has.
        chosen: The one that an engine uses unless it is told otherwise.
    """

    compiled: tuple[str, ...]
    available: tuple[str, ...]
    chosen: str


def isas() -> Isas:
    """The instruction sets there are.

    Raises:
        ValueError: ``HYDROPHONE_ISA`` names one that is not available here.
    """
    return Isas(
        compiled=tuple(_kernels.compiled_isas()),
        available=tuple(_kernels.available_isas()),
        chosen=_kernels.chosen_isa(),
    )


class CpuEngine(_kernels.Engine):
    """The pipeline with the state of every symbol. Not safe between threads.

    ``process(events, results)`` scores a batch into the caller's buffer, without a copy;
    ``push(time_ns, price, size, symbol, side)`` scores one event and returns its
    `hydrophone_model.records.ResultFlag` bits.

    Args:
        params: Parameters of every block.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Attributes:
        last: Result of the last pushed event, dtype `hydrophone_model.records.RESULT`, shape (1,);
            the next push overwrites it.

    Raises:
        ValueError: The instruction set is not available here.
    """

    def __init__(self, params: PipelineParams, *, isa: str = "") -> None:
        self.last = np.zeros(1, RESULT.dtype)
        super().__init__(params, self.last, isa)

    def reconfigure(self, params: PipelineParams) -> None:
        """Changes what registers carry, between two events; the state of every symbol stays.

        First thresholds and first ladders act at the next `reset`.

        Raises:
            ConfigError: Another parameter differs, which needs another engine.
        """
        check_pipeline(self.params, params)
        super().reconfigure(params)


class FusionEngine(_kernels.FusionEngine):
    """The fusion of scoring systems, with what they have shown. Not safe between threads.

    ``process(scores, decisions, present, outcome, learn)`` decides in batches, without a copy.

    Args:
        params: Sizes, rate, and which combination decides.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Attributes:
        dtype: Of a decision, `hydrophone_model.fusion.decision.decision_dtype`.

    Raises:
        ValueError: The instruction set is not available here.
    """

    def __init__(self, params: FusionParams, *, isa: str = "") -> None:
        self.dtype = decision_dtype(params)
        super().__init__(params, self.dtype, isa)


class DeskEngine(_kernels.DeskEngine):
    """The whole path: events, whales, signals, and a decision of the fusion on every event.

    The pipeline, and behind it the desk of `hydrophone_model.signals.desk`. Not safe between
    threads. ``process(events, results, decisions)`` goes through a batch without a copy;
    ``decide(events, results, decisions)`` leaves out the pipeline, whose results are given.

    Args:
        config: Parameters of the pipeline and of the desk.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Attributes:
        dtype: Of a decision, `hydrophone_model.fusion.decision.decision_dtype`.

    Raises:
        ConfigError: The pipeline and the desk differ in their symbols.
        ValueError: The instruction set is not available here.
    """

    def __init__(self, config: DesignConfig, *, isa: str = "") -> None:
        pipeline, desk = config.pipeline, config.desk
        if desk.symbols != pipeline.symbols:
            raise ConfigError(
                f"signals.symbols = {desk.symbols} is not allowed: use {pipeline.symbols}, the "
                "symbols of the pipeline"
            )
        self.dtype = decision_dtype(desk.fusion)
        super().__init__(pipeline, desk, self.dtype, isa)


class KernelBlock(Model):
    """The kernel of one block by itself, used as the block's golden model is.

    Args:
        params: Parameters of the block; any of `hydrophone_model.cheader.BLOCKS`' types.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Raises:
        ValueError: The instruction set is not available here, or the block has no kernel.
    """

    def __init__(self, params: Params, *, isa: str = "") -> None:
        self.params = params
        self._block = _kernels.Block(params.name, params, isa)

    def reset(self) -> None:
        """Forgets everything."""
        self._block.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Computes the outputs of a batch of events; see `hydrophone_model.block.Model.process`.

        The values are not checked against the ports' formats: out of range, they are undefined
        behaviour.
        """
        columns = [np.ascontiguousarray(inputs[name], np.int64) for name in self.params.inputs]
        events = len(columns[0])
        outputs = {
            name: np.empty(events if port.count == 1 else (events, port.count), np.int64)
            for name, port in self.params.outputs.items()
        }
        self._block.process(columns, list(outputs.values()))
        return outputs


def run_block(params: Params, columns: dict[str, Raw], *, isa: str = "") -> dict[str, Raw]:
    """Runs the kernel of one block from reset; see `KernelBlock.process`."""
    return KernelBlock(params, isa=isa).process(**columns)


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """Times of an event, as a histogram.

    Attributes:
        ns: Nanoseconds an event, ascending.
        counts: Events that took so long.
        longest_ns: The longest of all.
    """

    ns: NDArray[np.float64]
    counts: NDArray[np.int64]
    longest_ns: float

    def percentile(self, share: float) -> float:
        """Nanoseconds that ``share`` percent of the events do not exceed."""
        reached: NDArray[np.int64] = np.cumsum(self.counts)
        wanted = share / 100 * int(self.counts.sum())
        return float(self.ns[min(int(np.searchsorted(reached, wanted)), self.ns.size - 1)])

    def percentiles(self, shares: Sequence[float] = (50, 99, 99.9, 99.99)) -> dict[str, float]:
        """Several percentiles and the longest time, by name."""
        named = {f"p{share:g}": self.percentile(share) for share in shares}
        return {**named, "max": self.longest_ns}


@dataclass(frozen=True, kw_only=True)
class NativeBench:
    """What `bench_native` or `bench_fusion` measured.

    Attributes:
        isa: Instruction set.
        cpu: The processor to which the thread was pinned.
        overhead_ns: Cost of reading the clock twice, already taken off.
        batch: Events between two readings of the clock in ``batches``.
        batches: Mean time of an event in each sub-batch.
        singles: Time of each call of one event.
        quiet_batches: ``batches`` without the spans of about a thousand events in which the system
            gave the processor to another process.
        quiet_singles: ``singles``, likewise.
        rounds_ns: Mean time of an event in each round, all events in one call.
    """

    isa: str
    cpu: int
    overhead_ns: float
    batch: int
    batches: Latencies
    singles: Latencies
    quiet_batches: Latencies
    quiet_singles: Latencies
    rounds_ns: NDArray[np.float64]


def bench_native(
    params: PipelineParams,
    events: NDArray[np.void],
    *,
    rounds: int = 20,
    batch: int = 16,
    isa: str = "",
) -> NativeBench:
    """Measures the engine from within, on one pinned thread, by the cycle counter.

    After one warm-up, each round plays the events three times: in one call, in sub-batches with
    the clock read around each, and in calls of a single event.

    Args:
        params: Parameters of every block.
        events: Dtype `hydrophone_model.records.EVENT`.
        rounds: Times to play the events.
        batch: Events of a sub-batch.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Raises:
        ValueError: The instruction set is not available, or there is nothing to measure.
    """
    return _native(_kernels.bench_native(params, events, rounds, batch, isa))


def bench_fusion(
    engine: FusionEngine,
    scores: NDArray[np.int16],
    present: NDArray[np.bool_],
    outcome: NDArray[np.int16],
    learn: NDArray[np.bool_],
    *,
    rounds: int = 20,
    batch: int = 32,
) -> NativeBench:
    """Measures decisions of the fusion as `bench_native` measures events; they change its state.

    Args:
        engine: What decides.
        scores: As those that follow, see `FusionEngine.process`; none may be left out.
        present: Who takes part.
        outcome: What became of them.
        learn: Which decisions are given an outcome.
        rounds: Times to take all decisions.
        batch: Decisions of a sub-batch.

    Raises:
        ValueError: There is nothing to measure.
    """
    return _native(engine.measure(scores, present, outcome, learn, rounds, batch))


def _native(raw: "_kernels.RawBench") -> NativeBench:
    return NativeBench(
        isa=raw["isa"],
        cpu=raw["cpu"],
        overhead_ns=raw["overhead_ns"],
        batch=raw["batch"],
        batches=_latencies(raw["batches"]),
        singles=_latencies(raw["singles"]),
        quiet_batches=_latencies(raw["quiet_batches"]),
        quiet_singles=_latencies(raw["quiet_singles"]),
        rounds_ns=np.array(raw["rounds_ns"]),
    )


def _latencies(raw: "_kernels.RawHistogram") -> Latencies:
    return Latencies(
        ns=np.array(raw["ns"]),
        counts=np.array(raw["counts"], np.int64),
        longest_ns=raw["max_ns"],
    )
