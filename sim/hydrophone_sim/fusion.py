"""Compiled fusion and signal pipeline: decision records out."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.block import StreamBlock
from hydrophone_hdl.fusion.folded import fusion_block
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.signals.realised import Realised
from hydrophone_hdl.signals.signals import Signals
from hydrophone_model.block import Model, State
from hydrophone_model.errors import RequestError
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_sim.compiled import CompiledBlock, to_stderr
from hydrophone_sim.controlled import CompiledControlled
from hydrophone_sim.engines import Say

BATCH = 1 << 12
"""Decisions simulated in one go; a longer batch is cut, for its payloads are copied."""


class CompiledFusion:
    """The fusion as compiled hardware, a `hydrophone_drivers.fusion_device.FusionDevice`.

    Args:
        params: Of the fusion.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long; a design is compiled once.

    Raises:
        KeyError: There is no such engine.
        ToolError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """

    def __init__(
        self, params: FusionParams, *, engine: str = "verilated", say: Say = to_stderr
    ) -> None:
        self._block = CompiledControlled(
            lambda: fusion_block(params, controlled=True), engine=engine, say=say
        )
        self.latency = self._block.latency

    def process(
        self,
        scores: NDArray[np.int16],
        decisions: NDArray[np.void],
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
    ) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.process`.

        Raises:
            SimulationError: The hardware broke the rules of its streams.
        """
        columns = {"scores": scores, "present": present, "outcome": outcome, "learn": learn}
        for start in range(0, len(decisions), BATCH):
            cut = slice(start, start + BATCH)
            inputs = {name: column[cut].astype(np.int64) for name, column in columns.items()}
            inputs["scores"] = inputs["scores"].reshape(len(inputs["learn"]), -1)
            write_decisions(self._block.run(inputs).outputs, decisions[cut])

    def export_state(self) -> State:
        """Refused: hardware without a debug port keeps its state to itself."""
        raise RequestError("device rtl cannot show its fusion's state: use cpu or golden")

    def import_state(self, state: State) -> None:
        """Refused, likewise."""
        raise RequestError("device rtl cannot take over a fusion's state: use cpu or golden")

    def reset(self) -> None:
        """Resets the hardware."""
        self._block.reset()

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._block.configure(Fusion(params).controls)


class _Compiled(Model):
    """Compiled hardware used as its golden model is, at full speed."""

    def __init__(self, block: CompiledBlock) -> None:
        self._block = block

    def reset(self) -> None:
        self._block.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        return self._block.run(inputs).outputs


def compiled_signals(
    params: SignalPipelineParams, *, engine: str, say: Say = to_stderr
) -> tuple[Model, Model]:
    """Compiled hardware of a signal pipeline's signals, and of its candidates' realised returns.

    Raises:
        KeyError: There is no such engine.
        ToolError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """
    signals, realised = (
        _Compiled(CompiledBlock(StreamBlock(datapath), engine=engine, say=say))
        for datapath in (Signals(params.signals), Realised(params.realised))
    )
    return signals, realised
