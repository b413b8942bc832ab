"""Random histories on every device and instruction set: whatever the cuts, all say the same.

A history is of batches, pushes, refused calls, resets, reconfigurations, decisions and score
tables; the golden device goes along with each.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.host.tapes import random_tape
from tests.host.test_contract import DEVICES, SMALL, Records, opened

import hydrophone
from hydrophone import Combination, ConfigError, DesignConfig, EventError, Session
from hydrophone.devices.rtl import RTL
from hydrophone.engine import isas
from hydrophone_model.limits import runtime_keys

Rng = np.random.Generator
STEPS = 40
PUSHED = ("time_ns", "price", "size", "symbol", "side")
# Windows that fill soon; a block's smallest and some larger ones.
CHOICES: dict[str, dict[str, list[Any]]] = {
    "parent": {"gap_ns": [0, 1, 5_000, 10**6, 10**9]},
    "volume": {"window": [64, 256], "minimum": [16, 64], "lag": [8, 32], "memory": [7, 12]},
    "entropy": {"window": [16, 64]},
    "repeat": {"slots": [4, 16, 64]},
    "correlation": {"window": [16, 64]},
    "alert": {"budget": [1, 50_000, 100_000], "hold": [1, 4], "hysteresis": [0, 20]},
    "momentum": {"window": [8, 32]},
    "imbalance": {"window": [8, 32]},
    "size_entropy": {"memory": [3, 5]},
    "realised": {"horizon": [1, 2, 16, 64]},
    "fusion": {"candidates": [2, 3, 4, 5, 8, 13, 16], "rate": [1, 4, 10]},
}


def built(overrides: dict[str, Any]) -> DesignConfig | None:
    try:
        return DesignConfig.build(overrides, name="random")
    except ConfigError:
        return None


def random_config(rng: Rng) -> DesignConfig:
    """Any that is allowed: keys that do not go together are drawn again."""
    while True:
        symbols = int(rng.choice([1, 2, 4, 16, 64]))
        overrides: dict[str, Any] = {"symbols": symbols, "classes": int(rng.choice([1, 2, 4]))}
        for table, keys in CHOICES.items():
            overrides[table] = {
                key: values[rng.integers(len(values))]
                for key, values in keys.items()
                if rng.random() < 0.7
            }
        config = built(overrides)
        if config is not None:
            return config


def changed(config: DesignConfig, rng: Rng) -> DesignConfig:
    """The same design with other values in its registers."""
    pipeline = config.pipeline
    tables: dict[str, Any] = {}
    for name, table in (("parent", pipeline.parent), ("volume", pipeline.volume),
                        ("alert", pipeline.alert)):  # fmt: skip
        keys = {k: v for k, v in CHOICES[name].items() if k in runtime_keys(table)}
        tables[name] = replace(table, **{k: v[rng.integers(len(v))] for k, v in keys.items()})
    weights = tuple(int(w) for w in rng.integers(0, 256, len(pipeline.score.weights)))
    score = replace(pipeline.score, weights=weights)
    fusion = replace(config.fusion, combination=int(rng.integers(len(Combination))))
    return replace(config, pipeline=replace(pipeline, score=score, **tables), fusion=fusion)


class Histories:
    """A device under test beside the golden one."""

    def __init__(self, session: Session, config: DesignConfig, rng: Rng, *, fuses: bool) -> None:
        self.session, self.rng = session, rng
        self.golden = hydrophone.open("golden", config)
        self.tape = random_tape(int(rng.integers(2**31)), 2000, config.pipeline.symbols)
        self._at = 0
        steps = [self.batch, self.batch, self.pushes, self.refused, self.reconfigure, self.reset]
        self._steps = [*steps, self.decide, self.fuse] if fuses else steps

    def run(self) -> None:
        for _ in range(STEPS):
            self._steps[self.rng.integers(len(self._steps))]()
            assert self.session.counters == self.golden.counters
            assert self.session.interrupted is None

    def taken(self, most: int) -> Records:
        count = int(self.rng.choice([0, 1, 2, 7, 31, 32, 33, 64, most]))
        self._at = (self._at + count) % (self.tape.size - most)
        return self.tape[self._at : self._at + count]

    def both(self, events: Records) -> Records:
        told, wanted = self.session.process(events), self.golden.process(events)
        assert told.tobytes() == wanted.tobytes()
        return told

    def batch(self) -> None:
        self.both(self.taken(200))

    def pushes(self) -> None:
        for event in self.taken(5):
            values = {name: int(event[name]) for name in PUSHED}
            told, wanted = self.session.push(**values), self.golden.push(**values)
            assert told.tobytes() == wanted.tobytes()

    def refused(self) -> None:
        events = self.taken(40).copy()
        if not events.size:
            return
        place = int(self.rng.integers(events.size))
        field, value = [("side", 2), ("price", 0), ("size", 0), ("time_ns", 2**63),
                        ("symbol", 2**16 - 1)][self.rng.integers(5)]  # fmt: skip
        events[field][place] = value
        for each in (self.session, self.golden):
            with pytest.raises(EventError) as error:
                each.process(events)
            assert (error.value.index, error.value.field) == (place, field)

    def reconfigure(self) -> None:
        config = changed(self.golden.config, self.rng)
        for each in (self.session, self.golden):
            each.reconfigure(config)
        assert self.session.config == self.golden.config == config

    def reset(self) -> None:
        for each in (self.session, self.golden):
            each.reset()

    def decide(self) -> None:
        events = self.taken(200)
        results = self.both(events)
        told, wanted = (each.decide(events, results) for each in (self.session, self.golden))
        assert np.array_equal(told.records, wanted.records)

    def fuse(self) -> None:
        fusion, count = self.golden.config.fusion, int(self.rng.choice([1, 2, 9, 300]))
        scores = self.rng.normal(size=(count, fusion.systems, fusion.candidates))
        scores[self.rng.random(scores.shape) < 0.05] = np.nan
        outcome = self.rng.integers(-3, 3, (count, fusion.candidates)).astype(np.float64)
        outcome[self.rng.random(count) < 0.5] = np.nan
        present = self.rng.random((count, fusion.candidates)) < 0.9
        told, wanted = (
            each.fuse(scores, outcome=outcome, present=present)
            for each in (self.session, self.golden)
        )
        assert np.array_equal(told.records, wanted.records)


@pytest.mark.fuzz(6)
@pytest.mark.parametrize("isa", isas().available)
def test_every_instruction_set_follows_the_golden_model(
    isa: str, fuzz_seed: int, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(fuzz_seed)
    config = random_config(rng)
    monkeypatch.setenv("HYDROPHONE_ISA", isa)
    with hydrophone.open("cpu", config) as session:
        Histories(session, config, rng, fuses=True).run()


@pytest.fixture(scope="module")
def hardware() -> Iterator[Session]:
    with opened("rtl") as session:
        yield session


@pytest.mark.skipif("rtl" not in DEVICES or RTL.absence() is not None, reason="no simulators")
@pytest.mark.fuzz(3)
def test_the_hardware_follows_the_golden_model(hardware: Session, fuzz_seed: int):
    hardware.reconfigure(SMALL)
    hardware.reset()
    Histories(hardware, SMALL, np.random.default_rng(fuzz_seed), fuses=False).run()
