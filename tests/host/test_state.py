"""State as a value: taken out of one session at any event, put into another, nothing differs."""

import struct
import zlib
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hydrophone
from hydrophone.devices.cpu import CpuDevice
from hydrophone_drivers.golden import GoldenDevice
from hydrophone_model.block import StateError
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.state import pack, unpack
from hydrophone_sim.tiny import tiny

CONFIG = tiny()
EVENTS = 160
SOFTWARE = ("golden", "cpu")


def tape(seed: int, count: int = EVENTS, symbols: int = 4) -> NDArray[np.void]:
    """Prints of few sizes and prices, so that parents, repeats and episodes begin and end."""
    rng = np.random.default_rng(seed)
    return hydrophone.events(
        time_ns=np.cumsum(rng.choice([0, 1000, 400_000, 3_000_000], count)),
        price=1000 + np.cumsum(rng.integers(-2, 3, count)),
        size=rng.choice([1, 5, 5, 5, 70, 3000], count) + rng.integers(0, 2, count),
        symbol=rng.integers(0, symbols, count),
        side=np.repeat(rng.integers(0, 2, count), rng.integers(1, 5, count))[:count],
        sequence=np.arange(count),
    )


def tables(seed: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores and outcomes of a fusion by itself, some missing."""
    rng = np.random.default_rng(seed)
    scores, outcomes = rng.normal(size=(count, 4, 4)), rng.normal(size=(count, 4))
    scores[rng.random(scores.shape) < 0.1] = np.nan
    outcomes[rng.random(count) < 0.5] = np.nan
    return scores, outcomes


class Run:
    """A session with what it said: results, decisions, fused tables."""

    def __init__(self, device: str, config: DesignConfig = CONFIG) -> None:
        self.session = hydrophone.open(device, config=config)

    def go_on(self, events: NDArray[np.void], seed: int, start: int) -> list[Any]:
        session = self.session
        results = session.process(events)
        decisions = session.decide(events, results).records
        scores, outcomes = (t[start : start + len(events)] for t in tables(seed, EVENTS))
        fused = [session.fuse(s, outcome=o).records for s, o in zip(scores, outcomes, strict=True)]
        return [results, decisions, *fused]


def assert_same(got: list[Any], expected: list[Any]) -> None:
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        # Not byte for byte: between the fields of a decision is memory that nobody writes.
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("first", "second"), list(product(SOFTWARE, SOFTWARE)))
def test_a_session_goes_on_from_another_s_state(first: str, second: str, seed: int) -> None:
    events = tape(seed)
    whole = Run("golden").go_on(events, seed, 0)
    counters = Run("cpu")
    counters.session.process(events)
    assert counters.session.counters.alerts > 3
    rng = np.random.default_rng(seed)
    for cut in sorted({0, 1, EVENTS, *rng.integers(2, EVENTS, 6).tolist()}):
        before, after = Run(first), Run(second)
        said = before.go_on(events[:cut], seed, 0)
        state = before.session.export_state()
        after.go_on(tape(seed + 1, 40), seed + 1, 0)  # whatever it knew is forgotten
        after.session.import_state(state)
        assert after.session.export_state() == state
        rest = after.go_on(events[cut:], seed, cut)
        batches = [np.concatenate(pair) for pair in zip(said[:2], rest[:2], strict=True)]
        assert_same(batches + said[2:] + rest[2:], whole)
        assert after.session.counters == counters.session.counters
        before.session.close()
        after.session.close()


def test_every_cut_gives_the_same_bytes_on_every_device(seed: int) -> None:
    events = tape(seed)
    sessions = [hydrophone.open(device, config=CONFIG) for device in SOFTWARE]
    states: list[bytes] = []
    for cut in range(EVENTS):
        said = list[bytes]()
        for session in sessions:
            results = session.process(events[cut : cut + 1])
            session.decide(events[cut : cut + 1], results)
            said.append(session.export_state())
        assert said[0] == said[1], cut
        states.append(said[0])
    assert len(set(states)) == EVENTS
    other = hydrophone.open("cpu", config=CONFIG)
    results = hydrophone.open("cpu", config=CONFIG).process(events)
    for cut in range(0, EVENTS - 1, 7):
        other.import_state(states[cut])
        assert other.process(events[cut + 1 :]).tobytes() == results[cut + 1 :].tobytes()


def test_the_sequence_of_pushes_goes_on(seed: int) -> None:
    sessions = [hydrophone.open(device, config=CONFIG) for device in SOFTWARE]
    for session in sessions:
        for _ in range(3):
            session.push(time_ns=5, price=7, size=9, symbol=1, side=0)
    states = [session.export_state() for session in sessions]
    assert states[0] == states[1]
    for session, state in zip(sessions, reversed(states), strict=True):
        session.reset()
        session.import_state(state)
        assert session.push(time_ns=5, price=7, size=9, symbol=1, side=0)["sequence"] == 3
        assert session.counters.events == 4


def test_devices_hand_their_states_over_themselves(seed: int) -> None:
    events = tape(seed)
    devices = [CpuDevice(CONFIG), GoldenDevice(CONFIG)]
    for first, second in (devices, devices[::-1]):
        results = [np.empty(EVENTS, hydrophone.RESULT.dtype) for _ in devices]
        first.process(events, results[0])
        second.import_state(first.export_state())
        first.process(events, results[0])
        second.process(events, results[1])
        assert results[0].tobytes() == results[1].tobytes()


def test_settings_in_force_are_part_of_the_state(seed: int) -> None:
    events = tape(seed)
    other = DesignConfig.build({**_tables(CONFIG), "parent": {"gap_ns": 10}}, name="other")
    first = hydrophone.open("cpu", config=CONFIG)
    first.process(events[:80])
    first.reconfigure(other)
    second = hydrophone.open("golden", config=CONFIG)
    second.import_state(first.export_state())
    assert second.config.pipeline.parent.gap_ns == 10
    assert second.process(events[80:]).tobytes() == first.process(events[80:]).tobytes()


def _tables(config: DesignConfig) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(config.to_toml())


def test_one_symbol_is_taken_out_and_put_in(seed: int) -> None:
    events = tape(seed)
    whole, other = (hydrophone.open("cpu", config=CONFIG) for _ in range(2))
    whole.process(events)
    other.process(tape(seed + 1))
    counters = other.counters
    state = whole.export_state(symbols=[2], classes=[0])
    other.import_state(state)
    assert other.counters == counters
    assert other.export_state(symbols=[2], classes=[0]) == state
    of_others = {"symbols": [0, 1, 3], "classes": [1]}
    assert other.export_state(**of_others) != whole.export_state(**of_others)
    probe = tape(seed + 2)
    probe = probe[probe["symbol"] == 2]
    assert other.process(probe).tobytes() == whole.process(probe).tobytes()
    with pytest.raises(StateError, match=r"there is no symbol 4: use 0 … 3"):
        whole.export_state(symbols=[4])


def test_what_is_no_state_of_this_design_is_refused(seed: int) -> None:
    session = hydrophone.open("cpu", config=CONFIG)
    session.process(tape(seed))
    state = session.export_state()
    assert pack(unpack(state)) == state
    damaged = bytearray(state)
    damaged[len(state) // 2] ^= 1
    for data, said in (
        (b"", "no state of hydrophone"),
        (b"PK\3\4" + state, "no state of hydrophone"),
        (state[:40], "cut off"),
        (state[:-1], "damaged"),
        (bytes(damaged), "damaged"),
        (state + b"\0", "damaged"),
        (sealed(state[:-4] + b"\0"), "bytes follow a state"),
        (sealed(state[:-8]), "ends within"),
        (sealed(state[:8] + struct.pack("<I", 2) + state[12:-4]), "version 2"),
        (sealed(state[:12] + b"\0\0\0\0" + state[16:-4]), "register map 0x00000000"),
    ):
        with pytest.raises(StateError, match=said):
            session.import_state(data)
    other = DesignConfig.build({**_tables(CONFIG), "classes": 4}, name="other")
    with pytest.raises(ConfigError, match=r"classes = 2 needs another design, this one has 4"):
        hydrophone.open("cpu", config=other).import_state(state)
    assert session.export_state() == state


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", zlib.crc32(body))


@pytest.mark.fuzz(40)
def test_a_forged_state_is_refused_or_harmless(fuzz_seed: int) -> None:
    events = tape(fuzz_seed)
    sessions = [hydrophone.open(device, config=CONFIG) for device in SOFTWARE]
    for session in sessions:
        results = session.process(events[:100])
        session.decide(events[:100], results)
    rng = np.random.default_rng(fuzz_seed)
    body = bytearray(sessions[0].export_state()[:-4])
    start = body.index(b"pipeline.symbol")
    for place in rng.integers(start, len(body), int(rng.integers(1, 4))):
        body[place] = rng.integers(256)
    state, said = sealed(bytes(body)), list[object]()
    for session in sessions:
        before = session.export_state()
        try:
            session.import_state(state)
        except hydrophone.HydrophoneError as error:
            said.append(str(error))
            assert session.export_state() == before
        else:
            results = session.process(events[100:])
            decided = session.decide(events[100:], results).records
            said.append((f"{results.tolist()} {decided.tolist()}", session.export_state()))
    assert said[0] == said[1]
