"""The engine from Python: what it refuses and how it says so, instruction sets, measurement."""

import os
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from tests.kernels.stimulus import TASTES, records

from hydrophone import _kernels
from hydrophone.engine import CpuEngine, KernelBlock, isas
from hydrophone_drivers.errors import EventError
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.records import EVENT, RESULT
from hydrophone_model.timing import Timing
from hydrophone_model.whale.parent import ParentParams
from hydrophone_model.whale.pipeline import PipelineParams

PARAMS = PipelineParams()
KNOWN = ("scalar", "sse4", "avx2", "avx512", "neon")


@pytest.fixture
def engine() -> CpuEngine:
    return CpuEngine(PARAMS)


def batch(count: int = 40):
    events = records(np.random.default_rng(1), PARAMS, count, TASTES[0])
    return events, np.zeros(count, RESULT.dtype)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("symbol", 64, "0 … 63"),
        ("price", 0, "1 … 4294967295"),
        ("size", 0, "1 … 4294967295"),
        ("side", 2, "0 … 1"),
        ("time_ns", 1 << 63, "0 … 9223372036854775807"),
        ("sequence", 1 << 63, "0 … 9223372036854775807"),
    ],
)
@pytest.mark.parametrize("place", [0, 7, 8, 38, 39])
def test_an_event_out_of_range_changes_nothing(
    engine: CpuEngine, field: str, value: int, allowed: str, place: int
):
    good, want = batch()
    CpuEngine(PARAMS).process(good, want)
    bad, results = good.copy(), np.zeros(good.size, RESULT.dtype)
    bad[field][place] = value
    with pytest.raises(EventError, match=f"event {place}: {field} = {value} .*{allowed}"):
        engine.process(bad, results)
    assert not results.view(np.uint8).any()
    assert engine.counters == (0, 0, 0)
    engine.process(good, results)
    assert np.array_equal(results, want)


def test_a_push_out_of_range_changes_nothing(engine: CpuEngine):
    with pytest.raises(EventError, match=r"event 0: symbol = 64 is not allowed: use 0 … 63"):
        engine.push(1, 1, 1, 64, 0)
    with pytest.raises(EventError, match="size = 0"):
        engine.push(1, 1, 0, 0, 0)
    with pytest.raises(TypeError):
        engine.push(1, -1, 1, 0, 0)
    assert engine.counters == (0, 0, 0)
    engine.push(1, 1, 1, 63, 1)
    assert engine.last["sequence"][0] == 0


def test_wrong_buffers_are_named(engine: CpuEngine):
    events, results = batch()
    frozen = results.copy()
    frozen.flags.writeable = False
    twice = np.zeros(80, RESULT.dtype)
    cases: list[tuple[Any, type[Exception], str]] = [
        ((results, results), TypeError, "events has dtype .*parent_size"),
        ((events, events.copy()), TypeError, "results has dtype .*reserved"),
        ((events.view(np.uint64), results), TypeError, "events has dtype uint64: give .*"),
        (([1, 2], results), TypeError, "events is a list: give a NumPy array"),
        ((events, frozen), ValueError, "results is read-only"),
        ((events, twice[::2]), ValueError, "results is not contiguous"),
        ((events[:-1], results), ValueError, "results holds 40 for 39 events"),
        ((events.reshape(2, 4, 5), results), ValueError, "events has 3 dimensions"),
        ((events.reshape(8, 5), results), ValueError, "events has 2 dimensions"),
    ]
    for given, error, text in cases:
        with pytest.raises(error, match=text):
            engine.process(*given)
    assert engine.counters == (0, 0, 0)


def test_overlapping_buffers_are_refused(engine: CpuEngine):
    memory = np.zeros(40 * 40, np.uint8)
    events = memory[: 40 * 32].view(EVENT.dtype)
    results = memory.view(RESULT.dtype)
    with pytest.raises(ValueError, match="results overlaps events"):
        engine.process(events, results)


def test_no_events_are_no_work(engine: CpuEngine):
    engine.process(np.zeros(0, EVENT.dtype), np.zeros(0, RESULT.dtype))
    assert engine.counters == (0, 0, 0)


def test_a_field_of_a_larger_array_is_read_where_it_lies(engine: CpuEngine):
    events, results = batch()
    engine.process(events[8:], results[8:])
    want = np.zeros(32, RESULT.dtype)
    CpuEngine(PARAMS).process(events[8:].copy(), want)
    assert np.array_equal(results[8:], want)
    assert not results[:8].view(np.uint8).any()


def test_what_shapes_the_design_needs_another_engine(engine: CpuEngine):
    wider = DesignConfig.build({"volume": {"window": 128}}, name="wider").pipeline
    with pytest.raises(ConfigError, match=r"volume\.window = 128 needs another design"):
        engine.reconfigure(wider)
    assert engine.params == PARAMS
    with pytest.raises(ValueError, match="need another engine"):
        _kernels.Engine.reconfigure(engine, wider)


def test_another_target_and_clock_are_the_same_engine(engine: CpuEngine):
    moved = PARAMS.at(Timing.of("ecp5"))
    assert moved != PARAMS
    engine.reconfigure(moved)
    events, got = batch(200)
    engine.process(events, got)
    want = np.zeros_like(got)
    CpuEngine(PARAMS).process(events, want)
    assert np.array_equal(got, want)


def test_two_threads_are_told_apart(engine: CpuEngine):
    events = np.tile(batch(1000)[0], 1000)
    results = np.zeros(events.size, RESULT.dtype)
    worker = threading.Thread(target=engine.process, args=(events, results))
    worker.start()
    refused: set[str] = set()
    while worker.is_alive():
        try:
            engine.push(1, 1, 1, 0, 0)
        except RuntimeError as error:
            refused.add(str(error))
        time.sleep(0)
    worker.join()
    assert refused == {"another thread is using this engine: give each thread its own"}
    engine.push(1, 1, 1, 0, 0)


def test_instruction_sets_are_listed():
    sets = isas()
    assert sets.compiled[0] == "scalar"
    assert set(sets.available) <= set(sets.compiled) <= set(KNOWN)
    assert sets.chosen in sets.available


def chosen_with(value: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from hydrophone.engine import isas; print(isas().chosen)"],
        env={**os.environ, "HYDROPHONE_ISA": value},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("isa", isas().available)
def test_the_environment_overrides_the_choice(isa: str):
    assert chosen_with(isa).stdout.strip() == isa


@pytest.mark.parametrize("isa", [*(set(KNOWN) - set(isas().available)), "altivec"])
def test_an_absent_instruction_set_is_refused(isa: str):
    told = chosen_with(isa).stderr
    assert f"HYDROPHONE_ISA = '{isa}' is not available here: use one of scalar" in told
    with pytest.raises(ValueError, match=f"isa = '{isa}' is not available here"):
        CpuEngine(PARAMS, isa=isa)


def test_an_unknown_block_is_refused():
    class Other(ParentParams):
        name = "other"

    with pytest.raises(ValueError, match="there is no block 'other'"):
        KernelBlock(Other())
