"""Files of decisions: one line each, or one row a candidate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.optional import optional
from hydrophone.fusion import Decisions
from hydrophone_cli.command import CommandError
from hydrophone_cli.lines import line_file
from hydrophone_cli.outputs import STDOUT, Output
from hydrophone_cli.printable import printable
from hydrophone_cli.tables import TableFile
from hydrophone_model.fusion.combine import Combination

ENDINGS = (".parquet", ".csv", ".jsonl")
"""Of files that decisions can be written to."""


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


class DecisionFile(Output, Protocol):
    """Takes decisions, batch by batch."""

    def write(
        self, times: NDArray[np.integer[Any]], decisions: Decisions, candidates: Sequence[str]
    ) -> None:
        """Adds decisions at these times, in nanoseconds, among candidates of these names."""
        ...


def decision_file(path: Path, systems: Sequence[str], *, live: bool = False) -> DecisionFile:
    """The file that the path's ending asks for; ``-`` takes lines.

    Args:
        path: Its place.
        systems: Names of the systems.
        live: Whether lines appear as they are decided; tables are published at the end.

    Raises:
        CommandError: The ending is none of `ENDINGS`, or the place cannot be written.
    """
    match ".jsonl" if path == STDOUT else path.suffix.lower():
        case ".jsonl":
            return _Lines(path, systems, live=live)
        case ".parquet" | ".csv":
            return _Rows(path)
        case _:
            raise CommandError(f"{path} has no known ending: use {', '.join(ENDINGS)}")


class _Lines:
    """One JSON object a decision."""

    def __init__(self, path: Path, systems: Sequence[str], *, live: bool) -> None:
        self._systems = systems
        self._file = line_file(path, live=live)

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def rows(self) -> int:
        return self._file.rows

    @property
    def unfinished(self) -> bool | None:
        return self._file.unfinished

    def write(
        self, times: NDArray[np.integer[Any]], decisions: Decisions, candidates: Sequence[str]
    ) -> None:
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


class _Rows(TableFile):
    """A table with one row for each candidate that takes part in a decision."""

    def __init__(self, path: Path) -> None:
        purpose = "writing decisions"
        pa = optional("pyarrow", purpose=purpose)
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

    def write(
        self, times: NDArray[np.integer[Any]], decisions: Decisions, candidates: Sequence[str]
    ) -> None:
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


class Totals:
    """What decisions were like on the whole.

    Args:
        systems: Names of the systems; there may be fewer than the fusion has.
    """

    def __init__(self, systems: Sequence[str]) -> None:
        self._systems = systems
        self._events = self._decided = 0
        self._used: NDArray[np.int64] = np.zeros(len(systems), np.int64)
        self._diversity: NDArray[np.float64] = np.zeros(len(systems))
        self._performance: NDArray[np.float64] = np.zeros(len(systems))

    def take(self, decisions: Decisions) -> None:
        """Adds a batch."""
        if not decisions.records.size:
            return
        count = len(self._systems)
        self._events += decisions.records.size
        self._decided += int(np.count_nonzero(decisions.decided))
        self._used += decisions.used[:, :count].sum(axis=0)
        self._diversity += decisions.diversity[:, :count].sum(axis=0)
        self._performance = decisions.performance[-1, :count]

    def record(self) -> dict[str, Any]:
        """Events, those decided, and of each system its share of use, diversity, performance."""
        return {
            "events": self._events,
            "decided": self._decided,
            "systems": {
                name: {
                    "used": round(int(used) / max(self._events, 1), 6),
                    "diversity": round(float(total) / max(int(used), 1), 6),
                    "performance": round(float(shown), 6),
                }
                for name, used, total, shown in zip(
                    self._systems, self._used, self._diversity, self._performance, strict=True
                )
            },
        }

    def lines(self, candidates: Sequence[str], more: str) -> list[str]:
        """The same as a person reads it.

        Args:
            candidates: Names of the candidates.
            more: How there would be more of them.
        """
        lines = [f"{'system':20} {'used':>7} {'diversity':>10} {'performance':>12}"]
        for name, told in self.record()["systems"].items():
            lines.append(
                f"{printable(name):20} {told['used']:7.1%} {told['diversity']:10.3f} "
                f"{told['performance']:12.3f}"
            )
        if not self._decided and len(candidates) == 1:
            lines.append(
                f"nothing was decided: {printable(candidates[0])} is the only candidate, and "
                f"fusing needs two: {more}"
            )
        elif not self._decided:
            lines.append("nothing was decided: no system gave two candidates different scores")
        return lines


def ranking(decision: Decisions, candidates: Sequence[str], shown: int = 3) -> str:
    """The first candidates of one decision with their ranks."""
    rank = decision.rank
    order = [int(place) for place in np.argsort(rank, kind="stable") if rank[place] == rank[place]]
    first = ", ".join(f"{printable(candidates[place])} {rank[place]:g}" for place in order[:shown])
    return first or "nothing decided"
