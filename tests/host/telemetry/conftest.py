"""Shared by the tests of telemetry: a folder of its own, and a run that was recorded."""

from pathlib import Path

import pytest

import hydrophone
from hydrophone.telemetry import RunTelemetry
from hydrophone_bench.tape import synthetic
from hydrophone_cli.listening.batch import alert_records


class Report:
    def __init__(self) -> None:
        self.skipped = {"time_backwards": 3}
        self.changed: dict[str, int] = {}
        self.passed_over = {"a.csv": 2}


class Tape:
    """A tape's names and counts, without its events."""

    def __init__(self, clock, symbols: list[str]) -> None:
        self.clock, self.symbols = clock, symbols
        self.sources = ["a.csv (csv)"]
        self.report = Report()

    def size(self, symbol: int, lots: int) -> int:
        return lots

    price = size


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what runs."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder / "hydrophone"


@pytest.fixture
def recorded() -> RunTelemetry:
    """A run of two batches over 12 symbols, whose names are unfriendly."""
    from hydrophone.stage_clock import Stage, StageClock

    names = [f"S{number}" for number in range(11)] + ["\x1b[31mred\n" + "x" * 60]
    tape = Tape(StageClock(), names)
    events = synthetic(events=20_000, symbols=12)
    with hydrophone.open("cpu") as session:
        telemetry = RunTelemetry(session, tape, symbols=True, live=True)
        for batch in (events[:19_995], events[19_995:]):
            with tape.clock.stage(Stage.PROCESS):
                results = session.process(batch)
            telemetry.take(results, alert_records(tape, results))  # type: ignore[arg-type]
    return telemetry
