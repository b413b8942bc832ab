"""Stress of the segment over two processors: no torn read gets out, and what is torn is found."""

import re
import subprocess
from collections.abc import Mapping

import pytest
from tests.host.shared_memory.programs import HERE, LOCK, READER, WRITER, compiled

STRESS = HERE / "stress.cpp"
FLAGS = ("-std=c++20", "-O2")
# ThreadSanitizer does not follow fences; no access is anything but atomic, so that it needs not.
THREADS = ("-std=c++20", "-O1", "-g1", "-fsanitize=thread", "-Wno-tsan")
FAULTS = {
    "the reader does not look again": {
        READER: ("return copy[0] == __atomic_load_n(data, __ATOMIC_RELAXED);", "return 1;")
    },
    "the writer does not lock": {
        LOCK: ("SharedWord(words[0]).store(lock - 1, std::memory_order_relaxed);", "")
    },
    "the writer does not count": {WRITER: ("now.version += 2;", "now.version = 2;")},
    "the reader takes what is being written": {READER: ("copy[0] % 2 == 0", "1")},
    "the reader does not count what it missed": {
        READER: ("cursor->missed += oldest - cursor->next;", "")
    },
}
PLAIN_DATA = {
    LOCK: (
        "SharedWord(words[word]).store(value, std::memory_order_relaxed);",
        "words[word] = value;",
    )
}


def run(
    *flags: str, readers: int, seconds: float, reads: float = 1e18, faults: Mapping | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, int]]:
    """Runs the stress; what it printed, as numbers."""
    program = compiled(STRESS, *flags, faults=faults)
    result = subprocess.run(
        [program, str(readers), str(seconds), str(reads)],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    return result, {name: int(n) for name, n in re.findall(r"(\w+)=(\d+)", result.stdout)}


def test_no_torn_read_gets_out():
    enough = False
    # Beside others, a reader may hardly run for so short a time: then once more.
    for _ in range(20):
        result, counts = run(*FLAGS, readers=1, seconds=0.6)
        print(counts)
        assert not result.returncode, result.stderr
        assert not counts["torn"]
        both = min(counts["snapshots"], counts["published"])
        enough = both > 100_000 and counts["alerts"] > 1000 and counts["missed"] > 0
        if enough:
            break
    assert enough


@pytest.mark.nightly
def test_no_torn_read_gets_out_in_hundreds_of_millions():
    result, counts = run(*FLAGS, readers=2, seconds=900, reads=5e8)
    print(counts)
    assert not result.returncode, result.stderr
    assert counts["snapshots"] > 200_000_000


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.nightly) if n > 1 else fault
        for n, fault in enumerate(FAULTS)
    ],
)
def test_a_fault_is_found(fault: str):
    result, counts = run(*FLAGS, readers=1, seconds=20, faults=FAULTS[fault])
    assert result.returncode == 1, (fault, counts, result.stderr)
    assert counts["torn"]


def test_the_thread_sanitizer_finds_nothing():
    result, counts = run(*THREADS, readers=1, seconds=0.2)
    if "unexpected memory mapping" in result.stderr:
        pytest.skip("ThreadSanitizer does not know this kernel's memory layout")
    assert not result.returncode, result.stderr[:4000]
    assert counts["snapshots"]


def test_the_thread_sanitizer_finds_data_that_are_not_atomic():
    result, _ = run(*THREADS, readers=1, seconds=0.2, faults=PLAIN_DATA)
    if "unexpected memory mapping" in result.stderr:
        pytest.skip("ThreadSanitizer does not know this kernel's memory layout")
    assert "data race" in result.stderr
