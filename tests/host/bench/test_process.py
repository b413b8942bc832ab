"""``hydrophone bench telemetry`` and ``placement``."""

import json

import pytest

from hydrophone_bench import placement
from hydrophone_cli import main


def test_the_cost_of_telemetry_is_told_with_its_parts(tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["bench", "telemetry", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    cost = (found["recording_ns"] + 2 * found["clock_ns"]) / found["interval"]
    assert found["event_ns"] == pytest.approx(cost)
    assert "an event in the engine" in capsys.readouterr().out


def test_places_are_measured_apart_and_refusals_told(monkeypatch, capsys):
    for name, value in (("EVENTS", 256), ("ROUNDS", 1), ("SYMBOLS", 64)):
        monkeypatch.setattr(placement, name, value)
    placement.main({})
    assert json.loads(capsys.readouterr().out)["p50"] > 0
    placement.main({"cpus": [4000]})
    assert "cannot run on processor 4000" in json.loads(capsys.readouterr().out)["refused"]

    figures = dict.fromkeys(("p50", "p99", "p99.9", "p99.99", "max"), 123.0)
    answers = iter([figures, "cannot: because", figures, figures, figures])
    monkeypatch.setattr(placement, "measured", lambda _: next(answers))
    assert main(["bench", "placement"]) == 0
    out = capsys.readouterr().out
    assert len([line for line in out.splitlines() if line.count("123") == 5]) == 4
    assert "not measured: cannot: because" in out


def test_a_process_that_measures_tells_why_it_failed(monkeypatch):
    assert "cannot run on processor 4000" in placement.measured({"cpus": [4000]})
    with pytest.raises(placement.ToolError, match="unexpected keyword argument"):
        placement.measured({"nothing": 1})
