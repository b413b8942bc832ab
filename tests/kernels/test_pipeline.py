"""The engine, on every instruction set here, against the golden pipeline: equal records."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kernels.stimulus import TASTES, Taste, cuts, records

from hydrophone.engine import CpuEngine, isas
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import EVENT, RESULT, ResultFlag
from hydrophone_model.whale.pipeline import PipelineModel, PipelineParams

EVENTS = 4000


def preset(name: str, **overrides: object) -> PipelineParams:
    return DesignConfig.build({"preset": name, **overrides}, name=name).pipeline


CONFIGS: dict[str, PipelineParams] = {
    "default": preset("default"),
    "large": preset("large"),
    "one symbol": preset("default", symbols=1, classes=1, alert={"budget": 100_000}),
    "eager": preset(
        "default",
        symbols=8,
        classes=4,
        alert={"budget": 100_000, "hold": 5, "rise": 0},
        volume={"minimum": 2, "window": 16},
        entropy={"window": 8},
        correlation={"window": 8, "minimum": 2},
        repeat={"slots": 4, "half_life": 3},
    ),
    "long": preset(
        "default", symbols=2, classes=2, volume={"window": 1024}, correlation={"window": 1024}
    ),
}


def assert_equal(got: NDArray[np.void], want: NDArray[np.void], events: NDArray[np.void]) -> None:
    """Names the first record and field that differ."""
    wrong = np.flatnonzero(got != want)
    if wrong.size:
        first = int(wrong[0])
        fields = [
            f"{name} is {got[name][first]}, the model says {want[name][first]}"
            for name in RESULT.dtype.names or ()
            if np.any(got[name][first] != want[name][first])
        ]
        pytest.fail(
            f"event {first} of {got.size}, {events[first]}: {'; '.join(fields)}; "
            f"{wrong.size} results differ"
        )


def run(engine: CpuEngine, events: NDArray[np.void]) -> NDArray[np.void]:
    results = np.zeros(events.size, RESULT.dtype)
    engine.process(events, results)
    return results


@pytest.mark.parametrize("taste", TASTES, ids=lambda taste: taste.name)
@pytest.mark.parametrize("config", CONFIGS)
def test_engine_equals_model(config: str, taste: Taste, seed: int):
    params = CONFIGS[config]
    rng = np.random.default_rng([seed, *config.encode()])
    events = records(rng, params, EVENTS, taste)
    want = PipelineModel(params).process_records(events)
    for isa in isas().available:
        engine = CpuEngine(params, isa=isa)
        assert engine.isa == isa
        got = np.concatenate([run(engine, events[cut]) for cut in cuts(rng, EVENTS)])
        assert_equal(got, want, events)
        assert_equal(run(CpuEngine(params, isa=isa), events), want, events)


def test_the_stimulus_reaches_alerts_and_late_prints(seed: int):
    params = CONFIGS["eager"]
    events = records(np.random.default_rng(seed), params, EVENTS, TASTES[0])
    engine = CpuEngine(params)
    flags = run(engine, events)["flags"]
    assert all(np.any(flags & flag) and not np.all(flags & flag) for flag in ResultFlag)
    alerts, late = (int(np.count_nonzero(flags & f)) for f in (ResultFlag.ALERT, ResultFlag.LATE))
    assert engine.counters == (EVENTS, alerts, late)


def test_pushes_equal_a_batch(seed: int):
    params = CONFIGS["eager"]
    events = records(np.random.default_rng(seed), params, 500, TASTES[0])
    events["sequence"] = np.arange(events.size)
    want = PipelineModel(params).process_records(events)
    engine = CpuEngine(params)
    got = np.empty_like(want)
    for place, event in enumerate(events):
        flags = engine.push(
            *(int(event[name]) for name in ("time_ns", "price", "size", "symbol", "side"))
        )
        got[place] = engine.last[0]
        assert flags == got[place]["flags"]
    assert_equal(got, want, events)


@pytest.mark.parametrize("isa", isas().available)
def test_reset_forgets_everything(isa: str, seed: int):
    params = CONFIGS["eager"]
    events = records(np.random.default_rng(seed), params, 1000, TASTES[0])
    engine = CpuEngine(params, isa=isa)
    first = run(engine, events)
    engine.push(1, 1, 1, 0, 0)
    engine.reset()
    assert engine.counters == (0, 0, 0)
    assert_equal(run(engine, events), first, events)
    engine.push(1, 1, 1, 0, 0)
    assert engine.last["sequence"][0] == 0


@pytest.mark.parametrize("isa", isas().available)
def test_registers_change_between_two_events_and_state_stays(isa: str, seed: int):
    before = CONFIGS["eager"]
    after = replace(
        before,
        parent=replace(before.parent, gap_ns=77),
        volume=replace(before.volume, loud=64),
        score=replace(before.score, weights=tuple(range(0, 130, 10))),
        alert=replace(
            before.alert, budget=50, shares=(100, 56, 0, 100), hold=9, hysteresis=3, rise=3
        ),
    )
    events = records(np.random.default_rng(seed), before, 2001, TASTES[0])
    model = PipelineModel(before)
    want = [model.process_records(events[:1001])]
    model.configure(after)
    want.append(model.process_records(events[1001:]))
    engine = CpuEngine(before, isa=isa)
    got = [run(engine, events[:1001])]
    engine.reconfigure(after)
    assert engine.params == after
    got.append(run(engine, events[1001:]))
    assert_equal(np.concatenate(got), np.concatenate(want), events)
    unchanged = PipelineModel(before).process_records(events)
    assert np.any(unchanged[1001:] != want[1]), "the change must show"


def test_real_prints(market_data: Callable[[str], Path]):
    table = np.genfromtxt(
        market_data("bitstamp_2026/trades.csv"),
        delimiter=",",
        names=True,
        dtype=None,
        encoding="utf-8",
        max_rows=5000,
    )
    params = CONFIGS["default"]
    events = np.zeros(table.size, EVENT.dtype)
    events["time_ns"] = table["exchange_timestamp"] * 1_000_000
    events["sequence"] = np.arange(table.size)
    events["price"] = table["price"]
    events["size"] = np.maximum(table["amount"] * 1e6, 1)
    events["side"] = table["side"] == "sell"
    want = PipelineModel(params).process_records(events)
    for isa in isas().available:
        assert_equal(run(CpuEngine(params, isa=isa), events), want, events)
