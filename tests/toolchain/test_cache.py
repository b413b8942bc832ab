"""The build cache keeps to its limit: used longest ago goes first, what is in use never does."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrophone_model.errors import ConfigError
from hydrophone_toolchain import cache

KILO = 1 << 10
ROOT = str(Path(cache.__file__).parents[1])
USE = """
import sys
sys.path.insert(0, sys.argv[1])
from hydrophone_toolchain import cache
cache.built("sim", sys.argv[2], lambda folder: (folder / "file").write_bytes(bytes(1024)) and None)
"""


@pytest.fixture(autouse=True)
def home(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.LIMIT, "1G")
    return empty_cache / "sim"


def fill(folder: Path) -> None:
    (folder / "file").write_bytes(bytes(KILO))


def leave(name: str, used: int) -> Path:
    """A build that another process made and left, used last at a time."""
    subprocess.run([sys.executable, "-c", USE, ROOT, name], check=True)
    folder = cache.cache_folder() / "sim" / name
    os.utime(folder, (used, used))
    return folder


@pytest.fixture
def user() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that uses the build `a`, until its input ends."""
    code = f"{USE}print('ready', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, ROOT, "a"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield process
        assert process.stdin
        process.stdin.close()


def names() -> list[str]:
    return [entry.folder.name for entry in cache.entries()]


def test_the_one_used_longest_ago_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in enumerate("abc"):
        leave(name, 1000 + place)
    leave("a", 2000)
    monkeypatch.setenv(cache.LIMIT, str(3 * KILO))
    cache.built("sim", "new", fill)
    assert names() == ["c", "a", "new"]
    assert {path.name for path in home.iterdir()} == {
        *("c", "a", "new"),
        *(".c.lock", ".a.lock", ".new.lock"),
    }


def test_a_use_counts_as_new() -> None:
    for place, name in enumerate("ab"):
        leave(name, 1000 + place)
    cache.built("sim", "a", lambda _: pytest.fail("it is there"))
    assert names() == ["b", "a"]


def test_what_another_process_uses_stays(user: subprocess.Popen[bytes]) -> None:
    leave("b", 9)
    os.utime(cache.cache_folder() / "sim" / "a", (1, 1))
    assert [entry.folder.name for entry in cache.clear()] == ["b"]
    assert names() == ["a"]
    assert user.stdin
    user.stdin.close()
    user.wait()
    assert [entry.folder.name for entry in cache.clear()] == ["a"]
    assert names() == []


def test_what_this_process_uses_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = cache.built("sim", "mine", fill)
    monkeypatch.setenv(cache.LIMIT, "0")
    also = cache.built("sim", "also", fill)
    assert cache.clear() == []
    assert mine.is_dir()
    assert also.is_dir()


def test_a_build_that_was_removed_by_hand_is_made_again(home: Path) -> None:
    made = cache.built("sim", "gone", fill)
    (made / "file").unlink()
    made.rmdir()
    (home / ".gone.lock").unlink()
    assert (cache.built("sim", "gone", fill) / "file").is_file()


def test_a_build_that_fails_leaves_no_trace_and_is_tried_again() -> None:
    def fail(_: Path) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.built("sim", "late", fail)
    assert names() == []
    assert cache.built("sim", "late", fill).is_dir()


def test_what_a_dead_builder_left_is_cleared(home: Path) -> None:
    draft = home / ".dead-abc"
    draft.mkdir(parents=True)
    fill(draft)
    (home / ".dead.lock").touch()
    cache.clear()
    assert list(home.iterdir()) == []


def test_two_that_want_the_same_build_make_it_once() -> None:
    made: list[Path] = []
    both = threading.Barrier(2)

    def build(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    def want() -> None:
        both.wait()
        cache.built("sim", "one", build)

    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


STORM = """
import random, sys
sys.path.insert(0, sys.argv[1])
from hydrophone_toolchain import cache
rng = random.Random(int(sys.argv[2]))
for _ in range(60):
    name = f"n{rng.randrange(12)}"
    folder = cache.built("sim", name, lambda f: (f / "file").write_text(name * 300) and None)
    assert (folder / "file").read_text() == name * 300, name
    if rng.random() < 0.2:
        cache.clear()
"""


def test_many_at_once_never_lose_what_they_use(
    monkeypatch: pytest.MonkeyPatch, seed: int, home: Path
) -> None:
    monkeypatch.setenv(cache.LIMIT, str(2 * KILO))
    running = [
        subprocess.Popen([sys.executable, "-c", STORM, ROOT, str(seed + number)], stderr=-1)
        for number in range(4)
    ]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
    cache.clear()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("500", 500), ("2K", 2048), ("1.5M", 3 << 19), ("4GiB", 4 << 30), ("1 TB", 1 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert cache.size_of(text, "x") == size


def test_a_limit_is_the_variable_s_then_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.LIMIT)
    assert cache.cache_limit() == 4 << 30
    cache.set_limit(5000)
    assert cache.cache_limit() == 5000
    monkeypatch.setenv(cache.LIMIT, "6K")
    assert cache.cache_limit() == 6 * KILO
    monkeypatch.setenv(cache.LIMIT, "much")
    with pytest.raises(ConfigError, match="HYDROPHONE_CACHE_LIMIT = 'much' is no size: use bytes"):
        cache.built("sim", "x", fill)
    assert names() == []


def test_who_reads_the_limit_while_it_is_set_finds_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(cache.LIMIT)
    cache.set_limit(1)
    setter = threading.Thread(target=lambda: [cache.set_limit(size) for size in range(1, 300)])
    setter.start()
    while setter.is_alive():
        assert 0 < cache.cache_limit() < 300
    setter.join()
    assert [path.name for path in cache.cache_folder().iterdir()] == ["limit"]


def test_a_limit_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(cache.LIMIT)
    cache.set_limit(1)
    (cache.cache_folder() / "limit").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"limit = .* is no size"):
        cache.cache_limit()
