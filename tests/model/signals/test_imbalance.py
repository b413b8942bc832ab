"""Order-flow imbalance against exact fractions, its laws and its edges."""

import numpy as np
import pytest
from tests.model.signals.truth import STEP, scored, sides, sizes

from hydrophone_model.formats import SIZE
from hydrophone_model.signals.imbalance import UNIT_LOG2, ImbalanceModel, ImbalanceParams
from hydrophone_model.signals.quotient import RATIO_ERROR

PARAMS = ImbalanceParams(symbols=1)
WHOLE = 1 << UNIT_LOG2


@pytest.mark.parametrize("window", [8, 64])
def test_it_is_net_over_gross_within_the_bound(window: int, seed: int):
    rng = np.random.default_rng(seed)
    size, side = sizes(rng, 2000), sides(rng, 2000)
    model = ImbalanceModel(ImbalanceParams(symbols=1, window=window))
    got = scored(model, size=size, side=side)
    assert np.all(np.isnan(got[: window - 1]))
    for end in range(window, 2001):
        last = slice(end - window, end)
        net = int(np.sum(np.where(side[last], -size[last], size[last])))
        truth = WHOLE * net / int(size[last].sum())
        assert abs(got[end - 1] - truth) <= abs(truth) * RATIO_ERROR + STEP


def test_one_side_alone_is_the_whole_however_large(seed: int):
    rng = np.random.default_rng(seed)
    for size in (sizes(rng, 200), np.full(200, SIZE.max), np.full(200, 1)):
        for side, sign in ((0, 1), (1, -1)):
            got = scored(ImbalanceModel(PARAMS), size=size, side=np.full(200, side))
            assert np.all(got[63:] == sign * WHOLE)


def test_equal_sides_and_empty_prints_are_zero():
    turns = np.arange(200) % 2
    assert np.all(scored(ImbalanceModel(PARAMS), size=np.full(200, 7), side=turns)[63:] == 0)
    assert np.all(scored(ImbalanceModel(PARAMS), size=np.zeros(200, int), side=turns)[63:] == 0)
