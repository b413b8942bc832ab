"""A fault leaves a waveform that an independent reader finds it in, and viewers opened there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.hdl.test_mutations import FAST, GAP_OFF_BY_ONE, mutated
from vcd.reader import TokenKind, tokenize

from hydrophone_hdl.block import StreamBlock, StreamComponent
from hydrophone_hdl.fusion.folded import FoldedFusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_hdl.whale.parent import Parent
from hydrophone_model.block import Ports
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.whale.parent import ParentModel, ParentParams
from hydrophone_sim.compare import Broken, Mismatch
from hydrophone_sim.custom import prove
from hydrophone_sim.implementations import HardwareImplementation
from hydrophone_sim.named import Named
from hydrophone_sim.tiny import tiny
from hydrophone_sim.verify import Plan, Proof
from hydrophone_sim.waves import leave_waveform

CONFIG = tiny().at(FAST)
BEST_OFF_BY_ONE = ('"best": [best],', '"best": [best ^ 1],')
PERIOD = 1e6 / FAST.clock_mhz


def quiet(_: str) -> None: ...


@dataclass
class Read:
    """A VCD file as its reader tells it."""

    timescale: str
    widths: Mapping[str, int]
    changes: Mapping[str, list[tuple[int, int | str]]]

    def at(self, name: str, time: int) -> int | str:
        """The value of a signal at a time."""
        return [value for when, value in self.changes[name] if when <= time][-1]


def read(path: Path) -> Read:
    names: dict[str, list[str]] = {}
    widths: dict[str, int] = {}
    changes: dict[str, list[tuple[int, int | str]]] = {}
    scopes: list[str] = []
    timescale, time = "", 0
    with path.open("rb") as file:
        for token in tokenize(file):
            match token.kind:
                case TokenKind.TIMESCALE:
                    timescale = str(token.timescale)
                case TokenKind.SCOPE:
                    scopes.append(token.scope.ident)
                case TokenKind.UPSCOPE:
                    scopes.pop()
                case TokenKind.VAR:
                    name = ".".join([*scopes, token.var.reference])
                    names.setdefault(token.var.id_code, []).append(name)
                    widths[name] = token.var.size
                    changes[name] = []
                case TokenKind.CHANGE_TIME:
                    time = token.time_change
                case TokenKind.CHANGE_SCALAR | TokenKind.CHANGE_VECTOR:
                    change: Any = token.data
                    value = change.value
                    for name in names[change.id_code]:
                        value = int(value) if str(value).isdigit() else value
                        changes[name].append((time, value))
                case _:
                    pass
    return Read(timescale, widths, changes)


def fault_of(
    block: StreamComponent,
    name: str | Named,
    engine: str,
    folder: Path,
    seed: int,
    events: int = 20_000,
) -> Any:
    """What a proof says of a broken block."""
    plan = Plan(
        config=CONFIG,
        blocks=[name],
        implementations={
            engine: lambda _b, _c: HardwareImplementation(
                block, engine=engine, seed=seed, say=quiet
            )
        },
        events=events,
        seed=seed,
        waveform=lambda implementation, fault: leave_waveform(implementation, fault, folder, quiet),
    )
    (mismatch,) = Proof(plan, lambda _what, _done, _total: None).run().mismatches
    return mismatch


def assert_shows(mismatch: Mismatch, format_mask: int) -> Read:
    """At the marked time the pin has the wrong value and the model the right one."""
    shown = read(Path(mismatch.waveform.path))
    time = marker(Path(mismatch.waveform.viewer))
    port = mismatch.field.replace("[", "_").rstrip("]")
    scope, expected = "ports.o", "ports.expected"
    if port.startswith("early."):
        scope, expected, port = "ports.early", "ports.expected_early", port.removeprefix("early.")
    assert shown.at(f"{scope}.{port}", time) == mismatch.actual & format_mask
    assert shown.at(f"{expected}.{port}", time) == mismatch.expected & format_mask
    assert shown.at(f"{scope}.event", time) == mismatch.event
    assert shown.at("ports.differs", time) == 1
    first = next(when for when, value in shown.changes["ports.differs"] if value == 1)
    assert time - PERIOD <= first <= time
    return shown


def marker(save: Path) -> int:
    found = re.search(r"^\*\S+ (\d+) ", save.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, save
    return int(found[1])


def test_a_mismatch_is_where_the_marker_is(tmp_path: Path, seed: int) -> None:
    kind = mutated(Parent, *GAP_OFF_BY_ONE)
    mismatch = fault_of(
        StreamBlock(kind(CONFIG.pipeline.parent)), "parent", "cxxrtl", tmp_path, seed
    )
    shown = assert_shows(mismatch, -1)
    assert shown.timescale == "1 ps"
    edges = [when for when, value in shown.changes["TOP.clk"] if value == 1]
    assert mismatch.cycle is not None
    time = marker(Path(mismatch.waveform.viewer))
    assert time == round((mismatch.cycle + 0.5) * PERIOD)
    # Edges keep the clock's period without drift, and the fault's clock begins with one.
    assert len(edges) > 20
    for place, edge in enumerate(edges):
        assert edge - edges[0] == pytest.approx(place * PERIOD, abs=1)
    assert round(mismatch.cycle * PERIOD) in edges
    save = Path(mismatch.waveform.viewer).read_text(encoding="utf-8")
    assert f'[dumpfile] "{mismatch.waveform.path}"' in save
    traces = re.findall(r"^((?:TOP|ports)\.\S+)$", save, re.MULTILINE)
    assert len(traces) > 10
    for trace in traces:
        name = trace.partition("[")[0]
        assert name in shown.widths
        assert f"[{shown.widths[name] - 1}:0]" in trace or shown.widths[name] == 1
    commands = Path(mismatch.waveform.path).with_suffix(".sucl").read_text(encoding="utf-8")
    assert f"cursor_set {time}\n" in commands
    for name in re.findall(r"^variable_add (\S+)$", commands, re.MULTILINE):
        assert name in shown.widths


def test_a_broken_handshake_has_a_waveform(tmp_path: Path, seed: int) -> None:
    kind = mutated(StreamBlock, "self.o.ready | ~self.o.valid", "self.o.ready")
    block = kind(Parent(CONFIG.pipeline.parent))
    broken = fault_of(block, "parent", "cxxrtl", tmp_path, seed)
    assert isinstance(broken, Broken)
    assert broken.cycle is not None
    shown, time = read(Path(broken.waveform.path)), marker(Path(broken.waveform.viewer))
    assert time == round((broken.cycle + 0.5) * PERIOD)
    assert "i.ready" in broken.message
    assert shown.at("TOP.i_ready", time) == 0
    assert shown.at("TOP.o_valid", time) == 0
    assert shown.at("TOP.o_ready", time) == 0


@dataclass(frozen=True, kw_only=True)
class EarlyParams(ParentParams):
    """A parent block that tells before the rest whether a print joined."""

    @property
    def early(self) -> Ports:
        return {"joined": self.outputs["joined"]}


def test_a_wrong_early_result_is_shown(tmp_path: Path, seed: int) -> None:
    fed = "target.eq(pipeline.at(sink.node, self.schedule.cycle(sink)))"
    kind = mutated(StreamBlock, fed, fed.replace("(sink)))", "(sink)) ^ sink.early)"))
    params = EarlyParams(symbols=4, timing=FAST)
    block = kind(Parent(params))
    own = Named("early", lambda _: params, ParentModel, lambda _: block, custom=True)
    mismatch = fault_of(block, own, "verilated", tmp_path, seed)
    assert mismatch.field == "early.joined"
    assert_shows(mismatch, 1)


@pytest.mark.nightly
def test_a_wrong_decision_of_the_folded_fusion_is_shown(tmp_path: Path, seed: int) -> None:
    params = FusionParams(systems=2, candidates=4, timing=FAST)
    kind = mutated(FoldedFusion, *BEST_OFF_BY_ONE)
    block = kind(Phases(params))
    own = Named("folded", lambda _: params, FusionModel, lambda _: block, custom=True)
    mismatch = fault_of(block, own, "cxxrtl", tmp_path, seed, events=2000)
    assert mismatch.field == "best"
    assert_shows(mismatch, 3)


def test_a_proof_of_one_s_own_block_leaves_a_waveform(tmp_path: Path, seed: int) -> None:
    kind = mutated(Parent, *GAP_OFF_BY_ONE)
    params = CONFIG.pipeline.parent
    broken, model = kind(params), ParentModel(params)
    mismatch = prove(broken, model, events=20_000, seed=seed, say=quiet, waveforms=tmp_path)
    assert mismatch is not None
    assert_shows(mismatch, -1)
