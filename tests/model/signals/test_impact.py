"""Price impact against NumPy's correlation, its laws and its edges."""

import numpy as np
from tests.model.signals.truth import STEP, averages, scored, sides, sizes

from hydrophone_model.dsp import correlation
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.fixed import Raw
from hydrophone_model.flow import signed_flow
from hydrophone_model.signals.impact import FLOW_FRACTION, ImpactModel, ImpactParams

PARAMS = ImpactParams(symbols=1)


def tape(rng: np.random.Generator, moves: float) -> tuple[Raw, Raw, Raw]:
    """Logarithms of sizes, sides, and moves of price that follow the flow so much."""
    log, side = log2(sizes(rng, 2000)), sides(rng, 2000)
    move = np.rint(moves * signed_flow(log, side) / 8 + rng.normal(0, 3, 2000)).astype(np.int64)
    return log, side, np.clip(move, -30, 30)


def test_it_is_the_correlation_times_the_mean_flow(seed: int):
    for moves in (-1.0, 0.0, 0.5, 4.0):
        log, side, move = tape(np.random.default_rng(seed), moves)
        got = scored(ImpactModel(PARAMS), print=log, side=side, move=move)
        assert np.all(np.isnan(got[:30]))
        flow = signed_flow(log, side)
        mean = averages(flow.astype(float), PARAMS.memory)
        for end in range(64, 2001):
            pairs = slice(end - 64, end)
            r = float(np.corrcoef(flow[pairs], move[pairs])[0, 1])
            bound = correlation.ERROR_BOUND * abs(mean[end - 1]) + 1.01 * 2.0**-FLOW_FRACTION + STEP
            assert abs(got[end - 1] - r * mean[end - 1]) <= bound


def test_a_price_that_stands_still_has_none():
    log, side, move = tape(np.random.default_rng(1), 1.0)
    assert np.all(scored(ImpactModel(PARAMS), print=log, side=side, move=0 * move)[30:] == 0)


def test_flow_that_runs_into_liquidity_turns_the_score():
    log, side, move = tape(np.random.default_rng(1), 4.0)
    got, turned = (scored(ImpactModel(PARAMS), print=log, side=side, move=m) for m in (move, -move))
    assert np.nanmax(np.abs(got + turned)) <= STEP
    assert np.nanmax(np.abs(got)) > 5
