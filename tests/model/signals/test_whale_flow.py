"""Whale flow against float64, and its edges."""

import numpy as np
from tests.model.signals.truth import STEP, averages, scored, sides

from hydrophone_model.formats import TAIL
from hydrophone_model.signals.whale_flow import LOUD_FRACTION, WhaleFlowModel, WhaleFlowParams

PARAMS = WhaleFlowParams(symbols=1)
FLOOR = PARAMS.floor * TAIL.resolution


def test_it_is_the_mean_of_what_is_loud(seed: int):
    rng = np.random.default_rng(seed)
    tail, side = TAIL.saturate(np.rint(rng.exponential(4, 3000) * 64)), sides(rng, 3000)
    got = scored(WhaleFlowModel(PARAMS), tail=tail, side=side)
    loud = np.maximum(tail * TAIL.resolution - FLOOR, 0)
    truth = averages(np.where(side, -loud, loud), PARAMS.memory)
    assert np.all(np.isnan(got[:30]))
    bound = TAIL.resolution * 2.0**-LOUD_FRACTION + STEP
    assert np.max(np.abs(got - truth)[30:]) <= bound
    assert np.max(np.abs(got[30:])) > 1


def test_usual_prints_are_not_heard():
    tail = np.full(100, PARAMS.floor)
    assert np.all(scored(WhaleFlowModel(PARAMS), tail=tail, side=np.arange(100) % 2)[30:] == 0)


def test_the_loudest_stays_in_range():
    for side, sign in ((0, 1), (1, -1)):
        got = scored(WhaleFlowModel(PARAMS), tail=np.full(3000, TAIL.max), side=np.full(3000, side))
        assert abs(sign * got[-1] - (TAIL.max * TAIL.resolution - FLOOR)) <= 2 * STEP
