"""The desk on a device: from events and what the whale pipeline said of them to decisions.

It is put together from the device's own parts, as `hydrophone_model.signals.desk` is from models.
"""

import numpy as np

from hydrophone_drivers.device import Events, Results
from hydrophone_drivers.fuser import Decisions, Fuser, GoldenFuser
from hydrophone_model.block import Model
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.signals.desk import DeskParams
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.signals import SignalsModel

BATCH = 1 << 12
"""Events taken at once; a longer batch is cut, for each has a whole score table."""


class Desk:
    """Signals, what became of their candidates, and the fusion, with the state of all three.

    Args:
        params: Of the desk.
        signals: The signals' block, from reset.
        realised: The block of realised returns, likewise.
        fuser: The fusion, likewise.

    Attributes:
        dtype: Of a decision, `hydrophone_model.fusion.decision.decision_dtype`.
    """

    def __init__(
        self, params: DeskParams, *, signals: Model, realised: Model, fuser: Fuser
    ) -> None:
        self.params = params
        self.dtype = decision_dtype(params.fusion)
        self._signals, self._realised, self._fuser = signals, realised, fuser

    @classmethod
    def golden(cls, params: DeskParams) -> "Desk":
        """The desk of models."""
        return cls(
            params,
            signals=SignalsModel(params.signals),
            realised=RealisedModel(params.realised),
            fuser=GoldenFuser(params.fusion),
        )

    def process(self, events: Events, results: Results, decisions: Decisions) -> None:
        """Decides on each event, in order, into the caller's buffer.

        Args:
            events: Within the pipeline's ranges, shape (n,).
            results: What the pipeline said of them, likewise.
            decisions: Shape (n,), dtype `hydrophone_model.fusion.decision.decision_dtype`.

        Raises:
            RuntimeError: The device failed.
        """
        for start in range(0, events.size, BATCH):
            cut = slice(start, start + BATCH)
            self._some(events[cut], results[cut], decisions[cut])

    def reset(self) -> None:
        """Forgets everything."""
        for part in (self._signals, self._realised, self._fuser):
            part.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._fuser.reconfigure(params)

    def _some(self, events: Events, results: Results, decisions: Decisions) -> None:
        fusion = self.params.fusion
        columns = {
            name: events[name].astype(np.int64) for name in self.params.inputs if name != "tail"
        }
        tail = results["score"].astype(np.int64)
        board = self._signals.process(**columns, tail=tail)
        realised = self._realised.process(symbol=columns["symbol"], price=columns["price"])
        shape = (events.size, fusion.systems, fusion.candidates)
        self._fuser.process(
            board["scores"].astype(np.int16).reshape(shape),
            decisions,
            board["present"] != 0,
            realised["outcome"].astype(np.int16),
            realised["learn"] != 0,
        )
