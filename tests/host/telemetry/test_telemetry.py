import json
import os
import subprocess
import sys
import time

import pytest

import hydrophone
from hydrophone import telemetry_file
from hydrophone._kernels import clock_interval
from hydrophone.telemetry import ALERTS
from hydrophone.telemetry_file import TelemetryError, TelemetryFile, names, read
from hydrophone_bench.tape import synthetic
from hydrophone_model.histogram import LogHistogram

GOOD = {"version": 1, "state": "running", "time": 0.0, "pid": 1}


def test_a_snapshot_holds_counters_stages_and_each_symbols_latest_result(recorded):
    events = synthetic(events=20_000, symbols=12)
    with hydrophone.open("cpu") as session:
        results = session.process(events)
    snapshot = json.loads(json.dumps(recorded.snapshot()))
    counters = snapshot["counters"]
    assert (counters["events"], counters["alerts"]) == (20_000, len(hydrophone.alerts(results)))
    assert counters["skipped"] == {"time_backwards": 3}
    assert counters["passed_over"] == 2
    assert counters["dropped"] == {"alert_queue": 0}
    assert set(snapshot["stages"]) == {"process", "engine"}
    assert snapshot["stages"]["process"]["events"] == 20_000
    # The last few wait for a call that is timed.
    engine = LogHistogram.of_sparse(snapshot["stages"]["engine"]["buckets"])
    assert 20_000 - clock_interval() < engine.count <= 20_000
    assert len(snapshot["alerts"]) == min(ALERTS, counters["alerts"])
    assert len(snapshot["symbols"]) == 12
    for symbol in snapshot["symbols"]:
        number = 11 if "red" in symbol["symbol"] else int(symbol["symbol"][1:])
        own = results[results["symbol"] == number]
        assert symbol["events"] == own.size
        assert symbol["alerts"] == len(hydrophone.alerts(own))
        assert symbol["parent_size"] == own["parent_size"][-1]
        assert symbol["time_ns"] == own["time_ns"][-1]
    times = [symbol["time_ns"] for symbol in snapshot["symbols"]]
    assert times == sorted(times, reverse=True)


def test_drops_of_others_are_counted_in_one_place(recorded):
    missed = [0]
    recorded.dropped["slow_subscribers"] = lambda: missed[0]
    missed[0] = 7
    for _ in range(2):
        dropped = recorded.snapshot()["counters"]["dropped"]
        assert dropped == {"alert_queue": 0, "slow_subscribers": 7}


def test_a_snapshot_is_read_by_its_name_and_the_last_one_stays(runtime, recorded, monkeypatch):
    monkeypatch.setattr(telemetry_file, "PERIOD", 0.01)
    with TelemetryFile("mine", recorded.snapshot):
        first = read("mine")
        assert (first["name"], first["state"], first["pid"]) == ("mine", "running", os.getpid())
        until = time.monotonic() + 5
        while read("mine")["time"] == first["time"] and time.monotonic() < until:
            time.sleep(0.01)
        assert read("mine")["time"] > first["time"]
        recorded.finish()
    assert read("mine")["state"] == "ended"
    assert names() == ["mine"]
    assert {oct(path.stat().st_mode & 0o777) for path in runtime.iterdir()} == {"0o600"}
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_two_runs_do_not_share_a_name(runtime, recorded):
    with (
        TelemetryFile("mine", recorded.snapshot),
        pytest.raises(TelemetryError, match="another process writes telemetry as mine"),
    ):
        TelemetryFile("mine", recorded.snapshot)
    with TelemetryFile("mine", recorded.snapshot):
        pass


def test_a_writer_that_was_killed_is_gone(runtime):
    code = (
        "import os, sys\nfrom hydrophone.telemetry_file import TelemetryFile\n"
        "file = TelemetryFile('mine', lambda: dict(version=1, pid=os.getpid(), state='running', "
        "time=4e9))\nfile.__enter__()\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code])
    assert done.returncode == -9
    assert read("mine")["state"] == "gone"


def test_a_writer_that_hangs_is_stuck(runtime):
    record = {**GOOD, "pid": os.getpid(), "time": time.time() - 6}
    with TelemetryFile("mine", lambda: record):
        assert read("mine")["state"] == "stuck"


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "a" * 65, "a\n", "ä"])
def test_names_that_are_none(runtime, name):
    with pytest.raises(TelemetryError, match="is no name of a run: use letters"):
        read(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no snapshot"),
        (b"[1]", "is of another version than 1"),
        (b'{"version": 2}', "is of another version than 1"),
        (b"[" * 100_000, "holds no snapshot"),
        (b"\xff\xfe", "holds no snapshot"),
    ],
)
def test_files_that_are_no_snapshots(runtime, content, message):
    runtime.mkdir(mode=0o700)
    (runtime / "mine.telemetry.json").write_bytes(content)
    with pytest.raises(TelemetryError, match=message):
        read("mine")


def test_links_and_folders_of_others_are_not_followed(runtime, tmp_path, recorded):
    runtime.mkdir(mode=0o700)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(json.dumps(GOOD))
    (runtime / "mine.telemetry.json").symlink_to(elsewhere)
    with pytest.raises(TelemetryError, match="cannot be read"):
        read("mine")
    runtime.chmod(0o777)
    with pytest.raises(TelemetryError, match="must be a folder of this user alone"):
        TelemetryFile("other", recorded.snapshot)


def test_a_name_that_nothing_runs_as(runtime, recorded):
    with pytest.raises(TelemetryError, match="nothing runs as mine: start `hydrophone listen"):
        read("mine")
    with TelemetryFile("other", recorded.snapshot):
        pass
    with pytest.raises(TelemetryError, match="nothing runs as mine: there is other"):
        read("mine")


def test_folders_that_cannot_be_made(monkeypatch, tmp_path, recorded):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "hydrophone").write_text("")
    with pytest.raises(TelemetryError, match=r"cannot be written|must be a folder"):
        TelemetryFile("mine", recorded.snapshot)
