"""Fusion protocol: what a device's fusion of scoring systems can do."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone_drivers.arrays import Decisions
from hydrophone_model.block import State
from hydrophone_model.fusion.fusion import FusionParams


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

    def export_state(self) -> State:
        """Its fields, see `hydrophone_model.block.Params.state`.

        Raises:
            DeviceError: It cannot show its state.
        """
        ...

    def import_state(self, state: State) -> None:
        """Takes over a state that `hydrophone_model.state.check_state` has let pass.

        Raises:
            DeviceError: It cannot take a state over.
        """
        ...

    def reset(self) -> None:
        """Forgets what the systems have shown, and the remembered decision."""
        ...

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides, from the next decision on."""
        ...
