"""Segments that are stale, damaged or not one's own: clear errors, never a crash."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from tests.host.shared_memory.programs import compiled
from tests.host.test_contract import SMALL

from hydrophone import Publisher, SharedMemoryError, attach
from hydrophone_model.records import RESULT, ResultFlag
from hydrophone_model.shared_memory import ALERT, HEADER, Segment

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "shared_memory.c"
SLOTS = 8
LAYOUT = Segment(SMALL.pipeline.symbols, SLOTS)

PUBLISHING = """
import sys
import numpy as np
from hydrophone import Publisher
from tests.host.test_contract import SMALL
from hydrophone_model.records import RESULT
results = np.zeros(64, RESULT.dtype)
results["symbol"], results["flags"] = np.arange(64) % 16, 1
with Publisher(sys.argv[1], SMALL, alert_slots=8) as publisher:
    print("publishing", flush=True)
    while True:
        publisher.publish(results)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "segment"


def some_results() -> np.ndarray:
    results = np.zeros(20, RESULT.dtype)
    results["symbol"], results["sequence"] = np.arange(20) % 4, np.arange(20)
    results["flags"] = ResultFlag.ALERT
    return results


def left_behind(place: Path) -> bytearray:
    """What a publisher that was killed has left: its bytes, which also lie in the place."""
    child = os.fork()
    if not child:
        with suppress(BaseException):
            publisher = Publisher(place, SMALL, symbols=["A"], alert_slots=SLOTS)
            publisher.publish(some_results())
        os._exit(0)
    os.waitpid(child, 0)
    return bytearray(place.read_bytes())


def read_everything(place: Path) -> None:
    """Attaches to whatever it is, and reads all there is to read."""
    with attach(place, stale=True) as shared:
        _ = shared.state, shared.silence, shared.symbols, shared.header
        with suppress(SharedMemoryError):
            shared.snapshots()
        for start in ("oldest", "newest", 0, 2**62):
            shared.alerts(start).poll()


def replaced(place: Path, data: bytes | bytearray) -> None:
    place.write_bytes(data)
    place.chmod(0o600)


def test_a_writer_that_is_killed_is_noticed_and_replaced(place: Path):
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHING, str(place)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        shared = attach(place)
        assert shared.alive
        with pytest.raises(SharedMemoryError, match=rf"another process \({writer.pid}\) publishes"):
            Publisher(place, SMALL)
        while not shared.header["events"]:
            time.sleep(0.001)
        os.kill(writer.pid, signal.SIGKILL)
        # It stays as a zombie until its parent has asked for it.
        end = time.monotonic() + 10
        while shared.alive and time.monotonic() < end:
            time.sleep(0.001)
        assert shared.state == "gone"
    with pytest.raises(SharedMemoryError, match=rf"process {writer.pid}, is gone: start it again"):
        attach(place)
    read_everything(place)
    with Publisher(place, SMALL), attach(place) as anew:
        assert shared.state == "replaced"
        assert anew.generation == shared.generation + 1
        assert not anew.header["events"]
    shared.close()


def test_a_reader_that_is_killed_hinders_no_one(place: Path):
    with Publisher(place, SMALL) as publisher:
        child = os.fork()
        if not child:
            with suppress(BaseException), attach(place) as shared:
                while True:
                    shared.snapshots()
            os._exit(0)
        publisher.publish(some_results())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        publisher.publish(some_results())
        with attach(place) as shared:
            assert shared.snapshot(0)["events"] == 10


def test_a_snapshot_in_the_middle_of_which_the_writer_stopped_is_said_to_be_so(place: Path):
    data = left_behind(place)
    data[LAYOUT.snapshots] |= 1
    first = LAYOUT.alerts + 3 * ALERT.size
    data[first : first + 8] = (2 * 19 + 1).to_bytes(8, "little")
    replaced(place, data)
    with attach(place, stale=True) as shared:
        with pytest.raises(SharedMemoryError, match="has stopped in the middle of a snapshot"):
            shared.snapshot(0)
        assert shared.snapshot(1)["events"] == 5
        alerts = shared.alerts("oldest")
        assert alerts.poll()["sequence"].tolist() == list(range(13, 19))


@pytest.mark.parametrize("member", ["pid_start", "boot_id", "pid"])
def test_a_number_that_another_process_has_now_is_not_taken_for_the_writers(
    place: Path, member: str
):
    with Publisher(place, SMALL), place.open("r+b") as file:
        attach(place).close()
        file.seek(HEADER.offset(member))
        file.write(b"\x01")
        file.flush()
        with pytest.raises(SharedMemoryError, match="is gone"):
            attach(place)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("magic", "is not a segment of Hydrophone"),
        ("version", r"has layout version \d+, this reader knows 1: use the same release"),
        ("layout_hash", r"has the layout 0x\w+, this reader knows 0x\w+: use the same release"),
        ("symbols", "is damaged: sizes in its header"),
        ("alert_slots", "is damaged: sizes in its header"),
        ("size", "is damaged: sizes in its header"),
        ("state", "is damaged: sizes in its header"),
    ],
)
def test_a_header_of_another_kind_is_refused(place: Path, member: str, message: str):
    data = left_behind(place)
    data[HEADER.offset(member)] ^= 0x55
    replaced(place, data)
    with pytest.raises(SharedMemoryError, match=message):
        attach(place, stale=True)


@pytest.mark.parametrize("size", [0, 1, HEADER.size - 1, HEADER.size, LAYOUT.size - 1])
def test_a_file_that_was_cut_is_refused(place: Path, size: int):
    replaced(place, left_behind(place)[:size])
    with pytest.raises(SharedMemoryError, match=r"is damaged|is not a segment"):
        attach(place, stale=True)


def test_a_segment_that_is_cut_while_it_is_read_is_noticed(place: Path):
    with Publisher(place, SMALL), attach(place) as shared:
        os.truncate(place, HEADER.size)
        assert shared.state == "truncated"
        assert not shared.alive


def test_a_header_with_any_byte_changed_leads_nowhere(place: Path):
    whole = left_behind(place)
    outcomes = {"read": 0, "refused": 0}
    for offset in range(HEADER.size):
        for value in (0x01, 0x80, 0xFF):
            data = whole.copy()
            data[offset] ^= value
            replaced(place, data)
            try:
                read_everything(place)
            except SharedMemoryError:
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
    assert min(outcomes.values()) > 100


@pytest.mark.fuzz(40)
def test_a_body_of_garbage_leads_nowhere(place: Path, fuzz_seed: int):
    rng = np.random.default_rng(fuzz_seed)
    data = left_behind(place) if fuzz_seed == 0 else bytearray(_whole(place))
    start = (HEADER.offset("heartbeat_ns"), LAYOUT.names, LAYOUT.snapshots)[fuzz_seed % 3]
    data[start:] = rng.integers(0, 256, len(data) - start, dtype=np.uint8).tobytes()
    replaced(place, data)
    read_everything(place)


def _whole(place: Path) -> bytes:
    """A segment that ended well, as it lies in memory."""
    with Publisher(place, SMALL, alert_slots=SLOTS) as publisher:
        publisher.publish(some_results())
        return place.read_bytes()


def as_link(place: Path) -> None:
    place.rename(place.with_name("other"))
    place.symlink_to("other")


def as_pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place, 0o600)


def as_folder(place: Path) -> None:
    place.unlink()
    place.mkdir(mode=0o700)


def as_anothers(place: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives a file away")
    os.chown(place, 65534, -1)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_segment_that_others_may_open_is_refused(place: Path, mode: int):
    left_behind(place)
    place.chmod(mode)
    for use in (lambda: attach(place, stale=True), lambda: Publisher(place, SMALL)):
        with pytest.raises(SharedMemoryError, match="not yours"):
            use()


@pytest.mark.parametrize("change", [as_link, as_pipe, as_folder, as_anothers])
def test_what_is_not_an_own_file_is_refused_and_left_alone(
    place: Path, change: Callable[[Path], None]
):
    left_behind(place)
    change(place)
    before = place.lstat()
    with pytest.raises(SharedMemoryError, match=r"not yours|cannot"):
        attach(place, stale=True)
    with pytest.raises(SharedMemoryError, match=r"not yours|cannot publish"):
        Publisher(place, SMALL)
    assert place.lstat().st_ino == before.st_ino
    assert not list(place.parent.glob(".*.new"))


def test_a_file_that_is_no_segment_is_left_alone(place: Path):
    replaced(place, b"the savings of a lifetime")
    with pytest.raises(SharedMemoryError, match="is no segment: remove it, or use another name"):
        Publisher(place, SMALL)
    assert place.read_bytes() == b"the savings of a lifetime"


def test_a_lock_that_is_a_link_is_refused(place: Path, tmp_path: Path):
    (tmp_path / ".segment.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(SharedMemoryError, match="cannot publish"):
        Publisher(place, SMALL)
    assert not (tmp_path / "victim").exists()


def test_only_the_owner_may_open_what_is_published(place: Path, tmp_path: Path):
    before = os.umask(0)
    try:
        with Publisher(place, SMALL):
            for path in tmp_path.iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_full_file_system_is_said_and_leaves_nothing(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SharedMemoryError, match=r"cannot publish in .*: No space left on device"):
        Publisher(place, SMALL)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [".segment.lock"]
    Publisher(place, SMALL).close()


@pytest.mark.parametrize("name", ["", "a b", "../a", "a/b", "x" * 65, "ü", "a\nb"])
def test_a_name_that_is_none_is_refused(name: str):
    for use in (lambda: attach(name), lambda: Publisher(name, SMALL)):
        with pytest.raises(SharedMemoryError, match="is no name: use 1 to 64 letters"):
            use()


def test_a_name_stands_for_a_file_of_the_user():
    name = f"test-{os.getpid()}"
    with Publisher(name, SMALL) as publisher:
        assert str(publisher.path) == f"/dev/shm/hydrophone-{os.geteuid()}-{name}"
        attach(name).close()
    with pytest.raises(SharedMemoryError, match=f"--publish {name}"):
        attach(name)
    publisher.path.with_name(f".{publisher.path.name}.lock").unlink()


def test_the_reader_in_c_reads_what_is_published(place: Path):
    program = compiled(EXAMPLE, "-std=c11", "-O2", "-pedantic", "-Wconversion")
    assert subprocess.run([program, place], capture_output=True).returncode == 1
    with Publisher(place, SMALL, symbols=["A", "B", "C", "D"], alert_slots=32) as publisher:
        publisher.publish(some_results())
        reader = subprocess.Popen([program, place], stdout=subprocess.PIPE, text=True)
        time.sleep(0.1)
    lines = reader.communicate(timeout=30)[0].splitlines()
    assert len(lines) == 20
    assert lines[5] == "B parent=0 score=0 events=5 price=0 missed=0"
