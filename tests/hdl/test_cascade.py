"""Sums of products: synthesis is no slower than the schedule says, however it packs multipliers."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from amaranth.back import verilog
from tests.hdl.hls.reference import Reference
from tests.hdl.hls.toy import Describe, toy

from hydrophone_hdl.block import Datapath, StreamBlock
from hydrophone_hdl.hls.cascade import added, strained
from hydrophone_hdl.hls.number import Number, number, select, total
from hydrophone_hdl.hls.schedule import Schedule, ScheduleError
from hydrophone_hdl.synthesis.static_timing import arrival_times, timing_report
from hydrophone_hdl.synthesis.yosys import Yosys, quoted, synth_command
from hydrophone_model.fixed import Fixed
from hydrophone_model.target import LogicDelays
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim.compiled import CompiledBlock, Traffic
from hydrophone_sim.stimulus import random_inputs

S16 = Fixed(signed=True, integer=15)
BITS = 4096
"""Of each of the batch's inputs."""


def period_ns(schedule: Schedule) -> float:
    """Clock period that a schedule's longest path needs."""
    return (schedule.critical[-1].at_ps + schedule.clock.model.setup_ps) / 1e3


def measured(datapaths: Sequence[Datapath], target: str, work: Path) -> list[float]:
    """Periods in ns that synthesis gives datapaths, all in one run."""
    texts: list[str] = []
    top = [f"module top(input clk, input rst, input [{BITS - 1}:0] i, output [{BITS - 1}:0] o);"]
    for place, datapath in enumerate(datapaths):
        name, params = f"m{place}", datapath.params
        text = verilog.convert(StreamBlock(datapath), name=name, emit_src=False)
        texts.append(re.sub(rf"^module {name}\(", r"(* keep_hierarchy *)\n\g<0>", text, flags=re.M))
        bits = sum(port.format.width for port in params.inputs.values())
        top.append(
            f"(* keep *) {name} u{place}(.clk(clk), .rst(rst), .i__payload(i[{bits - 1}:0]), "
            f".i__valid(i[{BITS - 1}]), .o__ready(i[{BITS - 2}]), .o__valid(o[{place}]));"
        )
    source = work / "batch.v"
    source.write_text("\n".join([*texts, *top, "endmodule", ""]))
    flow = Yosys(work / "log")
    flow.run(f"read_verilog {quoted(source)}", synth_command(target))
    delays = TARGETS[target].timing
    assert isinstance(delays, LogicDelays)
    found = arrival_times(timing_report(flow, target, delays, work))
    return [found[f"m{place}"] / 1e3 for place in range(len(datapaths))]


def inputs(count: int, format: Fixed) -> dict[str, Fixed]:
    return {f"{name}{k}": format for k in range(count) for name in "ab"}


def products(given: Mapping[str, Number]) -> list[Number]:
    count = sum(name.startswith("a") for name in given)
    return [given[f"a{k}"] * given[f"b{k}"] for k in range(count)]


def summed(given: Mapping[str, Number]) -> dict[str, Number]:
    return {"sum": total(products(given))}


def one_by_one(given: Mapping[str, Number]) -> dict[str, Number]:
    first, *rest = products(given)
    for product in rest:
        first = first + product
    return {"sum": first}


def test_products_are_kept_out_of_cascades(tmp_path: Path) -> None:
    """Of one clock, and out of registers."""
    eight = toy(summed, inputs(8, S16), timing=Timing("xc7", 125))
    four = toy(one_by_one, inputs(4, Fixed(integer=12)), timing=Timing("xc7", 188))
    assert eight.schedule.latency == 1
    assert len(added(eight.schedule)) == 8
    assert four.schedule.latency == 2
    assert len(strained(four.schedule)) == 4
    for datapath, real in zip((eight, four), measured([eight, four], "xc7", tmp_path), strict=True):
        assert 0.5 * period_ns(datapath.schedule) < real <= period_ns(datapath.schedule)


def test_a_register_with_time_stays_in_its_multiplier() -> None:
    timing = Timing("xc7", 140)
    lone = toy(lambda given: {"y": given["a0"] * given["b0"]}, inputs(1, S16), timing=timing)
    assert not strained(lone.schedule)


def test_families_without_cascades_are_left_alone() -> None:
    for target in ("ecp5", "xcup"):
        schedule = toy(summed, inputs(8, S16), timing=Timing.of(target)).schedule
        assert not added(schedule) | strained(schedule)


def test_a_register_in_two_parts_is_one_register(seed: int) -> None:
    datapath = toy(one_by_one, inputs(4, S16), timing=Timing("xc7", 188))
    assert strained(datapath.schedule)
    compiled = CompiledBlock(StreamBlock(datapath), say=lambda _: None)
    columns = random_inputs(datapath.params.inputs, 2000, seed)
    run = compiled.run(columns, traffic=Traffic(gap=0.3, stall=0.3, seed=seed))
    expected = Reference(datapath).process(columns)["sum"]
    np.testing.assert_array_equal(run.outputs["sum"], expected)


# -- random sums and products ---------------------------------------------------------------------


def shape(random: Random) -> tuple[Describe, dict[str, Fixed]]:
    """A random sum of products and of others: multiply-add, multiply-subtract, squares, trees."""
    count = random.choice((2, 3, 4, 5, 6, 8, 12, 16))
    kind = random.choice(("sum", "chain", "tree", "squares", "before", "mixed", "wide", "constant"))
    widest = 40 if kind == "wide" else 18
    formats = inputs(min(count, 4) if kind == "wide" else count, S16)
    for name in "ab":
        format = Fixed(signed=random.random() < 0.6, integer=random.randint(4, widest - 1))
        formats |= dict.fromkeys((key for key in formats if key[0] == name), format)
    formats |= {"c": Fixed(signed=True, integer=random.randint(4, 36)), "e": Fixed(integer=7)}
    signs = [random.random() < 0.4 for _ in range(count)]
    weights = [random.randint(3, 900) for _ in range(count)]

    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        a = [given[name] for name in given if name[0] == "a"]
        b = [given[name] for name in given if name[0] == "b"]
        c, e = given["c"], given["e"]
        level = [x * y for x, y in zip(a, b, strict=True)]
        match kind:
            case "squares":
                level = [x * x for x in a]
            case "before":
                level = [(x + y + 1) * y for x, y in zip(a[:4], b, strict=False)]
            case "mixed":
                late = select(e > 3, c, e)
                level = [*level[: count // 2], *[x + y for x, y in zip(a, b, strict=True)], late]
            case "constant":
                level = [x * weight for x, weight in zip(a, weights, strict=True)]
                level.append(b[0] * number(weights[0]))
            case "chain":
                level = [c, *level[:6]]
            case _:
                pass
        if kind not in ("chain", "tree"):
            return {"sum": total(level)}
        while len(level) > 1:
            first, second, *rest = level
            both = first - second if signs[len(rest) % count] else first + second
            level = [both, *rest] if kind == "chain" else [*rest, both]
        return {"sum": level[0]}

    return describe, formats


def scheduled(seed: int, target: str) -> Datapath | None:
    """One of random clock, None where that is refused."""
    random = Random(seed)
    describe, formats = shape(random)
    clock = TARGETS[target].clock_mhz * random.uniform(0.4, 1.6)
    datapath = toy(describe, formats, timing=Timing(target, clock))
    try:
        _ = datapath.schedule
    except ScheduleError:
        return None
    return datapath


@pytest.mark.nightly
@pytest.mark.fuzz(1)
@pytest.mark.parametrize("target", ["xc7", "xcup"])
def test_no_sum_is_slower_than_said(target: str, fuzz_seed: int, tmp_path: Path) -> None:
    seeds = range(20 * fuzz_seed, 20 * fuzz_seed + 20)
    chosen = {s: datapath for s in seeds if (datapath := scheduled(s, target)) is not None}
    found = measured(list(chosen.values()), target, tmp_path)
    for one, real in zip(chosen, found, strict=True):
        schedule = chosen[one].schedule
        bound = period_ns(schedule) * (1 + schedule.timing.family.characterisation.spread)
        assert real <= bound, (
            f"seed {one}: {real} ns, said {period_ns(schedule)} ns ({schedule.timing})"
        )
