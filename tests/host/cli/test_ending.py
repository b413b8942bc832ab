"""How a run ends: by signals, readers that have gone and full disks, with real processes."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq
import pytest
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_cli.listening.batch import Batch
from hydrophone_cli.listening.sinks import Sink

LISTEN = [sys.executable, "-m", "hydrophone_cli", "listen"]
OLD = '{"old": true}\n'
EVENTS, LONG = 60_000, 600_000


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An alert every thousand prints."""
    return written(tmp_path_factory, EVENTS)


@pytest.fixture(scope="module")
def long_tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be interrupted on the golden model of any machine."""
    return written(tmp_path_factory, LONG)


def written(tmp_path_factory: pytest.TempPathFactory, events: int) -> Path:
    lines = [row(i, size=900 if i % 1000 == 999 else i % 5 + 1) for i in range(events)]
    return write(tmp_path_factory.mktemp("tapes") / "t.csv", HEADER, *lines)


def started(
    *args: object, limit: int | None = None, stdin: int | None = None
) -> subprocess.Popen[str]:
    """A run of ``listen`` whose files may grow to ``limit`` bytes; it ignores no signal."""

    def lower() -> None:
        # A shell that starts the tests in its background has SIGINT ignored, nohup SIGHUP.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [*LISTEN, *map(str, args)], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, preexec_fn=lower, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_publishes_what_is_whole_and_says_so(number: int, long_tape: Path, tmp_path: Path):
    files = {name: tmp_path / name for name in ("a.jsonl", "s.parquet")}
    for file in files.values():
        file.write_text(OLD)
    run = started(
        long_tape, "--device", "golden", "--json", "--alert-budget", 0.01,
        "--alerts", files["a.jsonl"], "--scores", files["s.parquet"],
    )  # fmt: skip
    # The first batch has gone to a draft: Parquet's head alone is shorter.
    until(lambda: any(draft.stat().st_size > 4096 for draft in tmp_path.glob(".hydrophone-*")))
    run.send_signal(number)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 128 + number, err
    events = json.loads(out)["events"]
    assert 0 < events < LONG
    said = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    assert f"hydrophone: {said} after {events:,} events; " in err
    assert pq.read_table(files["s.parquet"]).num_rows == events
    alerts = files["a.jsonl"].read_text()
    assert alerts == OLD or len(alerts.splitlines()) == json.loads(out)["alerts"]
    assert {file.name for file in tmp_path.iterdir()} == set(files)


@pytest.mark.fuzz(3)
def test_a_signal_at_any_moment_leaves_files_whole(fuzz_seed: int, tape: Path, tmp_path: Path):
    dice = random.Random(fuzz_seed)
    alerts, scores = tmp_path / "a.jsonl", tmp_path / "s.parquet"
    was_there = dice.random() < 0.5
    if was_there:
        alerts.write_text(OLD)
    number = dice.choice([signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
    run = started(
        tape, "--device", "golden", "--alert-budget", 0.01, "--alerts", alerts, "--scores", scores
    )
    time.sleep(dice.uniform(0, 4))
    run.send_signal(number)
    if dice.random() < 0.5:
        run.send_signal(number)
    _, err = run.communicate(timeout=120)
    what = f"seed {fuzz_seed}, {signal.Signals(number).name}, {run.returncode}: {err}"
    assert run.returncode in (0, -number, 128 + number), what
    if alerts.exists():
        lines = alerts.read_text().splitlines()
        assert all(isinstance(json.loads(line), dict) for line in lines), what
        assert not was_there or lines, what
    else:
        assert not was_there, what
    if scores.exists():
        assert pq.read_table(scores).num_rows, what
    if run.returncode > 0:
        said = "written up to there: " in err
        new = alerts.exists() and alerts.read_text() != OLD
        assert said == (new or scores.exists()), what
        assert "Traceback" not in err, what
    assert main(["listen", str(tape), "--json", "--limit", "1", "--scores", str(scores)]) == 0
    assert {file.name for file in tmp_path.iterdir()} <= {"a.jsonl", "s.parquet"}, what


@pytest.mark.fuzz(3)
def test_a_disk_that_fills_up_leaves_files_whole(fuzz_seed: int, tape: Path, tmp_path: Path):
    dice = random.Random(fuzz_seed)
    alerts, scores = tmp_path / "a.jsonl", tmp_path / "s.parquet"
    alerts.write_text(OLD)
    limit = int(2 ** dice.uniform(1, 21))
    run = started(
        tape, "--device", "cpu", "--json", "--alert-budget", 0.01, "--alerts", alerts,
        "--scores", scores, limit=limit,
    )  # fmt: skip
    out, err = run.communicate(timeout=120)
    what = f"seed {fuzz_seed}, {limit} bytes, {run.returncode}: {err}"
    assert run.returncode in (Exit.DONE, Exit.OUTPUT), what
    assert "Traceback" not in err, what
    lines = alerts.read_text().splitlines()
    assert lines, what
    assert all(isinstance(json.loads(line), dict) for line in lines), what
    if scores.exists():
        assert pq.read_table(scores).num_rows, what
    if run.returncode:
        assert "cannot write " in err, what
    else:
        assert json.loads(out)["events"] == EVENTS
    assert {file.name for file in tmp_path.iterdir()} <= {"a.jsonl", "s.parquet"}, what


def test_an_early_signal_leaves_what_was_there(tmp_path: Path):
    alerts = tmp_path / "a.jsonl"
    alerts.write_text(OLD)
    reader, writer = os.pipe()
    run = started("-", "--device", "cpu", "--json", "--alerts", alerts, stdin=reader)
    os.close(reader)
    os.write(writer, f"{HEADER}\n{row(0)}\n".encode())
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=60)
    os.close(writer)
    assert run.returncode == Exit.TERMINATED
    assert f"left as it was: {alerts}" in err
    assert alerts.read_text() == OLD
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_reader_that_goes_away_ends_the_run_in_order(tape: Path, tmp_path: Path):
    scores = tmp_path / "s.parquet"
    run = started(tape, "--device", "golden", "--alert-budget", 0.01, "--scores", scores)
    assert run.stdout
    run.stdout.readline()
    run.stdout.close()
    run.stdout = None
    _, err = run.communicate(timeout=60)
    assert run.returncode == Exit.UNREAD, err
    assert "whoever read the output has gone after " in err
    assert f"written up to there: {scores}" in err
    assert pq.read_table(scores).num_rows


def test_a_full_disk_saves_the_other_files(tape: Path, tmp_path: Path):
    alerts, scores = tmp_path / "a.jsonl", tmp_path / "s.parquet"
    alerts.write_text(OLD)
    run = started(
        tape, "--device", "cpu", "--json", "--alert-budget", 0.01, "--alerts", alerts,
        "--scores", scores, limit=1 << 16,
    )  # fmt: skip
    out, err = run.communicate(timeout=60)
    assert run.returncode == Exit.OUTPUT
    assert f"cannot write {scores}: " in err
    assert f"; written: {alerts}" in err
    assert alerts.read_text() != OLD
    assert len(alerts.read_text().splitlines()) == json.loads(out)["alerts"]
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path):
    reader, writer = os.pipe()
    run = subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *LISTEN, "-", "--json", "--device", "cpu"],
        stdin=reader, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(reader)
    os.write(writer, f"{HEADER}\n".encode())
    until(lambda: "hydrophone_cli" in Path(f"/proc/{run.pid}/cmdline").read_text())
    run.send_signal(signal.SIGHUP)
    os.write(writer, f"{row(0)}\n".encode())
    os.close(writer)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert json.loads(out)["events"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_fuse_ends_in_order_as_well(number: int, tmp_path: Path):
    rows = [
        f"{1_700_000_000 + i},{system},{who},{i % 7 + j}"
        for i in range(40_000)
        for j, (system, who) in enumerate([("a", "X"), ("a", "Y")])
    ]
    table = write(tmp_path / "s.csv", "time,system,candidate,score", *rows)
    out = tmp_path / "out"
    out.mkdir()
    command = [*LISTEN[:-1], "fuse", str(table), "--device", "golden", "--out"]
    run = subprocess.Popen(
        [*command, str(out / "d.jsonl")], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip
    until(lambda: any(file.stat().st_size for file in out.iterdir()))
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 128 + number, err
    lines = (out / "d.jsonl").read_text().splitlines()
    assert f" after {len(lines):,} of 40,000 times; written up to there: " in err
    assert [file.name for file in out.iterdir()] == ["d.jsonl"]


@pytest.mark.parametrize(
    "module", ["hydrophone_cli.app", "numpy", "hydrophone_cli.commands.verify"]
)
def test_an_interrupt_while_modules_load_is_one_line(module: str):
    script = f"""
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
from hydrophone_cli import main
sys.meta_path.insert(0, Interrupting())
sys.exit(main(["devices"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    said = (done.returncode, done.stdout, done.stderr)
    assert said == (Exit.INTERRUPTED, "", "hydrophone: interrupted\n")


def test_the_entry_point_loads_nothing_that_an_interrupt_could_end():
    script = "import sys; import hydrophone_cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    ours = [name for name in loaded if name.startswith("hydrophone") or name == "numpy"]
    assert ours == ["hydrophone_cli"]


def test_no_sink_can_change_what_the_next_one_reads(tape: Path):
    import hydrophone
    from hydrophone.feeds import open_tape
    from hydrophone_cli.listening.run import process_tape

    class Greedy:
        batches = 0

        def take(self, batch: Batch) -> None:
            self.batches += 1
            for records in (batch.events, batch.results):
                with pytest.raises(ValueError, match="read-only"):
                    records["symbol"] = 1
            with pytest.raises(FrozenInstanceError):
                batch.alerts = ()  # type: ignore[misc]

    greedy = Greedy()
    with hydrophone.open("cpu") as session:
        process_tape(session, open_tape(tape), [cast("Sink", greedy)], limit=2000)
    assert greedy.batches


@pytest.mark.parametrize("more", [[], ["--fuse"]])
def test_lines_for_a_full_standard_output_end_without_a_summary(tape: Path, more: list[str]):
    command = [*LISTEN, str(tape), "--alert-budget", "0.01", "--alerts", "-", *more]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == Exit.OUTPUT
    assert "cannot write to the standard output: No space left on device" in done.stderr
    assert "events/s" not in done.stderr
