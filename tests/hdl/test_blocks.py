"""Every block's hardware, for every target, gives the golden model's bits."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hydrophone.feeds import open_tape
from hydrophone_hdl.blocks import stream_block
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import ResultFlag
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim import engines, generate
from hydrophone_sim.compiled import FULL_SPEED, CompiledBlock, Traffic
from hydrophone_sim.engines import ENGINES
from hydrophone_sim.implementations import HardwareImplementation, hardware
from hydrophone_sim.probe import Probe
from hydrophone_sim.stimulus import random_inputs
from hydrophone_sim.tiny import tiny
from hydrophone_sim.verify import Plan, Proof

EVENTS = 20_000
CONFIG = tiny()
TIMINGS = [Timing.of(target) for target in TARGETS]
# CXXRTL compiles large blocks slowly: there the pattern block is proved within the pipeline.
SLOW = {
    (name, "cxxrtl") for name in ("pattern", "pipeline", "fusion", "signals", "signal_pipeline")
}
WHOLE = [("verilated", Timing.of("xcup")), ("cxxrtl", Timing.of("xc7"))]
"""The pipelines that are compiled anyway; CXXRTL takes the compiler half a minute: it is large."""
ONCE = {
    part.name
    for part in (*CONFIG.signals.systems, CONFIG.signals.score_matrix, CONFIG.signal_pipeline)
}
"""Blocks for whose other targets the parts or the whole speak: each is proved for one by itself."""

PARTS = ("signals", "fusion")
"""Large parts of the signal pipeline, proved within it on every change."""
LARGE = pytest.mark.large
WHOLE_PIPELINES = pytest.mark.parametrize(
    ("engine", "timing"), [WHOLE[0], pytest.param(*WHOLE[1], marks=LARGE)], ids=str
)


def quiet(_: str) -> None: ...


def silent(_what: str, _done: int, _total: int) -> None: ...


def proof(blocks: list[str], engine: str, seed: int, config: DesignConfig, events: int) -> Proof:
    plan = Plan(
        config=config,
        blocks=blocks,
        implementations={engine: hardware(engine, seed, quiet)},
        events=events,
        seed=seed,
    )
    return Proof(plan, silent)


def cases() -> Iterator[Any]:
    """Every block for every target; the engines take turns, so that each has most blocks.

    A block's first target is proved on every change: the targets take turns, too.
    """
    for place, name in enumerate(BLOCKS):
        for turn, timing in enumerate(TIMINGS):
            if name in ONCE and turn != place % len(TIMINGS):
                continue
            engine = list(ENGINES)[(place + turn) % len(ENGINES)]
            wanted = (name, engine) not in SLOW or (
                name == "pipeline" and (engine, timing) in WHOLE
            )
            marks = [LARGE] if turn != place % len(TIMINGS) or name in PARTS else []
            case = name, engine if wanted else "verilated", timing
            yield pytest.param(*case, marks=marks, id="-".join(map(str, case)))


@pytest.mark.parametrize(("name", "engine", "timing"), list(cases()))
def test_hardware_equals_the_model(name: str, engine: str, timing: Timing, seed: int) -> None:
    result = proof([name], engine, seed, CONFIG.at(timing), EVENTS).run()
    assert not result.mismatches, "\n".join(map(str, result.mismatches))
    assert result.events[name, engine] == EVENTS * (1 if name == "pipeline" else 2)
    assert result.cycles[name, engine] > EVENTS


@pytest.mark.parametrize(
    "timing", [TIMINGS[0], *(pytest.param(timing, marks=LARGE) for timing in TIMINGS[1:])], ids=str
)
def test_the_default_design_equals_the_model(timing: Timing, seed: int) -> None:
    config = DesignConfig.preset().at(timing)
    result = proof(["pipeline"], "verilated", seed, config, 100_000).run()
    assert not result.mismatches, "\n".join(map(str, result.mismatches))


@WHOLE_PIPELINES
@pytest.mark.parametrize("name", ["parent", "pipeline"])
def test_latency_is_the_published_one(name: str, engine: str, timing: Timing, seed: int) -> None:
    block = stream_block(name, CONFIG.at(timing))
    compiled = CompiledBlock(block, engine=engine, say=quiet)
    inputs = random_inputs(block.params.inputs, 5000, seed)
    run = compiled.run(inputs, traffic=FULL_SPEED)
    assert set((run.offered - run.accepted).tolist()) == {block.latency}
    assert run.clocks == block.clear_cycles + 5000 + block.latency
    gaps = compiled.run(inputs, traffic=Traffic(gap=0.6, seed=seed))
    assert set((gaps.offered - gaps.accepted).tolist()) == {block.latency}
    # A stall holds back by its own clocks, never by more.
    readies = (1, 0, 0, 1, 1)
    stalled = compiled.run(inputs, traffic=Traffic(readies=readies))
    took = stalled.offered - stalled.accepted
    assert took.min() >= block.latency
    assert took.max() <= block.latency * len(readies)


@WHOLE_PIPELINES
def test_early_flags_come_first_and_are_the_results_own(
    engine: str, timing: Timing, seed: int
) -> None:
    block = stream_block("pipeline", CONFIG.at(timing))
    compiled = CompiledBlock(block, engine=engine, say=quiet)
    assert 0 < block.early_latency < block.latency
    inputs = random_inputs(block.params.inputs, 5000, seed)
    inputs["sequence"] = np.arange(5000)
    for traffic in (
        FULL_SPEED,
        Traffic(gap=0.3, seed=seed),
        Traffic(gap=0.2, stall=0.6, seed=seed),
    ):
        run = compiled.run(inputs, traffic=traffic)
        assert np.array_equal(run.early["sequence"], run.outputs["sequence"])
        loud = (run.outputs["flags"] & ResultFlag.LOUD) != 0
        assert np.array_equal(run.early["loud"], loud)
        assert 0 < np.count_nonzero(loud) < 5000
        took = run.flagged - run.accepted
        assert took.min() == block.early_latency
        assert traffic.stall or took.max() == block.early_latency
        assert np.all(run.flagged < run.offered)


def test_both_engines_take_the_same_clocks(seed: int) -> None:
    block = stream_block("parent", CONFIG)
    inputs = random_inputs(block.params.inputs, 5000, seed)
    traffic = Traffic(gap=0.3, stall=0.4, seed=seed)
    runs = [
        CompiledBlock(block, engine=engine, say=quiet).run(inputs, traffic=traffic)
        for engine in ENGINES
    ]
    assert len({run.clocks for run in runs}) == 1
    for run in runs[1:]:
        np.testing.assert_array_equal(run.offered, runs[0].offered)
        for port, column in runs[0].outputs.items():
            np.testing.assert_array_equal(run.outputs[port], column)


def test_results_do_not_depend_on_batches(seed: int) -> None:
    whole, cut = (
        CompiledBlock(stream_block("volume", CONFIG), engine="cxxrtl", say=quiet) for _ in range(2)
    )
    inputs = random_inputs(whole.ports.inputs, 3000, seed)
    expected = whole.run(inputs).outputs
    places = [0, 1, 2, 700, 701, 2999, 3000]
    for start, stop in pairwise(places):
        part = {name: column[start:stop] for name, column in inputs.items()}
        for name, column in cut.run(part, traffic=Traffic(gap=0.5, seed=start)).outputs.items():
            np.testing.assert_array_equal(column, expected[name][start:stop])


def test_an_empty_batch_takes_no_clock() -> None:
    compiled = CompiledBlock(stream_block("log2", CONFIG), engine="cxxrtl", say=quiet)
    assert compiled.run({"x": np.zeros(0, np.int64)}).clocks == 0


def test_an_unknown_engine_is_refused() -> None:
    block = stream_block("log2", CONFIG)
    CompiledBlock(block, engine="cxxrtl", say=quiet)
    with pytest.raises(KeyError, match="no engine 'icarus': use one of cxxrtl, verilated"):
        CompiledBlock(block, engine="icarus", say=quiet)


@WHOLE_PIPELINES
def test_real_ticks(engine: str, timing: Timing, market_data: Callable[[str], Path]) -> None:
    tape = open_tape(market_data("binance_raw/usdm_btcusdt_20240808.gz"))
    block = stream_block("pipeline", CONFIG.at(timing))
    implementation = HardwareImplementation(block, engine=engine, seed=1, say=quiet)
    probe, events = Probe(CONFIG), 0
    for batch in tape:
        columns = {name: batch[name].astype(np.int64) for name in CONFIG.pipeline.inputs}
        _, expected = probe.process(columns)["pipeline"]
        actual = implementation.process(**columns)
        for name, column in expected.items():
            np.testing.assert_array_equal(actual[name], column, err_msg=name)
        assert implementation.early_difference(expected) is None
        events += len(batch)
    assert events > 10_000


def test_the_cache_is_the_user_s(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    for _ in range(2):
        CompiledBlock(stream_block("exp2", CONFIG), engine="cxxrtl", say=said.append)
        # What is there is neither translated nor compiled again.
        monkeypatch.setattr(engines, "run_tool", None)
        monkeypatch.setattr(generate, "run_tool", None)
    assert len(said) == 1
    folders = [path for path in (empty_cache / "sim").iterdir() if path.is_dir()]
    kept = {
        folder.name.split("-")[0]: sorted(p.name for p in folder.iterdir()) for folder in folders
    }
    assert kept == {"exp2": ["simulation.so"], "header": ["header.h", "header.h.gch"]}
