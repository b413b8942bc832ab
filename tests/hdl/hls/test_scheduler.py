"""Schedules: what shares a clock fits it, loops close in one, and what cannot be is refused."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from tests.hdl.hls.checks import Arrivals, check, vertices
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.reference import Reference
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.graph import Kind
from hydrophone_hdl.hls.number import Number, join, select, total
from hydrophone_hdl.hls.schedule import Schedule, ScheduleError
from hydrophone_hdl.hls.schedule_graph import Sink
from hydrophone_hdl.hls.scheduler import build_schedule, fastest
from hydrophone_hdl.hls.timing import signed_width
from hydrophone_model.fixed import Fixed
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing

Given = Mapping[str, Number]
U8, U16, S12 = Fixed(integer=8), Fixed(integer=16), Fixed(signed=True, integer=11)
TIMINGS = [
    Timing("ecp5", 20),
    Timing("ecp5", 50),
    Timing("xc7", 100),
    Timing("xc7", 150),
    Timing("xcup", 250),
]


def planned(datapath: Datapath, timing: Timing, *, fewest_registers: bool = True) -> Schedule:
    return build_schedule(datapath.describe(), timing, fewest_registers=fewest_registers)


def test_operations_of_one_clock_fit_it(seed: int) -> None:
    placed = 0
    for nth in range(40):
        timing = TIMINGS[nth % len(TIMINGS)]
        for fewest_registers in (False, True):
            try:
                schedule = planned(drawn(seed + nth), timing, fewest_registers=fewest_registers)
            except ScheduleError:
                continue
            check(schedule)
            placed += 1
    assert placed > 60


def test_a_clock_is_used_as_far_as_it_goes(seed: int) -> None:
    """No operation waits for the next clock that would have fitted its own."""
    waits = 0
    for nth in range(30):
        datapath = drawn(seed + nth, memories=False)
        try:
            schedule = planned(datapath, TIMINGS[1 + nth % 4], fewest_registers=False)
        except ScheduleError:
            continue
        for node in schedule.graph.nodes:
            cycle = schedule.cycle(node)
            operands = [schedule.cycle(o) for o in node.operands if schedule.moves(o)]
            if operands and cycle > max(operands):
                assert schedule.arrive(node, cycle - 1)[1] > schedule.clock.end
                waits += 1
    assert waits > 3


@pytest.mark.parametrize("target", TARGETS)
def test_a_slower_clock_never_has_more_latency(target: str, seed: int) -> None:
    for nth in range(3):
        latencies: list[int] = []
        for clock in range(10, 400, 13):
            try:
                schedule = planned(drawn(seed + nth), Timing(target, clock), fewest_registers=False)
            except ScheduleError:
                break
            latencies.append(schedule.latency)
        assert len(latencies) > 3
        assert all(slower <= faster for slower, faster in pairwise(latencies)), latencies


@pytest.mark.parametrize("target", TARGETS)
def test_fastest_is_the_fastest(target: str, seed: int) -> None:
    datapath = drawn(*range(seed, seed + 4), memories=False)
    limit = Timing(target, 900)
    latency = planned(datapath, Timing(target, 30)).latency
    schedule = fastest(datapath.describe, limit, latency)
    assert schedule.latency <= latency
    assert schedule.timing.target == target
    assert 30 < schedule.timing.clock_mhz < limit.clock_mhz
    check(schedule)
    faster = Timing(target, schedule.timing.clock_mhz + 1)
    try:
        assert planned(datapath, faster).latency > latency
    except ScheduleError as error:
        assert "takes longer than a clock" in str(error)  # noqa: PT017 - either will do


def test_no_clock_is_slow_enough_for_no_latency() -> None:
    datapath = toy(lambda given: {"y": given["x"] + 1}, {"x": U8})
    with pytest.raises(ScheduleError, match="no clock of 1 MHz or more has a latency of 0: allow"):
        fastest(datapath.describe, Timing("xc7", 100), 0)


def test_an_operation_that_is_too_long_is_refused() -> None:
    datapath = toy(lambda given: {"y": given["x"] * given["x"]}, {"x": U16})
    with pytest.raises(ScheduleError, match=r"multiply u16.0 x u16.0 takes longer than a clock of"):
        planned(datapath, Timing("ecp5", 900))


# -- sums and products ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(5))
def test_sums_add_first_what_is_there_first(place: int) -> None:
    def describe(given: Given) -> dict[str, Number]:
        late = given["x"]
        for _ in range(3):
            late = (late * late).bits(4, 12)
        terms = [given["x"], given["x"] ^ 85, ~given["x"], given["x"] >> 1]
        terms.insert(place, late)
        return {"y": total(terms), "late": late}

    timing = Timing("xc7", 250)
    schedule = planned(toy(describe, {"x": U8}), timing, fewest_registers=False)
    (y, late) = (sink.node for sink in schedule.graph.sinks)
    assert y.kind is Kind.ADD
    assert late in y.operands
    check(schedule)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("a", "b"), [(40, 20), (20, 40), (33, 28), (18, 18), (27, 18), (31, 31)])
def test_products_are_cut_to_cells(target: str, a: int, b: int) -> None:
    for signs in ((False, False), (True, False), (False, True), (True, True)):
        formats = {
            name: Fixed(signed=signed, integer=width - int(signed))
            for name, width, signed in zip("ab", (a, b), signs, strict=True)
        }
        datapath = toy(lambda given: {"y": given["a"] * given["b"]}, formats)
        schedule = planned(datapath, Timing(target, 50))
        wide, narrow = TARGETS[target].multiplier
        for node in schedule.graph.nodes:
            if node.kind is Kind.MULTIPLY:
                sizes = sorted(map(signed_width, node.operands))
                assert sizes[0] <= narrow
                assert sizes[1] <= wide
        # The lowered graph means the same.
        rng = np.random.default_rng(a * b)
        inputs = {
            name: rng.choice([f.min, f.max, 0, 1, f.max // 3, f.min // 3], 200)
            for name, f in formats.items()
        }
        products = Reference(lowered(datapath, schedule)).process(inputs)["y"]
        np.testing.assert_array_equal(products, inputs["a"] * inputs["b"])


def lowered(datapath: Datapath, schedule: Schedule) -> Datapath:
    """A datapath as the graph that its schedule has made of it."""

    class Lowered(type(datapath)):
        def describe(self) -> list[Sink]:
            return list(schedule.graph.sinks)

    return Lowered(datapath.params)


def test_sums_of_settings_alone_are_sums() -> None:
    def describe(given: Given) -> dict[str, Number]:
        k = given["k"]
        return {"y": total([k, k, k]) + given["x"]}

    datapath = toy(describe, {"x": U8}, settings={"k": (Fixed(integer=4), 11)})
    schedule = planned(datapath, Timing("xc7", 100))
    assert not [node for node in schedule.graph.invariant if node.kind is Kind.SUM]
    assert Reference(lowered(datapath, schedule)).process({"x": np.arange(9)})["y"][4] == 37


def test_paths_begin_at_a_register_and_end_where_they_are_longest(seed: int) -> None:
    schedule = planned(drawn(seed), Timing("xc7", 100))
    path = schedule.critical
    longest = max(schedule.arrivals[node][1] for node in schedule.graph.nodes)
    assert path[-1].at_ps == longest
    for before, after in pairwise(path):
        assert before.node in schedule.operands(after.node)
        # The low bits of a sum are there before all of it is.
        assert after.node.kind is Kind.SLICE or before.at_ps <= after.at_ps
    assert len({schedule.cycle(step.node) for step in path if schedule.moves(step.node)}) == 1
    assert path[-1].node in vertices(schedule)


def test_joined_bits_are_there_with_the_last_of_them() -> None:
    """A late part in the middle delays what is cut out of it."""

    def describe(given: Given) -> dict[str, Number]:
        late = (given["x"] * given["x"]).bits(4, 12)
        return {"y": join(given["x"], late, given["x"]).bits(9, 15) + given["x"]}

    for clock in range(50, 250, 10):
        check(planned(toy(describe, {"x": U8}), Timing("xc7", clock)))


def test_no_bit_is_there_before_what_chooses_it() -> None:
    """A late condition delays the lowest bit as well, and so the whole of a sum behind it."""
    wide = Fixed(integer=48)

    def describe(given: Given) -> dict[str, Number]:
        flag = (given["x"] * given["x"]).any()
        return {"y": select(flag, given["w"], given["v"]) + given["w"]}

    timing = Timing("xc7", 20)
    schedule = planned(toy(describe, {"x": U8, "w": wide, "v": wide}), timing)
    (sink,) = schedule.graph.sinks
    bits = Arrivals(schedule).of(sink.node)
    assert schedule.arrivals[sink.node] == pytest.approx((bits[0], bits[-1]), rel=0.01)
