"""Decisions on the way of ``listen``: on every event, and told beside every alert."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import Tape
from hydrophone.fusion import Decisions
from hydrophone.session import Session
from hydrophone_cli.decisions import DecisionFile, Totals, ranking
from hydrophone_model.signals.signals import System

Records = NDArray[np.void]
SYSTEMS = [system.name.lower() for system in System]
"""Names of the eight signals."""
_MORE = "name several sources, as in a=FILE b=FILE, or a tape of several symbols"


class Deciding:
    """A sink that decides on every event, and adds to every alert who was the best then.

    Args:
        session: Decides.
        tape: Names the symbols, the first of which are the candidates.
        file: Where decisions go, if anywhere.
    """

    def __init__(self, session: Session, tape: Tape, file: DecisionFile | None) -> None:
        self._session, self._tape, self._file = session, tape, file
        self._totals = Totals(SYSTEMS)
        self._last: Decisions | None = None

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Decides on a batch."""
        if not events.size:
            return
        decisions = self._session.decide(events, results)
        candidates = self._candidates
        for alert in heard:
            best = int(decisions.best[alert["sequence"] - int(events["sequence"][0])])
            alert["best"] = candidates[best] if best >= 0 else None
        self._totals.take(decisions)
        self._last = decisions[-1]
        if self._file is not None:
            self._file.write(events["time_ns"], decisions, candidates)

    def record(self) -> dict[str, Any]:
        """What came of it, for programs."""
        return self._totals.record() | {"candidates": self._candidates}

    def lines(self) -> list[str]:
        """What came of it, for a person."""
        told, candidates = self._totals.record(), self._candidates
        left = len(self._tape.symbols) - len(candidates)
        also = f"; {left} more symbols are no candidates" if left else ""
        lines = [f"decided on {told['decided']:,} of {told['events']:,} events{also}"]
        if self._last is not None:
            lines.append(f"last ranking: {ranking(self._last, candidates)}")
        return [*lines, *self._totals.lines(candidates, _MORE)]

    @property
    def _candidates(self) -> list[str]:
        return self._tape.symbols[: self._session.config.signal_pipeline.fusion.candidates]
