"""Score matrix: the latest scores of every candidate, as the fusion takes them.

Candidates are the first symbols. A print brings the scores that its symbol has now from each
system, and renews that symbol's column; the other columns stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.fixed import FLAG, Raw
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.limits import parameter


@dataclass(frozen=True, kw_only=True)
class ScoreMatrixParams(Params):
    """Sizes of the score matrix."""

    name: ClassVar[str] = "score_matrix"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    systems: int = parameter(8, 1, 16, "scoring systems")
    candidates: int = parameter(16, 2, 64, "candidates: the first symbols")

    @property
    def inputs(self) -> Ports:
        """``symbol``, and the ``column`` of its scores, one a system."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "column": Port(SCORE, self.systems),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The scores, candidate after candidate."""
        return {
            "scores": StateField(format=SCORE, count=self.candidates * self.systems, of="design")
        }

    @property
    def outputs(self) -> Ports:
        """``scores``: system after system, each its candidates'; ``present``: who has them all."""
        return {
            "scores": Port(SCORE, self.systems * self.candidates),
            "present": Port(FLAG, self.candidates),
        }


class ScoreMatrixModel(Model):
    """Golden model of the score matrix.

    A print of a symbol that is no candidate renews nothing. A candidate is present once no score
    of its column is missing.

    State:
        Of each candidate its scores, one a system, all `MISSING` at first.

    Steps:
        1. If ``symbol < candidates``, the scores of that candidate become ``column``.
        2. ``scores[system * candidates + c]`` is the score of candidate ``c`` by that system;
           ``present[c]`` whether none of its scores is `MISSING`.
    """

    def __init__(self, params: ScoreMatrixParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Nobody has a score."""
        self._score_matrix = np.full(
            (self.params.candidates, self.params.systems), MISSING, np.int64
        )

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"scores": self._score_matrix.reshape(1, -1).copy()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._score_matrix = state["scores"].reshape(self._score_matrix.shape).copy()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """The score matrix after each print."""
        column = inputs["column"].reshape(-1, self.params.systems)
        found = latest(inputs["symbol"], self.params.candidates)
        score_matrix = np.where(found[..., None] >= 0, column[found], self._score_matrix)
        if len(score_matrix):
            self._score_matrix = score_matrix[-1]
        return {
            "scores": np.moveaxis(score_matrix, 2, 1).reshape(-1, self._score_matrix.size),
            "present": np.all(score_matrix != MISSING, axis=-1).astype(np.int64),
        }


def latest(symbol: Raw, candidates: int) -> Raw:
    """Place of each candidate's latest event up to each one, -1 where there is none.

    Returns:
        Shape (events, candidates).
    """
    own = symbol[:, None] == np.arange(candidates)
    return np.maximum.accumulate(np.where(own, np.arange(symbol.size)[:, None], -1), axis=0)
