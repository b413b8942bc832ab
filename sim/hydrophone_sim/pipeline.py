"""Compiled whale pipeline: records in, records and clock cycles out."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.block import ControlledBlock
from hydrophone_hdl.whale.pipeline import Pipeline
from hydrophone_model.fixed import Raw
from hydrophone_model.records import RESULT
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_sim.compiled import to_stderr
from hydrophone_sim.controlled import CompiledControlled
from hydrophone_sim.engines import Say

BATCH = 1 << 13
"""Events simulated in one go; a longer batch is cut, for its payloads are copied."""


class CompiledPipeline:
    """The pipeline as compiled hardware whose settings can be changed while it runs.

    Args:
        params: Of the pipeline.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long; a design is compiled once.

    Attributes:
        engine: The engine.
        latency: Clocks from the one that accepts an event to the one that offers its result.
        early_latency: Clocks to the one that offers its early flag.

    Raises:
        KeyError: There is no such engine.
        ToolError: A tool is missing or failed.
        ScheduleError: The clock is too fast for the design.
    """

    def __init__(
        self, params: PipelineParams, *, engine: str = "verilated", say: Say = to_stderr
    ) -> None:
        datapath = Pipeline(params)
        self._block = CompiledControlled(lambda: ControlledBlock(datapath), engine=engine, say=say)
        self._block.sweep()
        self._params = params
        self.engine = engine
        self.latency, self.early_latency = self._block.latency, self._block.early_latency

    def process(self, events: NDArray[np.void], results: NDArray[np.void]) -> Raw:
        """Sends a batch through at full speed.

        Args:
            events: `hydrophone_model.records.EVENT` records within the pipeline's formats.
            results: `hydrophone_model.records.RESULT` records, as many; overwritten.

        Returns:
            Clocks from acceptance to offer, of each event.

        Raises:
            FormatError: A value does not fit its port.
            SimulationError: The hardware broke the rules of its streams.
        """
        cycles = np.zeros(events.size, np.int64)
        for start in range(0, events.size, BATCH):
            cut = slice(start, start + BATCH)
            columns = {n: events[n][cut].astype(np.int64) for n in self._params.inputs}
            run = self._block.run(columns)
            for name in RESULT.dtype.names or ():
                results[name][cut] = run.outputs[name]
            cycles[cut] = (run.offered - run.accepted).astype(np.int64)
        return cycles

    def reconfigure(self, params: PipelineParams) -> None:
        """Changes the settings that registers carry, between two events; the state stays.

        What configures a beginning (first thresholds, first ladders) acts at the next `reset`.
        """
        self._block.configure(Pipeline(params).controls)

    def reset(self) -> None:
        """Resets the hardware; what is configured from here on acts after the beginning."""
        self._block.reset()
        self._block.sweep()

    def close(self) -> None:
        """Frees the simulation."""
        self._block.close()
