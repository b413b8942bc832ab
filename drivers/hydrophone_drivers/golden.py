"""Golden device: the NumPy model, which runs wherever NumPy does, and defines the truth."""

import numpy as np

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.batch_device import BatchDevice
from hydrophone_drivers.composed_signal_pipeline import ComposedSignalPipeline
from hydrophone_drivers.device import DeviceInfo
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.golden_fusion_device import GoldenFusionDevice
from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_drivers.signal_pipeline import SignalPipeline
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.whale.pipeline import PipelineModel

BATCH = 1 << 14
"""Events the model takes at once; a longer batch is cut, for its columns need a kilobyte each."""


class GoldenDevice(BatchDevice):
    """A `hydrophone_drivers.device.Device` that answers from the NumPy model."""

    def __init__(self, config: DesignConfig) -> None:
        super().__init__(config)
        self._model: PipelineModel | None = PipelineModel(config.pipeline)

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return DeviceInfo(name="golden", detail=f"NumPy model, NumPy {np.__version__}")

    @property
    def cycles(self) -> Raw | None:
        """None: a model has no clock."""
        return None

    def _compute(self, events: Events, results: Results) -> None:
        model = self._opened
        for start in range(0, events.size, BATCH):
            cut = slice(start, start + BATCH)
            results[cut] = model.process_records(events[cut])

    def _export(self) -> State:
        return self._opened.export_state()

    def _import(self, state: State) -> None:
        self._opened.import_state(state)

    def _expect_open(self) -> None:
        _ = self._opened

    def reset(self) -> None:
        """Forgets every symbol and zeroes the counters."""
        self._opened.reset()
        self._clear_counters()

    def reconfigure(self, config: DesignConfig) -> None:
        """Hands the blocks their new parameters; their states stay."""
        model = self._opened
        check_reconfiguration(self._config, config)
        model.configure(config.pipeline)
        self._config = config

    def fusion_device(self) -> FusionDevice:
        """The model of the fusion."""
        _ = self._opened
        return GoldenFusionDevice(self._config.fusion)

    def signal_pipeline(self) -> SignalPipeline:
        """The signal pipeline of models."""
        _ = self._opened
        return ComposedSignalPipeline.golden(self._config.signal_pipeline)

    def close(self) -> None:
        """Forgets the model."""
        self._model = None

    @property
    def _opened(self) -> PipelineModel:
        if self._model is None:
            raise DeviceError("device golden is closed: open a new session")
        return self._model
