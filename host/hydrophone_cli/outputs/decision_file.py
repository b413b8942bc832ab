"""Files of decisions: one JSON line each, or a table of one row a candidate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone.decisions import Decisions
from hydrophone.feeds.optional_imports import import_optional
from hydrophone_cli.command import CommandError
from hydrophone_cli.outputs.files import STDOUT, OpenFile
from hydrophone_cli.outputs.json_lines import line_file
from hydrophone_cli.outputs.output_set import FileOutput
from hydrophone_cli.outputs.tables import TableFile
from hydrophone_model.fusion.combine import Combination

ENDINGS = (".parquet", ".csv", ".jsonl")
"""Of files that decisions can be written to."""
Times = NDArray[np.integer[Any]]


def decision_record(
    time_ns: int, decision: Decisions, systems: Sequence[str], candidates: Sequence[str]
) -> dict[str, Any]:
    """One decision as a program reads it.

    Args:
        time_ns: Its time.
        decision: Of shape ().
        systems: Names of the systems; there may be fewer than the fusion has.
        candidates: Names of the candidates, likewise.
    """
    best, rank = int(decision.best), decision.rank
    ranked = [place for place in range(len(candidates)) if rank[place] == rank[place]]
    ranked.sort(key=lambda place: float(rank[place]))

    def by_candidate(values: NDArray[np.float64]) -> dict[str, float]:
        return {candidates[place]: float(values[place]) for place in ranked}

    def by_system(values: NDArray[np.float64]) -> dict[str, float]:
        return {name: float(value) for name, value in zip(systems, values, strict=False)}

    return {
        "time_ns": time_ns,
        "best": candidates[best] if best >= 0 else None,
        "rank": by_candidate(rank),
        "used": [name for name, used in zip(systems, decision.used, strict=False) if used],
        "diversity": by_system(decision.diversity),
        "performance": by_system(decision.performance),
        **{choice.name.lower(): by_candidate(decision.fused(choice)) for choice in Combination},
    }


class DecisionFile(OpenFile, Protocol):
    """Takes decisions, batch by batch."""

    def write(self, times: Times, decisions: Decisions, candidates: Sequence[str]) -> None:
        """Adds decisions at these times, in nanoseconds, among candidates of these names."""
        ...


class DecisionOutput(FileOutput[DecisionFile]):
    """Decisions in the form that the path's ending asks for; ``-`` takes lines.

    Args:
        path: Its place.
        systems: Names of the systems.
        live: Whether lines appear as they are decided; tables are published at the end.
    """

    def __init__(self, path: Path, systems: Sequence[str], *, live: bool = False) -> None:
        super().__init__(path)
        self._systems = systems
        self._live = live

    def write(self, times: Times, decisions: Decisions, candidates: Sequence[str]) -> None:
        """Adds decisions at these times, in nanoseconds, among candidates of these names."""
        self.file.write(times, decisions, candidates)

    def _open_file(self) -> DecisionFile:
        path = self.path
        match ".jsonl" if path == STDOUT else path.suffix.lower():
            case ".jsonl":
                return _DecisionLines(path, self._systems, live=self._live)
            case ".parquet" | ".csv":
                return _DecisionTable(path)
            case _:
                raise CommandError(f"{path} has no known ending: use {', '.join(ENDINGS)}")


class _DecisionLines:
    """One JSON object a decision."""

    def __init__(self, path: Path, systems: Sequence[str], *, live: bool) -> None:
        self._systems = systems
        self._file = line_file(path, live=live)

    @property
    def rows(self) -> int:
        return self._file.rows

    @property
    def unfinished(self) -> bool | None:
        return self._file.unfinished

    def write(self, times: Times, decisions: Decisions, candidates: Sequence[str]) -> None:
        self._file.write(
            [
                decision_record(time, decisions[event], self._systems, candidates)
                for event, time in enumerate(times.tolist())
            ]
        )

    def publish(self) -> None:
        self._file.publish()

    def discard(self) -> None:
        self._file.discard()


class _DecisionTable(TableFile):
    """A table with one row for each candidate that takes part in a decision."""

    def __init__(self, path: Path) -> None:
        purpose = "writing decisions"
        pa = import_optional("pyarrow", purpose=purpose)
        fields = [
            ("time_ns", pa.int64()),
            ("candidate", pa.string()),
            ("rank", pa.float64()),
            ("best", pa.bool_()),
            *((choice.name.lower(), pa.float64()) for choice in Combination),
            ("used", pa.uint8()),
            ("diversity", pa.float64()),
        ]
        super().__init__(path, fields, purpose=purpose, csv=path.suffix.lower() == ".csv")

    def write(self, times: Times, decisions: Decisions, candidates: Sequence[str]) -> None:
        event, place = np.nonzero(decisions.records["rank"])
        used = decisions.used.sum(axis=-1)
        mean = decisions.diversity.sum(axis=-1) / np.maximum(used, 1)
        columns: list[Any] = [
            times[event].astype(np.int64),
            self._pa.array(candidates, self._pa.string()).take(self._pa.array(place)),
            decisions.rank[event, place],
            decisions.best[event] == place,
            *(decisions.fused(choice)[event, place] for choice in Combination),
            used[event].astype(np.uint8),
            mean[event],
        ]
        self.add(columns)
