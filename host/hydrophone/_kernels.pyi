"""The C++ engine of Hydrophone."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from hydrophone_drivers.exclusive_use import ExclusiveUse, NativePush
from hydrophone_model.block import Params
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.whale.alert import AlertParams
from hydrophone_model.whale.pipeline import PipelineParams

class RawBench(TypedDict):
    """See `hydrophone_bench.native.NativeBench`.

    Times of calls are ticks of the cycle counter, uint32 in memory, one round after the other.
    """

    isa: str
    cpu: int
    ticks_per_ns: float
    overhead_ns: float
    batch: int
    rounds_ns: list[float]
    batches: bytes
    singles: bytes

def version() -> str:
    """Version of the distribution it was built for."""

def compiled_isas() -> list[str]:
    """Instruction sets compiled in, oldest first; the first is the scalar reference."""

def available_isas() -> list[str]:
    """Those of them that this processor has."""

def chosen_isa() -> str:
    """The one that an engine uses unless it is told otherwise.

    Raises:
        ValueError: ``HYDROPHONE_ISA`` names one that is not available here.
    """

def bench_native(
    params: PipelineParams, events: NDArray[np.void], rounds: int, batch: int, isa: str = ""
) -> RawBench:
    """See `hydrophone_bench.native.bench_native`."""

def interruptions(watched_ns: float, longer_than_ns: float) -> tuple[float, list[float]]:
    """Keeps a processor in an empty loop for so long.

    Returns:
        Nanoseconds that it took, and the length of each gap between two readings of the clock that
        was longer than the given one.
    """

def time_kernels(isa: str, window: int) -> dict[str, tuple[float, float]]:
    """Nanoseconds a call, by kernel: back to back, and each waiting for the result before.

    Raises:
        ValueError: The instruction set is not available here.
    """

def time_fusion(isa: str) -> tuple[float, float]:
    """The same of a fusion of 8 systems' scores for 16 candidates."""

def time_function(kernel: str, address: int, window: int) -> tuple[float, float]:
    """The same of a C function, ``void (const float *, const float *, size_t, double *)``."""

def recording_cost(times: int) -> tuple[float, float]:
    """Nanoseconds of one recording of a latency, and of one reading of the clock."""

def reserve_huge_pages(reserve: bool) -> None:
    """Whether states of engines made from now on lie on reserved huge pages, if some are free."""

def clock_interval() -> int:
    """Events from one timed call of an engine to the next."""

class ArrowTable:
    """Records as Arrow exports them, see `hydrophone.arrow_export.arrow`.

    Args:
        bytes: Their memory, contiguous.
        size: Bytes of a record.
        columns: Name, Arrow's format, offset, bytes of an element and shape of each field,
            which are gathered; without any, the records stay where they lie.
    """

    def __init__(
        self,
        bytes: NDArray[np.uint8],
        size: int,
        columns: list[tuple[str, str, int, int, list[int]]],
    ) -> None: ...
    def schema(self) -> object:
        """A new capsule ``arrow_schema``."""

    def array(self) -> object:
        """A new capsule ``arrow_array``."""

    def stream(self) -> object:
        """A new capsule ``arrow_array_stream``, of one batch."""

class Engine:
    """See `hydrophone.engine.CpuEngine`."""

    def __init__(self, params: PipelineParams, last: NDArray[np.void], isa: str = "") -> None: ...
    def process(self, events: NDArray[np.void], results: NDArray[np.void]) -> None:
        """Scores a batch of events in order into the caller's buffer.

        Args:
            events: Shape (n,), dtype `hydrophone_model.records.EVENT`, contiguous.
            results: Shape (n,), dtype `hydrophone_model.records.RESULT`, contiguous, writable,
                not overlapping the events.

        Raises:
            EventError: An event is out of range; nothing was processed.
            TypeError: An array of another dtype.
            ValueError: An array of another shape, strided, read-only or overlapping.
        """

    def push(self, time_ns: int, price: int, size: int, symbol: int, side: int) -> int:
        """Scores one event; its sequence number is the count of pushes since reset.

        Returns:
            The bits of `hydrophone_model.records.ResultFlag`.

        Raises:
            EventError: A value is out of range; nothing was processed.
            TypeError: A value is not an integer of its field's width.
        """

    def make_push(
        self, lock: ExclusiveUse, record: np.void, method: Callable[..., np.void]
    ) -> NativePush:
        """A session's push, see `hydrophone_drivers.exclusive_use.native_push`.

        Args:
            lock: The session's.
            record: What it returns: the element of the engine's buffer of the last result.
            method: The method of the session that it stands for: name, doc and signature.
        """

    def exchange_state(
        self, of: str, fields: list[tuple[int, int, bool]], address: int, loading: bool
    ) -> None:
        """Writes records from the state, or reads them into it; see `hydrophone.engine_state`.

        Args:
            of: ``symbol``, ``class`` or ``design``.
            fields: Elements, bytes of one, whether it is signed; of the record's fields in order.
            address: Of contiguous records, as many as there are of these; what is read is valid.
            loading: Whether they are read.
        """

    def set_counters(self, events: int, alerts: int, late: int, pushed: int) -> None:
        """What was counted, and the count of pushes, of a state."""

    @property
    def pushed(self) -> int:
        """Events pushed since reset."""

    def reset(self) -> None:
        """Forgets every symbol and zeroes the counters."""

    def reconfigure(self, params: PipelineParams) -> None: ...
    @property
    def params(self) -> PipelineParams:
        """Parameters in force."""

    @property
    def isa(self) -> str:
        """Instruction set it runs on."""

    @property
    def batches(self) -> int:
        """Calls of `process` that came to their end since it was made."""

    @property
    def counters(self) -> tuple[int, int, int]:
        """Events, alerts and late events since it was made or reset."""

    @property
    def latency(self) -> bytes:
        """Memory of the histogram of its latency, see `hydrophone_model.histogram`."""

class HistogramRecorder:
    """Records into the memory of a `hydrophone_model.histogram.LogHistogram`."""

    def __init__(self, memory: NDArray[np.uint64]) -> None: ...
    def record(self, value: int, events: int = 1) -> None:
        """Counts events that took so many picoseconds each."""

class FusionEngine:
    """See `hydrophone.engine.FusionEngine`."""

    def __init__(self, params: FusionParams, dtype: np.dtype[np.void], isa: str = "") -> None: ...
    def process(
        self,
        scores: NDArray[np.int16],
        decisions: NDArray[np.void],
        present: NDArray[np.bool_] | None = None,
        outcome: NDArray[np.int16] | None = None,
        learn: NDArray[np.bool_] | None = None,
    ) -> None:
        """Decides T times, in order, into the caller's buffer.

        Args:
            scores: Raw `hydrophone_model.formats.SCORE`, shape (T, systems, candidates), int16.
            decisions: Shape (T,), the engine's ``dtype``, writable, not overlapping the others.
            present: Who takes part, shape (T, candidates), bool; all if left out.
            outcome: Raw `hydrophone_model.fusion.performance.OUTCOME`: what became of the
                candidates of the last decision that learned, shape (T, candidates), int16.
            learn: Which decisions are given an outcome, shape (T,), bool; none if both are left
                out.

        Raises:
            TypeError: An array of another dtype.
            ValueError: An array of another shape, strided, read-only or overlapping the decisions;
                one of ``outcome`` and ``learn`` without the other.
        """

    def measure(
        self,
        scores: NDArray[np.int16],
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
        rounds: int,
        batch: int,
    ) -> RawBench:
        """See `hydrophone_bench.native.bench_fusion`."""

    def exchange_state(
        self, fields: list[tuple[int, int, bool]], address: int, loading: bool
    ) -> None:
        """Writes records from the state, or reads them into it; see `hydrophone.engine_state`.

        Args:
            fields: Elements, bytes of one, whether it is signed; of the record's fields in order.
            address: Of contiguous records, as many as there are of these; what is read is valid.
            loading: Whether they are read.
        """

    def reset(self) -> None:
        """Forgets what the systems have shown, and the remembered decision."""

    def reconfigure(self, params: FusionParams) -> None:
        """Takes over another rate and combination, between two decisions; the state stays.

        Raises:
            ValueError: The number of systems or candidates differs, which needs another engine.
        """

    @property
    def params(self) -> FusionParams:
        """Parameters in force."""

    @property
    def isa(self) -> str:
        """Instruction set it runs on."""

    @property
    def batches(self) -> int:
        """Calls of `process` that came to their end since it was made."""

class SignalPipelineEngine:
    """See `hydrophone.engine.SignalPipelineEngine`."""

    def __init__(
        self,
        pipeline: PipelineParams,
        signal_pipeline: SignalPipelineParams,
        dtype: np.dtype[np.void],
        isa: str = "",
    ) -> None: ...
    def process(
        self, events: NDArray[np.void], results: NDArray[np.void], decisions: NDArray[np.void]
    ) -> None:
        """Scores a batch of events and decides on each, in order, into the caller's buffers.

        Args:
            events: As of `Engine.process`.
            results: As of `Engine.process`.
            decisions: Shape (n,), the engine's ``dtype``, contiguous, writable, not overlapping the
                others.

        Raises:
            EventError: An event is out of range; nothing was processed.
            TypeError: An array of another dtype.
            ValueError: An array of another shape, strided, read-only or overlapping.
        """

    def decide(
        self, events: NDArray[np.void], results: NDArray[np.void], decisions: NDArray[np.void]
    ) -> None:
        """The signal pipeline alone, on what another said of the events; see `process`."""

    def reconfigure(self, fusion: FusionParams) -> None:
        """Takes over another rate and combination, between two events; the state stays.

        Raises:
            ValueError: The number of systems or candidates differs, which needs another engine.
        """

    def exchange_state(
        self, of: str, fields: list[tuple[int, int, bool]], address: int, loading: bool
    ) -> None:
        """Writes records from the state, or reads them into it; see `hydrophone.engine_state`.

        Args:
            of: ``symbol``, ``class`` or ``design``.
            fields: Elements, bytes of one, whether it is signed; of the record's fields in order.
            address: Of contiguous records, as many as there are of these; what is read is valid.
            loading: Whether they are read.
        """

    def reset(self) -> None:
        """Forgets every symbol, score and decision, and zeroes the counters."""

    @property
    def isa(self) -> str:
        """Instruction set it runs on."""

    @property
    def batches(self) -> int:
        """Calls of `process` that came to their end since it was made."""

    @property
    def counters(self) -> tuple[int, int, int]:
        """Events, alerts and late events since it was made or reset."""

class Block:
    """See `hydrophone.engine.KernelBlock`."""

    def __init__(self, name: str, params: Params, isa: str = "") -> None: ...
    def process(self, inputs: list[Raw], outputs: list[Raw]) -> None: ...
    def reset(self) -> None: ...
    @property
    def isa(self) -> str:
        """Instruction set it runs on."""

class RawSharedBench(TypedDict):
    """See `hydrophone_bench.shared_memory`; times are float32 in memory, nanoseconds."""

    publish_alone_ns: bytes
    publish_read_ns: bytes
    reads_ns: bytes
    reads_a_batch: int
    busy: int
    alerts_ns: bytes
    alerts_missed: int

def bench_shared(
    results: NDArray[np.void],
    symbols: int,
    batch: int,
    cpu_writer: int,
    cpu_reader: int,
    seconds: float,
) -> RawSharedBench:
    """Measures writer and reader of a segment on two processors."""

def process_start(pid: int) -> int:
    """When a process started, clock ticks since boot; 0 where there is none."""

class SharedWriter:
    """See `hydrophone.shared_memory.Publisher`."""

    def __init__(
        self, memory: NDArray[np.uint8], alert: AlertParams, thresholds: list[int]
    ) -> None: ...
    def publish(self, results: NDArray[np.void]) -> None: ...
    def rank(self, rank: NDArray[np.uint8], decided: bool, best: int) -> None: ...
    def name(self, text: bytes) -> bool: ...
    def set_rule(self, alert: AlertParams, thresholds: list[int]) -> None: ...
    def heartbeat(self) -> None: ...
    def end(self, state: int) -> None: ...

class SharedReader:
    """See `hydrophone.shared_memory.SharedReader`; statuses are those of hydrophone_shared.h."""

    def __init__(self) -> None: ...
    def attach(self, name: str, allow_stale: bool) -> int: ...
    def detach(self) -> None: ...
    def snapshots(self, first: int, out: NDArray[np.void]) -> int: ...
    def alerts(self, next: int, out: NDArray[np.void]) -> tuple[int, int, int]: ...
    def newest(self) -> int: ...
    def oldest(self) -> int: ...
    def writer(self) -> int: ...
    def silence_ns(self) -> int: ...
    def header(self) -> bytes: ...
    def name(self, symbol: int) -> bytes: ...
    @property
    def system_error(self) -> int: ...

Floats: TypeAlias = NDArray[np.float32]
Samples: TypeAlias = NDArray[np.int16]
Bins: TypeAlias = NDArray[np.uint8]

class Library:
    """The seven kernels on one instruction set; see `hydrophone.kernels` for what all share.

    Args:
        isa: Instruction set; by default the one that `chosen_isa` names.

    Raises:
        ValueError: It is not available here.
    """

    def __new__(cls, isa: str = "") -> Library: ...
    @property
    def isa(self) -> str:
        """Instruction set it runs on."""

    @overload
    def average(self, x: Floats, /) -> float: ...
    @overload
    def average(self, x: Samples, /) -> int: ...
    @overload
    def variance(self, x: Floats, /) -> float: ...
    @overload
    def variance(self, x: Samples, /) -> int: ...
    @overload
    def correlation(self, x: Floats, y: Floats, /) -> float: ...
    @overload
    def correlation(self, x: Samples, y: Samples, /) -> int: ...
    @overload
    def distance(self, x: Floats, y: Floats, /) -> float: ...
    @overload
    def distance(self, x: Samples, y: Samples, /) -> int: ...
    @overload
    def entropy(self, x: Floats, /) -> float:
        """Of weights, which need not sum to 1; NaN if one is negative."""

    @overload
    def entropy(self, x: Bins, /) -> int:
        """Of a window of bin numbers, a power of two of them."""

    @overload
    def haar(self, x: Floats, out: Floats | None = None, levels: int | None = None) -> Floats:
        """Orthonormal coefficients, the coarsest scale first, older minus newer.

        Args:
            x: Samples, a multiple of ``2**levels``.
            out: As many results.
            levels: Scales; by default all, for which the number of samples is a power of two.
        """

    @overload
    def haar(
        self, x: Samples, out: NDArray[np.int32] | None = None, levels: int | None = None
    ) -> NDArray[np.int32]:
        """Sums and differences as they are, at most 16 levels."""

    @overload
    def moving_average(self, x: Floats, window: int, out: Floats | None = None) -> Floats: ...
    @overload
    def moving_average(self, x: Samples, window: int, out: Raw | None = None) -> Raw: ...
    @overload
    def moving_variance(self, x: Floats, window: int, out: Floats | None = None) -> Floats: ...
    @overload
    def moving_variance(self, x: Samples, window: int, out: Raw | None = None) -> Raw: ...
    @overload
    def moving_correlation(
        self, x: Floats, y: Floats, window: int, out: Floats | None = None
    ) -> Floats: ...
    @overload
    def moving_correlation(
        self, x: Samples, y: Samples, window: int, out: Raw | None = None
    ) -> Raw: ...
    @overload
    def moving_distance(
        self, x: Floats, y: Floats, window: int, out: Floats | None = None
    ) -> Floats: ...
    @overload
    def moving_distance(
        self, x: Samples, y: Samples, window: int, out: Raw | None = None
    ) -> Raw: ...
    @overload
    def moving_entropy(self, x: Bins, window: int, out: Floats | None = None) -> Floats: ...
    @overload
    def moving_entropy(self, x: Bins, window: int, out: Raw) -> Raw:
        """In the fixed point of the block `entropy`, as the buffer is for integers."""

    @overload
    def moving_haar(self, x: Floats, window: int, out: Floats | None = None) -> Floats:
        """Shape (n, 1 + log2(window)): rows as `hydrophone.kernels.Haar` has them."""

    @overload
    def moving_haar(
        self, x: Samples, window: int, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]: ...
    def fuse(
        self,
        scores: Floats,
        performance: Floats | None = None,
        present: NDArray[np.bool_] | None = None,
        out: Floats | None = None,
    ) -> Floats:
        """One fusion: six combinations of the scores that systems give to candidates.

        Args:
            scores: Shape (systems, candidates), 2 to 16 and 2 to 64; larger is better. A system
                with a score that is NaN or infinite, or with all scores equal, is left out.
            performance: Of each system, finite; negative ones weigh nothing. For scores the unit
                does not matter; for ranks, weighed by its reciprocal, it counts as at least 2**-15.
            present: Which candidates take part, shape (candidates,); the others get 0.
            out: Shape (6, candidates).

        Returns:
            Row by row as `hydrophone_model.fusion.combine.Combination` numbers them: scores
            averaged, by diversity strength, by performance; ranks averaged, by diversity
            strength, by performance (smaller wins). All 0 where every system is left out.

        Raises:
            TypeError: An array of another dtype.
            ValueError: An array of another shape, strided, read-only or overlapping; a performance
                that is not finite.
        """

class FusionStream:
    """See `hydrophone.kernels.Fusion`."""

    def __new__(
        cls, systems: int, candidates: int, rate: int = 6, isa: str = ""
    ) -> FusionStream: ...
    def push(
        self,
        scores: Floats,
        outcome: Floats | None = None,
        present: NDArray[np.bool_] | None = None,
        out: Floats | None = None,
    ) -> Floats:
        """One decision, with the performance that was learned; see `Library.fuse`.

        Args:
            scores: Shape (systems, candidates).
            outcome: What became of the candidates of the decision that last came with an outcome,
                shape (candidates,). It is judged first, then this decision is remembered.
            present: Which candidates take part, shape (candidates,).
            out: Shape (6, candidates).
        """

    def push_many(
        self,
        scores: Floats,
        outcome: Floats | None = None,
        present: NDArray[np.bool_] | None = None,
        out: Floats | None = None,
    ) -> Floats:
        """Decisions one after the other: every array has one dimension more, the first."""

    def reset(self) -> None:
        """Forgets what the systems have shown."""

    @property
    def diversity(self) -> Floats:
        """Diversity strength of each system in the last decision; 0 where one was left out."""

    @property
    def performance(self) -> Floats:
        """Average rank information coefficient of each system."""

class Stream:
    """A window that slides with what is pushed; see `hydrophone.kernels`.

    Every method raises RuntimeError while another thread is at work on the stream.
    """

    def __init__(self, kernel: int, fixed: bool, window: int, bins: int, isa: str) -> None: ...
    def push(self, x: float, y: float = ..., /) -> float:
        """Takes in a sample (a pair, where the kernel has two columns); the window's result.

        Returns:
            A float, in fixed point an integer; of a Haar transform the row of coefficients.

        Raises:
            TypeError: Too few or too many samples, or no number.
            ValueError: In fixed point, a sample that is no integer of 16 bits, or no bin number.
        """

    def push_many(self, x: NDArray[Any], *more: NDArray[Any]) -> NDArray[Any]:
        """Takes in columns; the result after each sample, in an array.

        Args:
            x: The first column.
            more: The second column where there are two, then the buffer for results, if wanted.

        Raises:
            TypeError: An array of another dtype.
            ValueError: An array of another shape, strided, read-only or overlapping.
        """

    def reset(self) -> None:
        """Forgets all samples."""
