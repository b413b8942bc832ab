"""Score matrix: registers, of which an event writes the column of its symbol."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import constant, join, select
from hydrophone_model.fixed import FLAG
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.signals.score_matrix import ScoreMatrixParams


class ScoreMatrix(Datapath):
    """The score matrix."""

    params: ScoreMatrixParams

    def build(self, inputs: Numbers) -> Numbers:
        """``scores`` and ``present`` with the ``column`` of this ``symbol``."""
        systems, candidates = self.params.systems, self.params.candidates
        (symbol,), column = inputs["symbol"], inputs["column"]
        scores = State(
            "score_matrix",
            members=[(SCORE, MISSING)] * (systems * candidates),
        )
        known = State("score_matrix_present", members=[(FLAG, 0)] * candidates)
        missing = constant(MISSING, SCORE)
        complete = ~join(*(score == missing for score in column)).any()
        own = [symbol == place for place in range(candidates)]
        after = [
            select(own[place % candidates], column[place // candidates], before)
            for place, before in enumerate(scores.read)
        ]
        present = [
            select(mine, complete, before) for mine, before in zip(own, known.read, strict=True)
        ]
        scores.write(*after)
        known.write(*present)
        return {"scores": after, "present": present}
