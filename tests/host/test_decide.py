"""`session.decide`: every device decides on events as the signal pipeline of models does."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.host.tapes import random_tape
from tests.host.test_contract import opened, unaligned

import hydrophone
from hydrophone import Combination, DesignConfig, DeviceError, EventError, Session
from hydrophone.devices.rtl import RtlDevice
from hydrophone_drivers.golden_fusion_device import GoldenFusionDevice
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.decision import decision_dtype, write_decisions
from hydrophone_model.records import RESULT
from hydrophone_model.signals.signal_pipeline import SignalPipelineModel

# Signals that warm up soon, and few candidates.
SOON = {
    "alert": {"budget": 100_000, "hold": 4},
    "momentum": {"window": 16},
    "imbalance": {"window": 16},
    "impact": {"window": 16, "minimum": 4, "memory": 3},
    "size_entropy": {"memory": 3},
    "realised": {"horizon": 32},
}
OVERRIDES = {**SOON, "symbols": 16, "classes": 4}
FUSION = {"candidates": 4, "rate": 2}
CONFIG = DesignConfig.build({**OVERRIDES, "fusion": FUSION}, name="signal_pipeline")
RANKS = DesignConfig.build(
    {**OVERRIDES, "fusion": {**FUSION, "combination": "rank_average"}}, name="ranks"
)
Records = NDArray[np.void]


@pytest.fixture(scope="module")
def tape() -> Records:
    return random_tape(4, 4000, symbols=6)


@pytest.fixture(params=["golden", "cpu"], scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Session]:
    with opened(request.param, CONFIG) as session:
        yield session


@pytest.fixture
def session(shared: Session) -> Session:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def wanted(tape: Records) -> Records:
    """What the signal pipeline of models decides on the whole tape."""
    with hydrophone.open("golden", CONFIG) as golden:
        results = golden.process(tape)
    signal_pipeline = CONFIG.signal_pipeline
    columns = {
        name: tape[name].astype(np.int64) for name in signal_pipeline.inputs if name != "tail"
    }
    outputs = SignalPipelineModel(signal_pipeline).process(
        **columns, tail=results["score"].astype(np.int64)
    )
    records = np.zeros(tape.size, decision_dtype(signal_pipeline.fusion))
    names = set(records.dtype.names or ())
    write_decisions({n: column for n, column in outputs.items() if n in names}, records)
    return records


def test_every_device_decides_as_the_signal_pipeline_of_models(
    session: Session, tape: Records, wanted: Records
):
    decisions = session.decide(tape, session.process(tape))
    assert np.array_equal(decisions.records, wanted)
    assert 0.1 < np.mean(decisions.decided) < 1
    assert set(np.unique(decisions.best)) == {-1, 0, 1, 2, 3}
    assert np.any(decisions.performance != 0)


@pytest.mark.parametrize("preset", ["small", "large"])
def test_presets_decide_alike_on_every_device(preset: str):
    quick = {"reversion": {"memory": 3}, "volume_surprise": {"memory": 7, "fast": 2}}
    config = DesignConfig.build({"preset": preset, **SOON, **quick}, name=preset)
    candidates = config.fusion.candidates
    # Few of many candidates are traded, the last one among them, and a symbol that is none.
    traded = np.array([0, candidates // 2, candidates - 1, candidates])
    tape = random_tape(5, 3000, symbols=6)
    tape["symbol"] = np.random.default_rng(5).choice(traded, tape.size)
    records: list[Records] = []
    for device in ("golden", "cpu"):
        with opened(device, config) as session:
            decisions = session.decide(tape, session.process(tape))
        records.append(decisions.records)
        assert set(np.unique(decisions.best)) == {-1, *traded[:-1]}
        assert decisions.rank.shape == (tape.size, candidates)
        assert np.flatnonzero(decisions.rank[-1] > 0).tolist() == traded[:-1].tolist()
        assert np.count_nonzero(decisions.used[-1]) > 4
    golden, cpu = records
    assert np.array_equal(golden, cpu)


def test_cuts_between_batches_do_not_matter(session: Session, tape: Records, wanted: Records):
    out = np.zeros_like(wanted)
    for start, stop in ((0, 1), (1, 900), (900, 900), (900, 4000)):
        events = tape[start:stop]
        got = session.decide(events, session.process(events), out[start:stop])
        assert np.shares_memory(got.records, out) or start == stop
    assert np.array_equal(out, wanted)


def test_another_combination_takes_over(session: Session, tape: Records, wanted: Records):
    results = session.process(tape)
    session.decide(tape[:2000], results[:2000])
    try:
        session.reconfigure(RANKS)
        second = session.decide(tape[2000:], results[2000:]).records
    finally:
        session.reconfigure(CONFIG)
    for name in ("fused_scores", "fused_ranks", "used", "performance"):
        assert np.array_equal(second[name], wanted[name][2000:]), name
    ranks = np.asarray(second["fused_ranks"][:, Combination.RANK_AVERAGE - 3])
    best = second["best"][second["decided"]]
    least = np.where(second["rank"] > 0, ranks, 1 << 15)[second["decided"]]
    assert np.all(least[np.arange(best.size), best] == least.min(axis=-1))
    assert not np.array_equal(second["rank"], wanted["rank"][2000:])


def test_results_are_taken_wherever_they_lie(session: Session, tape: Records, wanted: Records):
    results = session.process(tape)
    for said in (results.repeat(2)[::2], results[::-1].copy()[::-1], unaligned(results)):
        session.reset()
        assert np.array_equal(session.decide(unaligned(tape), said).records, wanted)


@pytest.mark.parametrize("field", ["time_ns", "sequence", "price", "symbol", "side", "score"])
def test_results_of_other_events_are_refused(
    session: Session, tape: Records, wanted: Records, field: str
):
    results = session.process(tape)
    forged = results.copy()
    forged[field][3000] = forged[field][3000] ^ 1 if field != "score" else 5000
    with pytest.raises(
        ValueError, match=rf"results\[3000\] .*{field}.*[:;] give those that process"
    ):
        session.decide(tape, forged)
    assert np.array_equal(session.decide(tape, results).records, wanted)


@pytest.mark.parametrize("device", ["golden", "cpu"])
def test_what_cannot_be_decided_on_is_named(tape: Records, device: str):
    session = opened(device, CONFIG)
    results = session.process(tape[:5])
    with pytest.raises(ValueError, match=r"results holds 4 for 5 events: give it the same length"):
        session.decide(tape[:5], results[:4])
    with pytest.raises(ValueError, match=r"out has shape \(5,\) and dtype .*: give shape \(5,\)"):
        session.decide(tape[:5], results, np.zeros(5, RESULT.dtype))
    for given, error, said in (
        (None, TypeError, "results is a NoneType: give an array of Result records"),
        (np.zeros(5), TypeError, "results has dtype float64"),
        (np.ma.array(results), ValueError, "results has a mask, which would be lost"),
        (results[::-1], ValueError, r"results\[0\] is not of events\[0\]: its time_ns is"),
    ):
        with pytest.raises(error, match=said):
            session.decide(tape[:5], given)  # pyright: ignore[reportArgumentType]
    wrong = tape[:5].copy()
    wrong["symbol"][3] = 16
    with pytest.raises(EventError, match="event 3: symbol = 16"):
        session.decide(wrong, results)
    session.close()
    with pytest.raises(DeviceError, match="closed"):
        session.decide(tape[:5], results)


class _Instant:
    """In place of compiled hardware, which takes minutes to build: what it was to be built of."""

    def __init__(self, block: Any, **_: Any) -> None:
        params = block.datapath.params
        # Amaranth asks of every component that it is made into a design.
        block._MustUse__used = True
        self._model = BLOCKS[params.name].model(params)
        self.reset = self._model.reset

    def run(self, inputs: dict[str, Raw]) -> SimpleNamespace:
        return SimpleNamespace(outputs=self._model.process(**inputs))


def test_the_hardware_s_signal_pipeline_is_composed_of_its_blocks(
    tape: Records, wanted: Records, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("amaranth", reason="Amaranth is not installed")
    from hydrophone_sim import fusion

    monkeypatch.setattr(fusion, "CompiledBlock", _Instant)
    monkeypatch.setattr(fusion, "CompiledFusion", lambda params, **_: GoldenFusionDevice(params))
    device = SimpleNamespace(_config=CONFIG, _opened=SimpleNamespace(engine="verilated"))
    signal_pipeline = RtlDevice.signal_pipeline(device)  # pyright: ignore[reportArgumentType] - all that it asks for
    with hydrophone.open("golden", CONFIG) as golden:
        results = golden.process(tape)
    got = np.zeros_like(wanted)
    for _ in range(2):
        signal_pipeline.process(tape, results, got)
        assert np.array_equal(got, wanted)
        signal_pipeline.reset()
