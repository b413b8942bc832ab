"""Signal pipeline protocol: how a device decides on events and their results."""

from typing import Protocol

import numpy as np

from hydrophone_drivers.arrays import Decisions, Events, Results
from hydrophone_model.block import State
from hydrophone_model.fusion.fusion import FusionParams


class SignalPipeline(Protocol):
    """Signals, what became of their candidates, and the fusion, with the state of all three.

    Whoever opens one gets it reset. Decisions depend only on the sequence of events and results,
    never on how it is cut into batches, and are equal to the golden model's to the last bit.
    """

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Of a decision, `hydrophone_model.fusion.decision.decision_dtype`."""
        ...

    def process(self, events: Events, results: Results, decisions: Decisions) -> None:
        """Decides on each event, in order, into the caller's buffer.

        Args:
            events: Within the pipeline's ranges, shape (n,).
            results: What the pipeline said of them, likewise.
            decisions: Shape (n,), of `dtype`.

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
        """Forgets everything."""
        ...

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        ...
