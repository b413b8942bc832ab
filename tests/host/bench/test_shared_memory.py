"""`hydrophone bench shared`: what it measures, and whether its goals are met."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from hydrophone_bench import shared_memory
from hydrophone_bench.shared_memory import ProcessorError, SharedMemoryReport, measure
from hydrophone_cli import main

FAST = SharedMemoryReport(
    cpus=(0, 1),
    publish=20.0,
    publish_read=30.0,
    publish_single=22.0,
    read={"p50": 5.0, "p99.99": 49.9},
    reads_a_batch=32,
    busy=0,
    alert={"p50": 150.0},
    alerts_missed=0,
)


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"publish": 20.1}, False),
        ({"read": {"p99.99": 50.0}}, False),
        ({"alert": {"p50": 150.1}}, False),
    ],
)
def test_the_goals_are_those_of_the_page(changes: dict[str, object], met: bool):
    assert replace(FAST, **changes).met is met


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor")
def test_everything_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(shared_memory, "measure", lambda _: measure(0.05))
    assert main(["bench", "shared", "--quick", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert 0 < figures["publish"] < 100_000
    assert 0 < figures["read"]["p50"] <= figures["read"]["p99.99"]
    assert figures["alert"]["p50"] > 0
    shown = capsys.readouterr().out
    assert "32 snapshots timed together" in shown
    assert len(set(figures["cpus"])) == 2


def test_one_processor_is_too_few(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    with pytest.raises(ProcessorError, match="between two processors"):
        measure()
