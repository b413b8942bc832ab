"""What a device's fusion can do, and the golden one."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FusionModel, FusionParams

Decisions = NDArray[np.void]
"""Decisions, dtype `hydrophone_model.fusion.decision.decision_dtype`."""


class Fuser(Protocol):
    """The fusion of scoring systems on a device, with what the systems have shown so far.

    Whoever opens one gets it reset. Decisions depend only on the sequence of score tables, never
    on how it is cut into batches, and are equal to the golden model's to the last bit.
    """

    def process(
        self,
        scores: NDArray[np.int16],
        present: NDArray[np.uint8],
        outcome: NDArray[np.int16],
        learn: NDArray[np.uint8],
        decisions: Decisions,
    ) -> None:
        """Decides once a score table, in order, into the caller's buffer; all C-contiguous.

        Args:
            scores: Raw `hydrophone_model.formats.SCORE`, shape (decisions, systems, candidates).
            present: 1 for whoever takes part, shape (decisions, candidates).
            outcome: What became of the candidates of the last decision that learned before, of the
                same shape.
            learn: 1 where a decision learns from that, shape (decisions,).
            decisions: Shape (decisions,).

        Raises:
            DeviceError: The device failed.
        """
        ...

    def reset(self) -> None:
        """Forgets what the systems have shown, and the previous decision."""
        ...

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides, from the next decision on."""
        ...


class GoldenFuser:
    """A `Fuser` that answers from the NumPy model."""

    def __init__(self, params: FusionParams) -> None:
        self._model = FusionModel(params)

    def process(
        self,
        scores: NDArray[np.int16],
        present: NDArray[np.uint8],
        outcome: NDArray[np.int16],
        learn: NDArray[np.uint8],
        decisions: Decisions,
    ) -> None:
        """See `Fuser.process`."""
        columns = {"scores": scores, "present": present, "outcome": outcome, "learn": learn}
        outputs = self._model.process(
            **{name: column.astype(np.int64) for name, column in columns.items()}
        )
        write_decisions(outputs, decisions)

    def reset(self) -> None:
        """See `Fuser.reset`."""
        self._model.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """See `Fuser.reconfigure`."""
        self._model.params = params
