"""Soak: a tape replayed over and over at the highest rate; memory flat, counters exact."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.host.cli.conftest import Run
from tests.host.cli.test_checkpoint import COMMON, NAMED, logged, tape_file, whole
from tests.host.tapes import random_tape

import hydrophone
from hydrophone.alert_log import AlertLog

VERB = "listen"
BATCH = 4096
WARM, MOST = 8, 4 << 20
"""Rounds before memory is looked at, and bytes that it may grow by after."""


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("rounds", [16, pytest.param(4000, marks=pytest.mark.nightly)])
def test_memory_is_flat_and_nothing_is_lost(rounds: int, tmp_path: Path, seed: int) -> None:
    events = random_tape(seed, 8 * BATCH, 16)
    session, alerts = hydrophone.open("cpu", alert_budget=0.002), 0
    results = np.empty(BATCH, hydrophone.RESULT.dtype)
    sizes: list[int] = []
    with AlertLog(tmp_path / "log") as log:
        for turn in range(rounds):
            for start in range(0, len(events), BATCH):
                batch = events[start : start + BATCH]
                batch["sequence"] = np.arange(BATCH) + turn * len(events) + start
                session.process(batch, results)
                found = hydrophone.alerts(results)
                alerts += len(found)
                log.append(found)
            sizes.append(resident())
    counters = session.counters
    assert (counters.events, counters.alerts) == (rounds * len(events), alerts)
    assert log.alerts == alerts > rounds
    grown = sizes[-1] - sizes[WARM]
    print(f"{counters.events:,} events, {alerts:,} alerts, grown by {grown / 1e6:.2f} MB")
    assert grown < MOST


@pytest.mark.nightly
def test_a_long_run_says_what_short_ones_say(run: Run, tmp_path: Path, seed: int) -> None:
    """Cut by a checkpoint every 5,000 events, a long tape has the alerts of one run."""
    tape = tape_file(tmp_path / "tape.csv", seed, 400_000)
    expected = whole(run, tape, tmp_path)
    log, state = tmp_path / "log", tmp_path / "state"
    for limit in (100_000, 150_000, 10**9):
        resumed = ["--state-in", state] if state.exists() else []
        code, out, err = run(
            tape, *COMMON, *NAMED, "--log", log, "--state-out", state,
            "--checkpoint", 5000, "--json", "--limit", limit, *resumed,
        )  # fmt: skip
        assert code == 0, err
    assert logged(log) == expected
    assert json.loads(out)["alerts"] == len(expected)
