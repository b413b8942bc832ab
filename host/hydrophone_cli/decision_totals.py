"""Statistics of decisions, for a summary and for a person."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.decisions import Decisions
from hydrophone_cli.printable import printable


class DecisionTotals:
    """Statistics of decisions: how many, and of each system use, diversity and performance.

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
        for name, system in self.record()["systems"].items():
            lines.append(
                f"{printable(name):20} {system['used']:7.1%} {system['diversity']:10.3f} "
                f"{system['performance']:12.3f}"
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
