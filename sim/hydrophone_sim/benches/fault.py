"""Fault file: what a bench that fails leaves for its waveform, the clocks before by the model.

The bench runs within the simulator's process, and the waveform is made outside: a file is between.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hydrophone_sim.annotate import ModelSample
from hydrophone_sim.scoreboard import Scoreboard, ScoreboardError

FILE = Path("fault.json")
"""In the folder that the simulator runs in."""
AFTER = 10
"""Clocks that a bench goes on for once it has failed, so that they are in the waveform."""


@dataclass(frozen=True)
class BenchFault:
    """A fault as a bench saw it.

    Attributes:
        stream: Block whose pins they are; of the design top its name.
        cycle: Clock of the bench.
        event: Number of the event.
        field: What is wrong, with its stream before it.
        expected: What it should be.
        actual: What it is.
        time: When, in picoseconds of the simulation.
        samples: What the model says on the clocks before.
    """

    stream: str
    cycle: int
    event: int
    field: str
    expected: int
    actual: int
    time: int
    samples: list[ModelSample]

    @classmethod
    def read(cls, folder: Path) -> "BenchFault | None":
        """What the bench of a folder left; None if it failed otherwise."""
        path = folder / FILE
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found["samples"] = [ModelSample(**sample) for sample in found["samples"]]
        return cls(**found)


def leave(error: ScoreboardError, board: Scoreboard, stream: str, now: int, period: int) -> None:
    """Writes the file.

    Args:
        error: What was seen.
        board: Who saw it.
        stream: Block whose pins it watches.
        now: Time of the simulation, in the middle of the clock, in picoseconds.
        period: Of the clock, in picoseconds.
    """
    begins = now - period // 2
    samples = [
        ModelSample(begins - (len(board.rows) - 1 - place) * period, *row)
        for place, row in enumerate(board.rows)
    ]
    fault = BenchFault(
        stream,
        board.clock,
        error.event,
        error.field,
        error.expected,
        error.actual,
        now,
        samples,
    )
    FILE.write_text(json.dumps(asdict(fault)), encoding="utf-8")
