"""`hydrophone listen` over restarts: state in and out, checkpoints, and the alert log."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.host.cli.conftest import Run
from tests.host.tapes import random_tape

from hydrophone.alert_log import AlertLogReader
from hydrophone_cli.command import Exit

VERB = "listen"
EVENTS = 6000
COMMON = ["--device", "cpu", "--alert-budget", "0.02"]
NAMED = ["--tick", "1", "--lot", "1"]


def tape_file(path: Path, seed: int, count: int = EVENTS) -> Path:
    events = random_tape(seed, count, 5)
    events["time_ns"] = np.sort(events["time_ns"])
    events["size"] = np.minimum(events["size"], 10**9)
    lines = ["time,symbol,price,size,side"]
    for event in events:
        side = "sell" if event["side"] else "buy"
        lines.append(
            f"{event['time_ns']},S{event['symbol']},{event['price']},{event['size']},{side}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def tape(tmp_path: Path, seed: int) -> Path:
    return tape_file(tmp_path / "tape.csv", seed)


def logged(path: Path) -> list[dict[str, Any]]:
    with AlertLogReader(path) as log:
        return [alert.record() for alert in log]


def whole(run: Run, tape: Path, folder: Path, *options: str) -> list[dict[str, Any]]:
    """Alerts of a run that nothing interrupts."""
    alerts = folder / "whole.jsonl"
    code, _, err = run(tape, "--alerts", alerts, *COMMON, *NAMED, *options, "--json")
    assert code == Exit.DONE, err
    return [json.loads(line) for line in alerts.read_text().splitlines()]


def test_a_run_in_parts_is_a_run(run: Run, tape: Path, tmp_path: Path) -> None:
    expected = whole(run, tape, tmp_path, "--log", str(tmp_path / "whole.log"))
    assert len(expected) > 20
    assert logged(tmp_path / "whole.log") == expected
    log, state, part = (tmp_path / name for name in ("parts.log", "state", "part.jsonl"))
    told: list[dict[str, Any]] = []
    options = ["--log", log, "--state-out", state, "--alerts", part, *COMMON, *NAMED, "--json"]
    for limit in (1, 1234, 1000, 10**6):
        resumed = ["--state-in", state] if state.exists() else []
        code, out, err = run(tape, *options, *resumed, "--limit", limit)
        assert code == Exit.DONE, err
        told += [json.loads(line) for line in part.read_text().splitlines()]
    assert told == expected
    assert logged(log) == expected
    assert json.loads(out)["alerts"] == len(expected)
    # Nothing is left.
    code, out, _ = run(tape, *options, "--state-in", state)
    assert code == Exit.DONE
    assert json.loads(out)["events"] == 0


def test_other_sources_and_files_are_refused(
    run: Run, tape: Path, tmp_path: Path, seed: int
) -> None:
    state = tmp_path / "state"
    first = [*COMMON, *NAMED, "--json"]
    assert run(tape, *first, "--state-out", state, "--limit", 3000)[0] == Exit.DONE
    other = tape_file(tmp_path / "other.csv", seed + 1)
    code, _, err = run(other, *first, "--state-in", state)
    assert code == Exit.INPUT
    assert "the first 3,000 events are not those that the state was made of" in err
    short = tape_file(tmp_path / "short.csv", seed, 2000)
    code, _, err = run(short, *first, "--state-in", state)
    assert code == Exit.INPUT
    assert "the sources have 2,000 events, and the state is that after 3,000 of them" in err
    code, _, err = run(tape, *first, "--state-in", tape)
    assert code == Exit.INPUT
    assert "is no state of a run: begin without --state-in" in err
    code, _, err = run(tape, "--config", "large", *first, "--state-in", state)
    assert code != Exit.DONE
    assert "needs another design" in err
    state.write_bytes(state.read_bytes()[:-100])
    code, _, err = run(tape, *first, "--state-in", state)
    assert code == Exit.INPUT
    assert "is damaged or cut off" in err
    code, _, err = run(tape, *first, "--checkpoint", 5)
    assert code == Exit.USAGE
    assert "--checkpoint needs --state-out" in err


def test_a_live_source_goes_on_with_its_symbols(run: Run, tmp_path: Path, seed: int) -> None:
    lines = tape_file(tmp_path / "tape.csv", seed).read_text().splitlines()
    head, rows = lines[0], lines[1:]
    state, log = tmp_path / "state", tmp_path / "log"
    command = [sys.executable, "-m", "hydrophone_cli", "listen", "-", *COMMON, "--json"]
    command += ["--log", str(log), "--state-out", str(state)]

    def listen(part: list[str], *options: str) -> subprocess.CompletedProcess[str]:
        text = "\n".join([head, *part]) + "\n"
        return subprocess.run(
            [*command, *options], input=text, capture_output=True, text=True, check=False
        )

    # Symbols come in another order behind the cut: their numbers must not change.
    cut = next(i for i in range(2000, EVENTS) if rows[i].split(",")[1] != rows[0].split(",")[1])
    joined = tmp_path / "joined.csv"
    joined.write_text("\n".join([head, *rows[:2000], *rows[cut:]]) + "\n")
    assert listen(rows[:2000], *NAMED).returncode == Exit.DONE
    done = listen(rows[cut:], *NAMED, "--state-in", str(state))
    assert done.returncode == Exit.DONE, done.stderr
    assert json.loads(done.stdout)["events"] == EVENTS - cut
    assert logged(log) == whole(run, joined, tmp_path)
    refused = listen(rows[2003:], "--state-in", str(state))
    assert refused.returncode == Exit.INPUT
    assert "name them with --tick and --lot" in refused.stderr


@pytest.mark.fuzz(3)
def test_a_killed_run_goes_on_exactly_where_it_was(
    run: Run, tmp_path: Path, fuzz_seed: int
) -> None:
    tape = tape_file(tmp_path / "tape.csv", fuzz_seed, 4 * EVENTS)
    expected = whole(run, tape, tmp_path)
    rng = np.random.default_rng(fuzz_seed)
    log, state = tmp_path / "log", tmp_path / "state"
    command = [sys.executable, "-m", "hydrophone_cli", "listen", str(tape), *COMMON, *NAMED]
    command += ["--log", str(log), "--log-sync", "end", "--state-out", str(state)]
    command += ["--checkpoint", "700", "--json"]
    kills = 0
    for _ in range(30):
        resumed = ["--state-in", str(state)] if state.exists() else []
        with subprocess.Popen(
            [*command, *resumed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            if kills < 4:
                before = log.stat().st_size if log.exists() else 0
                end = time.monotonic() + 60
                while process.poll() is None and time.monotonic() < end:
                    if log.exists() and log.stat().st_size > before:
                        break
                time.sleep(rng.exponential(0.004))
                process.send_signal(signal.SIGKILL)
            _, err = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err.decode()
        kills += 1
        if kills == 2 and log.exists():
            with log.open("ab") as torn:  # as if it had died within a record
                torn.write(os.urandom(int(rng.integers(1, 64))))
    assert logged(log) == expected
    assert kills
