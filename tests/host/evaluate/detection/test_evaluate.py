"""The whole measurement on tapes small enough for a test, and the command that runs it."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.host.evaluate.synthetic import made_up

from hydrophone_cli import main
from hydrophone_evaluate.detection import experiment as subject
from hydrophone_evaluate.detection.baselines import SLOW
from hydrophone_evaluate.detection.experiment import OURS, Effort, Experiment
from hydrophone_evaluate.detection.report import tables
from hydrophone_evaluate.detection.summary import Goal, goals, record, rows
from hydrophone_evaluate.injection import Injection
from hydrophone_evaluate.tapes import CATALOGUE, Purpose, Tape, catalogued
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import Kind

SMALL = Effort(events_a_tape=30_000, most=6_000, slow_events=0, slow_most=0)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        seeds = {Purpose.FIT: (1, 2), Purpose.REPORT: (3, 4)}

        def made(data: object, purpose: Purpose, **_: object) -> list[Tape]:
            return [replace(made_up(s), name=f"tape {s}") for s in seeds[purpose]]

        context.setattr(subject, "catalogued", made)
        return subject.run(
            tmp_path_factory.mktemp("data"),
            DesignConfig.preset(),
            effort=SMALL,
            injection=Injection(spacing=400, warm_up=1000),
            device="golden",
        )


def test_strong_blocks_are_heard_and_hardly_by_chance(measured: Experiment):
    outcomes = [o for j in measured.judged[OURS].values() for o in j.outcomes]
    strong = [o for o in outcomes if o.kind is Kind.BLOCK and o.strength == 2]
    assert len(strong) >= 4
    assert np.mean([o.detected for o in strong]) > 0.7
    assert np.mean([o.chance for o in strong]) < 0.1
    assert {o.delay for o in strong if o.detected} == {0}, "a block is its own first print"


def test_every_detector_meets_the_same_whales(measured: Experiment):
    met = {
        name: [(o.kind, o.strength) for j in judged.values() for o in j.outcomes]
        for name, judged in measured.judged.items()
    }
    assert len(met) == 5
    assert all(whales == met[OURS] for whales in met.values())


def test_print_size_hears_no_icebergs_but_blocks(measured: Experiment):
    row = next(row for row in rows(measured) if row.detector == "print z")
    assert row.figures[Kind.BLOCK].lift > 0.5
    assert row.figures[Kind.ICEBERG].lift < 0.3


def test_the_record_and_the_tables_say_the_same(measured: Experiment):
    told = json.loads(json.dumps(record(measured), allow_nan=False))
    row = rows(measured)[0]
    block = told["detectors"][OURS]["kinds"]["block"]
    assert block["lift"] == pytest.approx(block["recall"] - block["chance"])
    assert f"{block['lift']:+.2f} ± {row.error[Kind.BLOCK]:.2f}" in tables(measured)
    assert len(told["goals"]) == len(goals(measured)) == 5
    assert told["goals"][0]["met"] == (told["goals"][0]["ours"] >= told["goals"][0]["wanted"])


def test_what_ran_on_shorter_tapes_is_no_rival(measured: Experiment):
    heard = {
        tape: replace(found, outcomes=tuple(replace(o, detected=True) for o in found.outcomes))
        for tape, found in measured.judged[OURS].items()
    }
    with_slow = replace(measured, judged={**measured.judged, SLOW: heard})
    assert goals(with_slow) == goals(measured)
    told = [goal.name for goal in goals(replace(measured, judged={**measured.judged, "x": heard}))]
    assert "lift on block, beside x" in told, "a rival on the same tapes counts"


def test_a_goal_is_met_tied_or_missed():
    told = [Goal(name="x", ours=o, wanted=0.5, error=0.01).verdict for o in (0.5, 0.49, 0.47)]
    assert told == ["yes", "a tie", "no"]
    assert Goal(name="x", ours=0.49, wanted=0.5).missed, "no error, no excuse"


def test_the_picture_is_drawn(measured: Experiment, tmp_path):
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
    from hydrophone_evaluate.detection.figure import draw

    draw(measured, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_no_tape_serves_both_purposes():
    spans: dict[str, list[tuple[int, int, Purpose]]] = {}
    for entry in CATALOGUE:
        for source in entry.sources:
            spans.setdefault(source, []).append(
                (entry.first, entry.first + entry.most, entry.purpose)
            )
    for source, uses in spans.items():
        uses.sort()
        for (_, stop, purpose), (first, _, other) in pairwise(uses):
            assert stop <= first or purpose is other, source


def test_missing_tapes_are_named(tmp_path, capsys):
    assert main(["evaluate", "--data", str(tmp_path)]) != 0
    assert "no tape to fit on" in capsys.readouterr().err


def test_no_folder_is_a_clear_error(monkeypatch, capsys):
    monkeypatch.delenv("HYDROPHONE_DATA", raising=False)
    assert main(["evaluate"]) != 0
    assert "give --data DIR or set HYDROPHONE_DATA" in capsys.readouterr().err


def test_real_tapes_are_split_by_purpose(market_data):
    data = market_data("lobster_2012").parent
    fit, report = (catalogued(data, purpose, most=4_000) for purpose in Purpose)
    assert not {tape.name for tape in fit} & {tape.name for tape in report}
    for tape in fit + report:
        assert np.all(np.diff(tape.events["time_ns"].astype(np.int64)) >= 0), tape.name
        assert tape.events["symbol"].max() == 0
