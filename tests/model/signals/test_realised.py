"""Realised returns against exact fractions, print by print."""

from fractions import Fraction

import numpy as np
import pytest

from hydrophone_model.formats import PRICE
from hydrophone_model.signals.quotient import RATIO_ERROR
from hydrophone_model.signals.realised import RETURN, STEP_LOG2, RealisedModel, RealisedParams


@pytest.mark.parametrize("horizon", [1, 2, 16, 256])
def test_it_is_the_return_since_the_settlement(horizon: int, seed: int):
    rng = np.random.default_rng(seed)
    events, candidates = 1500, 5
    params = RealisedParams(symbols=8, candidates=candidates, horizon=horizon)
    symbol = rng.integers(0, 8, events)
    price = np.rint(100_000 * np.exp(rng.normal(0, 0.03, events))).astype(np.int64)
    got = RealisedModel(params).process(symbol=symbol, price=price)
    last: dict[int, int] = {}
    settled: dict[int, int] = {}
    for event, (who, now) in enumerate(zip(symbol.tolist(), price.tolist(), strict=True)):
        if event % horizon == 0:
            settled = dict(last)
        last[who] = now
        settled.setdefault(who, now)
        for other in range(candidates):
            then, here = settled.get(other, 1), last.get(other, 1)
            truth = Fraction(here - then, then) * 2**-STEP_LOG2
            truth = min(max(truth, -RETURN.max), RETURN.max)
            bound = RATIO_ERROR * abs(truth) + 1
            assert abs(int(got["outcome"][event, other]) - truth) <= bound
        assert got["learn"][event] == (event % horizon == horizon - 1)


def test_returns_saturate_at_an_eighth():
    model = RealisedModel(RealisedParams(symbols=2, candidates=2, horizon=4))
    got = model.process(symbol=np.zeros(3, np.int64), price=np.array([8, PRICE.max, 1]))
    assert got["outcome"][:, 0].tolist() == [0, RETURN.max, -RETURN.max]
    assert not got["outcome"][:, 1].any()


def test_who_does_not_print_returns_nothing():
    model = RealisedModel(RealisedParams(symbols=2, candidates=2, horizon=2))
    symbol, price = np.array([0, 1, 0, 0, 1, 1]), np.array([100, 500, 101, 102, 500, 505])
    outcome = model.process(symbol=symbol, price=price)["outcome"]
    assert outcome[3, 1] == 0
    assert outcome[3, 0] > outcome[2, 0] > 0
    assert outcome[4].tolist() == [0, 0]
    assert outcome[5, 0] == 0 < outcome[5, 1]
