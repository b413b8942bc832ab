"""`hydrophone listen -`: alerts leave while the pipe is open, to files, pipes and the screen."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli import main
from hydrophone_cli.command import Exit

LISTEN = [sys.executable, "-m", "hydrophone_cli", "listen", "-", "--device", "cpu"]
NAMED = ["--tick", "0.25", "--lot", "1", "--alert-budget", "0.01"]
SECONDS = 60
"""What a busy machine may take for anything."""


def prints(start: int, stop: int, *, whales: int = 0) -> list[str]:
    """Small prints, a tenth of a second apart, and after every 50 of them a whale if asked for."""
    return [
        row(i * 100_000, price=100 + i % 3 / 4, size=whales + i if whales and i % 50 == 0 else 3)
        for i in range(start, stop)
    ]


CALM = [HEADER, *prints(0, 1500)]
WHALE, *_ = prints(1500, 1501, whales=90_000)
Run = subprocess.Popen[bytes]


def send(run: Run, *lines: str) -> None:
    assert run.stdin is not None
    run.stdin.write("".join(line + "\n" for line in lines).encode())
    run.stdin.flush()


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.002)


def line_from(descriptor: int) -> dict[str, Any]:
    """The next line of a pipe, which must come while its writer is open."""
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([descriptor], [], [], SECONDS)[0], "nothing came"
        line += os.read(descriptor, 1)
    return json.loads(line)


@pytest.fixture
def listen(tmp_path: Path) -> Generator[Callable[..., Run]]:
    """Starts runs, and ends those that a test leaves behind."""
    runs: list[Run] = []

    def start(*args: object) -> Run:
        run = subprocess.Popen(
            [*LISTEN, *NAMED, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A shell that starts the tests in its background has SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        runs.append(run)
        return run

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def ended(run: Run) -> tuple[int, str]:
    """The exit code of a run whose pipe is closed, and what it says on the standard error."""
    _, err = run.communicate(timeout=SECONDS)
    assert b"Traceback" not in err
    return run.returncode, err.decode()


def test_an_alert_leaves_through_standard_output_while_the_pipe_is_open(
    listen: Callable[..., Run],
):
    run = listen("--alerts", "-")
    send(run, *CALM)
    send(run, WHALE)
    assert run.stdout is not None
    alert = line_from(run.stdout.fileno())
    while alert["sequence"] != 1500:
        alert = line_from(run.stdout.fileno())
    before = time.monotonic()
    send(run, *prints(1501, 1551, whales=95_000))
    assert line_from(run.stdout.fileno())["sequence"] == 1550
    print(f"{(time.monotonic() - before) * 1e3:.1f} ms from line to alert")
    code, err = ended(run)
    assert code == 0
    assert "1,551 of 1 symbols" in err, "what a person sees is on the standard error"


def test_a_file_grows_in_place_and_a_mark_tells_that_it_is_not_finished(
    listen: Callable[..., Run], tmp_path: Path
):
    target, alerts, mark = (tmp_path / name for name in ("far", "a", "a.unfinished"))
    target.write_text("old\n")
    alerts.symlink_to("far")
    file = target.stat().st_ino
    run = listen("--alerts", alerts, "--json")
    until(mark.exists)
    assert target.read_text() == "old\n", "what was there goes with the first alert"
    send(run, *CALM, WHALE)
    until(lambda: '"sequence": 1500' in target.read_text())
    assert mark.exists()
    other = listen("--alerts", alerts, "--json")
    code, err = ended(other)
    assert (code, "is being written by another run" in err) == (Exit.OUTPUT, True)
    tape = write(tmp_path / "t.csv", *CALM)
    assert main(["listen", str(tape), "--json", "--alerts", str(alerts)]) == Exit.OUTPUT
    assert ended(run)[0] == 0
    assert not mark.exists()
    assert alerts.is_symlink()
    assert target.stat().st_ino == file


def test_a_killed_run_leaves_its_mark_and_the_next_one_takes_it_away(
    listen: Callable[..., Run], tmp_path: Path
):
    alerts, mark = tmp_path / "a", tmp_path / "a.unfinished"
    run = listen("--alerts", alerts, "--scores", tmp_path / "s.parquet")
    send(run, *CALM, WHALE)
    until(lambda: alerts.exists() and alerts.read_text())
    run.kill()
    run.wait()
    assert mark.exists()
    assert all(json.loads(line) for line in alerts.read_text().splitlines())
    again = listen("--alerts", alerts, "--json")
    send(again, *CALM)
    assert ended(again)[0] == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a"]


def test_alerts_leave_through_a_named_pipe_until_its_reader_goes(
    listen: Callable[..., Run], tmp_path: Path
):
    pipe, scores = tmp_path / "pipe", tmp_path / "s.parquet"
    os.mkfifo(pipe)
    run = listen("--alerts", pipe, "--scores", scores, "--json")
    reader = os.open(pipe, os.O_RDONLY)
    send(run, *CALM, WHALE)
    assert line_from(reader)["kind"]
    os.close(reader)
    send(run, *prints(1501, 1600, whales=95_000))
    code, err = ended(run)
    assert code == Exit.UNREAD
    assert f"whoever read {pipe} has gone after " in err
    assert f"written up to there: {scores}" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_live_run_that_is_asked_to_end_is_finished(
    number: int, listen: Callable[..., Run], tmp_path: Path
):
    alerts, mark = tmp_path / "a", tmp_path / "a.unfinished"
    run = listen("--alerts", alerts, "--json")
    send(run, *CALM, WHALE)
    until(lambda: alerts.exists() and '"sequence": 1500' in alerts.read_text())
    run.send_signal(number)
    assert run.wait(SECONDS) == 128 + number
    assert not mark.exists()
    assert alerts.read_text().count("\n") >= 1


def test_a_live_run_says_what_its_recording_says(listen: Callable[..., Run], tmp_path: Path):
    lines = [*CALM, *prints(1500, 2000, whales=90_000)]
    tape = write(tmp_path / "t.csv", *lines)
    files = {name: tmp_path / name for name in ("a", "b", "a.parquet", "b.parquet")}
    run = listen(
        "--alerts", files["a"], "--scores", files["a.parquet"], "--json", "--fuse",
        "--decisions", tmp_path / "a.jsonl",
    )  # fmt: skip
    for start in range(0, len(lines), 37):
        send(run, *lines[start : start + 37])
        if start % 5 == 0:
            time.sleep(0.002)
    assert ended(run)[0] == 0
    args = ["--device", "cpu", *NAMED, "--json", "--fuse", "--alerts", str(files["b"])]
    args += ["--scores", str(files["b.parquet"]), "--decisions", str(tmp_path / "b.jsonl")]
    assert main(["listen", str(tape), *args]) == 0
    assert files["a"].read_bytes() == files["b"].read_bytes() != b""
    assert files["a.parquet"].read_bytes() == files["b.parquet"].read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_lines_and_summary_do_not_share_the_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tape = write(tmp_path / "t.csv", *CALM)
    assert main(["listen", str(tape), "--json", "--alerts", "-"]) == Exit.USAGE
    assert "would both go to the standard output: name a file" in capsys.readouterr().err


def test_a_full_disk_leaves_whole_lines_and_the_mark(tmp_path: Path):
    alerts = tmp_path / "a"
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"]
    run = subprocess.Popen(
        [*limited, *LISTEN, *NAMED, "--json", "--alerts", str(alerts)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with suppress(BrokenPipeError):  # it may end before it has read all
        send(run, *CALM, *prints(1500, 4000, whales=90_000))
    code, err = ended(run)
    assert code == Exit.OUTPUT
    assert f"cannot write {alerts}: File too large after " in err
    assert f"; unfinished: {alerts}" in err
    assert all(json.loads(line) for line in alerts.read_text().splitlines())
    assert alerts.with_name("a.unfinished").exists()
