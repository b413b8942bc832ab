"""Benches of stream blocks, the same for every block: `MultiBlockTop` is the design under test.

Each scenario sends random and corner events and checks every pin on every clock. The scenarios
differ in when events are offered and results taken, and one resets in the middle.
"""

import random
from dataclasses import dataclass
from math import ceil
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly
from cocotb.utils import get_sim_time

from hydrophone_model.errors import ensure
from hydrophone_sim.benches.fault import AFTER, leave
from hydrophone_sim.benches.plan import BenchPlan
from hydrophone_sim.ports import pack
from hydrophone_sim.scoreboard import Handshake, Pins, Scoreboard, ScoreboardError, integers
from hydrophone_sim.stimulus import random_inputs, symbols_of

PLAN = BenchPlan.current()
PATIENCE = 100
"""Clocks an event that a scenario may take before the bench gives up."""


@dataclass(frozen=True)
class Scenario:
    """When events are offered and results taken.

    Attributes:
        gap: Chance that no event is offered.
        stall: Chance that no result is taken.
        share: Of the events, so that no scenario takes many more clocks than others.
    """

    gap: float
    stall: float
    share: float = 1.0


SCENARIOS = {
    "full_speed": Scenario(0, 0),
    "gaps": Scenario(0.5, 0),
    "stalls": Scenario(0, 0.5),
    "both": Scenario(0.4, 0.6),
    "long_stalls": Scenario(0.1, 0.95, share=0.15),
}


class Bench:
    """Driver and monitor of one block of the `MultiBlockTop`."""

    def __init__(self, dut: Any, block: str, seed: int) -> None:
        latency, early_latency, interval, clear_cycles = PLAN.blocks[block]
        config, self.block = PLAN.design(), block
        known = PLAN.named(block)
        self.seed, self.latency, self.clear_cycles = seed, latency, clear_cycles
        self.initiation_interval = interval
        self.params = known.params(config)
        self.gap_ns = config.pipeline.parent.gap_ns
        self.model = known.model(self.params)
        names = ["clk", "rst", "i_payload", "i_valid", "i_ready", "o_payload", "o_valid", "o_ready"]
        names += ["early", "early_valid"] if self.params.early else []
        self._pins = {name: getattr(dut, f"{block}_{name}") for name in names}
        self.scoreboard = Scoreboard(
            name=known.name,
            outputs=self.params.outputs,
            early=self.params.early,
            handshake=Handshake(
                latency=latency,
                early_latency=early_latency,
                alone=interval > 1,
                clear_cycles=clear_cycles,
            ),
            seed=seed,
        )
        self._random = random.Random(seed)

    async def reset(self) -> None:
        """One clock of reset, whatever is in flight."""
        await FallingEdge(self.clock)
        self._pins["rst"].value = 1
        self._pins["i_valid"].value = 0
        await FallingEdge(self.clock)
        self._pins["rst"].value = 0
        self.model.reset()
        self.scoreboard.reset()

    async def send(self, events: int, scenario: Scenario, clocks: int | None = None) -> None:
        """Sends random events and checks until all results are taken, or for some clocks."""
        inputs = random_inputs(
            self.params.inputs,
            events,
            self.seed,
            gap=self.gap_ns,
            symbols=symbols_of(self.params),
        )
        outputs = self.model.process(**inputs)
        self.scoreboard.expect(inputs, outputs, self.params.early_of(outputs))
        payloads = integers(pack(self.params.inputs, inputs))
        offering, board = False, self.scoreboard
        first, began = board.accepted, board.clock
        while not board.done and (clocks is None or board.clock - began < clocks):
            left = board.accepted - first < events
            offering = left and (offering or self._random.random() >= scenario.gap)
            takes = self._random.random() >= scenario.stall
            self._pins["i_valid"].value = int(offering)
            self._pins["o_ready"].value = int(takes)
            if offering:
                self._pins["i_payload"].value = payloads[board.accepted - first]
            await ReadOnly()
            pins = Pins(
                i_valid=offering,
                i_ready=self._bit("i_ready"),
                o_valid=self._bit("o_valid"),
                o_ready=takes,
                payload=int(self._pins["o_payload"].value),
                **self._early(),
            )
            try:
                board.observe(pins)
            except ScoreboardError as error:
                leave(error, board, self.block, int(get_sim_time("ps")), PLAN.period_ps)
                for _ in range(AFTER):
                    await FallingEdge(self.clock)
                raise
            if pins.i_ready and offering:
                offering = False
            patience = PATIENCE * events * self.initiation_interval + self.clear_cycles
            ensure(board.clock - began < patience, "it hangs")
            await FallingEdge(self.clock)

    @property
    def clock(self) -> Any:
        """The block's clock."""
        return self._pins["clk"]

    def _early(self) -> dict[str, Any]:
        """What the early pins show, if the block has them."""
        if not self.params.early:
            return {}
        return {"early_valid": self._bit("early_valid"), "early": int(self._pins["early"].value)}

    def _bit(self, name: str) -> bool:
        return int(self._pins[name].value) == 1


def start(dut: Any, block: str, number: int) -> Bench:
    """Starts the clock and makes a bench with a seed of its own."""
    bench = Bench(dut, block, PLAN.seed + number)
    cocotb.start_soon(Clock(bench.clock, PLAN.period_ps, unit="ps").start())
    return bench


@cocotb.test()
@cocotb.parametrize(block=list(PLAN.blocks), scenario=list(SCENARIOS))
async def streams(dut: Any, block: str, scenario: str) -> None:
    """Every pin on every clock, and at full speed an event each initiation interval."""
    bench = start(dut, block, list(SCENARIOS).index(scenario))
    await bench.reset()
    began = bench.scoreboard.clock
    events = ceil(PLAN.events * SCENARIOS[scenario].share)
    await bench.send(events, SCENARIOS[scenario])
    if scenario == "full_speed":
        clocks = bench.scoreboard.clock - began
        all_but_last = (events - 1) * bench.initiation_interval
        ideal = bench.clear_cycles + all_but_last + bench.latency + 1
        ensure(clocks == ideal, f"{clocks} clocks")


@cocotb.test()
@cocotb.parametrize(block=list(PLAN.blocks))
async def reset_in_the_middle(dut: Any, block: str) -> None:
    """A reset with events in flight, during the sweep and after it, forgets everything."""
    bench = start(dut, block, 100)
    for clocks in (bench.clear_cycles + 300, 3, bench.clear_cycles // 2, bench.clear_cycles + 50):
        await bench.reset()
        await bench.send(400, SCENARIOS["both"], clocks)
    await bench.reset()
    await bench.send(PLAN.events, SCENARIOS["both"])
