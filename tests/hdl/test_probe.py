"""The probe gives each block what it is given within the whole, and runs no more than it needs."""

from typing import Any

import numpy as np
import pytest

from hydrophone_model.block import Port, Values
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.fixed import Fixed
from hydrophone_model.whale.pipeline import PipelineModel
from hydrophone_sim.probe import Case, Probe
from hydrophone_sim.stimulus import random_inputs
from hydrophone_sim.tiny import tiny

CONFIG = tiny()
BATCHES = 3


@pytest.fixture(scope="module")
def batches(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    seed: int = request.config.getoption("--seed", 0) or 0
    ports, gap = CONFIG.pipeline.inputs, CONFIG.pipeline.parent.gap_ns
    return [random_inputs(ports, 300, seed + place, gap=gap) for place in range(BATCHES)]


@pytest.fixture(scope="module")
def whole(batches: list[dict[str, Any]]) -> list[dict[str, Case]]:
    probe = Probe(CONFIG)
    return [probe.process(events) for events in batches]


def assert_same(one: Values, other: Values) -> None:
    assert list(one) == list(other)
    for name in one:
        assert np.array_equal(one[name], other[name]), name


@pytest.mark.parametrize(
    "blocks", [*((name,) for name in BLOCKS), ("whale_flow", "distance", "log2")]
)
def test_a_block_is_given_the_same_without_the_others(
    blocks: tuple[str, ...], batches: list[dict[str, Any]], whole: list[dict[str, Case]]
) -> None:
    probe = Probe(CONFIG, blocks)
    for events, cases in zip(batches, whole, strict=True):
        alone = probe.process(events)
        assert {*alone} == {*blocks}
        for name in blocks:
            for one, other in zip(alone[name], cases[name], strict=True):
                assert_same(one, other)


def test_the_whole_has_every_block(whole: list[dict[str, Case]]) -> None:
    assert {*whole[0]} == {*BLOCKS}


@pytest.mark.parametrize("name", ["log2", "haar", "momentum", "realised", "fusion"])
def test_what_needs_no_pipeline_runs_none(
    name: str, batches: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("the pipeline ran")

    monkeypatch.setattr(PipelineModel, "process", never)
    assert {*Probe(CONFIG, [name]).process(batches[0])} == {name}


def test_a_block_of_anyone_s_may_name_its_ports_as_the_toolkit_does(seed: int) -> None:
    narrow = Port(Fixed(signed=True, integer=5))
    names: list[str] = ["price", "time_ns", "scores", "outcome", "size"]
    ports = dict.fromkeys(names, narrow)
    for column in random_inputs(ports, 500, seed).values():
        assert narrow.format.min <= column.min() < 0 < column.max() <= narrow.format.max
