"""What operations cost on each family: the committed tables, and that tools still give them."""

import json
from functools import cache
from itertools import pairwise, product
from math import ceil
from typing import Any

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.characterisation import characterise as subject
from hydrophone_hdl.characterisation.characterise import as_json, characterise, method
from hydrophone_hdl.characterisation.deviation import deviation
from hydrophone_hdl.characterisation.grids import GRIDS
from hydrophone_hdl.characterisation.measure import Sample, measure_cells, measure_paths
from hydrophone_hdl.characterisation.probes import probe
from hydrophone_hdl.characterisation.solve import Solution
from hydrophone_hdl.component import Component
from hydrophone_hdl.hls.delays import KINDS, DelayModel, committed
from hydrophone_hdl.synthesis.static_timing import untimed_cells
from hydrophone_hdl.synthesis.synthesise import synthesise
from hydrophone_model.errors import ConfigError
from hydrophone_model.targets import TARGETS

ALL = sorted(TARGETS)
SIZES = {
    "multiply": (3, 9, 17, 18, 19, 30, 70),
    "lookup": (2, 5, 9, 13),
    "choose": (2, 5, 16, 100),
    "read": (16, 40, 200, 2000),
}


def test_each_target_has_delays():
    for target, family in TARGETS.items():
        model = DelayModel.load(target)
        assert model.target is family
        assert model is DelayModel.load(target)
        content = committed(target)
        assert (content["target"], content["part"]) == (target, family.part)
        origin = content["origin"]
        assert tuple(origin["tools"]) == family.tools
        assert origin["method"] == method(family)
        assert f"--target {target}" in origin["command"]


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_larger_operations_are_no_faster(target, kind):
    model = DelayModel.load(target)
    sizes = SIZES.get(kind, (1, 2, 3, 7, 16, 33, 80))
    second = (1, 3, 6, 9) if len(KINDS[kind]) == 2 else None
    if kind == "multiply":
        second = sizes
    grids = [[(n,) for n in sizes]]
    if second:
        grids = [[(n, m) for n in sizes] for m in second]
        grids += [[(n, m) for m in second] for n in sizes]
    for grid in grids:
        costs = [model.cost(kind, *at) for at in grid]
        for small, large in pairwise(costs):
            assert small.delay_ps <= large.delay_ps
            assert small.ripple_ps <= large.ripple_ps
            assert small.dsp <= large.dsp
        for cost in costs:
            assert 0 <= cost.ripple_ps <= cost.delay_ps


@pytest.mark.parametrize("target", ALL)
def test_between_measured_sizes_lies_a_line(target):
    model = DelayModel.load(target)
    (w0, *first), (w1, *second) = committed(target)["kinds"]["add"][-2:]
    for share in (0, 0.5, 1, 3):
        cost = model.cost("add", round(w0 + share * (w1 - w0)))
        expected = [a + share * (b - a) for a, b in zip(first, second, strict=True)]
        assert cost.delay_ps == pytest.approx(expected[0] * model.target.derating.factor, abs=1)
        assert cost.ripple_ps == pytest.approx(expected[1] * model.target.derating.factor, abs=1)
        assert cost.lut == pytest.approx(expected[2], abs=0.01)


@pytest.mark.parametrize("target", ALL)
def test_only_carry_chains_ripple(target):
    model = DelayModel.load(target)
    for kind, names in KINDS.items():
        ripple = model.cost(kind, *[32] * len(names)).ripple_ps
        assert (ripple > 0) == (kind in ("add", "compare")), kind


@pytest.mark.parametrize(("target", "largest"), [("ecp5", 18), ("xc7", 25), ("xcup", 27)])
def test_one_multiplier_is_enough_up_to_its_size(target, largest):
    model = DelayModel.load(target)
    assert model.cost("multiply", largest, 18).dsp == 1
    assert model.cost("multiply", 18, largest).dsp == 1
    assert model.cost("multiply", largest + 1, 18).dsp > 0
    single, double = model.cost("multiply", largest, 18), model.cost("multiply", largest + 1, 18)
    assert double.delay_ps > single.delay_ps


@pytest.mark.parametrize(
    ("depth", "width", "blocks"),
    [(512, 36, 1), (513, 36, 2), (1024, 18, 1), (1024, 19, 2), (16384, 1, 1), (64, 100, 3)],
)
def test_block_rams_are_used_in_their_best_shape(depth, width, blocks):
    assert DelayModel.load("xc7").block_rams(depth, width) == blocks


def test_errors_name_what_is_allowed():
    with pytest.raises(
        ConfigError, match=f"no delays for target 'ice40': use one of {', '.join(TARGETS)}"
    ):
        DelayModel.load("ice40")
    model = DelayModel.load("xc7")
    with pytest.raises(ConfigError, match="no operation 'divide': use one of add, compare"):
        model.cost("divide", 8)
    with pytest.raises(ConfigError, match=r"'shift' takes width, bits of the amount.*not \(8,\)"):
        model.cost("shift", 8)
    with pytest.raises(ConfigError, match=r"'add' takes width, each at least 1, not \(0,\)"):
        model.cost("add", 0)
    content = committed("xc7")
    content["kinds"]["shift"].pop()
    with pytest.raises(ConfigError, match=r"delays of 'shift': no row for \(64, 6\)"):
        DelayModel.of(content)


@pytest.mark.parametrize("target", ALL)
def test_files_have_every_size_and_one_layout(target):
    content = committed(target)
    for kind, axes in GRIDS[TARGETS[target].characterisation.grid].items():
        sizes = len(KINDS[kind])
        assert [tuple(row[:sizes]) for row in content["kinds"][kind]] == list(product(*axes))
    assert json.loads(as_json(content)) == content


def test_a_changed_delay_is_a_deviation():
    old, new = committed("xc7"), committed("xc7")
    assert deviation(new, old)[0] == 0
    row = next(row for row in new["kinds"]["add"] if row[0] == 32)
    row[1] *= 1.25
    apart, where = deviation(new, old)
    assert apart == pytest.approx(0.25)
    assert where == "add [32]"


def test_the_tools_still_give_the_committed_delays(tmp_path):
    """Two operations are measured again on xc7."""
    probes = [probe("bare", 8), probe("add", 32), probe("double", 32), probe("leading", 16)]
    solution = Solution(
        measure_paths(probes, "xc7", tmp_path, print),
        measure_cells(probes, "xc7", tmp_path, print),
    )
    model = DelayModel.load("xc7")
    spread = model.target.characterisation.spread
    for kind, width in (("add", 32), ("leading", 16)):
        ((_, delay, ripple, lut, dsp),) = solution.rows(kind, [(width,)])
        cost = model.cost(kind, width)
        assert delay == pytest.approx(cost.delay_ps, rel=spread)
        assert ripple == pytest.approx(cost.ripple_ps, rel=spread)
        assert (lut, dsp) == (
            pytest.approx(cost.lut, rel=spread),
            cost.dsp,
        )


def test_some_of_the_sizes_are_drawn_and_lie_among_those_left(tmp_path, monkeypatch):
    """With tools that find the same of every probe."""

    def measure(probes, target, work, progress):
        return {one.name: Sample(1e5 * (one.name != "bare_8"), 0, 0) for one in probes}

    def cells(probes, target, work, progress):
        return {one.name: {"LUT": 6, "DSP": 1} for one in probes}

    monkeypatch.setattr(subject, "measure_paths", measure)
    monkeypatch.setattr(subject, "measure_cells", cells)
    found, again = (
        characterise("ecp5", tmp_path, print, share=0.3, seed=seed)["kinds"] for seed in (3, 3)
    )
    assert found == again != characterise("ecp5", tmp_path, print, share=0.3, seed=4)["kinds"]
    for kind, axes in GRIDS["coarse"].items():
        every = list(product(*axes))
        drawn = [tuple(row[: len(axes)]) for row in found[kind]]
        assert len(drawn) == ceil(0.3 * len(every))
        assert set(drawn) <= set(every)
    # A single shift tells its own cells, a mux of a chain of six a sixth of them.
    assert {row[-2] for row in found["shift"]} == {6}
    assert {row[-2] for row in found["mux"]} == {1}
    assert {row[2] for row in found["shift"]} == {100_000}


class _Mixed(Component):
    """A product, a sum and a memory of each style, one of them deep and on a single address."""

    def __init__(self):
        ports = {"a": In(8), "x": In(signed(18)), "y": In(signed(27)), "o": Out(signed(46))}
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        top: Any = self
        a, x, y = (Signal.like(port) for port in (top.a, top.x, top.y))
        m.d.sync += [a.eq(top.a), x.eq(top.x), y.eq(top.y)]
        m.submodules.deep = deep = Memory(
            shape=8, depth=256, init=[], attrs={"ram_style": "distributed"}
        )
        m.submodules.small = small = Memory(
            shape=8, depth=32, init=[], attrs={"ram_style": "distributed"}
        )
        m.submodules.block = block = Memory(
            shape=18, depth=1024, init=[], attrs={"ram_style": "block"}
        )
        ports = []
        for memory, domain in ((deep, "comb"), (small, "comb"), (block, "sync")):
            write, read = memory.write_port(), memory.read_port(domain=domain)
            m.d.comb += [write.en.eq(x[0]), write.data.eq(x), read.addr.eq(a)]
            m.d.comb += write.addr.eq(a if memory is deep else y)
            ports.append(read.data)
        m.d.sync += top.o.eq(x * y + sum(ports))
        return m


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """What synthesis makes of it for a target, once."""
    return cache(lambda target: synthesise(_Mixed, target, tmp_path_factory.mktemp(target)))


@pytest.mark.parametrize("target", ["xc7", "xcup"])
def test_every_xilinx_cell_has_delays(target, mixed):
    result = mixed(target)
    assert result.untimed == ()
    assert result.resources["DSP"] >= 1
    assert result.resources["BRAM"] >= 1
    assert any("RAM" in hop or "DSP" in hop for hop in result.path)


def test_a_cell_without_delays_is_named():
    report = (
        "Warning: Module 'RAM256X1D' has no timing arcs!\nWarning: Cell type 'X' not recognised!"
    )
    assert untimed_cells(report) == ("RAM256X1D", "X")


def test_ultrascale_is_faster_by_the_ratio_of_its_clocks(mixed):
    slow, fast = mixed("xc7"), mixed("xcup")
    assert 0.5 < fast.period_ns / slow.period_ns < 0.65
