"""Estimates of small datapaths against counts by hand, and registers against synthesis."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.hdl.hls.toy import Describe, toy

from hydrophone_hdl.block import Datapath, StreamBlock
from hydrophone_hdl.hls.estimate import Estimate, estimate
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import Number, join, lookup, number
from hydrophone_hdl.hls.schedule import Reading, Schedule
from hydrophone_hdl.hls.scheduler import build_schedule
from hydrophone_hdl.hls.timing import varied
from hydrophone_hdl.synthesis import verilog_of
from hydrophone_hdl.synthesis.yosys import Yosys
from hydrophone_model.fixed import Fixed
from hydrophone_model.timing import Timing

SLOW = Timing("ecp5", 10)
U4, U8 = Fixed(integer=4), Fixed(integer=8)
S4 = Fixed(signed=True, integer=3)
WHO, WIDER = Fixed(integer=6), Fixed(integer=8)


def plan_of(describe: Describe, timing: Timing = SLOW, **inputs: Fixed) -> Schedule:
    datapath = toy(describe, inputs, timing=timing)
    return build_schedule(datapath.describe(), timing)


def estimated(describe: Describe, timing: Timing = SLOW, **inputs: Fixed) -> Estimate:
    return estimate(plan_of(describe, timing, **inputs))


def chain(terms: int, *, passing: bool) -> Describe:
    """A long way for ``x``, beside which ``z`` waits."""

    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        x = given["x"]
        for _ in range(terms):
            x = (x * x).bits(4, 12)
        return {"y": x, "w": given["z"]} if passing else {"y": x}

    return describe


def cells(datapath: Datapath, work: Path, command: str) -> dict[str, int]:
    """Cells by type that a command of synthesis leaves."""
    source, statistics = work / "top.v", work / "cells.json"
    source.write_text(verilog_of(StreamBlock(datapath)))
    Yosys(work / "log").run(f"read_verilog {source}", command, f"tee -q -o {statistics} stat -json")
    return json.loads(statistics.read_text())["design"]["num_cells_by_type"]


def counter(given: Mapping[str, Number]) -> Mapping[str, Number]:
    who = given["who"]
    count = State("count", address=who, depth=1 << who.width, members=[(U8, 0)])
    count.write((count.read[0] + 1).wrap(U8))
    return {"before": count.read[0]}


def test_a_sum_costs_its_adder_its_register_and_its_valid_bit():
    schedule = plan_of(lambda given: {"sum": given["x"] + given["y"]}, x=U8, y=U8)
    adder = schedule.clock.model.cost("add", 9)
    assert estimate(schedule) == Estimate(
        lut=round(adder.lut), ff=9 + 1, dsp=0, bram=0, latency=1, early_latency=0, leaving=(10,)
    )


def test_wiring_makes_no_new_bits():
    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        x, y = given["x"], given["y"]
        wide = Fixed(signed=True, integer=9)
        return {"x": x, "some": x.bits(2, 5), "two": join(y, x) << 3, "wide": y.wrap(wide)}

    assert estimated(describe, x=U8, y=S4).ff == 8 + 4 + 1


def test_a_bit_that_nothing_takes_does_not_wait():
    assert estimated(lambda given: {"low": given["x"].bits(0, 3)}, x=U8).ff == 3 + 1


def test_what_waits_beside_a_long_way_costs_its_bits_on_every_clock():
    timing = Timing("ecp5", 100)
    with_z = estimated(chain(8, passing=True), timing, x=U8, z=U4)
    without = estimated(chain(8, passing=False), timing, x=U8, z=U4)
    assert with_z.latency == without.latency >= 3
    assert with_z.ff - without.ff == 4 * with_z.latency
    assert [a - b for a, b in zip(with_z.leaving, without.leaving, strict=True)] == [
        4
    ] * with_z.latency


def test_a_family_with_shift_registers_delays_in_look_up_tables():
    timing = Timing("xc7", 200)
    with_z = estimated(chain(8, passing=True), timing, x=U8, z=U4)
    without = estimated(chain(8, passing=False), timing, x=U8, z=U4)
    assert with_z.latency >= 3
    # The last clock of a delay is a flip-flop's, whatever delays the bits before it.
    assert (with_z.ff - without.ff, with_z.lut - without.lut) == (4, 4)


@pytest.mark.parametrize(
    ("reading", "who", "clock", "registers", "bram"),
    [
        (Reading.DIRECT, WHO, 0, 0, 0),
        (Reading.DISTRIBUTED, WHO, 1, 8, 0),
        (Reading.BLOCK, WIDER, 1, 8 + 1, 1),
        (Reading.BLOCK_REGISTERED, WIDER, 2, 8 + 8 + 1, 1),
        # So small a memory becomes look-up tables, with a register for the block RAM's own.
        (Reading.BLOCK, WHO, 1, 8 + 8 + 1, 0),
        (Reading.BLOCK_REGISTERED, WHO, 2, 8 + 8 + 8 + 1, 0),
    ],
)
def test_a_state_costs_what_its_reading_takes(
    monkeypatch: pytest.MonkeyPatch,
    reading: Reading,
    who: Fixed,
    clock: int,
    registers: int,
    bram: int,
):
    monkeypatch.setattr("hydrophone_hdl.hls.scheduler.PREFERRED", (reading,))
    found = estimated(counter, Timing("xc7", 10), who=who)
    address, valid = clock * who.width, clock + 1
    sweep = who.width + 1
    assert found.ff == address + registers + valid + 8 + sweep
    assert (found.bram, found.latency) == (bram, clock + 1)
    # All but the sweep waits between clocks.
    assert sum(found.leaving) == found.ff - sweep


def test_a_state_of_one_entry_costs_its_register():
    def total(given: Mapping[str, Number]) -> Mapping[str, Number]:
        state = State("total", members=[(U8, 0)])
        state.write((state.read[0] + given["x"]).wrap(U8))
        return {"before": state.read[0]}

    found = estimated(total, x=U8)
    sweep = 1 + 1
    assert (found.ff, found.bram, found.latency) == (8 + 8 + 1 + sweep, 0, 1)


def test_distributed_memory_costs_look_up_tables():
    schedule = plan_of(counter, who=WHO)
    model = schedule.clock.model
    counting, sweep = model.cost("add", 9).lut, model.cost("add", WHO.width).lut
    back = model.cost("mux", 6).lut + model.cost("logic", 8).lut
    memory = model.cost("read", 64, 8).lut
    assert estimate(schedule).lut == round(counting + sweep + back + memory)


def test_every_reader_of_a_memory_has_its_own_block_ram():
    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        memory = Memory("past", depth=4096, format=U8, reuse=9)
        who = join(given["who"], given["who"])
        memory.write(who, given["x"], enable=number(1))
        return {"one": memory.read(who), "other": memory.read(who ^ 5)}

    schedule = plan_of(describe, Timing("xc7", 10), who=WHO, x=U8)
    blocks = schedule.clock.model.block_rams(4096, 8)
    assert blocks >= 2
    found = estimate(schedule)
    assert found.bram == 2 * blocks
    # The block RAMs have registers of their own: no address waits for the answer.
    assert (found.latency, found.ff) == (2, 8 + 8 + 2)


def test_a_block_ram_read_while_written_costs_registers_on_some_families():
    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        memory = Memory("past", depth=4096, format=U8, reuse=9)
        who = join(given["who"], given["who"])
        old = memory.read(who)
        memory.write(who, (old + given["x"]).wrap(U8), enable=number(1))
        return {"old": old}

    flops = {
        target: estimated(describe, Timing(target, 10), who=WHO, x=U8).ff
        for target in ("ecp5", "xc7")
    }
    # The write's data, address and enable put off, its data once more, and whether they meet.
    assert flops["ecp5"] - flops["xc7"] == 8 + 12 + 1 + 8 + 1


@pytest.mark.parametrize("width", [28, 48])
def test_a_small_memory_is_what_synthesis_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
):
    """Whether a block RAM is worth it."""
    monkeypatch.setattr("hydrophone_hdl.hls.scheduler.PREFERRED", (Reading.BLOCK,))
    wide = Fixed(integer=width)

    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        state = State("sum", address=given["who"], depth=64, members=[(wide, 0)])
        state.write((state.read[0] + given["x"]).wrap(wide))
        return {"before": state.read[0]}

    datapath = toy(describe, {"who": WHO, "x": U8}, timing=SLOW)
    used = cells(datapath, tmp_path, "synth_ecp5 -top top -run begin:map_ffs")
    found = estimate(datapath.schedule)
    assert found.bram == used.get("DP16KD", 0)
    assert (found.bram > 0) == (width == 28)


def test_a_large_table_is_a_block_ram_where_logic_is_small():
    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        return {"y": lookup([n * n % 1000 for n in range(1024)], given["x"])}

    large = Fixed(integer=10)
    plain, other = (estimated(describe, Timing(target, 10), x=large) for target in ("ecp5", "xc7"))
    assert (plain.bram, plain.lut) == (1, 0)
    # The block RAM has registers of its own: no index waits for its answer.
    assert plain.ff == 10 + plain.latency
    assert other.bram == 0 < other.lut


def test_pieces_of_a_table_that_are_constant_cost_nothing():
    assert varied(tuple(range(64)), 6, 6, 4) == pytest.approx(4 / 6)
    assert varied((0,) * 32 + (1,) * 32, 1, 6, 4) == 0
    # The last entry stands for those beyond the end, and a piece is no larger than the table.
    assert varied((0, 1, 1), 1, 4, 2) == pytest.approx(1 / 4)
    assert varied((-1, 0), 3, 1, 6) == 1

    def describe(given: Mapping[str, Number]) -> Mapping[str, Number]:
        return {"y": lookup(range(64), given["x"])}

    schedule = plan_of(describe, x=Fixed(integer=6))
    assert estimate(schedule).lut == round(schedule.clock.model.cost("lookup", 6, 6).lut * 4 / 6)


def test_a_wide_product_takes_several_multipliers():
    def multipliers(target: str, width: int) -> int:
        wide = Fixed(integer=width)
        timing = Timing(target, 10)
        return estimated(lambda given: {"p": given["x"] * given["y"]}, timing, x=wide, y=wide).dsp

    assert [multipliers("ecp5", width) for width in (17, 30)] == [1, 4]
    assert [multipliers("xc7", width) for width in (17, 30)] == [1, 4]


def several(given: Mapping[str, Number]) -> Mapping[str, Number]:
    """Wiring of every sort, waits of every length, a state."""
    x, y = given["x"], given["y"]
    product = (x * x).bits(3, 11) * y
    again = (product.bits(2, 9) * y).wrap(Fixed(signed=True, integer=10))
    tail = join(x, y.bits(0, 2), again.bits(4, 6))
    return {
        **counter(given),
        "again": again,
        "x": x,
        "tail": tail,
        "up": (y << 3).wrap(S4.shifted(3)),
    }


@pytest.mark.parametrize("mhz", [20, 60, 90])
def test_registers_are_those_that_synthesis_leaves(tmp_path: Path, mhz: int):
    datapath: Datapath = toy(several, {"who": WHO, "x": U8, "y": S4}, timing=Timing("ecp5", mhz))
    used = cells(datapath, tmp_path, "synth -flatten -noabc -top top")
    flops = sum(count for cell, count in used.items() if "DFF" in cell)
    # This synthesis knows no memories.
    assert estimate(datapath.schedule).ff == flops - 64 * U8.width
