"""Fail-over: a device that dies at any point, and results that show nothing of it."""

import logging
import tomllib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.host.test_state import CONFIG, EVENTS, assert_same, tables, tape

import hydrophone
from hydrophone import Session
from hydrophone.devices.cpu import CpuDevice
from hydrophone.devices.fail_over import FailOverDevice
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.golden import GoldenDevice
from hydrophone_model.config import DesignConfig

CONFIG_TABLES = tomllib.loads(CONFIG.to_toml())
CUT = 8
"""Events of a batch."""


class Dying(GoldenDevice):
    """A device that fails at one of its calls, and ever after.

    Args:
        at: Calls that it still answers.
        half: Whether it has computed, and told, half of the batch when it fails.
    """

    def __init__(self, at: int, *, half: bool = False) -> None:
        super().__init__(CONFIG)
        self._left, self._half = at, half

    def process(self, events: Any, results: Any) -> None:
        self._left -= 1
        if self._left < 0:
            if self._half:
                super().process(events[: len(events) // 2], results[: len(events) // 2])
            raise DeviceError("device dying has gone: plug it in")
        super().process(events, results)


def run(session: Session, seed: int) -> list[Any]:
    """Batches, pushes, decisions and fused tables of a tape."""
    events, said = tape(seed), list[Any]()
    scores, outcomes = tables(seed, EVENTS)
    for start in range(0, EVENTS, CUT):
        batch = events[start : start + CUT]
        results = session.process(batch)
        first = {
            name: int(batch[0][name]) for name in ("time_ns", "price", "size", "symbol", "side")
        }
        pushed = session.push(**first).copy()
        said += [results, pushed, session.decide(batch, results).records]
        said.append(session.fuse(scores[start], outcome=outcomes[start]).records)
        batch[:] = 0  # whoever lent the memory may write to it
    return [*said, session.counters]


def same(got: list[Any], expected: list[Any]) -> None:
    assert got[-1] == expected[-1]
    assert_same([np.asarray(one) for one in got[:-1]], [np.asarray(one) for one in expected[:-1]])


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("journal", [1, 50, 1 << 16])
def test_nothing_shows_that_a_device_died(
    half: bool, journal: int, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    expected = run(hydrophone.open("cpu", config=CONFIG), seed)
    for at in (0, 1, 7, 2 * EVENTS // CUT - 1):
        caplog.clear()
        device = FailOverDevice(Dying(at, half=half), CpuDevice, journal=journal)
        session = Session(device, "asked for")
        assert session.device == "golden"
        with caplog.at_level(logging.WARNING, "hydrophone.fail_over"):
            same(run(session, seed), expected)
        assert session.device == "cpu"
        assert "in place of golden, which failed: device dying has gone" in session.info.detail
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        session.close()
        with pytest.raises(DeviceError, match="closed"):
            session.process(tape(seed))


def test_what_lives_is_left_alone(seed: int) -> None:
    session = hydrophone.open("golden", config=CONFIG, fail_over=True)
    same(run(session, seed), run(hydrophone.open("golden", config=CONFIG), seed))
    assert session.device == "golden"


def test_a_wrong_event_is_no_failure(seed: int) -> None:
    session = hydrophone.open("golden", config=CONFIG, fail_over=True)
    events: NDArray[np.void] = tape(seed)
    events["symbol"][5] = 99
    with pytest.raises(hydrophone.EventError):
        session.process(events)
    assert session.device == "golden"
    assert session.counters.events == 0


@pytest.mark.parametrize("at", [1, 3])
def test_settings_and_states_go_over(at: int, seed: int) -> None:
    other = DesignConfig.build({**CONFIG_TABLES, "parent": {"gap_ns": 10}}, name="other")
    sessions = [
        Session(FailOverDevice(Dying(at), CpuDevice), "asked for"),
        hydrophone.open("cpu", config=CONFIG),
    ]
    events, states = tape(seed), list[bytes]()
    for session in sessions:
        session.process(events[:40])
        session.reconfigure(other)
        session.process(events[40:80])
        kept = session.export_state()
        session.reset()
        session.import_state(kept)
        for start in range(80, EVENTS, CUT):
            session.process(events[start : start + CUT])
        states.append(session.export_state())
    assert sessions[0].device == "cpu"
    assert states[0] == states[1]


def test_who_cannot_show_its_state_is_refused() -> None:
    class Silent(GoldenDevice):
        def export_state(self) -> Any:
            raise DeviceError("device silent cannot show its state: use cpu or golden")

    with pytest.raises(DeviceError, match="cannot show its state"):
        FailOverDevice(Silent(CONFIG), CpuDevice)
