"""Implementations of a block that are held against its golden model, as models themselves."""

from collections.abc import Callable
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.block import StreamComponent
from hydrophone_model.block import Model, Values
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.timing import Timing
from hydrophone_sim.compare import Difference, first_difference
from hydrophone_sim.compiled import FULL_SPEED, CompiledBlock, SimulationError, Traffic
from hydrophone_sim.engines import Say
from hydrophone_sim.named import Named

MakeImplementation = Callable[[Named, DesignConfig], Model | None]
"""Makes one implementation of a block; None where it has none of the kind."""
EARLY = "early."
"""Before the field of an early result."""


def traffic_of(seed: int) -> list[Traffic]:
    """Traffic that takes turns: full speed, gaps, stalls, both, and fixed patterns."""
    return [
        FULL_SPEED,
        Traffic(gap=0.5, seed=seed),
        FULL_SPEED,
        Traffic(stall=0.5, seed=seed + 1),
        FULL_SPEED,
        Traffic(gap=0.3, stall=0.7, seed=seed + 2),
        Traffic(valids=(1, 0), readies=(0, 1)),
        Traffic(valids=(1, 1, 1, 0, 0, 1), readies=(1, 0, 0)),
    ]


class HardwareImplementation(Model):
    """The compiled hardware of a block; every batch comes with other traffic.

    Args:
        block: The hardware.
        engine: See `hydrophone_sim.compiled.CompiledBlock`.
        seed: Of gaps and stalls.
        say: Told when something takes long.

    Attributes:
        cycles: Clocks since reset.
        last_clocks: Clocks of the last batch.
        history: Batches since reset with their traffic, for whoever wants to look again.
        offered: Clock since reset on which each result of the last batch was offered.
        early: Columns of the last batch's early results.
        flagged: Clock since reset on which each of them was offered.
    """

    def __init__(self, block: StreamComponent, *, engine: str, seed: int, say: Say) -> None:
        self.compiled = CompiledBlock(block, engine=engine, say=say)
        self.block = block
        self._seed = seed
        self._begin()

    def _begin(self) -> None:
        self._traffic = cycle(traffic_of(self._seed))
        self.cycles = self.last_clocks = 0
        self.history: list[tuple[Values, Traffic]] = []
        self.offered: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self.early: dict[str, Raw] = {}
        self.flagged: NDArray[np.uint64] = np.zeros(0, np.uint64)

    def reset(self) -> None:
        """Resets the hardware."""
        self.compiled.reset()
        self._begin()

    def interrupt(self, inputs: Values, clocks: int) -> None:
        """Resets the hardware with events in flight, so many clocks into a batch."""
        self.compiled.run(inputs, traffic=Traffic(stall=0.2), abandon_after=clocks)
        self.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Sends a batch through.

        Raises:
            SimulationError: The hardware broke the rules of its streams, or needed more clocks
                at full speed than its initiation interval.
        """
        traffic = next(self._traffic)
        sweep = self.compiled.clear_cycles if not self.history else 0
        self.history.append((inputs, traffic))
        try:
            run = self.compiled.run(inputs, traffic=traffic)
        except SimulationError as error:
            raise SimulationError(str(error), self.cycles + (error.clock or 0)) from error
        interval = self.compiled.initiation_interval
        ideal = sweep + (len(run.offered) - 1) * interval + self.compiled.latency + 1
        if traffic is FULL_SPEED and len(run.offered) and run.clocks != ideal:
            raise SimulationError(
                f"{self.block.params.name} on {self.compiled.engine}: {len(run.offered)} "
                f"events at full speed took {run.clocks} clocks, {interval} an event makes {ideal}",
                self.cycles + min(ideal, run.clocks) - 1,
            )
        self.offered, self.flagged = (
            clocks + np.uint64(self.cycles) for clocks in (run.offered, run.flagged)
        )
        self.early = run.early
        self.last_clocks = run.clocks
        self.cycles += run.clocks
        return run.outputs

    def early_difference(self, expected: Values) -> Difference | None:
        """Where the last batch's early results differ from what the outputs expected tell."""
        params = self.block.params
        return first_difference(params.early, params.early_of(expected), self.early, EARLY)

    def clock_of(self, difference: Difference) -> int | None:
        """Clock since reset that offered what differs; None for a row that never came."""
        clocks = self.flagged if difference.field.startswith(EARLY) else self.offered
        return int(clocks[difference.event]) if difference.event < len(clocks) else None


def hardware(engine: str, seed: int, say: Say, timing: Timing | None = None) -> MakeImplementation:
    """Makes compiled hardware, by default with the configuration's own timing."""

    def make(block: Named, config: DesignConfig) -> Model:
        made = block.hardware(config.at(timing or config.timing))
        return HardwareImplementation(made, engine=engine, seed=seed, say=say)

    return make
