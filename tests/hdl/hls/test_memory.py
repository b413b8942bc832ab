"""Memories: loops close in one clock however an entry is read, windows never overlap."""

from collections.abc import Mapping

import numpy as np
import pytest
from tests.hdl.hls.checks import check
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.reference import Reference
from tests.hdl.hls.test_scheduler import TIMINGS, U8, U16, planned
from tests.hdl.hls.toy import Describe, toy

from hydrophone_hdl.block import Datapath, StreamBlock
from hydrophone_hdl.hls.graph import DescriptionError, Kind
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import Number, number, select
from hydrophone_hdl.hls.schedule import Reading, ScheduleError
from hydrophone_hdl.window import Window
from hydrophone_model.fixed import Fixed
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim.compiled import CompiledBlock, Traffic

Given = Mapping[str, Number]
S12 = Fixed(signed=True, integer=11)


def four_readings(long: int) -> Describe:
    """Shallow and deep states, with loops that leave time to read the entry and that do not."""

    def describe(given: Given) -> dict[str, Number]:
        results: dict[str, Number] = {}
        for depth, bits in ((64, 6), (256, 8)):
            where = given["where"].bits(0, bits)
            for name, steps in (("short", 0), ("long", long)):
                state = State(
                    f"{name}_{depth}", address=where, depth=depth, members=[(U16, 7), (S12, -3)]
                )
                count, sign = state.read
                count = count ^ given["x"]
                for _ in range(steps):
                    count = select(count.bit(0), count + given["x"], count).wrap(U16)
                state.write(count, select(given["x"].bit(3), sign, given["y"]))
                results[f"count_{state.name}"], results[f"sign_{state.name}"] = count, sign
        return results

    return describe


READ = {
    "short_64": Reading.DIRECT,
    "long_64": Reading.DISTRIBUTED,
    "short_256": Reading.BLOCK,
    "long_256": Reading.BLOCK_REGISTERED,
}
FOUR = {"where": Fixed(integer=8), "x": U8, "y": S12}


def all_readings(target: str) -> Datapath:
    """The four states with the loop and the clock that make each reading the best of one."""
    for long in range(1, 7):
        for clock in range(20, 500, 3):
            datapath = toy(four_readings(long), FOUR, timing=Timing(target, clock))
            try:
                schedule = planned(datapath, datapath.params.timing, fewest_registers=False)
            except ScheduleError:
                break
            if {state.name: schedule.readings[state] for state in schedule.graph.states} == READ:
                return datapath
    raise AssertionError(f"{target} never needs all four readings")


@pytest.mark.parametrize("target", TARGETS)
def test_every_reading_is_reached(target: str) -> None:
    datapath = all_readings(target)
    check(planned(datapath, datapath.params.timing))


def test_entries_are_found_however_close_the_event_before(seed: int) -> None:
    datapath = all_readings("xc7")
    block = StreamBlock(datapath)
    compiled, reference = CompiledBlock(block, say=lambda _: None), Reference(datapath)
    rng = np.random.default_rng(seed)
    # The same entry again 1, 2, 3, … events later, others in between, or all at random.
    orders = [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 1, 2], [1, 2, 2, 1, 3], list(range(256))]
    for order in orders:
        for traffic in (
            Traffic(),
            Traffic(valids=(1, 0)),
            Traffic(valids=(1, 0, 0)),
            Traffic(valids=(1, 0, 0, 0)),
            Traffic(valids=(1, 1, 0), readies=(1, 0, 1)),
            Traffic(gap=0.3, stall=0.5, seed=seed),
        ):
            where = np.resize(order, 400) if len(order) < 256 else rng.integers(0, 256, 400)
            inputs = {
                "where": where.astype(np.int64),
                "x": rng.integers(0, 256, 400),
                "y": rng.integers(S12.min, S12.max, 400),
            }
            outputs = compiled.run(inputs, traffic=traffic).outputs
            for name, column in reference.process(inputs).items():
                np.testing.assert_array_equal(
                    outputs[name], column, err_msg=f"{name}, {order[:5]}, {traffic}"
                )
    # Reset puts every entry back, whatever was in flight.
    inputs = {name: rng.integers(0, 256, 400) for name in FOUR}
    compiled.run(inputs, abandon_after=block.clear_cycles + 50)
    compiled.reset()
    outputs = compiled.run(inputs).outputs
    for name, column in Reference(datapath).process(inputs).items():
        np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name} after reset")


def test_a_single_entry_is_a_register(seed: int) -> None:
    def describe(given: Given) -> dict[str, Number]:
        last = State("last", members=[(S12, -3)])
        # Some clocks away from the input, and a loop of its own.
        product = (given["y"] * given["y"]).bits(2, 14)
        sum_ = State("sum", members=[(U16, 7), (Fixed(integer=1), 1)])
        count, odd = sum_.read
        last.write(given["y"])
        sum_.write((count + product).wrap(U16), ~odd)
        return {"last": last.read[0], "sum": count, "odd": odd, "product": product}

    datapath = toy(describe, {"y": S12}, timing=Timing("xcup", 400))
    block = StreamBlock(datapath)
    assert block.clear_cycles == 1
    assert set(block.schedule.readings.values()) == {Reading.SINGLE}
    assert max(block.schedule.cycle(state) for state in block.schedule.graph.states) > 0
    check(block.schedule)
    compiled, reference = CompiledBlock(block, say=lambda _: None), Reference(datapath)
    rng = np.random.default_rng(seed)
    for traffic in (Traffic(), Traffic(valids=(1, 0)), Traffic(gap=0.3, stall=0.5, seed=seed)):
        inputs = {"y": rng.integers(S12.min, S12.max, 300)}
        outputs = compiled.run(inputs, traffic=traffic).outputs
        for name, column in reference.process(inputs).items():
            np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name}, {traffic}")
    compiled.run(inputs, abandon_after=50)
    compiled.reset()
    outputs = compiled.run(inputs).outputs
    for name, column in Reference(datapath).process(inputs).items():
        np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name} after reset")


@pytest.mark.parametrize("engine", ["cxxrtl", pytest.param("verilated", marks=pytest.mark.nightly)])
def test_states_of_every_depth_are_swept_and_no_further(engine: str, seed: int) -> None:
    """Side by side. Without an event an address is beyond its memory: the opposite of x."""
    depths = (1, 2, 3, 5, 8, 63, 100, 1000)
    bits = {depth: max(1, (depth - 1).bit_length()) for depth in depths}

    def describe(given: Given) -> dict[str, Number]:
        results: dict[str, Number] = {}
        for depth in depths:
            state = State(
                f"of_{depth}", address=~given[f"x{depth}"], depth=depth, members=[(U8, depth % 251)]
            )
            (before,) = state.read
            state.write((before + given["by"]).wrap(U8))
            results[f"y{depth}"] = before
        window = Window("last", ~given["x100"], given["by"], symbols=100, length=4)
        return {**results, "gone": window.gone[0]}

    formats = {f"x{depth}": Fixed(integer=bits[depth]) for depth in depths}
    datapath = toy(describe, {**formats, "by": U8}, timing=Timing("xcup", 300))
    block = StreamBlock(datapath)
    assert block.clear_cycles == max(depths)
    compiled, reference = CompiledBlock(block, engine=engine), Reference(datapath)
    rng = np.random.default_rng(seed)
    for traffic in (Traffic(), Traffic(gap=0.4, stall=0.3, seed=seed)):
        inputs = {
            f"x{depth}": (1 << bits[depth]) - 1 - rng.integers(0, depth, 4000) for depth in depths
        }
        inputs["by"] = rng.integers(0, 256, 4000)
        outputs = compiled.run(inputs, traffic=traffic).outputs
        for name, column in reference.process(inputs).items():
            np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name}, {traffic}")
    compiled.reset()
    outputs = compiled.run(inputs).outputs
    for name, column in Reference(datapath).process(inputs).items():
        np.testing.assert_array_equal(outputs[name], column, err_msg=f"{name} after reset")


def test_several_entries_need_an_address() -> None:
    with pytest.raises(ValueError, match="state 'last' has 4 entries: give the address of one"):
        State("last", depth=4, members=[(U8, 0)])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("depth", [64, 256])
def test_entries_and_successors_are_there_in_time(target: str, depth: int) -> None:
    """At every clock, up to those that are refused; no carry blurs when a bit is there."""

    def describe(given: Given) -> dict[str, Number]:
        results: dict[str, Number] = {}
        for steps in range(3):
            where = given["where"]
            for _ in range(steps):
                where = select((where == 77).any(), given["x"], where)
            name = f"steps_{steps}"
            state = State(name, address=where.bits(0, bits), depth=depth, members=[(U8, 0)])
            (entry,) = state.read
            for _ in range(steps):
                entry = select(entry == given["x"], given["where"], entry)
            state.write(entry)
            results[name] = entry
        return results

    bits, seen = (depth - 1).bit_length(), set[Reading]()
    for clock in range(20, 1000, 7):
        try:
            schedule = planned(toy(describe, FOUR), Timing(target, clock))
        except ScheduleError:
            break
        check(schedule, slack=0)
        seen.update(schedule.readings.values())
    assert len(seen) >= 2


def test_a_loop_has_one_clock(seed: int) -> None:
    loops = 0
    for nth in range(20):
        schedule = planned(drawn(seed + nth), TIMINGS[nth % 3])
        for group in schedule.graph.groups:
            assert len({schedule.cycle(vertex) for vertex in group}) == 1
            loops += len(group) > 1
    assert loops > 10


def accumulator(given: Given) -> dict[str, Number]:
    state = State("sum", address=given["where"], depth=4, members=[(U16, 0)])
    grown = state.read[0]
    for _ in range(6):
        grown = (grown + given["x"]).wrap(U16) ^ (grown >> 3)
    state.write(grown)
    return {"y": grown}


def test_a_loop_that_is_too_long_is_refused_with_its_path() -> None:
    datapath = toy(accumulator, {"where": Fixed(integer=2), "x": U8})
    with pytest.raises(ScheduleError) as caught:
        planned(datapath, Timing("xc7", 200))
    first, *steps = str(caught.value).splitlines()
    assert first == (
        "the loop of state 'sum' takes longer than a clock of "
        f"{planned_end(Timing('xc7', 200)) / 1e3:.2f} ns (xc7 at 200 MHz); slow the clock or "
        "shorten the path:"
    )
    assert sum("add " in step for step in steps) >= 4
    assert all("(test_memory.py:" in step and " ns " in step for step in steps)
    times = [float(step.split()[0]) for step in steps]
    assert times == sorted(times)
    assert times[-1] * 1e3 > planned_end(Timing("xc7", 200))
    check(planned(toy(accumulator, {"where": Fixed(integer=2), "x": U8}), Timing("xc7", 20)))


def planned_end(timing: Timing) -> int:
    return planned(toy(lambda given: {"y": given["x"]}, {"x": U8}), timing).clock.end


def test_an_address_must_not_follow_from_its_own_entry() -> None:
    def circular(given: Given) -> dict[str, Number]:
        last = State("last", address=number(0), depth=1, members=[(Fixed(integer=2), 0)])
        other = State("other", address=last.read[0], depth=4, members=[(U8, 0)])
        last.write((other.read[0] + given["x"]).bits(0, 2))
        other.write(given["x"])
        return {"y": other.read[0]}

    datapath = toy(circular, {"x": U8})
    with pytest.raises(ScheduleError, match="address of state 'other' follows from its own entry"):
        planned(datapath, Timing("xc7", 50))


def chase(given: Given) -> dict[str, Number]:
    """What is written follows from a slot, whose address follows from the entry."""
    state = State("chased", address=given["where"], depth=4, members=[(Fixed(integer=4), 0)])
    push = state.read[0].bit(0) | given["x"].bit(0)
    window = Window("w", given["where"], given["x"], symbols=4, length=4, push=push)
    state.write((window.gone[0] + 1).bits(0, 4))
    return {"z": window.gone[0]}


def direct(given: Given) -> dict[str, Number]:
    """A slot whose address is an entry, and which is the next one."""
    state = State("chased", members=[(Fixed(integer=4), 0)])
    memory = Memory("w", depth=16, format=Fixed(integer=4), reuse=4)
    slot = memory.read(state.read[0])
    state.write(slot)
    memory.write(given["x"].bits(0, 4), given["x"].bits(4, 8), enable=number(1))
    return {"z": slot}


@pytest.mark.parametrize("describe", [chase, direct])
@pytest.mark.parametrize("timing", [Timing("ecp5", 10), Timing("xc7", 125), Timing("xcup", 322)])
def test_a_memory_is_not_read_within_a_loop(describe: Describe, timing: Timing) -> None:
    datapath = toy(describe, {"where": Fixed(integer=2), "x": U8}, timing=timing)
    text = r"memory 'w\w*' is read in the loop of state .*'chased'.* \(\w+\.py:\d+ \w+\): a slot"
    with pytest.raises(DescriptionError, match=text):
        _ = datapath.schedule


# -- windows --------------------------------------------------------------------------------------


def window(reuse: int, steps: int, *, follows: bool = True) -> Describe:
    """What overwrites a slot takes some multiplications, of what was read there or of others."""

    def describe(given: Given) -> dict[str, Number]:
        ring = Memory("ring", depth=16, format=U8, reuse=reuse)
        read = ring.read(given["slot"])
        value = read if follows else given["x"]
        for _ in range(steps):
            value = (value * value).bits(4, 12)
        ring.write(given["slot"], value, enable=number(1))
        return {"y": read}

    return describe


SLOTS = {"slot": Fixed(integer=4), "x": U8}


def test_a_slot_read_before_it_is_written_is_refused() -> None:
    timing = Timing("xc7", 200)
    text = (
        r"memory 'ring' is written (\d+) clocks after it is read, and read again 2 events later "
        r"\(test_memory.py:\d+ \S+\): lengthen the window, or slow the clock"
    )
    with pytest.raises(ScheduleError, match=text):
        planned(toy(window(2, 6), SLOTS), timing)
    check(planned(toy(window(16, 6), SLOTS), timing))
    check(planned(toy(window(2, 6), SLOTS), Timing("xc7", 10)))


@pytest.mark.parametrize("reuse", range(1, 12))
def test_windows_are_refused_exactly_where_they_would_go_wrong(reuse: int) -> None:
    timing = Timing("xc7", 200)
    schedule = planned(toy(window(100, 6), SLOTS), timing, fewest_registers=False)
    (write,) = schedule.graph.writes
    (read,) = (node for node in schedule.graph.nodes if node.kind is Kind.MEMORY)
    apart = schedule.cycle(write) - (schedule.cycle(read) - 1)
    if apart < reuse:
        check(planned(toy(window(reuse, 6), SLOTS), timing))
    else:
        with pytest.raises(ScheduleError):
            planned(toy(window(reuse, 6), SLOTS), timing)


@pytest.mark.parametrize("reuse", [2, 3, 4])
@pytest.mark.parametrize(("target", "clock"), [("xc7", 200), ("xcup", 400), ("ecp5", 90)])
def test_a_read_waits_for_what_is_written(target: str, clock: int, reuse: int) -> None:
    datapath = toy(window(reuse, 6, follows=False), SLOTS, timing=Timing(target, clock))
    schedule = planned(datapath, datapath.params.timing)
    check(schedule)
    (hazard,) = schedule.hazards()
    assert hazard.behind < reuse
    assert schedule.cycle(hazard.write) > reuse
    # No later than it has to.
    soon = planned(datapath, datapath.params.timing, fewest_registers=False)
    (hazard,) = soon.hazards()
    assert hazard.behind == reuse - 1


def test_windows_that_wait_for_each_other_are_windows(seed: int) -> None:
    """What leaves the one enters the next, multiplied; all are two entries long."""

    def describe(given: Given) -> dict[str, Number]:
        value, results = given["x"], dict[str, Number]()
        for nth in range(3):
            for _ in range(4):
                value = (value * value).bits(0, 8)
            (value,) = Window(f"w{nth}", given["slot"], value, symbols=16, length=2).gone
            results[f"gone{nth}"] = value
        return results

    datapath = toy(describe, SLOTS, timing=Timing("xcup", 322))
    compiled = CompiledBlock(StreamBlock(datapath), say=lambda _: None)
    rng = np.random.default_rng(seed)
    inputs = {"slot": rng.integers(0, 3, 3000), "x": rng.integers(0, 256, 3000) | 1}
    outputs = compiled.run(inputs, traffic=Traffic(gap=0.2, stall=0.2, seed=seed)).outputs
    for name, column in Reference(datapath).process(inputs).items():
        np.testing.assert_array_equal(outputs[name], column, err_msg=name)


def test_an_event_reads_a_slot_before_it_overwrites_it() -> None:
    """Also where the slot's number is known late and its new value early."""

    def late(given: Given) -> dict[str, Number]:
        slot = given["x"]
        for _ in range(6):
            slot = (slot * slot).bits(4, 12)
        ring = Memory("ring", depth=256, format=U8, reuse=100)
        read = ring.read(slot)
        ring.write(given["x"], given["x"], enable=number(1))
        return {"y": read}

    for fewest_registers in (False, True):
        schedule = planned(
            toy(late, {"x": U8}), Timing("xc7", 200), fewest_registers=fewest_registers
        )
        assert schedule.latency > 6
        check(schedule)


def test_a_second_reading_of_a_window_counts_too() -> None:
    """The one that comes late holds the write back, and that the one that comes early."""

    def twice(given: Given) -> dict[str, Number]:
        slot = given["x"]
        for _ in range(6):
            slot = (slot * slot).bits(4, 12)
        ring = Memory("ring", depth=256, format=U8, reuse=3)
        reads = [ring.read(given["x"]), ring.read(slot)]
        ring.write(given["x"], given["x"], enable=number(1))
        return {"early": reads[0], "late": reads[1]}

    schedule = planned(toy(twice, {"x": U8}), Timing("xc7", 200))
    check(schedule)
    assert max(hazard.behind for hazard in schedule.hazards()) < 3
    assert min(schedule.cycle(hazard.read) for hazard in schedule.hazards()) > 1
