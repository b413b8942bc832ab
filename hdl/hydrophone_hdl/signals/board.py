"""The board: registers, of which an event renews the column of its symbol."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import constant, join, select
from hydrophone_model.fixed import FLAG
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.signals.board import BoardParams


class Board(Datapath):
    """The board."""

    params: BoardParams

    def build(self, inputs: Numbers) -> Numbers:
        """``scores`` and ``present`` with the ``column`` of this ``symbol``."""
        systems, candidates = self.params.systems, self.params.candidates
        (symbol,), column = inputs["symbol"], inputs["column"]
        scores = State(
            "board",
            members=[(SCORE, MISSING)] * (systems * candidates),
        )
        known = State("board_present", members=[(FLAG, 0)] * candidates)
        missing = constant(MISSING, SCORE)
        complete = ~join(*(score == missing for score in column)).any()
        own = [symbol == place for place in range(candidates)]
        after = [
            select(own[place % candidates], column[place // candidates], before)
            for place, before in enumerate(scores.now)
        ]
        present = [
            select(mine, complete, before) for mine, before in zip(own, known.now, strict=True)
        ]
        scores.learn(*after)
        known.learn(*present)
        return {"scores": after, "present": present}
