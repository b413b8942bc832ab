"""Broken hardware is caught: each line of these, changed, must turn a proof red."""

import inspect
import sys
from typing import Any

import pytest

from hydrophone_hdl import pipe
from hydrophone_hdl.block import StreamBlock
from hydrophone_hdl.whale.parent import Parent
from hydrophone_hdl.whale.volume import Volume
from hydrophone_model.blocks import BLOCKS
from hydrophone_sim.compare import Broken, Mismatch
from hydrophone_sim.faces import HardwareFace
from hydrophone_sim.small import small
from hydrophone_sim.verify import Plan, Proof

PIPELINE = small().pipeline
EVENTS = 20_000


def mutated(kind: type, before: str, after: str) -> Any:
    """The class with one piece of its source replaced."""
    source = inspect.getsource(kind)
    assert source.count(before) == 1, f"{before!r} is not there once: adapt the mutation"
    space = dict(vars(sys.modules[kind.__module__]))
    exec(compile(source.replace(before, after), f"mutated {kind.__name__}", "exec"), space)
    return space[kind.__name__]


def first_mismatch(block: StreamBlock, name: str, seed: int) -> Mismatch | Broken:
    def make(_name: str, _params: Any) -> HardwareFace:
        return HardwareFace(block, engine="cxxrtl", seed=seed, say=lambda _: None)

    plan = Plan(params=PIPELINE, blocks=[name], faces={"broken": make}, events=EVENTS, seed=seed)
    mismatches = Proof(plan, lambda _what, _done, _total: None).run().mismatches
    assert mismatches, "nobody noticed"
    return mismatches[0]


STATE = [
    ("follows.eq(valid & (read.addr == here))", "follows.eq(0)"),
    ("waiting.eq(Mux(behind, self._next, entry))", "waiting.eq(entry)"),
    ("forwarded.eq(self._next)", "forwarded.eq(read.data)"),
    ("read.en.eq(pipe.advance)", "read.en.eq(1)"),
    ("write.en.eq(1)", "write.en.eq(0)"),
]


@pytest.mark.parametrize(("before", "after"), STATE, ids=[after for _, after in STATE])
@pytest.mark.parametrize("name", ["parent", "volume"])
def test_broken_state_is_caught(
    name: str, before: str, after: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "State", mutated(pipe.State, before, after))
    datapath = {"parent": Parent, "volume": Volume}[name]
    block = StreamBlock(datapath(BLOCKS[name].params(PIPELINE)))
    mismatch = first_mismatch(block, name, seed)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.block == name
    assert mismatch.expected != mismatch.actual


HANDSHAKE = [
    ("advance & ~sweeping & ~hold", "advance & ~hold", "i.ready"),
    ("self.o.ready | ~self.o.valid", "self.o.ready", "i.ready"),
    ("self.clear_cycles - 1", "self.clear_cycles // 2", "i.ready"),
    ("eq(pipe.valid(self.latency))", "eq(pipe.valid(self.latency - 1))", "o.valid"),
]


@pytest.mark.parametrize(("before", "after", "pin"), HANDSHAKE, ids=[row[1] for row in HANDSHAKE])
def test_a_broken_handshake_is_caught(before: str, after: str, pin: str, seed: int) -> None:
    kind = mutated(StreamBlock, before, after)
    mismatch = first_mismatch(kind(Parent(PIPELINE.parent)), "parent", seed)
    assert isinstance(mismatch, Broken)
    assert pin in str(mismatch)
    assert f"seed {seed}" in str(mismatch)


def test_an_off_by_one_of_the_gap_is_caught(seed: int) -> None:
    kind = mutated(Parent, "(ns[:-1] <= gap)", "(ns[:-1] < gap)")
    mismatch = first_mismatch(StreamBlock(kind(PIPELINE.parent)), "parent", seed)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.field in ("joined", "parent_size", "closed")
