"""CPU device: the C++ engine as a `hydrophone_drivers.device.Device`."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Never

import numpy as np

from hydrophone.engine_state import export_state, import_state
from hydrophone.histogram import Histogram
from hydrophone_drivers.arrays import Decisions, Events, Results
from hydrophone_drivers.device import Counters, Device, DeviceInfo, DeviceState
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.exclusive_use import ExclusiveUse, NativeEngine, NativePush
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_drivers.registry import Backend
from hydrophone_drivers.signal_pipeline import SignalPipeline
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.fusion import FusionParams

if TYPE_CHECKING:
    from hydrophone.engine import CpuEngine


class CpuDevice:
    """A `hydrophone_drivers.device.Device` that answers from `hydrophone.engine.CpuEngine`.

    Raises:
        DeviceError: The instruction set that was asked for is not available.
    """

    def __init__(self, config: DesignConfig) -> None:
        from hydrophone.engine import CpuEngine

        try:
            engine = CpuEngine(config.pipeline)
        except ValueError as error:
            raise DeviceError(f"device cpu cannot be opened: {error}") from error
        self._engine: CpuEngine | None = engine
        self._config = config
        self._counters = Counters()
        self._isa = engine.isa
        self.last = engine.last
        # The engine's own method: nothing stands between the trading process and the engine.
        self.push: Callable[[int, int, int, int, int], int] = engine.push

    @property
    def info(self) -> DeviceInfo:
        """Who the device is, with the instruction set it runs on."""
        return DeviceInfo(name="cpu", detail=f"C++ engine, {self._isa}")

    @property
    def config(self) -> DesignConfig:
        """The configuration in force."""
        return self._config

    @property
    def counters(self) -> Counters:
        """Counted by the engine; of a closed device, the last ones."""
        if self._engine is None:
            return self._counters
        events, alerts, late = self._engine.counters
        return Counters(events=events, alerts=alerts, late=late)

    @property
    def latency(self) -> Histogram | None:
        """Latency of events in the engine, sampled; None of a closed device."""
        return None if self._engine is None else Histogram.of(self._engine.latency)

    @property
    def native(self) -> NativeEngine | None:
        """The engine, until the device is closed."""
        return self._engine

    def make_push(self, lock: ExclusiveUse, method: Callable[..., np.void]) -> NativePush:
        """See `hydrophone_drivers.exclusive_use.native_push`."""
        return self._opened.make_push(lock, self.last[0], method)

    @property
    def cycles(self) -> Raw | None:
        """None: a processor's clock is not the hardware's."""
        return None

    def process(self, events: Events, results: Results) -> None:
        """See `hydrophone_drivers.device.Device.process`."""
        self._opened.process(events, results)

    def export_state(self) -> DeviceState:
        """See `hydrophone_drivers.device.Device.export_state`."""
        engine = self._opened
        return DeviceState(
            pipeline=export_state(self._config.pipeline, engine.exchange_state),
            counters=self.counters,
            pushed=engine.pushed,
        )

    def import_state(self, state: DeviceState) -> None:
        """See `hydrophone_drivers.device.Device.import_state`."""
        engine, counters = self._opened, state.counters
        import_state(self._config.pipeline, engine.exchange_state, state.pipeline)
        engine.set_counters(counters.events, counters.alerts, counters.late, state.pushed)

    def reset(self) -> None:
        """Forgets every symbol and zeroes the counters."""
        self._opened.reset()

    def reconfigure(self, config: DesignConfig) -> None:
        """Hands the engine its new parameters; the states stay."""
        engine = self._opened
        check_reconfiguration(self._config, config)
        engine.reconfigure(config.pipeline)
        self._config = config

    def fusion_device(self) -> FusionDevice:
        """The C++ engine of the fusion."""
        from hydrophone.engine import FusionEngine

        _ = self._opened
        return FusionEngine(self._config.fusion, isa=self._isa)

    def signal_pipeline(self) -> SignalPipeline:
        """The C++ engine of the signal pipeline."""
        _ = self._opened
        return CpuSignalPipeline(self._config, self._isa)

    def close(self) -> None:
        """Frees the engine."""
        self._counters = self.counters
        self._engine = None
        self.push = _closed

    @property
    def _opened(self) -> "CpuEngine":
        return self._engine or _closed()


class CpuSignalPipeline:
    """A `hydrophone_drivers.signal_pipeline.SignalPipeline` of one engine.

    `hydrophone.engine.SignalPipelineEngine` answers, without its whale pipeline.
    """

    def __init__(self, config: DesignConfig, isa: str) -> None:
        from hydrophone.engine import SignalPipelineEngine

        self._params = config.signal_pipeline
        self._engine = SignalPipelineEngine(config, isa=isa)
        self.dtype = self._engine.dtype

    @property
    def native(self) -> NativeEngine:
        """The engine."""
        return self._engine

    def process(self, events: Events, results: Results, decisions: Decisions) -> None:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.process`."""
        self._engine.decide(events, results, decisions)

    def export_state(self) -> State:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.export_state`."""
        return export_state(self._params, self._engine.exchange_state)

    def import_state(self, state: State) -> None:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.import_state`."""
        import_state(self._params, self._engine.exchange_state, state)

    def reset(self) -> None:
        """Forgets everything."""
        self._engine.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._engine.reconfigure(params)


def _closed(*_: int) -> Never:
    raise DeviceError("device cpu is closed: open a new session")


def _absence() -> str | None:
    """Why the engine cannot be loaded here, and what to do; None if it can."""
    try:
        import_module("hydrophone.engine")
    except (ImportError, AttributeError) as error:  # the latter: built from older sources
        return f"the C++ engine cannot be loaded ({error}): install hydrophone with g++ at hand"
    return None


def _open(config: DesignConfig) -> Device:
    return CpuDevice(config)


CPU = Backend(name="cpu", doc="the C++ engine on this processor", absence=_absence, open=_open)
