"""Registers minimised: never more than as soon as possible, and as few as can be."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from tests.hdl.hls.checks import check, register_bits
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.test_scheduler import TIMINGS
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.graph import Kind, Node
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, select
from hydrophone_hdl.hls.schedule import Schedule, ScheduleError
from hydrophone_hdl.hls.schedule_graph import Sink
from hydrophone_hdl.hls.scheduler import build_schedule
from hydrophone_model.fixed import Fixed
from hydrophone_model.timing import Timing

U8 = Fixed(integer=8)


def both(datapath: Datapath, timing: Timing) -> tuple[Schedule, Schedule]:
    """The schedule as soon as possible, and the one with the fewest registers."""
    soon, few = (
        build_schedule(datapath.describe(), timing, fewest_registers=fewest)
        for fewest in (False, True)
    )
    return soon, few


def test_registers_never_get_more(seed: int) -> None:
    before = after = 0
    for number in range(40):
        try:
            soon, few = both(drawn(seed + number), TIMINGS[number % len(TIMINGS)])
        except ScheduleError:
            continue
        check(few)
        assert few.latency == soon.latency
        assert register_bits(few) <= register_bits(soon), f"drawn from {seed + number}"
        before += register_bits(soon)
        after += register_bits(few)
    assert after < 0.95 * before


def tiny(seed: int) -> Datapath:
    """A handful of operations, wide and narrow, chained at random."""

    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        rng = np.random.default_rng(seed)
        pool = list(given.values())
        for _ in range(int(rng.integers(2, 5))):
            a, b = (pool[int(rng.integers(0, len(pool)))] for _ in range(2))
            made = [
                lambda a=a, b=b: (a * b).bits(0, min(8, a.width + b.width)),
                lambda a=a, b=b: a + b,
                lambda a=a, b=b: select(a < b, a, b),
                lambda a=a: a.bits(0, (a.width + 1) // 2) * 5,
            ][int(rng.integers(0, 4))]()
            pool.append(made)
        return {"y": pool[-1], "z": pool[-2]}

    return toy(describe, {"a": U8, "b": Fixed(integer=5)})


def fewest_by_trying(schedule: Schedule) -> int:
    """The fewest bits of all placements within the latency; leaves the schedule in disorder."""
    nodes = [node for node in schedule.graph.nodes if node.kind is not Kind.INPUT]
    best = register_bits(schedule)
    for cycles in product(range(schedule.latency), repeat=len(nodes)):
        schedule.cycles.update(zip(nodes, cycles, strict=True))
        if possible(schedule, nodes):
            best = min(best, register_bits(schedule))
    return best


def possible(schedule: Schedule, nodes: list[Node]) -> bool:
    for node in nodes:
        cycle = schedule.cycle(node)
        if any(schedule.moves(o) and schedule.cycle(o) > cycle for o in node.operands):
            return False
        schedule.arrivals[node] = schedule.arrive(node, cycle)
        if schedule.arrivals[node][1] > schedule.clock.end:
            return False
    return True


def test_nothing_has_fewer_registers(seed: int) -> None:
    compared = better = 0
    for number in range(200):
        timing = Timing("xc7", 130 + number)
        try:
            soon, few = both(tiny(seed + number), timing)
        except ScheduleError:
            continue
        moving = sum(node.kind is not Kind.INPUT for node in soon.graph.nodes)
        if not 2 <= soon.latency <= 4 or soon.latency**moving > 3000:
            continue
        as_soon, fewest = register_bits(soon), register_bits(few)
        assert fewest == fewest_by_trying(soon), f"drawn from {seed + number}, {timing}"
        compared += 1
        better += fewest < as_soon
    assert compared > 20
    assert better > 3


def test_a_narrow_result_is_computed_early_and_a_wide_one_late() -> None:
    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        a, late = given["a"], given["a"]
        for _ in range(5):
            late = (late * late).bits(4, 12)
        return {"wide": (a << 8) + a + late, "narrow": a == given["b"], "late": late}

    soon, few = both(toy(describe, {"a": U8, "b": U8}), Timing("xc7", 220))
    for schedule, early in ((soon, True), (few, False)):
        wide, narrow, _ = (sink.node for sink in schedule.graph.sinks)
        assert schedule.cycle(narrow) == 0
        assert schedule.latency > 4
        assert early or schedule.cycle(wide) == schedule.latency - 1
    assert register_bits(few) < register_bits(soon)


def test_states_and_what_they_remember_move_together() -> None:
    """A member read without a loop belongs to the clock of its state."""

    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        late = given["a"]
        for _ in range(5):
            late = (late * late).bits(4, 12)
        last = State("last", address=given["b"], depth=32, members=[(U8, 3), (Fixed(integer=1), 0)])
        last.write(given["a"], late.bit(0))
        return {"y": last.read[0] ^ late, "z": last.read[1]}

    for timing in TIMINGS:
        soon, few = both(toy(describe, {"a": U8, "b": Fixed(integer=5)}), timing)
        check(soon)
        check(few)


def test_early_results_stay_early() -> None:
    def sinks() -> list[Sink]:
        datapath = toy(
            lambda given: {"y": given["a"] * given["a"] * given["a"], "z": ~given["a"]}, {"a": U8}
        )
        late, soon = datapath.describe()
        return [late, Sink(soon.port, soon.element, soon.node, early=True)]

    for fewest in (False, True):
        schedule = build_schedule(sinks(), Timing("xc7", 200), fewest_registers=fewest)
        assert schedule.early_latency == 1
        assert schedule.latency > 1
        check(schedule)


@pytest.mark.parametrize("timing", TIMINGS, ids=str)
def test_what_needs_no_clock_takes_one(timing: Timing) -> None:
    soon, few = both(toy(lambda given: {"y": given["a"]}, {"a": U8}), timing)
    assert soon.latency == few.latency == 1
    assert register_bits(few) == 8
