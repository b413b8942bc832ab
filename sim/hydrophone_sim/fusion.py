"""The fusion's hardware as a library: score tables in, decision records out."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_sim.compiled import to_stderr
from hydrophone_sim.controlled import CompiledControlled
from hydrophone_sim.engines import Say

BATCH = 1 << 12
"""Decisions simulated in one go; a longer batch is cut, for its payloads are copied."""


class CompiledFusion:
    """The fusion as compiled hardware, a `hydrophone_drivers.fuser.Fuser`.

    Args:
        params: Of the fusion.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long; a design is compiled once.

    Raises:
        KeyError: There is no such engine.
        RuntimeError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """

    def __init__(
        self, params: FusionParams, *, engine: str = "verilated", say: Say = to_stderr
    ) -> None:
        self._block = CompiledControlled(Fusion(params), engine=engine, say=say)
        self.latency = self._block.latency

    def process(
        self,
        scores: NDArray[np.int16],
        decisions: NDArray[np.void],
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
    ) -> None:
        """See `hydrophone_drivers.fuser.Fuser.process`.

        Raises:
            SimulationError: The hardware broke the rules of its streams.
        """
        columns = {"scores": scores, "present": present, "outcome": outcome, "learn": learn}
        for start in range(0, len(decisions), BATCH):
            cut = slice(start, start + BATCH)
            inputs = {name: column[cut].astype(np.int64) for name, column in columns.items()}
            inputs["scores"] = inputs["scores"].reshape(len(inputs["learn"]), -1)
            write_decisions(self._block.run(inputs).outputs, decisions[cut])

    def reset(self) -> None:
        """Resets the hardware."""
        self._block.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._block.configure(Fusion(params))
