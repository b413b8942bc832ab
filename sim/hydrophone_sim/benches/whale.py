"""Benches of the design top `hydrophone_hdl.top.WhaleTop`: records, alerts and registers.

Results and early flags are held against their prediction on every clock, also while settings are
taken over with events in flight; alerts and counters are held against the results.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.top import ALERT_QUEUE
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ensure
from hydrophone_model.records import ResultFlag
from hydrophone_model.registers import PRODUCT_ID, VERSION, Access
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_sim.benches.plan import BenchPlan
from hydrophone_sim.benches.top_driver import Bench

PLAN = BenchPlan.current()


def other_settings(config: DesignConfig) -> PipelineParams:
    """Parameters that differ in every register and in nothing that shapes the design."""
    pipeline = config.pipeline
    alert = replace(
        pipeline.alert,
        budget=70_000,
        hold=3,
        rise=3,
        hysteresis=32,
        shares=(32, 96, 64, 64),
        margin=(1, 2, 3, 4),
    )
    score = replace(
        pipeline.score,
        weights=tuple((7 * weight + 11) % 200 for weight in pipeline.score.weights),
        ladder=tuple(rung + 17 for rung in pipeline.score.ladder),
    )
    parent = replace(pipeline.parent, gap_ns=pipeline.parent.gap_ns // 2)
    volume = replace(pipeline.volume, loud=pipeline.volume.loud // 2)
    return replace(pipeline, parent=parent, volume=volume, score=score, alert=alert)


def counted(results: Iterable[NDArray[np.void]], flag: ResultFlag) -> int:
    """Results that carry a flag."""
    return sum(int(np.count_nonzero(rows["flags"] & flag)) for rows in results)


@cocotb.test()
async def identity(dut: Any) -> None:
    """The bank says who it is, and holds the resets of its map."""
    bench = Bench(dut, 0)
    await bench.reset()
    await bench.expect_word("product_id", PRODUCT_ID)
    await bench.expect_word("version", VERSION)
    await bench.expect_word("map_hash", bench.registers.hash)
    await bench.expect_word("busy", 1)
    await bench.clocks(bench.clear_cycles)
    await bench.expect_word("busy", 0)
    for register in bench.registers.registers:
        if register.access in (Access.CONTROL, Access.CONSTANT):
            for element, value in enumerate(register.reset):
                ensure(await bench.read(register.name, element) == value, register.name)


@cocotb.test()
@cocotb.parametrize(traffic=[(0.0, 0.0, 0.0), (0.5, 0.0, 0.2), (0.0, 0.5, 0.8), (0.4, 0.6, 0.5)])
async def records_and_alerts(dut: Any, traffic: tuple[float, float, float]) -> None:
    """Results and alerts are the model's; the counters count them."""
    bench = Bench(dut, 1)
    bench.gap, bench.stall, bench.alert_stall = traffic
    await bench.reset()
    results = bench.send_until(alerts=1)
    await bench.finish()
    ensure(bench.alerts == bench.expected_alerts, "alerts are not the expected ones")
    await bench.expect_word("events", sum(map(len, results)))
    await bench.expect_word("alerts", len(bench.expected_alerts))
    await bench.expect_word("alerts_dropped", 0)
    await bench.expect_word("late", counted(results, ResultFlag.LATE))
    await bench.expect_word("alert_overflow", 0)


@cocotb.test()
async def full_queue(dut: Any) -> None:
    """Alerts that meet a full queue are counted and flagged, and stall nothing."""
    bench = Bench(dut, 2)
    bench.alert_stall = 1.0
    await bench.reset()
    bench.send_until(alerts=ALERT_QUEUE + 3)
    await bench.finish()
    total = len(bench.expected_alerts)
    await bench.expect_word("alerts", total)
    await bench.expect_word("alerts_dropped", total - ALERT_QUEUE)
    await bench.expect_word("alert_overflow", 1)
    await bench.write("alert_overflow", 0)
    await bench.expect_word("alert_overflow", 1)
    bench.alert_stall = 0.0
    await bench.clocks(2 * ALERT_QUEUE)
    ensure(
        bench.alerts == bench.expected_alerts[:ALERT_QUEUE],
        "the queue holds others than the first alerts",
    )
    await bench.write("alert_overflow", 1)
    await bench.expect_word("alert_overflow", 0)


@cocotb.test()
@cocotb.parametrize(what=["apply", "clear"])
async def reconfiguration(dut: Any, what: str) -> None:
    """Settings change between two events with others in flight, all at once."""
    bench = Bench(dut, 3)
    await bench.reset()
    params = other_settings(bench.config)
    await bench.clocks(bench.clear_cycles)
    # The shadow fills while events flow; nothing of it shows.
    before = bench.rows(PLAN.events, 1)
    bench.send(before)
    await bench.configure(params)
    await bench.clocks(PLAN.events // 4)
    # What has not entered by the request's clock belongs to the other settings: hold it back.
    waiting = len(bench.to_send)
    ensure(waiting, "no event is left to be in flight")
    await bench.finish()
    flight = bench.rows(40, 2)
    bench.gap = 0.0
    bench.send(flight)
    while bench.to_send:
        await bench.clock()
    ensure(not bench.board.done, "nothing is in flight")
    bench.model.configure(params)
    if what == "clear":
        bench.model.reset()
    await bench.write(what, 1)
    bench.send(bench.rows(PLAN.events, 3))
    await bench.finish()
    ensure(bench.handshake.taken == 1, f"settings are taken {bench.handshake.taken} times")
    await bench.expect_word("busy", 0)
    ensure(bench.alerts == bench.expected_alerts, "alerts are not the expected ones")


@cocotb.test()
async def apply_while_busy(dut: Any) -> None:
    """Requests that come thick and fast, with the same settings, lose and repeat nothing."""
    bench = Bench(dut, 4)
    await bench.reset()
    bench.send(bench.rows(PLAN.events, 1))
    requests = 0
    while bench.to_send:
        await bench.clocks(bench.random.randrange(1, 60))
        for _ in range(bench.random.choice((1, 2, 40))):
            await bench.write("apply", 1)
            requests += 1
    await bench.finish()
    ensure(
        1 < bench.handshake.taken <= requests, f"settings are taken {bench.handshake.taken} times"
    )
    ensure(bench.alerts == bench.expected_alerts, "alerts are not the expected ones")


@cocotb.test()
async def reset_in_the_middle(dut: Any) -> None:
    """A reset with events in flight and alerts queued forgets both, and the settings."""
    bench = Bench(dut, 5)
    await bench.reset()
    await bench.configure(other_settings(bench.config))
    await bench.write("apply", 1)
    bench.model.configure(other_settings(bench.config))
    bench.send(bench.rows(PLAN.events, 1))
    await bench.clocks(bench.clear_cycles + PLAN.events // 2)
    ensure(bench.to_send, "nothing is in flight")
    bench.model.configure(bench.config.pipeline)
    await bench.reset()
    results = bench.send(bench.rows(PLAN.events, 2))
    await bench.finish()
    ensure(bench.alerts == bench.expected_alerts, "alerts are not the expected ones")
    await bench.expect_word("events", PLAN.events)
    await bench.expect_word("alerts", counted([results], ResultFlag.ALERT))
