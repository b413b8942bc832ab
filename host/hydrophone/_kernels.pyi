"""The C++ engine of Hydrophone."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Params
from hydrophone_model.fixed import Raw
from hydrophone_model.whale.pipeline import PipelineParams

class RawHistogram(TypedDict):
    """Buckets that occurred, their counts, and the largest value."""

    ns: list[float]
    counts: list[int]
    max_ns: float

class RawBench(TypedDict):
    """See `hydrophone.engine.NativeBench`."""

    isa: str
    cpu: int
    ticks_per_ns: float
    overhead_ns: float
    batch: int
    rounds_ns: list[float]
    batches: RawHistogram
    singles: RawHistogram
    quiet_batches: RawHistogram
    quiet_singles: RawHistogram

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
    """See `hydrophone.engine.bench_native`."""

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
