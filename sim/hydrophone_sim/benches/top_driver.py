"""Driver and monitor of the design top `hydrophone_hdl.top.WhaleTop`, for its benches.

Every clock of traffic checks the pins of the streams; registers are read and written while it goes
on.
"""

import random
from collections import deque
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly
from cocotb.utils import get_sim_time
from numpy.typing import NDArray

from hydrophone_hdl.top import ALERT_QUEUE
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Raw
from hydrophone_model.records import EARLY, EVENT, RESULT, Record, ResultFlag
from hydrophone_model.registers import Access, whale_registers
from hydrophone_model.whale.pipeline import PipelineModel, PipelineParams
from hydrophone_sim.benches.fault import AFTER, leave
from hydrophone_sim.benches.plan import BenchPlan
from hydrophone_sim.ports import pack, record_ports
from hydrophone_sim.scoreboard import Handshake, Pins, Scoreboard, ScoreboardError, integers
from hydrophone_sim.stimulus import random_inputs

PLAN = BenchPlan.current()
MAX_BATCHES = 90
"""Batches in which a design must have raised the alerts that a bench needs."""


def columns(record: Record, rows: NDArray[np.void]) -> dict[str, Raw]:
    """The columns of records for `record_ports`."""
    zero = np.zeros(len(rows), np.int64)
    return {
        name: rows[name].astype(np.int64) if name in (rows.dtype.names or ()) else zero
        for name in record_ports(record)
    }


def record_of(record: Record, payload: int) -> np.void:
    """A record from its bits on the wire."""
    return np.frombuffer(payload.to_bytes(record.size, "little"), record.dtype)[0]


class Bench:
    """Driver and monitor of the design top."""

    def __init__(self, dut: Any, number: int) -> None:
        cocotb.start_soon(Clock(dut.clk, PLAN.period_ps, unit="ps").start())
        self.seed = PLAN.seed + number
        latency, early_latency, _, self.clear_cycles = PLAN.blocks["whale"]
        self.config: DesignConfig = PLAN.design()
        self.registers = whale_registers(self.config.pipeline)
        self.model = PipelineModel(self.config.pipeline)
        self.handshake = Handshake(
            latency=latency, early_latency=early_latency, clear_cycles=self.clear_cycles
        )
        self.board = Scoreboard(
            name="whale",
            outputs=record_ports(RESULT),
            early=record_ports(EARLY),
            handshake=self.handshake,
            seed=self.seed,
        )
        self.dut, self.random = dut, random.Random(self.seed)
        self.gap, self.stall, self.alert_stall = 0.2, 0.3, 0.3
        self.to_send: deque[int] = deque()
        self.expected_alerts: list[int] = []
        self.alerts: list[int] = []
        self._flagged: deque[tuple[int, bool]] = deque()
        self._offering = False

    def rows(self, count: int, number: int) -> NDArray[np.void]:
        """Random market events as records."""
        pipeline = self.config.pipeline
        random_columns = random_inputs(
            pipeline.inputs, count, self.seed * 100 + number, gap=pipeline.parent.gap_ns
        )
        events = np.zeros(count, EVENT.dtype)
        for name, column in random_columns.items():
            events[name] = column
        return events

    def send(self, events: NDArray[np.void]) -> NDArray[np.void]:
        """Queues events and expects the model's results, which it returns."""
        results = self.model.process_records(events)
        outputs = columns(RESULT, results)
        early = {**columns(EARLY, results), **self.config.pipeline.early_of(outputs)}
        self.board.expect(columns(EVENT, events), outputs, early)
        self.to_send.extend(integers(pack(record_ports(EVENT), columns(EVENT, events))))
        alerts = results[(results["flags"] & ResultFlag.ALERT) != 0]
        self.expected_alerts += integers(pack(record_ports(RESULT), columns(RESULT, alerts)))
        return results

    def send_until(self, alerts: int) -> list[NDArray[np.void]]:
        """Queues batches until the model has raised so many alerts, however rare they are."""
        results: list[NDArray[np.void]] = []
        while len(self.expected_alerts) < alerts:
            raised = f"seed {self.seed}: the stimulus raises {len(self.expected_alerts)} alerts"
            ensure(len(results) < MAX_BATCHES, f"{raised}, {alerts} are needed: give more events")
            results.append(self.send(self.rows(PLAN.events, len(results) + 1)))
        return results

    async def reset(self) -> None:
        """One clock of reset, whatever is in flight."""
        dut = self.dut
        await FallingEdge(dut.clk)
        dut.rst.value, dut.csr_we.value, dut.csr_addr.value, dut.csr_wdata.value = 1, 0, 0, 0
        dut.s_axis_tvalid.value, dut.m_axis_tready.value, dut.alert_tready.value = 0, 0, 0
        await FallingEdge(dut.clk)
        dut.rst.value = 0
        self.model.reset()
        self.board.reset()
        self.to_send.clear()
        self._flagged.clear()
        self.expected_alerts, self.alerts, self._offering = [], [], False

    async def clock(self) -> None:
        """One clock of traffic, every pin of the streams checked."""
        dut, chance = self.dut, self.random.random
        self._offering = bool(self.to_send) and (self._offering or chance() >= self.gap)
        takes, takes_alert = chance() >= self.stall, chance() >= self.alert_stall
        dut.s_axis_tvalid.value = int(self._offering)
        dut.m_axis_tready.value = int(takes)
        dut.alert_tready.value = int(takes_alert)
        if self._offering:
            dut.s_axis_tdata.value = self.to_send[0]
        await ReadOnly()
        pins = Pins(
            i_valid=self._offering,
            i_ready=int(dut.s_axis_tready.value) == 1,
            o_valid=int(dut.m_axis_tvalid.value) == 1,
            o_ready=takes,
            payload=int(dut.m_axis_tdata.value),
            early_valid=int(dut.early_tvalid.value) == 1,
            early=int(dut.early_tdata.value),
        )
        try:
            self.board.observe(pins)
        except ScoreboardError as error:
            leave(error, self.board, "whale", int(get_sim_time("ps")), PLAN.period_ps)
            for _ in range(AFTER):
                await FallingEdge(dut.clk)
            raise
        self._match(pins)
        if self._offering and pins.i_ready:
            self.to_send.popleft()
            self._offering = False
        if takes_alert and int(dut.alert_tvalid.value):
            self.alerts.append(int(dut.alert_tdata.value))
        await FallingEdge(dut.clk)

    def _match(self, pins: Pins) -> None:
        """An early flag is the LOUD flag of its result, and comes on a clock before it."""
        if pins.o_valid and pins.o_ready:
            result = record_of(RESULT, pins.payload)
            ensure(self._flagged, f"seed {self.seed}: a result without a flag before it")
            flag = int(result["sequence"]), bool(result["flags"] & ResultFlag.LOUD)
            ensure(self._flagged.popleft() == flag, f"seed {self.seed}: the flag of another result")
        if pins.early_valid:
            early = record_of(EARLY, pins.early)
            self._flagged.append((int(early["sequence"]), bool(early["loud"])))

    async def clocks(self, count: int) -> None:
        """Several clocks of traffic."""
        for _ in range(count):
            await self.clock()

    async def finish(self) -> None:
        """Traffic until every result was taken, and long enough for the queue to empty."""
        for _ in range(self.clear_cycles + 200 + 50 * len(self.to_send)):
            if self.board.done:
                break
            await self.clock()
        ensure(self.board.done, "it hangs")
        await self.clocks(2 * ALERT_QUEUE + 20)

    async def write(self, name: str, value: int, element: int = 0) -> None:
        """Writes one word of a register, with traffic going on."""
        self.dut.csr_addr.value = self.registers.address(name, element)
        self.dut.csr_wdata.value = value
        self.dut.csr_we.value = 1
        if name in ("apply", "clear"):
            self.handshake.request(clear=name == "clear")
        await self.clock()
        self.dut.csr_we.value = 0

    async def read(self, name: str, element: int = 0) -> int:
        """Reads one word of a register, with traffic going on."""
        self.dut.csr_addr.value = self.registers.address(name, element)
        await self.clock()
        return int(self.dut.csr_rdata.value)

    async def configure(self, params: PipelineParams) -> None:
        """Writes every control register of other parameters into the shadow."""
        for register in whale_registers(params).registers:
            if register.access is Access.CONTROL:
                for element, value in enumerate(register.reset):
                    await self.write(register.name, value, element)

    async def expect_word(self, name: str, value: int) -> None:
        """Reads a register and compares."""
        found = await self.read(name)
        ensure(found == value, f"seed {self.seed}: register {name} is {found}, expected {value}")
