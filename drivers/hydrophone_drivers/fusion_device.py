"""What a device's fusion can do, and the golden one."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FusionModel, FusionParams

BATCH = 1 << 12
"""Decisions the model takes at once; a longer batch is cut, for its tables are copied."""
Decisions = NDArray[np.void]
"""Decisions, dtype `hydrophone_model.fusion.decision.decision_dtype`."""


class FusionDevice(Protocol):
    """The fusion of scoring systems on a device, with what the systems have shown so far.

    Whoever opens one gets it reset. Decisions depend only on the sequence of score tables, never
    on how it is cut into batches, and are equal to the golden model's to the last bit.
    """

    def process(
        self,
        scores: NDArray[np.int16],
        decisions: Decisions,
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
    ) -> None:
        """Decides once a score table, in order, into the caller's buffer; all C-contiguous.

        Args:
            scores: Raw `hydrophone_model.formats.SCORE`, shape (decisions, systems, candidates).
            decisions: Shape (decisions,).
            present: Whoever takes part, shape (decisions, candidates).
            outcome: What became of the candidates of the last decision that learned before, of the
                same shape.
            learn: Where a decision learns from that, shape (decisions,).

        Raises:
            RuntimeError: The device failed.
        """
        ...

    def reset(self) -> None:
        """Forgets what the systems have shown, and the remembered decision."""
        ...

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides, from the next decision on."""
        ...


class GoldenFusionDevice:
    """A `FusionDevice` that answers from the NumPy model."""

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
        """See `FusionDevice.process`."""
        columns = {"scores": scores, "present": present, "outcome": outcome, "learn": learn}
        for start in range(0, len(decisions), BATCH):
            cut = slice(start, start + BATCH)
            inputs = {name: column[cut].astype(np.int64) for name, column in columns.items()}
            write_decisions(self._model.process(**inputs), decisions[cut])

    def reset(self) -> None:
        """See `FusionDevice.reset`."""
        self._model.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """See `FusionDevice.reconfigure`."""
        self._model.params = params
