"""Placement of a process on its machine: processors, huge pages, locked memory, NUMA node.

What the system does not allow is refused with what, why and what to do; nothing is done halfway
unnoticed. docs/telemetry.md says what each is worth.
"""

import ctypes
import errno
import os
import platform
import resource
from collections.abc import Sequence
from pathlib import Path

from hydrophone_model.errors import RequestError

_MCL_CURRENT, _MCL_FUTURE = 1, 2
_MPOL_BIND = 2
_SET_MEMPOLICY = {"x86_64": 238, "aarch64": 237}
"""Number of the system call."""
_CAP_IPC_LOCK = 14
_NODES = Path("/sys/devices/system/node/online")
_HUGE = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
_TRANSPARENT = Path("/sys/kernel/mm/transparent_hugepage/enabled")


class PlacementError(RequestError):
    """A place that the system does not allow; the message says what, why and what to do."""


def place(
    *,
    cpus: Sequence[int] | None = None,
    huge_pages: bool = False,
    lock_memory: bool = False,
    numa_node: int | None = None,
) -> list[str]:
    """Places the calling thread, those that it starts, and the memory that is taken from now on.

    Call it before a session is opened.

    Args:
        cpus: Processors to run on, counted from 0.
        huge_pages: Whether states of engines lie on reserved huge pages. Without, they lie on
            transparent ones where the system has them.
        lock_memory: Whether all memory, also what is taken later, stays in RAM.
        numa_node: The node that memory is taken from.

    Returns:
        What was done, a sentence each.

    Raises:
        PlacementError: The system does not allow it.
    """
    done: list[str] = []
    if cpus is not None:
        done.append(_run_on(cpus))
    if numa_node is not None:
        done.append(_take_memory_from(numa_node))
    if huge_pages:
        done.append(_use_huge_pages())
    if lock_memory:
        done.append(_lock_memory())
    return done


def _run_on(cpus: Sequence[int]) -> str:
    before = os.sched_getaffinity(0)
    refusal = (
        f"cannot run on processor {_listed(cpus)}: this process may use {_listed(before)}; name "
        "some of these, or widen its cpuset (systemd: AllowedCPUs=, containers: --cpuset-cpus)"
    )
    if not cpus:
        raise PlacementError(f"no processor is named: this process may use {_listed(before)}")
    try:
        os.sched_setaffinity(0, cpus)
    except (OSError, OverflowError, ValueError) as error:
        raise PlacementError(refusal) from error
    if os.sched_getaffinity(0) != set(cpus):  # the system leaves out those it does not allow
        os.sched_setaffinity(0, before)
        raise PlacementError(refusal)
    return f"runs on processor {_listed(cpus)}"


def _take_memory_from(node: int) -> str:
    nodes = _numbers(_read(_NODES))
    number = _SET_MEMPOLICY.get(platform.machine())
    if not nodes or number is None:
        raise PlacementError(
            f"memory cannot be taken from node {node}: this system does not tell NUMA nodes apart; "
            "leave the node out"
        )
    if node not in nodes:
        raise PlacementError(f"there is no NUMA node {node}: this machine has {_listed(nodes)}")
    mask = (ctypes.c_ulong * 16)()
    bits = 8 * ctypes.sizeof(ctypes.c_ulong)
    mask[node // bits] = 1 << node % bits
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, _MPOL_BIND, mask, ctypes.c_ulong(bits * len(mask))):
        raise PlacementError(
            f"memory cannot be taken from node {node} alone: {os.strerror(ctypes.get_errno())}; "
            "containers need permission for set_mempolicy (or start it by numactl --membind)"
        )
    alone = ", the only one there is" if len(nodes) == 1 else ""
    return f"takes memory from NUMA node {node}{alone}"


def _use_huge_pages() -> str:
    free = _read(_HUGE)
    transparent = _read(_TRANSPARENT) or "not there"
    if not free.isdigit() or int(free) == 0:
        raise PlacementError(
            "no huge page is free: reserve some (as root: echo 64 > /proc/sys/vm/nr_hugepages), or "
            f"leave the option out: states lie on transparent ones, which are {transparent} here"
        )
    try:
        from hydrophone import _kernels
    except ImportError as error:
        raise PlacementError(
            f"huge pages are for the C++ engine, which cannot be loaded ({error})"
        ) from error
    _kernels.reserve_huge_pages(True)
    return f"keeps states of engines on reserved huge pages, of which {free} are free"


def _lock_memory() -> str:
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if limit != resource.RLIM_INFINITY and not _may_lock():
        # A later allocation beyond the limit would fail, in the middle of a run.
        raise PlacementError(
            f"memory cannot be locked: this process may lock {limit >> 10:,} KiB; allow any "
            "(systemd: LimitMEMLOCK=infinity, shells: ulimit -l unlimited, containers: --ulimit "
            "memlock=-1), or give it CAP_IPC_LOCK"
        )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE):
        number = ctypes.get_errno()
        more = " (there is not enough RAM)" if number == errno.ENOMEM else ""
        raise PlacementError(f"memory cannot be locked: {os.strerror(number)}{more}")
    return "keeps all memory in RAM"


def _may_lock() -> bool:
    for line in _read(Path("/proc/self/status")).splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            return bool(int(value, 16) >> _CAP_IPC_LOCK & 1)
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _numbers(text: str) -> list[int]:
    """Numbers of a list such as ``0-2,5``."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _listed(numbers: Sequence[int] | set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
