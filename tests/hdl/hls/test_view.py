"""What there is to see of a schedule: slack, loops, paths in the source's terms."""

from collections.abc import Mapping

import pytest
from tests.hdl.hls.toy import toy

from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number
from hydrophone_hdl.hls.schedule import Reading
from hydrophone_hdl.hls.view import Family, View, place_of
from hydrophone_model.fixed import Fixed
from hydrophone_model.timing import Timing

U8 = Fixed(integer=8)
WHO = Fixed(integer=4)
MODULE = "test_view"


def running(given: Mapping[str, Number]) -> Mapping[str, Number]:
    """A sum for each address, and the fourth power of what it was."""
    total = State("total", address=given["who"], depth=16, members=[(U8, 0)])
    total.write(added(total.read[0], given["x"]))
    return {"fourth": squared(squared(total.read[0]))}


def added(total: Number, x: Number) -> Number:
    return (total + x).wrap(U8)


def squared(total: Number) -> Number:
    return total * total


def view_of(mhz: float) -> View:
    return View(toy(running, {"who": WHO, "x": U8}, timing=Timing("xc7", mhz)).schedule)


def test_operations_are_all_but_wiring_inputs_and_settings():
    found = {(o.family, o.module, o.function) for o in view_of(20).operations}
    assert found == {
        (Family.MEMORY, MODULE, "running"),
        (Family.ARITHMETIC, MODULE, "added"),
        (Family.MULTIPLY, MODULE, "squared"),
    }


def test_slack_is_what_the_longest_path_leaves_of_a_clock():
    view = view_of(20)
    schedule = view.schedule
    (stage,) = view.stages
    _, fourth = (o for o in view.operations if o.family is Family.MULTIPLY)
    assert stage.slack_ps == schedule.clock.end - fourth.at_ps
    assert [step.node for step in stage.path][-1] is fourth.node
    assert (stage.operations, stage.busiest) == (4, [(MODULE, 4)])
    assert stage.leaving == 32 + 1
    assert stage.summary == f"{MODULE}.running: state; {MODULE}.squared: multiply x2"


def test_a_slower_clock_has_more_slack_and_the_same_path():
    slow, slower = view_of(20), view_of(10)
    assert slower.tightest.summary == slow.tightest.summary
    assert slower.tightest.slack_ps - slow.tightest.slack_ps == 50_000


@pytest.mark.parametrize("reading", [one for one in Reading if one is not Reading.SINGLE])
def test_a_loop_runs_from_its_entry_to_its_successor(
    monkeypatch: pytest.MonkeyPatch, reading: Reading
):
    monkeypatch.setattr("hydrophone_hdl.hls.scheduler.PREFERRED", (reading,))
    view = view_of(20)
    schedule = view.schedule
    (state,) = schedule.graph.states
    (loop,) = view.loops
    (adder,) = (o for o in view.operations if o.family is Family.ARITHMETIC)
    assert (loop.name, loop.module, loop.function) == ("total", MODULE, "running")
    assert (loop.depth, loop.width) == (16, 8)
    assert (loop.reading, loop.clock) == (reading, reading.ahead)
    assert loop.entry_ps < loop.successor_ps == adder.at_ps
    forward = 0 if reading in (Reading.DIRECT, Reading.BLOCK) else schedule.forwarding_ps(state)
    assert loop.slack_ps == schedule.clock.end - forward - adder.at_ps


def test_a_clock_has_no_more_slack_than_what_its_memories_take_leaves(
    monkeypatch: pytest.MonkeyPatch,
):
    def remembered(given: Mapping[str, Number]) -> Mapping[str, Number]:
        total = State("total", address=given["who"], depth=16, members=[(U8, 0)])
        total.write(added(total.read[0], given["x"]))
        return {"before": total.read[0]}

    monkeypatch.setattr("hydrophone_hdl.hls.scheduler.PREFERRED", (Reading.BLOCK_REGISTERED,))
    view = View(toy(remembered, {"who": WHO, "x": U8}, timing=Timing("xc7", 50)).schedule)
    (loop,) = view.loops
    assert view.stages[loop.clock].slack_ps == loop.slack_ps
    assert loop.slack_ps < view.schedule.clock.end - loop.successor_ps


def test_every_clock_has_a_stage_and_bits_that_leave_it():
    view = view_of(250)
    assert len(view.stages) == view.schedule.latency > 1
    assert [stage.clock for stage in view.stages] == list(range(view.schedule.latency))
    assert tuple(stage.leaving for stage in view.stages) == view.estimate.leaving
    assert sum(stage.operations for stage in view.stages) == len(view.operations)
    assert view.tightest.slack_ps == min(stage.slack_ps for stage in view.stages) >= 0


def test_the_longest_way_leads_from_an_input_to_a_result():
    view = view_of(250)
    way = view.longest()
    assert way[0].kind.value == "input"
    assert way[-1] in [sink.node for sink in view.schedule.graph.sinks]
    clocks = [view.schedule.cycle(node) for node in way]
    assert clocks == sorted(clocks)
    on_it = set(way)
    assert all(step.node in on_it for step in view.tightest.path)


def test_a_comprehension_is_told_as_its_module():
    view = View(toy(lambda given: {"y": next(given["x"] + 1 for _ in "1")}, {"x": U8}).schedule)
    (operation,) = view.operations
    assert place_of(operation.node)[0] == MODULE
    assert "<" not in view.tightest.summary
