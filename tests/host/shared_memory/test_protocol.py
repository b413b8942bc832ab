"""Model check of the protocol: no execution that C++'s memory model allows accepts a torn read.

The model is RC11 (Lahav and others, *Repairing sequential consistency in C/C++11*, 2017) without
what the protocol does not use: no read-modify-writes, no sequential consistency. Every location has
one writer, so that its modification order is the writer's order. An SMT solver chooses which write
each read reads from; happens-before follows; it looks for a choice that is coherent and that the
reader accepts though the data are of two records. The programs are read from the sources: the
order of the atomic operations, and their memory orders.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import pytest
from tests.host.shared_memory.programs import LOCK, READER, sources

z3 = pytest.importorskip("z3", reason="no z3: pip install z3-solver")

WORDS = 2
"""Data words of a record: two can be torn."""
RECORDS = 3
"""Records that the writer writes, one over the other; a reader reads once, at any time."""


@dataclass(frozen=True)
class Operation:
    """An atomic operation of a thread: a ``store``, ``load`` or ``fence``."""

    kind: str
    order: str
    location: str = ""
    value: int = 0

    @property
    def releases(self) -> bool:
        return self.kind != "load" and self.order == "release"

    @property
    def acquires(self) -> bool:
        return self.kind != "store" and self.order == "acquire"


def body(text: str, name: str) -> str:
    """The body of a function, up to the brace that closes it at the margin."""
    return re.split(r"\n}", text[text.index(name) :], maxsplit=1)[0]


def writer(text: str) -> list[Operation]:
    """What the writer does, record after record, as `write_locked` says."""
    found = re.findall(
        r"words\[(\w+)\]\)\.store\((lock - 1|lock|value), std::memory_order_(\w+)\)"
        r"|(atomic_thread_fence)\(std::memory_order_(\w+)\)",
        body(text, "inline void write_locked"),
    )
    program = [Operation("store", "relaxed", name) for name in locations()]
    for record in range(1, RECORDS + 1):
        for _, value, order, fence, fence_order in found:
            if fence:
                program.append(Operation("fence", fence_order))
            elif value == "value":
                program += [Operation("store", order, f"data{w}", record) for w in range(WORDS)]
            else:
                locked = 2 * record - (value == "lock - 1")
                program.append(Operation("store", order, "lock", locked))
    return program


def reader(text: str) -> list[Operation]:
    """What one try of a reader does, as `hydrophone_shared_copy_` says."""
    found = re.findall(
        r"__atomic_load_n\(data( \+ word)?, __ATOMIC_(\w+)\)"
        r"|__atomic_thread_fence\(__ATOMIC_(\w+)\)",
        body(text, "static inline int hydrophone_shared_copy_"),
    )
    program: list[Operation] = []
    for word, order, fence in found:
        if fence:
            program.append(Operation("fence", fence.lower()))
        else:
            names = [f"data{w}" for w in range(WORDS)] if word else ["lock"]
            program += [Operation("load", order.lower(), name) for name in names]
    return program


def locations() -> list[str]:
    return ["lock", *(f"data{word}" for word in range(WORDS))]


def torn_read(wanted: int | None = None, faults: Mapping | None = None) -> dict[str, int] | None:
    """Values of a torn read that is accepted, or None: there is no such execution.

    Args:
        wanted: The lock that the reader wants, as in the alert ring; None: any even one.
        faults: Of the sources, as `sources` takes them.
    """
    texts = sources(faults)
    threads = [writer(texts[LOCK]), reader(texts[READER])]
    events = [(thread, place) for thread in (0, 1) for place in range(len(threads[thread]))]
    of = {event: threads[event[0]][event[1]] for event in events}
    solver = z3.Solver()

    stores = {
        name: [e for e in events if of[e].kind == "store" and of[e].location == name]
        for name in locations()
    }
    loads = [e for e in events if of[e].kind == "load"]
    reads_from = {load: z3.Int(f"rf{load[1]}") for load in loads}
    for load, place in reads_from.items():
        solver.add(place >= 0, place < len(stores[of[load].location]))

    # Synchronises-with: a release, at a store or a fence before it, meets an acquire, at a load
    # that reads from the store or a fence behind it.
    fences = [e for e in events if of[e].kind == "fence"]
    meetings: list[tuple[int, int, object]] = []
    for load in loads:
        acquires = [e for e in [load, *fences] if of[e].acquires and e >= load]
        for place, store in enumerate(stores[of[load].location]):
            releases = [e for e in [store, *fences] if of[e].releases and e <= store]
            meetings += [
                (release[1], acquire[1], reads_from[load] == place)
                for release, acquire in product(releases, acquires)
            ]

    # Happens-before, of a store and a load: nothing leads from the reader to the writer, and each
    # is in order, so that one meeting is enough.
    def happens_before(store: tuple[int, int], load: tuple[int, int]):
        return z3.Or([met for a, b, met in meetings if a >= store[1] and b <= load[1]])

    # Coherence: no read from a store that another one, which happens before the read, has hidden;
    # two reads of a location in order read from stores in order.
    for load in loads:
        for place, store in enumerate(stores[of[load].location]):
            solver.add(z3.Implies(happens_before(store, load), reads_from[load] >= place))
    for first, second in pairwise(e for e in loads if of[e].location == "lock"):
        solver.add(reads_from[first] <= reads_from[second])

    def value(load: tuple[int, int]):
        result = z3.IntVal(0)
        for place, store in enumerate(stores[of[load].location]):
            result = z3.If(reads_from[load] == place, of[store].value, result)
        return result

    locks = [value(e) for e in loads if of[e].location == "lock"]
    data = [value(e) for e in loads if of[e].location != "lock"]
    solver.add(locks[0] % 2 == 0 if wanted is None else locks[0] == wanted)
    solver.add(*(lock == locks[0] for lock in locks[1:]))
    solver.add(z3.Or([2 * word != locks[0] for word in data]))
    if solver.check() == z3.unsat:
        return None
    model = solver.model()
    return {
        f"{of[e].location}@{e[1]}": model.evaluate(value(e), model_completion=True).as_long()
        for e in loads
    }


FAULTS = {
    "no release fence": {LOCK: ("std::atomic_thread_fence(std::memory_order_release);", "")},
    "no odd lock": {LOCK: ("SharedWord(words[0]).store(lock - 1, std::memory_order_relaxed);", "")},
    "the lock is let go relaxed": {
        LOCK: (
            "store(lock, std::memory_order_release)",
            "store(lock, std::memory_order_relaxed)",
        )
    },
    "no acquire fence": {READER: ("    __atomic_thread_fence(__ATOMIC_ACQUIRE);\n", "")},
    "the lock is read relaxed": {
        READER: (
            "copy[0] = __atomic_load_n(data, __ATOMIC_ACQUIRE)",
            "copy[0] = __atomic_load_n(data, __ATOMIC_RELAXED)",
        )
    },
    "the lock is not read again": {
        READER: ("return copy[0] == __atomic_load_n(data, __ATOMIC_RELAXED);", "return 1;")
    },
}


def test_the_programs_are_those_of_the_sources():
    texts = sources()
    kinds = [(o.kind, o.order, o.location) for o in writer(texts[LOCK])[1 + WORDS :]]
    assert kinds == RECORDS * [
        ("store", "relaxed", "lock"),
        ("fence", "release", ""),
        *(("store", "relaxed", f"data{word}") for word in range(WORDS)),
        ("store", "release", "lock"),
    ]
    assert [(o.kind, o.order, o.location) for o in reader(texts[READER])] == [
        ("load", "acquire", "lock"),
        *(("load", "relaxed", f"data{word}") for word in range(WORDS)),
        ("fence", "acquire", ""),
        ("load", "relaxed", "lock"),
    ]


def test_no_snapshot_is_torn():
    assert torn_read() is None


@pytest.mark.parametrize("lap", range(1, RECORDS + 1))
def test_no_alert_is_torn(lap: int):
    """A slot holds one alert after the other; a reader wants one of them, its lock tells which."""
    assert torn_read(wanted=2 * lap) is None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str):
    assert torn_read(faults=FAULTS[fault]) is not None
    assert torn_read(wanted=2 * (RECORDS - 1), faults=FAULTS[fault]) is not None
