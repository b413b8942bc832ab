"""Alert log: append-only, each alert once, whatever ends its writer."""

import os
import resource
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import hydrophone
from hydrophone.alert_log import AlertLog, AlertLogError, AlertLogReader, LogStatus, Sync
from hydrophone.feeds.scale import Step
from hydrophone_model.alert_log import HEADER, SLOT


def some(first: int, count: int) -> NDArray[np.void]:
    """Alerts, of events 10 apart."""
    alerts = np.zeros(count, hydrophone.RESULT.dtype)
    alerts["sequence"] = 10 * np.arange(first, first + count)
    alerts["time_ns"] = 1_700_000_000_000_000_000 - alerts["sequence"]  # a clock that runs back
    alerts["price"], alerts["parent_size"], alerts["symbol"] = 5, 7, alerts["sequence"] // 10 % 3
    return alerts


def described(symbol: int) -> tuple[str, Step, Step]:
    return f"symbol {symbol} {'é' * 40}", Step(25, 2), Step(1, -1)


def sequences(path: Path) -> list[int]:
    with AlertLogReader(path) as log:
        return [int(alert.result["sequence"]) for alert in log]


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "alerts.log"


def test_a_log_goes_on_where_it_ended(log_file: Path) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 3), described)
    with AlertLog(log_file, begin=25) as log:
        assert (log.alerts, log.last_sequence, log.torn) == (3, 20, 0)
        log.append(some(3, 2), described)
    assert sequences(log_file) == [0, 10, 20, 30, 40]
    with AlertLogReader(log_file) as log:
        first, *_ = log
        assert log.status is LogStatus.ENDED
    record = first.record()
    assert record["symbol"] == "symbol 0 " + "é" * 12
    assert (record["price"], record["parent_size"]) == (1.25, 70)
    assert log_file.stat().st_mode & 0o777 == 0o600
    assert (log_file.stat().st_size - HEADER.size) % SLOT == 0


def test_a_repeated_run_adds_nothing_and_another_is_refused(log_file: Path) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 5))
    with AlertLog(log_file) as log:
        log.append(some(0, 3))
        log.append(some(3, 4))
        assert log.repeated == 5
    assert sequences(log_file) == [0, 10, 20, 30, 40, 50, 60]
    other = some(0, 8)
    other["price"] += 1
    with AlertLog(log_file) as log, pytest.raises(AlertLogError, match=r"another run.* event 0:"):
        log.append(other)
    with AlertLog(log_file) as log, pytest.raises(AlertLogError, match=r"another run.* event 20:"):
        log.append(np.delete(some(0, 8), 2))
    assert sequences(log_file) == [0, 10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize("cut", [1, 20, SLOT - 1])
def test_a_torn_end_is_told_and_cut_off(log_file: Path, cut: int) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 4))
    os.truncate(log_file, log_file.stat().st_size - cut)
    with AlertLogReader(log_file) as reader:
        assert len(list(reader)) == 3
        assert reader.status is LogStatus.TORN
        assert reader.torn == SLOT - cut
    with AlertLog(log_file) as log:
        assert log.torn == SLOT - cut
        log.append(some(0, 4))
        assert log.repeated == 3
    assert sequences(log_file) == [0, 10, 20, 30]


def test_a_log_of_every_length_is_read(log_file: Path) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 3))
    data = log_file.read_bytes()
    for length in range(len(data)):
        log_file.write_bytes(data[:length])
        with AlertLog(log_file) as log:
            log.append(some(0, 3))
        assert sequences(log_file) == [0, 10, 20], length


def test_damage_within_is_refused_and_kept(log_file: Path) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 5))
    data = bytearray(log_file.read_bytes())
    data[HEADER.size + SLOT + 30] ^= 4
    log_file.write_bytes(data)
    with pytest.raises(AlertLogError, match="slot 1 is broken, and slot 2 behind it is whole"):
        AlertLog(log_file)
    assert log_file.read_bytes() == data
    assert sequences(log_file) == [0]


def test_what_is_no_log_is_refused_and_kept(log_file: Path) -> None:
    for text in (b"something else", bytes(200)):
        log_file.write_bytes(text)
        with pytest.raises(AlertLogError, match="no alert log"):
            AlertLog(log_file)
        with pytest.raises(AlertLogError, match="no alert log"):
            AlertLogReader(log_file)
        assert log_file.read_bytes() == text
    with pytest.raises(AlertLogError, match=r"cannot open .*: Not a directory"):
        AlertLog(log_file / "deeper" / "log")


def test_one_process_writes(log_file: Path) -> None:
    with AlertLog(log_file) as log:
        log.append(some(0, 1))
        with pytest.raises(AlertLogError, match="another process writes"):
            AlertLog(log_file)
        with AlertLogReader(log_file) as reader:
            assert len(list(reader)) == 1
            assert reader.status is LogStatus.WRITTEN
            log.append(some(1, 1))
            assert [int(alert.result["sequence"]) for alert in reader] == [10]


def test_a_full_disk_leaves_whole_alerts(log_file: Path) -> None:
    child = os.fork()
    if child == 0:
        import signal

        code = 1
        try:
            most = HEADER.size + 3 * SLOT + 20
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            log = AlertLog(log_file, sync=Sync.EACH)
            log.append(some(0, 2))
            try:
                log.append(some(2, 2))
            except AlertLogError as error:
                code = 0 if f"cannot write {log_file}: File too large" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sequences(log_file) == [0, 10]
    with AlertLog(log_file) as log:
        assert log.torn == 0


def test_a_killed_writer_is_noticed(log_file: Path) -> None:
    child = os.fork()
    if child == 0:
        log = AlertLog(log_file)
        log.append(some(0, 2))
        os.kill(os.getpid(), 9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    with AlertLogReader(log_file) as reader:
        assert len(list(reader.follow())) == 2
        assert reader.status is LogStatus.ENDED
