import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hydrophone import placement
from hydrophone.placement import PlacementError, place
from hydrophone_cli import main


def in_process(code: str) -> str:
    """What a program prints that changes its own place."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_process_runs_where_it_was_put():
    last = max(os.sched_getaffinity(0))
    found = in_process(
        "import os; from hydrophone.placement import place; import threading\n"
        f"print(place(cpus=[{last}]))\n"
        "thread = threading.Thread(target=lambda: print(os.sched_getaffinity(0)))\n"
        "thread.start(); thread.join()"
    )
    assert found == f"['runs on processor {last}']\n{{{last}}}"


@pytest.mark.parametrize("cpus", [[4000], [0, 4000], [10**9]])
def test_processors_that_may_not_be_used_change_nothing(cpus):
    before = os.sched_getaffinity(0)
    with pytest.raises(PlacementError, match=r"this process may use 0.*; name some of these, or"):
        place(cpus=cpus)
    assert os.sched_getaffinity(0) == before


def test_memory_is_locked_or_refused():
    code = (
        "from hydrophone.placement import place, PlacementError\n"
        "try: print(place(lock_memory=True))\n"
        "except PlacementError as error: print(error)\n"
        "import re; print(re.search('VmLck:.*', open('/proc/self/status').read()).group())"
    )
    done, locked = in_process(code).splitlines()
    if "cannot be locked" not in done:
        assert done == "['keeps all memory in RAM']"
        assert int(locked.split()[1]) > 1000


def test_a_limit_of_locked_memory_is_named(monkeypatch):
    monkeypatch.setattr(placement, "_may_lock", lambda: False)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (8 << 20, 8 << 20))
    with pytest.raises(PlacementError, match="this process may lock 8,192 KiB; allow any"):
        place(lock_memory=True)


def test_huge_pages_that_are_not_reserved(monkeypatch, tmp_path):
    free, transparent = tmp_path / "free", tmp_path / "enabled"
    free.write_text("0\n")
    transparent.write_text("always [madvise] never\n")
    monkeypatch.setattr(placement, "_HUGE", free)
    monkeypatch.setattr(placement, "_TRANSPARENT", transparent)
    with pytest.raises(PlacementError, match=r"no huge page is free: reserve some.*\[madvise\]"):
        place(huge_pages=True)
    monkeypatch.setattr(placement, "_HUGE", tmp_path / "none")
    with pytest.raises(PlacementError, match="no huge page is free"):
        place(huge_pages=True)


def test_states_lie_on_huge_pages_while_some_are_free():
    # More engines than pages: the others get ordinary memory, and all is given back.
    found = in_process(
        "from hydrophone import _kernels, open as opened\n"
        "from hydrophone_bench.tape import synthetic\n"
        "def free(): return open('/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages').read()"
        "\nbefore = free(); _kernels.reserve_huge_pages(True)\n"
        "sessions = [opened('cpu') for _ in range(300)]\n"
        "during = free()\n"
        "tape = synthetic(events=1000, symbols=64)\n"
        "expected = sessions[0].process(tape)\n"
        "print(all((s.process(tape) == expected).all() for s in sessions[1:]))\n"
        "[s.close() for s in sessions]\n"
        "print(free() == before, int(before) == 0 or int(during) < int(before))"
    )
    assert found == "True\nTrue True"


def test_nodes(monkeypatch, tmp_path):
    nodes = tmp_path / "online"
    nodes.write_text("0,2-3\n")
    monkeypatch.setattr(placement, "_NODES", nodes)
    with pytest.raises(PlacementError, match="there is no NUMA node 1: this machine has 0, 2, 3"):
        place(numa_node=1)
    monkeypatch.setattr(placement, "_NODES", tmp_path / "none")
    with pytest.raises(PlacementError, match="does not tell NUMA nodes apart; leave the node out"):
        place(numa_node=0)


@pytest.mark.skipif(not Path("/sys/devices/system/node/node0").exists(), reason="no NUMA nodes")
def test_memory_is_taken_from_a_node():
    found = in_process(
        "from hydrophone.placement import place, PlacementError\n"
        "try:\n print(place(numa_node=0)[0])\n"
        " print(open('/proc/self/numa_maps').read().splitlines()[-1].split()[1])\n"
        "except PlacementError as error: print(error)"
    )
    assert found.startswith("takes memory from NUMA node 0") or "set_mempolicy" in found
    assert "bind:0" in found or "set_mempolicy" in found


def test_a_command_is_refused_before_it_opens_anything(capsys, tmp_path):
    assert main(["listen", str(tmp_path / "none.csv"), "--cpu", "4000"]) == 2
    assert "cannot run on processor 4000" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["listen", "x.csv", "--cpu", "0,one"])
    assert "a processor's number" in capsys.readouterr().err
