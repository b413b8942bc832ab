"""Opening a session: which device and why, the budget, and what an import costs."""

import gc
import inspect
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import ConfigError, DesignConfig, DeviceError, Side
from hydrophone.devices import BACKENDS
from hydrophone_drivers.golden import BATCH, GoldenDevice
from hydrophone_drivers.registry import GOLDEN, Backend, open_device
from hydrophone_model.config_tables import leaves, settings
from hydrophone_model.limits import runtime_keys
from hydrophone_model.registers import whale_registers
from hydrophone_model.whale.pipeline import PipelineModel
from hydrophone_model.whale.volume import OCTAVES

DEFAULT = DesignConfig.preset()
PUSH = {"time_ns": 1, "price": 5, "size": 1, "symbol": 0, "side": 0}


def absent(name: str, reason: str) -> Backend:
    return Backend(name=name, doc="", absence=lambda: reason, open=GoldenDevice)


def test_auto_takes_the_first_that_is_present_and_says_why():
    board = absent("board", "nothing is plugged in")
    device, reason = open_device("auto", DEFAULT, [board, GOLDEN])
    assert device.info.name == "golden"
    assert reason == "the best device present; board is absent: nothing is plugged in"
    device, reason = open_device("auto", DEFAULT, [GOLDEN, board])
    assert reason == "the best device present"


def test_auto_leaves_out_what_is_opened_by_name_only():
    slow = replace(GOLDEN, name="slow", automatic=False)
    _, reason = open_device("auto", DEFAULT, [slow, GOLDEN])
    assert reason == "the best device present"
    _, reason = open_device("slow", DEFAULT, [slow])
    assert reason == "asked for by name"
    with pytest.raises(DeviceError, match="no device is present: board is absent: unplugged"):
        open_device("auto", DEFAULT, [slow, absent("board", "unplugged")])


def test_unknown_and_absent_devices_are_refused():
    with pytest.raises(DeviceError, match="no device 'gpu': use one of auto, cpu, golden, rtl"):
        hydrophone.open("gpu")
    with pytest.raises(DeviceError, match="device board is absent: plug it in"):
        open_device("board", DEFAULT, [absent("board", "plug it in")])


def test_any_way_to_name_a_configuration_opens_it(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text("symbols = 32\n[alert]\nbudget = 77\n")
    for config in (path, str(path), DesignConfig.load(path)):
        with hydrophone.open("golden", config) as session:
            assert session.config.name == "mine"
            assert session.config.pipeline.symbols == 32
    with pytest.raises(ConfigError, match="no configuration 'big'"):
        hydrophone.open("golden", "big")


def test_a_budget_takes_the_place_of_the_configurations():
    with hydrophone.open("golden", alert_budget=0.0123) as session:
        alert = session.config.pipeline.alert
        assert alert == replace(DEFAULT.pipeline.alert, budget=12_300)
        session.reconfigure("default", alert_budget=0.00002)
        assert session.config.pipeline.alert.budget == 20


@pytest.mark.parametrize("budget", [0, -1, 0.2, 1e-9, float("nan")])
def test_an_impossible_budget_is_refused(budget: float):
    with pytest.raises(
        ConfigError, match=r"alert_budget = .* use a share of events from 0.000001 to 0.1"
    ):
        hydrophone.open("golden", alert_budget=budget)


def test_exactly_the_keys_behind_registers_can_be_changed_in_a_running_design():
    """Raising any one setting moves a register if, and only if, it is listed as such a key."""
    base = whale_registers(DEFAULT.pipeline)
    tables = {name: settings(params) for name, params in leaves(DEFAULT.pipeline).items()}
    seen: set[tuple[str, str]] = set()
    for table, values in tables.items():
        for key, value in values.items():
            for changed in _neighbours(key, value):
                try:
                    config = DesignConfig.build({table: {key: changed}}, name="changed")
                except ConfigError:
                    continue
                seen.add((table, key))
                moved = whale_registers(config.pipeline) != base
                assert moved == (key in runtime_keys(DEFAULT.tables[table])), f"{table}.{key}"
                break
    unseen = {(t, k) for t, values in tables.items() for k in values} - seen
    assert unseen <= {("score", "rungs"), ("distance", "groups")}, "settings no change could reach"


def _neighbours(key: str, value: object) -> list[object]:
    """Values near a setting, some of which may not be allowed."""
    if isinstance(value, int):
        return [value + 1, value * 2, value // 2, value - 1]
    assert isinstance(value, tuple)
    if key == "shapes":
        return [[list(shape)[::-1] for shape in value]]
    if key == "shares":
        return [[value[0] - 1, value[1] + 1, *value[2:]]]
    return [[value[0] + 1, *value[1:]], [value[0] - 1, *value[1:]]]


def test_a_long_batch_is_cut_for_the_model(seed: int):
    tape = random_tape(seed, BATCH + 300, 4)
    whole = PipelineModel(DEFAULT.pipeline).process_records(tape)
    with hydrophone.open("golden") as session:
        assert session.process(tape).tobytes() == whole.tobytes()


def test_alerts_are_the_results_that_opened_an_episode(seed: int):
    tape = random_tape(seed, 2000, 4)
    with hydrophone.open("golden", alert_budget=0.02) as session:
        results = session.process(tape)
        heard = hydrophone.alerts(results)
    flagged = [r["sequence"] for r in results if r["flags"] & hydrophone.ResultFlag.ALERT]
    assert heard["sequence"].tolist() == flagged
    assert flagged


@pytest.mark.parametrize("device", ["golden", "cpu"])
def test_a_loud_parent_is_flagged_where_the_setting_says(device: str):
    """Equal parents on alternating sides, then one of 300 times their size."""
    absence = next(b.absence for b in BACKENDS if b.name == device)()
    if absence is not None:
        pytest.skip(f"device {device} is absent: {absence}")

    def heard(session: hydrophone.Session) -> list[bool]:
        sizes = [100] * 199 + [30_000]
        return [
            bool(
                session.push(time_ns=n, price=5, size=size, symbol=0, side=n & 1)["flags"]
                & hydrophone.ResultFlag.LOUD
            )
            for n, size in enumerate(sizes)
        ]

    def design(octaves: int) -> DesignConfig:
        return DesignConfig.build({"volume": {"loud": octaves * OCTAVES.one}}, name="loud")

    # 300 times the mean lies nine octaves above half of it.
    for octaves, last in ((9, True), (10, False)):
        with hydrophone.open(device, design(octaves)) as session:
            assert heard(session) == [False] * 199 + [last]
            session.reconfigure(design(1))
            session.reset()
            known = DEFAULT.pipeline.volume.minimum + DEFAULT.pipeline.volume.lag
            assert heard(session) == [n >= known for n in range(200)]


def test_pushes_are_numbered_in_order():
    with hydrophone.open("golden") as session:
        for number in range(3):
            record = session.push(time_ns=number, price=5, size=1, symbol=0, side=Side.SELL)
            assert record["sequence"] == number
            assert record["side"] == Side.SELL


@pytest.mark.parametrize("device", ["golden", "auto"])
def test_numpy_integers_can_be_pushed(device: str):
    with hydrophone.open(device) as session:
        one = np.uint32(1)
        record = session.push(time_ns=one, price=one, size=one, symbol=one, side=one)
        assert record["parent_size"] == 1


def test_importing_loads_nothing_until_something_is_used():
    code = (
        "import sys, hydrophone; print('open' in dir(hydrophone), 'numpy' in sys.modules);"
        "hydrophone.open; print('ok')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "ok"]
    assert set(hydrophone.__all__) == {
        name for name in hydrophone.__all__ if getattr(hydrophone, name) is not None
    }
    with pytest.raises(AttributeError, match="module 'hydrophone' has no attribute 'sonar'"):
        _ = hydrophone.sonar


def test_an_open_session_keeps_its_instruction_set(monkeypatch: pytest.MonkeyPatch, seed: int):
    tape = random_tape(seed, 20, 4)
    monkeypatch.setenv("HYDROPHONE_ISA", "scalar")
    with hydrophone.open("cpu") as session:
        detail = session.info.detail
        monkeypatch.setenv("HYDROPHONE_ISA", "abacus")
        fusion = session.config.fusion
        assert session.fuse(np.zeros((fusion.systems, fusion.candidates))).best == -1
        assert session.decide(tape, session.process(tape)).records.size == 20
        session.reset()
        assert session.info.detail == detail == "C++ engine, scalar"


@pytest.mark.parametrize(
    ("device", "variable", "message"),
    [
        ("cpu", "HYDROPHONE_ISA", "device cpu cannot be opened: .*abacus"),
        ("rtl", "HYDROPHONE_RTL", "no engine 'abacus': use one of cxxrtl, verilated"),
    ],
)
def test_a_wrong_choice_in_the_environment_is_refused(
    device: str, variable: str, message: str, monkeypatch: pytest.MonkeyPatch
):
    absence = next(b.absence for b in BACKENDS if b.name == device)()
    if absence is not None:
        pytest.skip(f"device {device} is absent: {absence}")
    monkeypatch.setenv(variable, "abacus")
    with pytest.raises(DeviceError, match=message):
        hydrophone.open(device)


@pytest.mark.parametrize("device", ["cpu", "golden"])
@pytest.mark.parametrize(
    ("given", "names", "message"),
    [
        ((), {"time_ns": 1}, r"missing 4 required keyword-only arguments: 'price'"),
        ((), {**PUSH, "venue": 1}, r"unexpected keyword argument 'venue'"),
        ((1, 2), PUSH, r"takes 1 positional argument but 3 "),
    ],
)
def test_every_push_refuses_arguments_as_the_method_does(
    device: str, given: tuple[int, ...], names: dict[str, int], message: str
):
    with hydrophone.open(device) as session, pytest.raises(TypeError, match=message):
        session.push(*given, **names)


@pytest.mark.parametrize("device", ["cpu", "golden"])
def test_a_push_is_the_method_in_all_that_shows(device: str):
    with hydrophone.open(device) as session:
        assert session.push.__name__ == "push"
        assert session.push.__doc__ == hydrophone.Session.push.__doc__
        assert inspect.signature(session.push) == inspect.signature(
            hydrophone.Session.push.__get__(session)
        )
        turned = dict(reversed(PUSH.items()))
        spelled = {"".join(list(name)): value for name, value in PUSH.items()}
        for names in (PUSH, turned, spelled):
            assert session.push(**names)["price"] == PUSH["price"]
        assert hydrophone.Session.push(session, **PUSH)["sequence"] == 3
        kept = session.push
    with pytest.raises(DeviceError, match=f"device {device} is closed: open a new session"):
        kept(**PUSH)


@pytest.mark.parametrize("device", ["cpu", "golden"])
def test_a_subclass_may_push_in_its_own_way(device: str):
    class Counting(hydrophone.Session):
        pushed = 0

        def push(self, **event: Any) -> np.void:
            self.pushed += 1
            return super().push(**event)

    session = Counting(*open_device(device, DEFAULT, BACKENDS))
    with session:
        session.push(**PUSH)
        assert (session.push(**PUSH)["sequence"], session.pushed) == (1, 2)


def test_a_value_that_ends_the_session_while_it_is_read_pushes_nothing():
    class Closing:
        def __index__(self) -> int:
            session.close()
            return 1

    session = hydrophone.open("cpu")
    with pytest.raises(DeviceError, match="device cpu is closed"):
        session.push(**{**PUSH, "side": Closing()})
    assert session.counters.events == 0


def test_sessions_are_freed_without_the_garbage_collector():
    session = hydrophone.open("cpu")
    gone = weakref.ref(session)
    gc.disable()
    try:
        del session
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_engine_is_refused_where_python_runs_without_its_lock(enabled: bool):
    """As a free-threaded Python does that was started with PYTHON_GIL=0."""
    script = f"""
import sys
sys._is_gil_enabled = lambda: {enabled}
import hydrophone
try:
    hydrophone.open("cpu").close()
except hydrophone.DeviceError as error:
    print(error)
with hydrophone.open() as session:
    print(session.device)
"""
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    if enabled:
        assert told[0] == "cpu"
    else:
        assert "needs the GIL, which this free-threaded Python was told to leave off" in told[0]
        assert told[1] == "golden"
