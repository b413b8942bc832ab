"""The signal pipeline learns online which signals are worth it, and never from the future."""

from dataclasses import replace

import numpy as np
import pytest

from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.performance import PERFORMANCE
from hydrophone_model.signals.signal_pipeline import SignalPipelineModel, SignalPipelineParams
from hydrophone_model.signals.signals import SignalsParams, System

CONFIG = DesignConfig.build(
    {"symbols": 8, "classes": 2, "realised": {"horizon": 64}, "fusion": {"candidates": 8}},
    name="signal_pipeline",
)


def market(rng: np.random.Generator, events: int, reverts: bool) -> dict[str, Raw]:
    """Prices of eight symbols, of which each trends for long, or reverts to its mean."""
    symbol = rng.integers(0, 8, events)
    price, drift, now = np.empty(events, np.int64), rng.normal(0, 1, 8), np.full(8, 1e6)
    for event, who in enumerate(symbol.tolist()):
        if rng.random() < 0.001:
            drift[who] = rng.normal(0, 1)
        pull = 0.05 * (1e6 - now[who]) if reverts else 3 * drift[who]
        now[who] += pull + rng.normal(0, 10)
        price[event] = int(now[who])
    return {
        "time_ns": np.arange(events) * 1000,
        "sequence": np.arange(events),
        "symbol": symbol,
        "price": price,
        "size": rng.integers(1, 1000, events),
        "side": rng.integers(0, 2, events),
        "tail": rng.integers(0, 600, events),
    }


@pytest.mark.parametrize("reverts", [False, True])
def test_it_learns_whether_prices_trend_or_revert(reverts: bool, seed: int):
    events = market(np.random.default_rng(seed), 20_000, reverts)
    out = SignalPipelineModel(CONFIG.signal_pipeline).process(**events)
    assert out["decided"][-1] == 1
    worth = PERFORMANCE.to_real(out["performance"][-5000:]).mean(axis=0)
    good, bad = (
        (System.REVERSION, System.MOMENTUM) if reverts else (System.MOMENTUM, System.REVERSION)
    )
    assert worth[good] > 0.1
    assert worth[bad] < -0.1
    assert abs(worth[System.IMBALANCE]) < 0.1


def test_it_knows_nothing_of_what_comes(seed: int):
    rng = np.random.default_rng(seed)
    events = market(rng, 6000, reverts=False)
    before = {name: column[:5000] for name, column in events.items()}
    events["price"][5000:] += rng.integers(-5000, 5000, 1000)
    whole = SignalPipelineModel(CONFIG.signal_pipeline).process(**events)
    for name, column in SignalPipelineModel(CONFIG.signal_pipeline).process(**before).items():
        np.testing.assert_array_equal(column, whole[name][:5000])


def test_parts_that_do_not_fit_are_named():
    with pytest.raises(ConfigError, match=r"fusion.systems = 4 is not allowed: use 8, as the sig"):
        SignalPipelineParams(fusion=replace(SignalPipelineParams().fusion, systems=4))
    with pytest.raises(ConfigError, match=r"realised.candidates = 5 is not allowed: use 16"):
        SignalPipelineParams(realised=replace(SignalPipelineParams().realised, candidates=5))
    with pytest.raises(ConfigError, match=r"momentum.symbols = 64 is not allowed: use 8, the sy"):
        SignalsParams(symbols=8)
