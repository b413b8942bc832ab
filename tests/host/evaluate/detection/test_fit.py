"""Fitting finds the evidence that tells whales apart, and writes a configuration that loads."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.host.evaluate.synthetic import made_up

from hydrophone.feeds import FeedError
from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_evaluate.detection.fit import fitted
from hydrophone_evaluate.injection import Injection, inject
from hydrophone_evaluate.tapes import LEAST_PRINTS, Purpose, read_tapes
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


def test_a_kind_without_whales_is_an_error_and_not_a_weight():
    tapes = [made_up(4, 5_600)]
    with pytest.raises(FeedError, match=r"no \w+ whale found room .* 5,600 prints.* longer tape"):
        fitted(DesignConfig.preset(), tapes, events_a_tape=5_600)


def test_a_kind_without_whales_writes_no_configuration(tmp_path, capsys):
    tape, out = written(tmp_path / "tape.csv", made_up(4, 5_600).events), tmp_path / "fit.toml"
    assert main(["fit", str(tape), "--out", str(out), "--events", "5600"]) == Exit.INPUT
    assert "whale found room in the tapes" in capsys.readouterr().err
    assert not out.exists()


def test_the_shortest_tape_has_room_for_a_first_whale():
    least = LEAST_PRINTS[Purpose.FIT]
    events = made_up(5, least).events
    injection = Injection(strengths={Kind.BLOCK: (1.0,)}, anywhere=True)
    assert all(inject(events, injection, seed=seed).whales for seed in range(200))
    shorter = [inject(events[: least - 1000], injection, seed=seed).whales for seed in range(200)]
    assert not all(shorter)


def test_the_command_writes_a_configuration_that_loads(tmp_path, capsys):
    tape, out = written(tmp_path / "tape.csv", made_up(3, 20_000).events), tmp_path / "fit.toml"
    assert main(["fit", str(tape), "--out", str(out), "--events", "60000"]) == 0
    told = capsys.readouterr()
    assert told.err.splitlines() == ["fitting on 20,000 prints of X"]
    assert "iceberg" in told.out
    config = DesignConfig.load(out)
    assert config.pipeline.score.weights != DesignConfig.preset().pipeline.score.weights


def test_a_tape_that_is_too_short_is_refused(tmp_path, capsys):
    tape = written(tmp_path / "tape.csv", made_up(3, 3_000).events)
    assert main(["fit", str(tape), "--out", str(tmp_path / "fit.toml")]) == Exit.INPUT
    assert "5,564 prints: give longer tapes" in capsys.readouterr().err


def test_damage_and_skips_are_told(tmp_path, capsys):
    events = made_up(3, 20_000).events
    plain = written(tmp_path / "tape.csv", events, extra=["5,X,0,1,buy", "6,Y,7,1,buy"])
    broken = tmp_path / "tape.csv.gz"
    broken.write_bytes(gzip.compress(plain.read_bytes(), 1)[:-40_000])
    said: list[str] = []
    (tape,) = read_tapes([broken], Purpose.FIT, say=said.append)
    assert 5_564 <= tape.events.size < 20_000
    assert any("only what came before the damage is used" in what for what in said), said
    assert any("skipped 1 price_" in what and "tape.csv" in what for what in said), said
    assert any("symbols with less than 5,564 prints left out: 1" in what for what in said), said
    out = tmp_path / "fit.toml"
    assert main(["fit", str(broken), "--out", str(out), "--events", "60000"]) == 0
    told = capsys.readouterr().err
    assert all(what in told for what in said), told


def written(path: Path, events: NDArray[np.void], extra: Sequence[str] = ()) -> Path:
    """A tape as CSV; extra rows come first."""
    rows = ["time_ns,symbol,price,size,side", *extra]
    rows += [
        f"{e['time_ns']},X,{e['price']},{e['size']},{'sell' if e['side'] else 'buy'}"
        for e in events
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
