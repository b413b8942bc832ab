"""What every block keeps: its formats, its independence of batches, reset."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.stimulus import cut, stimulus

from hydrophone_model.block import Model, Params, by_symbol, each
from hydrophone_model.blocks import BLOCKS as ALL
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw

CONFIG = DesignConfig.build(
    {
        "symbols": 4,
        "classes": 2,
        "volume": {"window": 16, "minimum": 8},
        "entropy": {"window": 8},
        "correlation": {"window": 8},
        "repeat": {"slots": 4, "half_life": 3},
        "alert": {"budget": 50_000, "hold": 4},
        "momentum": {"window": 8},
        "reversion": {"memory": 4},
        "imbalance": {"window": 8},
        "volume_surprise": {"fast": 2, "memory": 7},
        "size_entropy": {"window": 8, "memory": 3},
        "impact": {"window": 8, "memory": 3},
        "trend": {"length": 8},
        "whale_flow": {"memory": 3},
        "realised": {"horizon": 8},
        "fusion": {"systems": 4, "candidates": 4},
    },
    name="small",
)
BLOCKS: list[tuple[Params, Callable[..., Model]]] = [
    (block.params(CONFIG), block.model) for block in ALL.values()
]
EVERY = pytest.mark.parametrize(
    ("params", "model"), BLOCKS, ids=[params.name for params, _ in BLOCKS]
)
# What classes share, and what the score matrix holds, goes from one symbol to another.
SHARING = {"score", "alert", "pipeline", "score_matrix", "realised", "signals", "signal_pipeline"}
APART = [
    (params, model)
    for params, model in BLOCKS
    if "symbol" in params.inputs and params.name not in SHARING
]
EVENTS = 400


def assert_equal(got: dict[str, Raw], wanted: dict[str, Raw]) -> None:
    assert set(got) == set(wanted)
    for name in wanted:
        assert got[name].dtype == np.int64
        assert np.array_equal(got[name], wanted[name]), name


@EVERY
def test_outputs_have_the_shapes_and_formats_of_their_ports(
    params: Params, model: Callable[[Any], Model], seed: int
):
    outputs = model(params).process(**stimulus(params, np.random.default_rng(seed), EVENTS))
    assert set(outputs) == set(params.outputs)
    for name, port in params.outputs.items():
        assert outputs[name].shape == ((EVENTS,) if port.count == 1 else (EVENTS, port.count))
        port.format.checked(outputs[name], name)


@EVERY
def test_inputs_stay_as_they_are(params: Params, model: Callable[[Any], Model], seed: int):
    inputs = stimulus(params, np.random.default_rng(seed), EVENTS)
    before = {name: values.copy() for name, values in inputs.items()}
    model(params).process(**inputs)
    assert_equal(inputs, before)


@EVERY
def test_no_events_give_no_results(params: Params, model: Callable[[Any], Model], seed: int):
    outputs = model(params).process(**stimulus(params, np.random.default_rng(seed), 0))
    assert all(len(values) == 0 for values in outputs.values())


@EVERY
@given(cuts=st.lists(st.integers(0, EVENTS), max_size=8), draw=st.integers(0, 9))
def test_cuts_between_batches_do_not_matter(
    params: Params, model: Callable[[Any], Model], cuts: list[int], draw: int
):
    inputs = stimulus(params, np.random.default_rng(draw), EVENTS)
    whole = model(params).process(**inputs)
    parts_of = model(params)
    edges = [0, *sorted(cuts), EVENTS]
    parts = [parts_of.process(**cut(inputs, a, b)) for a, b in itertools.pairwise(edges)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in whole}
    assert_equal(joined, whole)


@EVERY
def test_one_event_at_a_time_is_the_same(params: Params, model: Callable[[Any], Model], seed: int):
    inputs = stimulus(params, np.random.default_rng(seed), 120)
    whole, single = model(params).process(**inputs), model(params)
    parts = [single.process(**cut(inputs, k, k + 1)) for k in range(120)]
    assert_equal({n: np.concatenate([part[n] for part in parts]) for n in whole}, whole)


@EVERY
def test_reset_is_a_fresh_start(params: Params, model: Callable[[Any], Model], seed: int):
    rng = np.random.default_rng(seed)
    inputs, used = stimulus(params, rng, EVENTS), model(params)
    used.process(**stimulus(params, rng, EVENTS))
    used.reset()
    assert_equal(used.process(**inputs), model(params).process(**inputs))


@pytest.mark.parametrize(("params", "model"), APART, ids=[params.name for params, _ in APART])
def test_symbols_do_not_hear_one_another(params: Params, model: Callable[[Any], Model], seed: int):
    inputs = stimulus(params, np.random.default_rng(seed), EVENTS)
    together = model(params).process(**inputs)
    for who in range(4):
        mine = inputs["symbol"] == who
        assert mine.sum() > 10
        alone = model(params).process(**{name: values[mine] for name, values in inputs.items()})
        assert_equal(alone, {name: values[mine] for name, values in together.items()})


@given(st.lists(st.integers(0, 5), max_size=40).map(lambda s: np.array(s, np.int64)))
def test_by_symbol_finds_every_event_once_and_in_order(symbol: Raw):
    groups = dict(by_symbol(symbol))
    assert sorted(groups) == sorted(set(symbol.tolist()))
    for who, places in groups.items():
        assert places.tolist() == [k for k, s in enumerate(symbol.tolist()) if s == who]


def test_each_gives_python_integers_in_step():
    rows = list(each(np.array([1, 2]), np.array([3, 4])))
    assert rows == [(1, 3), (2, 4)]
    assert all(type(value) is int for row in rows for value in row)
    with pytest.raises(ValueError, match="zip"):
        list(each(np.array([1]), np.array([1, 2])))
