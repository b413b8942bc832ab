"""The signal pipeline's engine against the golden models: equal results and decisions."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kernels.stimulus import TASTES, Taste, cuts, records

from hydrophone.engine import SignalPipelineEngine, isas
from hydrophone_drivers.errors import EventError
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.decision import decision_dtype, write_decisions
from hydrophone_model.records import EVENT, RESULT
from hydrophone_model.signals.signal_pipeline import SignalPipelineModel
from hydrophone_model.whale.pipeline import PipelineModel

EVENTS = 2500
QUICK = DesignConfig.build(
    {
        "symbols": 8,
        "classes": 4,
        "momentum": {"window": 8},
        "reversion": {"memory": 3},
        "imbalance": {"window": 8},
        "volume_surprise": {"memory": 7, "fast": 2},
        "size_entropy": {"window": 8},
        "impact": {"window": 8, "memory": 2},
        "whale_flow": {"memory": 2, "floor": 64},
        "realised": {"horizon": 16},
        "fusion": {"candidates": 5, "rate": 3, "combination": "score_performance"},
    },
    name="quick",
)
"""More symbols than candidates, and all of them soon known."""

Both = tuple[NDArray[np.void], NDArray[np.void]]


def run(engine: SignalPipelineEngine, events: NDArray[np.void]) -> Both:
    results, decisions = np.zeros(events.size, RESULT.dtype), np.zeros(events.size, engine.dtype)
    engine.process(events, results, decisions)
    return results, decisions


def modelled(config: DesignConfig, events: NDArray[np.void]) -> Both:
    """Results and decisions of the golden models."""
    results = PipelineModel(config.pipeline).process_records(events)
    names = config.signal_pipeline.inputs.keys() & set(EVENT.dtype.names or ())
    columns = {name: events[name].astype(np.int64) for name in names}
    outputs = SignalPipelineModel(config.signal_pipeline).process(
        **columns, tail=results["score"].astype(np.int64)
    )
    decisions = np.zeros(events.size, decision_dtype(config.signal_pipeline.fusion))
    write_decisions({name: outputs[name] for name in decisions.dtype.names or ()}, decisions)
    return results, decisions


def assert_equal(got: NDArray[np.void], want: NDArray[np.void]) -> None:
    """Names the first record and the fields that differ."""
    wrong = np.flatnonzero(got != want)
    if wrong.size:
        first = int(wrong[0])
        fields = [
            f"{name} is {got[name][first]}, the model says {want[name][first]}"
            for name in want.dtype.names or ()
            if np.any(got[name][first] != want[name][first])
        ]
        pytest.fail(f"event {first} of {got.size}: {'; '.join(fields)}; {wrong.size} differ")


@pytest.mark.parametrize("taste", TASTES, ids=lambda taste: taste.name)
def test_desk_equals_models(taste: Taste, seed: int):
    rng = np.random.default_rng([seed, *taste.name.encode()])
    events = records(rng, QUICK.pipeline, EVENTS, taste)
    want = modelled(QUICK, events)
    for isa in isas().available:
        engine = SignalPipelineEngine(QUICK, isa=isa)
        assert engine.isa == isa
        parts = [run(engine, events[cut]) for cut in cuts(rng, EVENTS)]
        for got, wanted in zip(zip(*parts, strict=True), want, strict=True):
            assert_equal(np.concatenate(got), wanted)
        engine.reset()
        for got, wanted in zip(run(engine, events), want, strict=True):
            assert_equal(got, wanted)


def test_the_desk_alone_takes_results_and_another_combination(seed: int):
    events = records(np.random.default_rng(seed), QUICK.pipeline, EVENTS, TASTES[0])
    fusion = replace(QUICK.fusion, combination=int(Combination.RANK_AVERAGE))
    results, want = modelled(replace(QUICK, fusion=fusion), events)
    engine = SignalPipelineEngine(QUICK)
    engine.reconfigure(fusion)
    decisions = np.zeros_like(want)
    frozen = results.copy()
    frozen.flags.writeable = False
    engine.decide(events, frozen, decisions)
    assert_equal(decisions, want)
    assert engine.counters == (0, 0, 0)
    with pytest.raises(ValueError, match="another number of systems or candidates"):
        engine.reconfigure(replace(fusion, candidates=4))


def test_the_stimulus_reaches_decisions_of_every_candidate(seed: int):
    events = records(np.random.default_rng(seed), QUICK.pipeline, EVENTS, TASTES[0])
    engine = SignalPipelineEngine(QUICK)
    _, decisions = run(engine, events)
    assert not decisions["decided"].all()
    decided = decisions[decisions["decided"]]
    assert set(decided["best"].tolist()) == set(range(5))
    assert np.all(np.any(decided["used"], axis=0))
    assert np.all(np.any(decided["performance"], axis=0))
    assert engine.counters[0] == EVENTS


def test_the_default_configuration_equals_models(seed: int):
    config = DesignConfig.preset()
    events = records(np.random.default_rng(seed), config.pipeline, EVENTS, TASTES[2])
    for got, want in zip(
        run(SignalPipelineEngine(config), events), modelled(config, events), strict=True
    ):
        assert_equal(got, want)


def test_what_it_refuses_changes_nothing(seed: int):
    events = records(np.random.default_rng(seed), QUICK.pipeline, 40, TASTES[0])
    engine = SignalPipelineEngine(QUICK)
    results, decisions = np.zeros(40, RESULT.dtype), np.zeros(40, engine.dtype)
    bad = events.copy()
    bad["symbol"][39] = 8
    with pytest.raises(EventError, match="event 39: symbol = 8 is not allowed: use 0 … 7"):
        engine.process(bad, results, decisions)
    with pytest.raises(ValueError, match="decisions"):
        engine.process(events, results, decisions[:-1])
    with pytest.raises(ValueError, match="results holds 39 for 40 events"):
        engine.process(events, results[:-1], decisions)
    with pytest.raises(TypeError, match=r"decisions has dtype .*parent_size"):
        engine.process(events, results, results)
    assert engine.counters == (0, 0, 0)
    assert not decisions.view(np.uint8).any()


def test_other_symbols_than_the_pipelines_are_refused():
    config = replace(DesignConfig.preset(), pipeline=QUICK.pipeline)
    with pytest.raises(ConfigError, match=r"signals.symbols = 64 is not allowed: use 8"):
        SignalPipelineEngine(config)
