"""The golden fusion: the NumPy model as a `hydrophone_drivers.fusion_device.FusionDevice`."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_drivers.arrays import Decisions
from hydrophone_model.block import State
from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FusionModel, FusionParams

BATCH = 1 << 12
"""Decisions the model takes at once; a longer batch is cut, for its tables are copied."""


class GoldenFusionDevice:
    """A `hydrophone_drivers.fusion_device.FusionDevice` that answers from the NumPy model."""

    def __init__(self, params: FusionParams) -> None:
        self._model = FusionModel(params)

    def process(
        self,
        scores: NDArray[np.int16],
        decisions: Decisions,
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
    ) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.process`."""
        columns = {"scores": scores, "present": present, "outcome": outcome, "learn": learn}
        for start in range(0, len(decisions), BATCH):
            cut = slice(start, start + BATCH)
            inputs = {name: column[cut].astype(np.int64) for name, column in columns.items()}
            write_decisions(self._model.process(**inputs), decisions[cut])

    def reset(self) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.reset`."""
        self._model.reset()

    def export_state(self) -> State:
        """See `hydrophone_drivers.fusion_device.FusionDevice.export_state`."""
        return self._model.export_state()

    def import_state(self, state: State) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.import_state`."""
        self._model.import_state(state)

    def reconfigure(self, params: FusionParams) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.reconfigure`."""
        self._model.configure(params)
