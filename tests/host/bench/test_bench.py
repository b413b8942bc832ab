"""`hydrophone bench` and `hydrophone devices`: what they measure and list, and how they say it."""

import gc
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hydrophone.devices import BACKENDS, CPU
from hydrophone_bench import figures, page, peers, session_calls, table
from hydrophone_bench.figures import Figure, Goal, Report
from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.machine import Machine
from hydrophone_bench.measure import QUICK
from hydrophone_bench.tape import synthetic
from hydrophone_cli import main
from hydrophone_drivers.checks import check_events
from hydrophone_model.config import DesignConfig

WITH_CPU = pytest.mark.skipif(CPU.absence() is not None, reason="the C++ engine is absent")


def a_report(value: float) -> Report:
    machine = Machine.here(cpu=0, cores=1)
    figure = Figure(
        name="a call", unit="ns", values={"p50": 12.3456, "max": 98765.4}, start="here",
        stop="there", work="3 x 5 events",
    )  # fmt: skip
    goals = [
        Goal(name="fast", value=value, limit=100, unit="ns"),
        Goal(name="faster than others", value=value, limit=500, unit="x", atleast=True),
    ]
    return Report(
        machine=machine, interruptions=Interruptions.of(1e9, [2e6, 1e6, 7e6]), isa="scalar",
        tape="made up", figures=[figure], goals=goals, notes=["no x"],
    )  # fmt: skip


def test_percentiles_are_samples_that_occurred():
    found = figures.distribution(np.arange(1, 10_001))
    assert found == {"p50": 5001, "p99": 9901, "p99.9": 9991, "p99.99": 10_000, "max": 10_000}
    assert figures.median([3, 1, 2]) == {"median": 2}


@pytest.mark.parametrize(("value", "met"), [(99, [True, False]), (600, [False, True])])
def test_goals_are_met_on_their_side_of_the_limit(value: float, met: list[bool]):
    report = a_report(value)
    assert [goal.met for goal in report.goals] == met
    assert [goal["met"] for goal in report.record()["goals"]] == met


def test_a_person_reads_figures_with_start_stop_and_verdict():
    text = table.render(a_report(600))
    for part in ("a call", "12.3", "98,765", "from here", "to   there", "3 x 5 events", "scalar"):
        assert part in text
    assert "MISSED fast: 600 ns (<= 100)" in text
    assert "met    faster than others: 600 x (>= 500)" in text
    assert "note   no x" in text
    assert "an empty loop lost 1 % of 1 s to 3 interruptions a second" in text
    header, row = table.table(a_report(1).figures)
    assert header.index("max") + len("max") == row.index("98,765") + len("98,765")


def test_pages_show_every_figure_and_what_a_caller_meets_beside_the_code():
    report = a_report(480.0)
    plain = {"p50": 70.0, "p99": 80.0, "p99.99": 1500.0}
    work = {"unit": "ns", "start": "a", "stop": "b", "work": "c"}
    report.figures += [
        Figure(name="batch", values=plain, headline="an event", **work),
        Figure(name="batch, median", values={**plain, "p99.99": 90.0}, headline="an event", **work),
        Figure(name="whole", values={"median": 75.0}, headline="from Python", **work),
    ]
    rows = [[cell.strip() for cell in row.split("|")] for row in page.summary(report).splitlines()]
    assert rows[2:] == [
        ["", "an event", "70", "80", "1,500", "90", ""],
        ["", "from Python", "75", "", "", "", ""],
    ]
    whole = " ".join(page.page(report).split())
    for figure in report.figures:
        assert whole.count(f"| {figure.name} |") == 2
    assert whole.count("**missed**") == sum(not goal.met for goal in report.goals) > 0


def test_the_machine_is_described():
    machine = Machine.here(cpu=0, cores=3)
    assert machine.processor
    assert machine.python.startswith("3.")
    for part in (machine.processor, "processor 0 of 3", machine.kernel, machine.numpy):
        assert part in str(machine)


def test_the_tape_is_the_same_everywhere_and_allowed():
    tape = synthetic(events=2000, symbols=64)
    assert tape.tobytes() == synthetic(events=2000, symbols=64).tobytes()
    check_events(tape, DesignConfig.preset().pipeline)
    assert set(tape["symbol"].tolist()) == set(range(64))
    assert np.all(np.diff(tape["time_ns"].astype(np.int64)) >= 0)


def test_the_peer_sees_features_within_its_range():
    seen = peers.features(synthetic(events=500, symbols=4))
    assert all(0 <= value <= 1 for event in seen for value in event.values())
    assert {name for event in seen for name in event} == {"size", "move", "side"}


@WITH_CPU
def test_a_quick_run_measures_everything_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    from hydrophone_bench import measure

    tiny = measure.Effort(
        events=2048, rounds=3, watched_s=0.01, pushes=200, model_events=32, model_turns=1,
        peer_events=8, turns=1, decisions=64,
    )  # fmt: skip
    monkeypatch.setattr(measure, "QUICK", tiny)
    allowed, collecting = os.sched_getaffinity(0), gc.isenabled()
    path = tmp_path / "figures.json"
    assert main(["bench", "--quick", "--json", str(path)]) == 0
    assert (os.sched_getaffinity(0), gc.isenabled()) == (allowed, collecting)
    record = json.loads(path.read_text())
    names = [figure["name"] for figure in record["figures"]]
    assert len(names) == len(set(names))
    for window in (64, 1024):
        for when in ("", ", each call's median of 3 rounds"):
            assert f"native, one event a call, window {window}{when}" in names
        assert f"native, 2048 events a call, window {window}" in names
    for sizes in ("small, 4 x 4", "default, 8 x 16", "large, 16 x 64"):
        assert f"fusion {sizes}, 32 decisions a call" in names
    for symbols in (16, 64):
        assert any(f"{symbols} symbols, 16 of them candidates" in name for name in names)
    goals = [goal["name"] for goal in record["goals"]]
    for tail in ("a decision of the fusion in a batch, 99.99 %", "an event in a batch, 99.99 %"):
        assert [name for name in goals if name.startswith(tail)] == [
            tail,
            f"{tail}, each call's median of 3 rounds",
        ]
    assert record["interruptions"]["watched_s"] >= 0.009
    for figure in record["figures"]:
        assert figure["start"]
        assert figure["stop"]
        assert all(value > 0 for value in figure["values"].values()), figure
    text = capsys.readouterr().out
    assert all(name in text for name in names)
    assert record["machine"]["pinned_to"] in allowed


@WITH_CPU
def test_without_the_peer_the_rest_is_measured(monkeypatch: pytest.MonkeyPatch):
    from hydrophone_bench import measure

    def missing() -> peers.HalfSpaceTrees:
        raise ModuleNotFoundError("No module named 'river'", name="river")

    monkeypatch.setattr(measure, "HalfSpaceTrees", missing)
    report = measure.run(
        measure.Effort(
            events=512,
            rounds=1,
            pushes=20,
            model_events=8,
            model_turns=1,
            peer_events=4,
            turns=1,
            decisions=32,
            watched_s=0.01,
        )
    )
    assert report.notes == [
        "river's half-space trees: not measured, river is not installed (hydrophone[eval])"
    ]
    assert not any("river" in goal.name for goal in report.goals)


@WITH_CPU
def test_missed_goals_fail_only_when_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from hydrophone_bench import measure

    def missed(effort: measure.Effort) -> Report:
        return a_report(200)

    monkeypatch.setattr(measure, "run", missed)
    assert main(["bench"]) == 0
    assert main(["bench", "--check"]) == 1
    assert main(["bench", "--json", str(tmp_path / "no" / "folder.json")]) == 4


def test_devices_are_listed_for_people_and_programs(capsys: pytest.CaptureFixture[str]):
    assert main(["devices"]) == 0
    text = capsys.readouterr().out
    assert all(backend.name in text for backend in BACKENDS)
    assert main(["devices", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["device"] for row in rows] == [backend.name for backend in BACKENDS]
    assert [row["auto"] for row in rows].count(True) == 1
    for row in rows:
        assert row["present"] == (row["absence"] is None)
        assert row["what"]


@WITH_CPU
def test_the_calls_of_a_session_are_held_against_the_engine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session_calls, "_CALLS", 64)
    report = session_calls.run(replace(QUICK, turns=1, watched_s=0.001))
    values = {figure.name: figure.values["median"] for figure in report.figures}
    beyond = values["Session.push"] - values["an event in the engine"]
    (goal,) = report.goals
    assert goal.value == pytest.approx(beyond)
    assert {"Session.process, 1 a call", "Session.decide into out, 32 a call"} < set(values)
    assert all(value > 0 for name, value in values.items() if "beyond" not in name)
