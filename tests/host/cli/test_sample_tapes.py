"""`hydrophone samples` and `hydrophone demo`, without a package index."""

import json
import subprocess
import zipfile
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hydrophone_cli import main
from hydrophone_cli import sample_tapes as samples

TEXT = "DateTime,Price,Volume\n" + "".join(
    f"2013-09-01 17:{i // 60:02d}:{i % 60:02d}.083,{1640 + i % 7 / 4},"
    f"{900 if i == 2000 else i % 5 + 1}\n"
    for i in range(3000)
)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """A package index that serves `TEXT`, and the commands that were sent to it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sample = replace(samples.ES_2013, sha256=sha256(TEXT.encode()).hexdigest())
    monkeypatch.setattr(samples, "ES_2013", sample)
    monkeypatch.setattr(samples, "SAMPLES", (sample,))
    asked: list[list[str]] = []
    run = subprocess.run

    def pip(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if "pip" not in command:
            return run(command, **options)
        asked.append(command)
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "mlfinpy-0.1.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr(sample.member, TEXT)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    return asked


def test_a_sample_is_fetched_once(index: list[list[str]], capsys: pytest.CaptureFixture[str]):
    assert main(["samples"]) == 0
    first = capsys.readouterr().out
    path = samples.cache_folder() / "es_2013.csv"
    assert path.read_text() == TEXT
    assert str(path) in first
    assert "fetched, sha256" in first
    assert "mlfinpy==0.1.2" in index[0]
    assert "--no-deps" in index[0]
    assert main(["samples"]) == 0
    assert "already there" in capsys.readouterr().out
    assert len(index) == 1
    assert [p.name for p in path.parent.iterdir()] == ["es_2013.csv"]


def test_a_damaged_copy_is_fetched_again(index: list[list[str]]):
    assert main(["samples"]) == 0
    path = samples.cache_folder() / "es_2013.csv"
    path.write_text(TEXT[:-10])
    assert main(["samples"]) == 0
    assert path.read_text() == TEXT
    assert len(index) == 2


def test_another_file_is_refused(
    index: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    wrong = replace(samples.SAMPLES[0], sha256="0" * 64)
    monkeypatch.setattr(samples, "SAMPLES", (wrong,))
    assert main(["samples"]) == 3
    assert "has sha256" in capsys.readouterr().err
    assert not samples.cache_folder().exists()
    assert len(index) == 1


def test_an_index_out_of_reach_is_one_line(
    index: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def pip(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution\n")

    monkeypatch.setattr(subprocess, "run", pip)
    assert main(["samples"]) == 3
    err = capsys.readouterr().err
    assert err == (
        "hydrophone: mlfinpy==0.1.2 cannot be downloaded: ERROR: No matching distribution\n"
    )
    assert not index


def test_the_demo_writes_alerts_and_a_picture(
    index: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--device", "golden", "--alert-budget", "0.01"]) == 0
    assert "picture in out/whales.png" in capsys.readouterr().out
    assert (tmp_path / "out" / "whales.png").read_bytes().startswith(b"\x89PNG")
    lines = (tmp_path / "out" / "whales.jsonl").read_text().splitlines()
    alerts = [json.loads(line) for line in lines]
    assert any(alert["symbol"] == "ES" and alert["sequence"] == 2000 for alert in alerts)
    assert len(index) == 1


@pytest.mark.parametrize(("options", "ticks"), [([], "3,000"), (["--limit", "1200"], "1,200")])
def test_the_picture_of_the_demo_says_how_many_ticks_were_heard(
    index: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    ticks: str,
):
    titles: list[object] = []

    def draw(*args: object, title: object, **rest: object) -> None:
        titles.append(title)

    monkeypatch.setattr(import_module("hydrophone_cli.listening.picture"), "draw", draw)
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--device", "golden", *options]) == 0
    assert titles == [f"Whales in {ticks} ticks of the E-mini S&P 500"]


def test_the_demo_says_that_its_folder_is_a_file(
    index: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").write_text("what was there")
    assert main(["demo", "--device", "golden"]) == 4
    assert "hydrophone: out is no folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "what was there"


def test_the_recorded_tape_is_the_sample(market_data: Any):
    import gzip

    data = gzip.decompress(market_data("es_2013/tick_data.csv.gz").read_bytes())
    assert sha256(data).hexdigest() == samples.ES_2013.sha256
