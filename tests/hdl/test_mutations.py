"""Broken hardware is caught: each line of these, changed, must turn a proof red."""

import inspect
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from hydrophone_hdl import block
from hydrophone_hdl.block import Numbers, StreamBlock
from hydrophone_hdl.blocks import stream_block
from hydrophone_hdl.hls import emit
from hydrophone_hdl.hls.schedule import Reading
from hydrophone_hdl.whale.parent import Parent
from hydrophone_model.block import Ports
from hydrophone_model.timing import Timing
from hydrophone_model.whale.parent import ParentParams
from hydrophone_sim.compare import Broken, Mismatch
from hydrophone_sim.compiled import CompiledBlock, SimulationError, Traffic
from hydrophone_sim.implementations import HardwareImplementation
from hydrophone_sim.named import Named
from hydrophone_sim.stimulus import random_inputs
from hydrophone_sim.tiny import tiny
from hydrophone_sim.verify import Plan, Proof

CONFIG = tiny()
PIPELINE = CONFIG.pipeline
FAST = Timing.of("xcup")
EVENTS = 20_000


def quiet(_: str) -> None: ...


def mutated(kind: type, before: str, after: str) -> Any:
    """The class with one piece of its source replaced."""
    source = inspect.getsource(kind)
    assert source.count(before) == 1, f"{before!r} is not there once: adapt the mutation"
    space = dict(vars(sys.modules[kind.__module__]))
    exec(compile(source.replace(before, after), f"mutated {kind.__name__}", "exec"), space)
    return space[kind.__name__]


def first_mismatch(broken: StreamBlock, name: str, seed: int) -> Mismatch | Broken:
    def make(_block: Named, _config: Any) -> HardwareImplementation:
        return HardwareImplementation(broken, engine="cxxrtl", seed=seed, say=quiet)

    plan = Plan(
        config=CONFIG, blocks=[name], implementations={"broken": make}, events=EVENTS, seed=seed
    )
    mismatches = Proof(plan, lambda _what, _done, _total: None).run().mismatches
    assert mismatches, "nobody noticed"
    return mismatches[0]


# Block, how it reads one of its states, and the line of the pipeline that serves this reading.
STATE = [
    ("entropy", Reading.BLOCK_REGISTERED, "follows.eq(valid & (asked == here))", "follows.eq(0)"),
    (
        "entropy",
        Reading.BLOCK_REGISTERED,
        "self._register(successor, f",
        "self._register(Value.cast(read.data), f",
    ),
    ("entropy", Reading.BLOCK_REGISTERED, "read.en.eq(self._advance)", "read.en.eq(1)"),
    ("entropy", Reading.DISTRIBUTED, "Mux(behind, self._successors[state], entry)", "entry"),
    ("entropy", Reading.DIRECT, "write.en.eq(self._advance & valid)", "write.en.eq(self._advance)"),
    ("volume", Reading.DIRECT, "write.en.eq(self._advance & valid)", "write.en.eq(valid)"),
    (
        "entropy",
        Reading.DIRECT,
        "write.en.eq(swept < depth if depth & (depth - 1) else 1)",
        "write.en.eq(0)",
    ),
    (
        "entropy",
        Reading.DIRECT,
        "self.valid(time) & self.at(enable, time)",
        "self.at(enable, time)",
    ),
]


@pytest.mark.parametrize(
    ("name", "reading", "before", "after"), STATE, ids=[row[3] for row in STATE]
)
def test_broken_state_is_caught(
    name: str,
    reading: Reading,
    before: str,
    after: str,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(block, "Pipeline", mutated(emit.Pipeline, before, after))
    broken = stream_block(name, CONFIG.at(FAST))
    assert isinstance(broken, StreamBlock)
    assert reading in broken.schedule.readings.values(), (
        f"{name} reads nothing so: take another clock"
    )
    mismatch = first_mismatch(broken, name, seed)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.block == name
    assert mismatch.expected != mismatch.actual


GAP_OFF_BY_ONE = ("~_before(then, _earlier(now, gap))", "_before(_earlier(now, gap), then)")
HANDSHAKE = [
    ("advance & ~sweeping & ~hold", "advance & ~hold", "i.ready"),
    ("self.o.ready | ~self.o.valid", "self.o.ready", "i.ready"),
    ("self.clear_cycles - 1", "self.clear_cycles // 2", "i.ready"),
    ("eq(pipeline.valid(self.latency))", "eq(pipeline.valid(self.latency - 1))", "o.valid"),
]


@pytest.mark.parametrize(("before", "after", "pin"), HANDSHAKE, ids=[row[1] for row in HANDSHAKE])
def test_a_broken_handshake_is_caught(before: str, after: str, pin: str, seed: int) -> None:
    kind = mutated(StreamBlock, before, after)
    mismatch = first_mismatch(kind(Parent(PIPELINE.at(FAST).parent)), "parent", seed)
    assert isinstance(mismatch, Broken)
    assert pin in str(mismatch)
    assert f"seed {seed}" in str(mismatch)


@dataclass(frozen=True, kw_only=True)
class ToldParams(ParentParams):
    """A parent block that tells the symbol before the rest."""

    @property
    def early(self) -> Ports:
        return {"symbol": self.inputs["symbol"]}


class ModelSample(Parent):
    def build(self, inputs: Numbers) -> Numbers:
        return {**super().build(inputs), "symbol": inputs["symbol"]}


EARLY = [
    ("& moved", ""),
    ("moved.eq(advance)", "moved.eq(1)"),
    ("valid(self.early_latency)", "valid(self.early_latency + 1)"),
]


def test_an_early_result_is_offered_once(seed: int) -> None:
    assert_early_results(StreamBlock, seed)


@pytest.mark.parametrize(("before", "after"), EARLY, ids=[row[1] or row[0] for row in EARLY])
def test_a_broken_early_result_is_caught(before: str, after: str, seed: int) -> None:
    with pytest.raises(SimulationError, match="early_valid is not what the latency predicts"):
        assert_early_results(mutated(StreamBlock, before, after), seed)


def assert_early_results(kind: type[StreamBlock], seed: int) -> None:
    told = kind(ModelSample(ToldParams(symbols=4, timing=FAST)))
    assert 0 < told.early_latency < told.latency
    compiled = CompiledBlock(told, engine="cxxrtl", say=quiet)
    inputs = random_inputs(told.datapath.params.inputs, 2000, seed)
    for traffic in (Traffic(), Traffic(gap=0.3, stall=0.5, seed=seed)):
        run = compiled.run(inputs, traffic=traffic)
        assert np.array_equal(run.early["symbol"], inputs["symbol"])


def test_an_off_by_one_of_the_gap_is_caught(seed: int) -> None:
    kind = mutated(Parent, *GAP_OFF_BY_ONE)
    mismatch = first_mismatch(StreamBlock(kind(PIPELINE.parent)), "parent", seed)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.field in ("joined", "parent_size", "closed")
