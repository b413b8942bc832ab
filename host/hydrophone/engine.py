"""C++ engines: pipeline, fusion and single blocks on this processor, bits as the golden model's.

Compiled once for every instruction set; the newest that the processor has is chosen when an engine
is made. ``HYDROPHONE_ISA=scalar|sse4|avx2|avx512|neon`` in the environment overrides the choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hydrophone import _kernels
from hydrophone.engine_state import Fields, export_state, import_state
from hydrophone_drivers.checks import unmasked
from hydrophone_drivers.reconfigure import check_pipeline
from hydrophone_model.block import Model, Params, Ports, State
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError, ensure
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
    """The pipeline with the state of every symbol, for one thread at a time.

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
    """The fusion of scoring systems, with what they have shown, for one thread at a time.

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

    @property
    def native(self) -> "FusionEngine":
        """Itself: see `hydrophone_drivers.exclusive_use.native_engine`."""
        return self

    def export_state(self) -> State:
        """See `hydrophone_drivers.fusion_device.FusionDevice.export_state`."""
        return export_state(self.params, self._exchange)

    def import_state(self, state: State) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.import_state`."""
        import_state(self.params, self._exchange, state)

    def _exchange(self, owner: str, fields: Fields, address: int, loading: bool) -> None:
        ensure(owner == "design", "a fusion has no symbols")
        self.exchange_state(fields, address, loading)


class SignalPipelineEngine(_kernels.SignalPipelineEngine):
    """The whole path: events, whales, signals, and a decision of the fusion on every event.

    The whale pipeline, and behind it `hydrophone_model.signals.signal_pipeline`, for one thread at
    a time. ``process(events, results, decisions)`` goes through a batch without a copy;
    ``decide(events, results, decisions)`` leaves out the pipeline, whose results are given.

    Args:
        config: Parameters of the pipeline and of the signal pipeline.
        isa: Instruction set; by default the one that `isas` says is chosen.

    Attributes:
        dtype: Of a decision, `hydrophone_model.fusion.decision.decision_dtype`.

    Raises:
        ConfigError: The pipeline and the signal pipeline differ in their symbols.
        ValueError: The instruction set is not available here.
    """

    def __init__(self, config: DesignConfig, *, isa: str = "") -> None:
        pipeline, signal_pipeline = config.pipeline, config.signal_pipeline
        if signal_pipeline.symbols != pipeline.symbols:
            raise ConfigError(
                f"signals.symbols = {signal_pipeline.symbols} is not allowed: use "
                f"{pipeline.symbols}, the symbols of the pipeline"
            )
        self.dtype = decision_dtype(signal_pipeline.fusion)
        super().__init__(pipeline, signal_pipeline, self.dtype, isa)


def checked_columns(params: Params, inputs: Mapping[str, ArrayLike]) -> dict[str, Raw]:
    """Input columns of a block as its kernel reads them, checked: they index the kernel's tables.

    Raises:
        TypeError: A port has no column, or one of something other than integers.
        FormatError: A value is outside its port's format; the message names it.
        ValueError: A column has another shape or a mask, or there is no such symbol.
    """
    missing = [name for name in params.inputs if name not in inputs]
    if missing:
        raise TypeError(
            f"{params.name} lacks its input {missing[0]}: give {', '.join(params.inputs)}"
        )
    events = next((len(np.atleast_1d(inputs[name])) for name in params.inputs), 0)
    columns: dict[str, Raw] = {}
    for name, port in params.inputs.items():
        unmasked(name, inputs[name], "its .filled(value), or its .data")
        column = np.asarray(inputs[name])
        if column.dtype.kind not in "iub":
            raise TypeError(f"{name} has dtype {column.dtype}: give integers")
        if column.size != events * port.count or column.shape[:1] != (events,):
            raise ValueError(
                f"{name} has shape {column.shape}: give {port.count} for each of {events} events"
            )
        columns[name] = np.ascontiguousarray(port.format.checked(column, name))
    symbols = getattr(params, "symbols", None)
    largest = columns["symbol"].max(initial=0) if symbols and "symbol" in columns else -1
    if symbols and largest >= symbols:
        raise ValueError(f"symbol = {largest} is not allowed: use 0 … {symbols - 1}")
    return columns


def empty_columns(ports: Ports, events: int) -> dict[str, Raw]:
    """Memory for the columns of ports, which a kernel is to fill."""
    return {
        name: np.empty(events if port.count == 1 else (events, port.count), np.int64)
        for name, port in ports.items()
    }


class KernelBlock(Model):
    """The kernel of one block by itself, used as the block's golden model is.

    Args:
        params: Parameters of the block; of any of `hydrophone_model.blocks.BLOCKS`.
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

        Raises:
            TypeError: See `checked_columns`.
            ValueError: See `checked_columns`.
        """
        columns = list(checked_columns(self.params, inputs).values())
        outputs = empty_columns(self.params.outputs, len(columns[0]))
        self._block.process(columns, list(outputs.values()))
        return outputs
