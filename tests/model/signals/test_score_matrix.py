"""The score matrix holds what was written last."""

import numpy as np
import pytest

from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.signals.score_matrix import ScoreMatrixModel, ScoreMatrixParams


@pytest.mark.parametrize("candidates", [3, 16])
def test_it_holds_each_candidate_s_latest_column(candidates: int, seed: int):
    rng = np.random.default_rng(seed)
    params = ScoreMatrixParams(symbols=8, systems=3, candidates=candidates)
    symbol = rng.integers(0, 8, 500)
    column = rng.integers(SCORE.min, SCORE.max + 1, (500, 3))
    column[rng.random((500, 3)) < 0.2] = MISSING
    got = ScoreMatrixModel(params).process(symbol=symbol, column=column)
    held = {who: [MISSING] * 3 for who in range(candidates)}
    for event, (who, new) in enumerate(zip(symbol.tolist(), column.tolist(), strict=True)):
        if who < candidates:
            held[who] = new
        rows = [held[who][system] for system in range(3) for who in range(candidates)]
        assert got["scores"][event].tolist() == rows
        known = [int(MISSING not in held[who]) for who in range(candidates)]
        assert got["present"][event].tolist() == known
    assert 0 < got["present"].mean() < 1
