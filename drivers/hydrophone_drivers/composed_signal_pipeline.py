"""Composed signal pipeline: signals, realised returns and fusion of a device, chained in Python.

It chains a device's own parts as `hydrophone_model.signals.signal_pipeline` chains models.
"""

import numpy as np

from hydrophone_drivers.arrays import Decisions, Events, Results
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.golden_fusion_device import GoldenFusionDevice
from hydrophone_model.block import Model, State
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.signals import SignalsModel

BATCH = 1 << 12
"""Events taken at once; a longer batch is cut, for each has a whole score table."""


class ComposedSignalPipeline:
    """A `hydrophone_drivers.signal_pipeline.SignalPipeline` of three parts.

    Args:
        params: Of the signal pipeline.
        signals: The signals' block, from reset.
        realised: The block of realised returns, likewise.
        fusion_device: The fusion, likewise.

    Attributes:
        dtype: Of a decision, `hydrophone_model.fusion.decision.decision_dtype`.
    """

    def __init__(
        self,
        params: SignalPipelineParams,
        *,
        signals: Model,
        realised: Model,
        fusion_device: FusionDevice,
    ) -> None:
        self.params = params
        self.dtype = decision_dtype(params.fusion)
        self._signals, self._realised, self._fusion_device = signals, realised, fusion_device

    @classmethod
    def golden(cls, params: SignalPipelineParams) -> "ComposedSignalPipeline":
        """The signal pipeline of models."""
        return cls(
            params,
            signals=SignalsModel(params.signals),
            realised=RealisedModel(params.realised),
            fusion_device=GoldenFusionDevice(params.fusion),
        )

    def process(self, events: Events, results: Results, decisions: Decisions) -> None:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.process`."""
        for start in range(0, events.size, BATCH):
            cut = slice(start, start + BATCH)
            self._process_batch(events[cut], results[cut], decisions[cut])

    def reset(self) -> None:
        """Forgets everything."""
        for part in (self._signals, self._realised, self._fusion_device):
            part.reset()

    @property
    def _parts(self) -> dict[str, Model | FusionDevice]:
        return {"signals": self._signals, "realised": self._realised, "fusion": self._fusion_device}

    def export_state(self) -> State:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.export_state`."""
        return {
            f"{key}.{name}": column
            for key, part in self._parts.items()
            for name, column in part.export_state().items()
        }

    def import_state(self, state: State) -> None:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.import_state`."""
        for key, part in self._parts.items():
            names = [name for name in state if name.startswith(f"{key}.")]
            part.import_state({name.removeprefix(f"{key}."): state[name] for name in names})

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._fusion_device.reconfigure(params)

    def _process_batch(self, events: Events, results: Results, decisions: Decisions) -> None:
        fusion = self.params.fusion
        columns = {
            name: events[name].astype(np.int64) for name in self.params.inputs if name != "tail"
        }
        tail = results["score"].astype(np.int64)
        score_matrix = self._signals.process(**columns, tail=tail)
        realised = self._realised.process(symbol=columns["symbol"], price=columns["price"])
        shape = (events.size, fusion.systems, fusion.candidates)
        self._fusion_device.process(
            score_matrix["scores"].astype(np.int16).reshape(shape),
            decisions,
            score_matrix["present"] != 0,
            realised["outcome"].astype(np.int16),
            realised["learn"] != 0,
        )
