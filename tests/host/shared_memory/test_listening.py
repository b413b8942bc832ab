"""`hydrophone listen --publish`: another process reads what is heard, and how the run ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hydrophone import SharedMemoryError, attach
from hydrophone.shared_memory import SharedReader

PRINTS = 400


def lines(count: int) -> bytes:
    """Prints of a symbol: of one lot, but every fiftieth one."""
    rows = [
        f"{1_700_000_000_000_000_000 + n * 10_000_000},ES,{100 + n % 2},{1 if n % 50 else 5000}"
        for n in range(1, count + 1)
    ]
    return "\n".join(["time,symbol,price,size", *rows, ""]).encode()


def until(found: Callable[[], object], what: str) -> object:
    """Waits for something to come true."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise TimeoutError(what)


def attached(place: Path) -> SharedReader | None:
    try:
        return attach(place)
    except SharedMemoryError:
        return None


@pytest.mark.parametrize(
    ("ending", "state"), [(None, "ended"), (signal.SIGTERM, "ended"), (signal.SIGKILL, "gone")]
)
def test_another_process_reads_what_is_heard(
    tmp_path: Path, ending: signal.Signals | None, state: str
):
    place = tmp_path / "segment"
    command = [sys.executable, "-m", "hydrophone_cli", "listen", "-", "--tick", "1", "--lot", "1"]
    command += ["--publish", str(place), "--device", "cpu", "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdin is not None
        shared = until(lambda: attached(place), "the segment")
        assert isinstance(shared, SharedReader)
        alerts = shared.alerts("oldest")
        run.stdin.write(lines(PRINTS))
        run.stdin.flush()
        until(lambda: shared.header["events"] >= PRINTS - 1, "the events")
        assert shared.alive
        assert shared.pid == run.pid
        assert shared.symbols == ("ES",)
        if ending is not None:
            run.send_signal(ending)
        run.stdin.close()
        run.wait(30)
    snapshot = shared.snapshot("ES")
    assert snapshot["events"] in {PRINTS - 1, PRINTS}
    found = alerts.poll()
    assert len(found) == snapshot["alerts"] > 0
    assert shared.state == state
    assert place.exists() == (state == "gone")
    shared.close()
