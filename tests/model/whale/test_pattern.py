"""Pattern match: templates know their own, mirrored tapes sound alike, evidence has its range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.stimulus import stimulus

from hydrophone_model.dsp.correlation import CORRELATION
from hydrophone_model.dsp.distance import DistanceParams
from hydrophone_model.dsp.entropy import ENTROPY, EntropyParams
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.flow import order_evidence, signed_flow
from hydrophone_model.formats import EVIDENCE, FLOW, LOG, SIZE
from hydrophone_model.records import Kind
from hydrophone_model.whale.pattern import (
    NOISE,
    PatternModel,
    PatternParams,
    default_templates,
    impact_evidence,
)

PARAMS = PatternParams(
    symbols=64,
)


def prints(flows: Raw) -> dict[str, Raw]:
    """Inputs whose signed flows are those given; none of them may be 0 or ±1."""
    assert np.all(np.abs(flows) >= 2)
    constant = np.ones_like(flows)
    return {
        "symbol": 0 * constant, "price": 100 * constant, "side": (flows < 0).astype(np.int64),
        "size": constant, "joined": 0 * constant, "move": 0 * constant, "above_print": 0 * constant,
        "print": (np.abs(flows) - 2) * (LOG.one // 2),
    }  # fmt: skip


def test_flow_is_two_and_the_half_octaves():
    half = LOG.one // 2
    sizes = np.array([0, half - 1, half, LOG.one, 32 * LOG.one])
    buy = np.zeros_like(sizes)
    assert signed_flow(sizes, buy).tolist() == [2, 2, 3, 4, 66]
    assert signed_flow(sizes, 1 - buy).tolist() == [-2, -2, -3, -4, -66]
    FLOW.checked([-66, 66])
    assert SIZE.width == 32


def test_prints_are_flows():
    flows = np.array([2, -3, 40, -66])
    inputs = prints(flows)
    assert signed_flow(inputs["print"], inputs["side"]).tolist() == flows.tolist()


@pytest.mark.parametrize("place", range(len(default_templates().shapes)))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_template_matches_its_own_kind_best(place: int, sign: int):
    """Whales stand out of both-sided small prints as their templates do of nothing."""
    templates = default_templates()
    shape = np.array(templates.shapes[place]) * 40
    flows = sign * np.where(shape == 0, 2 * (-1) ** np.arange(shape.size), shape)
    match = PatternModel(PatternParams()).process(**prints(flows))["match"][-1]
    group = templates.groups[place]
    if group == NOISE:
        assert not match.any(), "noise is no whale"
    else:
        assert match[group] == match.max() > EVIDENCE.one // 4


def test_templates_point_to_the_side_of_the_last_print():
    """Flows are turned so that the last is positive; a template that ends otherwise is lost."""
    assert all(shape[-1] > 0 for shape in default_templates().shapes)


def test_mirrored_tapes_sound_alike(seed: int):
    """Buying and selling trade places, prices turn round: only hashes of the place may differ."""
    inputs = stimulus(PatternParams(), np.random.default_rng(seed), 600)
    inputs["symbol"] %= 3
    inputs["move"] = np.maximum(inputs["move"], -63)
    mirror = {**inputs, "side": 1 - inputs["side"], "move": -inputs["move"]}
    here, there = (PatternModel(PatternParams()).process(**tape) for tape in (inputs, mirror))
    for name in ("match", "order", "persistence", "impact"):
        assert np.array_equal(here[name], there[name]), name
        assert here[name].any(), name


@given(st.integers(0, 5 * ENTROPY.one))
def test_order_is_what_entropy_lacks(entropy: int):
    params = EntropyParams(window=64, bins=32)
    got = order_evidence(np.array([entropy, entropy]), np.array([1, 0]), params)
    lacks = 5 - entropy / ENTROPY.one
    assert got.tolist() == [int(lacks * EVIDENCE.one), 0]


def test_a_short_window_lowers_the_maximum_of_entropy():
    short = EntropyParams(window=8, bins=32)
    full = np.ones(1, np.int64)
    assert order_evidence(np.array([3 * ENTROPY.one]), full, short).tolist() == [0]


def test_impact_is_the_positive_part_of_the_correlation():
    one = CORRELATION.one
    got = impact_evidence(np.array([-one, -1, 0, one // 2, one]))
    assert got.tolist() == [0, 0, 0, EVIDENCE.one // 2, EVIDENCE.one]


def test_disagreeing_blocks_are_refused():
    with pytest.raises(
        ConfigError, match=r"entropy\.symbols = 32 is not allowed: use 64, the symbols of the"
    ):
        PatternParams(entropy=EntropyParams(symbols=32))
    templates = DistanceParams(shapes=((1, 2),), groups=(0,), scale_shifts=(0,))
    with pytest.raises(ConfigError, match=r"distance.groups = \(0,\) is not allowed: use one"):
        PatternParams(distance=templates)


def test_groups_are_the_kinds_and_noise():
    assert set(default_templates().groups) == {*Kind, NOISE}
