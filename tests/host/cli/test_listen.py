"""`hydrophone listen`: its contract, file by file, and how it ends when something is wrong."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.host.cli.conftest import Run

import hydrophone
from hydrophone.feeds import Tape, open_tape
from hydrophone.feeds.merge import Events
from hydrophone_cli import main
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, ResultFlag, Side

START = 1_700_000_000_000_000_000


@pytest.fixture(scope="module")
def tape_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quiet tape of two symbols with a whale in each."""
    dice = np.random.default_rng(7)
    lines = ["time_ns,symbol,price,size,side"]
    price = 100.0
    for i in range(4000):
        price += dice.choice([-0.25, 0, 0.25])
        size = 5000 if i in (2500, 3500) else int(dice.integers(1, 9))
        side = dice.choice(["buy", "sell"])
        symbol = "XYZ" if i % 2 else "ABC"
        lines.append(f"{START + i * 10**9},{symbol},{price},{size / 10},{side}")
    path = tmp_path_factory.mktemp("tapes") / "tape.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def heard(path: Path) -> tuple[Events, Events, Tape]:
    """Events and results of a tape, straight from a session."""
    tape = open_tape(path)
    with hydrophone.open("golden") as session:
        batches = [(batch, session.process(batch)) for batch in tape]
    return np.concatenate([b for b, _ in batches]), np.concatenate([r for _, r in batches]), tape


def test_alerts_are_the_sessions_in_the_tapes_own_units(run: Run, tmp_path: Path, tape_path: Path):
    out = tmp_path / "alerts.jsonl"
    code, _, _ = run("listen", tape_path, "--device", "golden", "--alerts", out)
    assert code == 0
    _, results, tape = heard(tape_path)
    expected = [
        {
            "sequence": int(r["sequence"]),
            "time_ns": int(r["time_ns"]),
            "symbol": tape.symbols[r["symbol"]],
            "side": Side(int(r["side"])).name.lower(),
            "kind": Kind(int(r["kind"])).name.lower(),
            "score": int(r["score"]) / 64,
            "parent_size": tape.size(int(r["symbol"]), int(r["parent_size"])),
            "price": tape.price(int(r["symbol"]), int(r["price"])),
        }
        for r in results
        if r["flags"] & ResultFlag.ALERT
    ]
    alerts = [json.loads(line) for line in out.read_text().splitlines()]
    assert alerts == expected
    assert any(alert["parent_size"] >= 500 and alert["sequence"] == 2500 for alert in alerts)


def test_scores_have_a_row_an_event(run: Run, tmp_path: Path, tape_path: Path):
    out = tmp_path / "scores.parquet"
    code, _, _ = run("listen", tape_path, "--device", "golden", "--scores", out)
    assert code == 0
    events, results, tape = heard(tape_path)
    table = pq.read_table(out)
    assert table.num_rows == len(events)
    rows = table.to_pydict()
    assert rows["sequence"] == results["sequence"].tolist()
    assert rows["time_ns"] == events["time_ns"].tolist()
    assert rows["symbol"] == [tape.symbols[s] for s in events["symbol"]]
    assert rows["size"] == tape.sizes(events["symbol"], events["size"]).tolist()
    assert rows["score"] == (results["score"] * TAIL.resolution).tolist()
    assert rows["sliced"] == (results["heads"][:, Kind.SLICED] * TAIL.resolution).tolist()
    assert rows["alert"] == ((results["flags"] & ResultFlag.ALERT) != 0).tolist()
    assert rows["loud"] == ((results["flags"] & ResultFlag.LOUD) != 0).tolist()
    assert rows["kind"] == [Kind(int(k)).name.lower() for k in results["kind"]]


def test_the_summary_is_one_json_object(run: Run, tape_path: Path):
    code, out, err = run("listen", tape_path, "--device", "golden", "--json")
    assert code == 0
    assert not err
    summary = json.loads(out)
    assert summary["device"] == "golden"
    assert summary["events"] == 4000
    assert summary["alerts"] == sum(summary["alerts_by_kind"].values()) > 0
    assert summary["dropped"] == 0
    assert summary["skipped"] == {}
    assert summary["events_per_second"] > 0
    assert set(summary["latency_ns"]) >= {"p50", "p99", "p99.9", "p99.99", "max", "window"}
    assert summary["error"] is None


def test_a_person_sees_alerts_and_a_table(run: Run, tape_path: Path):
    code, out, _ = run("listen", tape_path, "--device", "golden")
    assert code == 0
    assert "listening to" in out
    assert any("ABC" in line and "500 @" in line and "#2500" in line for line in out.splitlines())
    for word in ("device", "events", "4,000 of 2 symbols", "dropped", "ns an event", "note:"):
        assert word in out


def test_the_alert_budget_is_obeyed(run: Run, tape_path: Path):
    counts: list[int] = []
    for budget in ("0.00001", "0.05"):
        _, out, _ = run(
            "listen", tape_path, "--device", "golden", "--alert-budget", budget, "--json"
        )
        counts.append(json.loads(out)["alerts"])
    assert counts[0] < counts[1]


def test_skips_are_told_with_file_and_line(run: Run, tmp_path: Path, tape_path: Path):
    lines = tape_path.read_text().splitlines()
    lines[10] = lines[10].replace("buy", "buy,extra").replace("sell", "sell,extra")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    code, out, _ = run("listen", path, "--device", "golden", "--json")
    assert code == 0
    summary = json.loads(out)
    assert summary["skipped"] == {"wrong_column_count": 1}
    assert summary["examples"]["wrong_column_count"][0].startswith(f"{path}:11: ")
    _, out, _ = run("listen", path, "--device", "golden")
    assert "skipped 1 wrong_column_count" in out
    assert f"{path}:11: " in out


def test_a_truncated_tape_is_heard_to_its_end_and_ends_with_3(
    run: Run, tmp_path: Path, tape_path: Path
):
    path, out = tmp_path / "t.csv.gz", tmp_path / "out"
    out.mkdir()
    packed = gzip.compress(tape_path.read_bytes())
    path.write_bytes(packed[: len(packed) * 3 // 4])
    code, text, err = run(
        "listen", path, "--device", "golden", "--json", "--alerts", out / "a.jsonl", "--scores",
        out / "s.parquet",
    )  # fmt: skip
    assert code == 3
    summary = json.loads(text)
    assert 1000 < summary["events"] < 4000
    assert f"{summary['events']:,} events were processed" in summary["error"]
    assert summary["error"] in err
    assert pq.read_table(out / "s.parquet").num_rows == summary["events"]
    assert len((out / "a.jsonl").read_text().splitlines()) == summary["alerts"]
    assert sorted(p.name for p in out.iterdir()) == ["a.jsonl", "s.parquet"]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nope.csv"], 3, "nope.csv: no such file"),
        (["TAPE", "--device", "abacus"], 2, "no device 'abacus'"),
        (["TAPE", "--config", "huge"], 2, "no configuration 'huge'"),
        (["TAPE", "--alert-budget", "7"], 2, "alert_budget = 7.0 is not allowed"),
        (["TAPE", "--tick", "-1"], 2, "tick '-1': it must be a positive decimal number"),
        (["TAPE", "--time-zone", "Moon/Far"], 2, "time zone 'Moon/Far' is not known here"),
        (["TAPE", "--columns", "cost=price"], 2, "column 'cost' is not known: allowed are"),
        (["TAPE", "--alerts", "a.parquet"], 2, "a.parquet: alerts are JSON lines: use .jsonl"),
        (["TAPE", "--scores", "s.csv"], 2, "s.csv: scores are Parquet: use .parquet"),
        (["TAPE", "--picture", "p.svg"], 2, "p.svg: a picture is PNG: use .png"),
        (["TAPE", "--columns", "price=cost"], 3, "no column 'cost' to read price from"),
        (["TAPE", "--alerts", "no/such/folder/a.jsonl"], 4, "cannot write no/such/folder/a.jsonl"),
        (["TAPE", "--scores", "/"], 4, "/ is a folder: name a file"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: Run, tape_path: Path, args: list[str], code: int, message: str
):
    args = [str(tape_path) if arg == "TAPE" else arg for arg in args]
    if "--device" not in args:
        args += ["--device", "golden"]
    ended, _, err = run("listen", *args)
    assert ended == code
    assert message in err
    assert err.startswith("hydrophone: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [
        ["listen"],
        ["listen", "t.csv", "--columns", "price"],
        ["listen", "t.csv", "--limit", "0"],
        ["listen", "t.csv", "--format", "xml"],
        ["sing"],
        [],
    ],
)
def test_wrong_usage_ends_with_2(args: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(args)
    assert ended.value.code == 2
    assert "usage: hydrophone" in capsys.readouterr().err


def test_a_defect_is_one_line_and_shows_its_trace_on_demand(
    run: Run, tape_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("by none")

    monkeypatch.setattr("hydrophone_cli.listening.batch.alerts", broken)
    out = tmp_path / "a.jsonl"
    out.write_text("what was there\n")
    args = ("listen", tape_path, "--device", "golden", "--json", "--alerts", out)
    code, _, err = run(*args)
    assert code == 70
    assert err.startswith("hydrophone: unexpected ZeroDivisionError: by none")
    assert "HYDROPHONE_DEBUG=1" in err
    assert out.read_text() == "what was there\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]
    monkeypatch.setenv("HYDROPHONE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(*args)


def test_an_interrupt_keeps_what_was_heard(
    run: Run, tape_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = Tape.__iter__

    def interrupted(tape: Tape) -> Iterator[Events]:
        yield next(whole(tape))
        raise KeyboardInterrupt

    monkeypatch.setattr(Tape, "__iter__", interrupted)
    out = tmp_path / "s.parquet"
    code, text, err = run("listen", tape_path, "--device", "golden", "--json", "--scores", out)
    assert code == 130
    assert "interrupted after 4,000 events" in err
    assert pq.read_table(out).num_rows == json.loads(text)["events"] == 4000


def test_a_limit_stops_early(run: Run, tape_path: Path):
    code, out, _ = run("listen", tape_path, "--device", "golden", "--json", "--limit", "100")
    assert code == 0
    assert json.loads(out)["events"] == 100


def test_the_picture_is_a_png(run: Run, tape_path: Path, tmp_path: Path):
    out = tmp_path / "p.png"
    code, _, _ = run("listen", tape_path, "--device", "golden", "--json", "--picture", out)
    assert code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert out.stat().st_size > 50_000
    assert [p.name for p in tmp_path.iterdir()] == ["p.png"]


def test_a_tape_comes_through_a_pipe_and_a_closed_reader_is_no_defect(tape_path: Path):
    command = [sys.executable, "-m", "hydrophone_cli", "listen", "-", "--device", "golden"]
    done = subprocess.run(
        [*command, "--json"], input=gzip.compress(tape_path.read_bytes()), capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    assert summary["events"] == 4000
    assert summary["sources"] == ["standard input (csv)"]
    process = subprocess.Popen(
        [*command[:-3], str(tape_path), *command[-2:]], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=120)
    assert b"Traceback" not in errors
    assert process.returncode == 141


@pytest.mark.parametrize(
    ("package", "extra", "args"),
    [
        ("pyarrow", "feeds", ["--json"]),
        ("rich", "cli", []),
        ("matplotlib", "plot", ["--json", "--picture", "p.png"]),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    run: Run, tape_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    package: str, extra: str, args: list[str],
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for module in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run("listen", tape_path, "--device", "golden", *args)
    assert code == 2
    assert f"needs {package}, which is not installed: pip install 'hydrophone[{extra}]'" in err
    assert not list(tmp_path.iterdir())
