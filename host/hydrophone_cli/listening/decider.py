"""Decisions of a run: on every event of a batch, with statistics over all of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.decisions import Decisions
from hydrophone.feeds import Tape
from hydrophone.session import Session
from hydrophone_cli.decision_totals import DecisionTotals, ranking
from hydrophone_model.signals.signals import System

Records = NDArray[np.void]
SYSTEMS = [system.name.lower() for system in System]
"""Names of the eight signals."""
_MORE = "name several sources, as in a=FILE b=FILE, or a tape of several symbols"


class Decider:
    """Decides on every event which candidate is the best.

    Args:
        session: Decides.
        tape: Names the symbols, the first of which are the candidates.
    """

    def __init__(self, session: Session, tape: Tape) -> None:
        self._session, self._tape = session, tape
        self._totals = DecisionTotals(SYSTEMS)
        self._last: Decisions | None = None

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names of the candidates that have come so far."""
        most = self._session.config.signal_pipeline.fusion.candidates
        return tuple(self._tape.symbols[:most])

    def decide(self, events: Records, results: Records) -> Decisions | None:
        """Decides on a batch; None of one without events."""
        if not events.size:
            return None
        decisions = self._session.decide(events, results)
        self._totals.take(decisions)
        self._last = decisions[-1]
        return decisions

    def record(self) -> dict[str, Any]:
        """The statistics, for programs."""
        return self._totals.record() | {"candidates": list(self.candidates)}

    def lines(self) -> list[str]:
        """The statistics, for a person."""
        totals, candidates = self._totals.record(), self.candidates
        beyond = len(self._tape.symbols) - len(candidates)
        also = f"; {beyond} more symbols are no candidates" if beyond else ""
        lines = [f"decided on {totals['decided']:,} of {totals['events']:,} events{also}"]
        if self._last is not None:
            lines.append(f"last ranking: {ranking(self._last, candidates)}")
        return [*lines, *self._totals.lines(candidates, _MORE)]
