"""Fitting finds the evidence that tells whales apart, and writes a configuration that loads."""

import numpy as np
import pytest
from tests.host.evaluate.synthetic import made_up

from hydrophone.cli import main
from hydrophone.evaluate.fit import fitted
from hydrophone.evaluate.injection import Injection
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import Kind
from hydrophone_model.whale.score import HEADS, Evidence

pytest.importorskip("scipy", reason="SciPy is not installed")
DENSE = Injection(spacing=300, warm_up=500)


@pytest.fixture(scope="module")
def learned() -> DesignConfig:
    tapes = [made_up(seed, 5_000) for seed in (1, 2)]
    return fitted(DesignConfig.preset(), tapes, injection=DENSE, events_a_tape=20_000)


def test_each_head_leans_on_its_own_evidence(learned: DesignConfig):
    weights = learned.pipeline.score.head_weights()
    assert all(weight >= 0 for head in weights.values() for weight in head)
    for kind, evidence in {
        Kind.BLOCK: Evidence.PRINT,
        Kind.SWEEP: Evidence.PARENT,
        Kind.ICEBERG: Evidence.SURPRISE,
        Kind.SLICED: Evidence.PERSISTENCE,
    }.items():
        assert weights[kind][HEADS[kind].index(evidence)] > 0, (kind, weights[kind])


def test_ladders_rise(learned: DesignConfig):
    score = learned.pipeline.score
    ladder = np.array(score.ladder).reshape(len(HEADS), score.rungs)
    assert np.all(np.diff(ladder, axis=1) > 0)


def test_what_is_not_learned_stays(learned: DesignConfig):
    start = DesignConfig.preset().pipeline
    assert learned.pipeline.alert.shares == start.alert.shares
    assert learned.pipeline.volume == start.volume
    assert learned.pipeline.pattern == start.pattern
    assert learned.pipeline.score.symbols == start.score.symbols


def test_the_same_seed_learns_the_same(learned: DesignConfig):
    tapes = [made_up(seed, 5_000) for seed in (1, 2)]
    again = fitted(DesignConfig.preset(), tapes, injection=DENSE, events_a_tape=20_000)
    assert again == learned


def test_the_command_writes_a_configuration_that_loads(tmp_path, capsys):
    events = made_up(3, 4_000).events
    tape, out = tmp_path / "tape.csv", tmp_path / "fit.toml"
    rows = ["time_ns,symbol,price,size,side"]
    rows += [
        f"{e['time_ns']},X,{e['price']},{e['size']},{'sell' if e['side'] else 'buy'}"
        for e in events
    ]
    tape.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["fit", str(tape), "--out", str(out), "--events", "12000"]) == 0
    told = capsys.readouterr()
    assert "fitting on 4,000 prints of X" in told.err
    assert "iceberg" in told.out
    config = DesignConfig.load(out)
    assert config.pipeline.score.weights != DesignConfig.preset().pipeline.score.weights


def test_a_tape_that_is_too_short_is_refused(tmp_path, capsys):
    tape = tmp_path / "tape.csv"
    tape.write_text("time_ns,symbol,price,size,side\n1,X,5,1,buy\n2,X,5,1,buy\n", encoding="utf-8")
    assert main(["fit", str(tape), "--out", str(tmp_path / "fit.toml")]) != 0
    assert "3,000 prints: give longer tapes" in capsys.readouterr().err
