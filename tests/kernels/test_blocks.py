"""Every block's kernel, on every instruction set here, against its golden model: equal bits."""

from dataclasses import replace

import numpy as np
import pytest
from tests.kernels.stimulus import TASTES, Taste, columns, cuts

from hydrophone.engine import KernelBlock, isas
from hydrophone_model.block import Params
from hydrophone_model.blocks import BLOCKS as ALL
from hydrophone_model.blocks import parameters
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.correlation import CorrelationParams
from hydrophone_model.dsp.distance import DistanceParams
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.dsp.exp2 import Exp2Params
from hydrophone_model.dsp.haar import HaarParams
from hydrophone_model.dsp.log2 import Log2Params
from hydrophone_model.dsp.reciprocal import ReciprocalParams
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import FLOW
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.signals.imbalance import ImbalanceParams
from hydrophone_model.signals.impact import ImpactParams
from hydrophone_model.signals.momentum import MomentumParams
from hydrophone_model.signals.realised import RealisedParams
from hydrophone_model.signals.reversion import ReversionParams
from hydrophone_model.signals.score_matrix import ScoreMatrixParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.size_entropy import SizeEntropyParams
from hydrophone_model.signals.trend import TrendParams
from hydrophone_model.signals.volume_surprise import VolumeSurpriseParams
from hydrophone_model.signals.whale_flow import WhaleFlowParams
from hydrophone_model.whale.alert import AlertParams
from hydrophone_model.whale.parent import ParentParams
from hydrophone_model.whale.pattern import PatternParams, default_templates
from hydrophone_model.whale.persistence import PersistenceParams
from hydrophone_model.whale.repeat import RepeatParams
from hydrophone_model.whale.score import ScoreParams
from hydrophone_model.whale.volume import VolumeParams

BLOCKS: tuple[Params, ...] = parameters(DesignConfig.preset())
MODELS = {type(params): block.model for params, block in zip(BLOCKS, ALL.values(), strict=True)}

SHORT = DistanceParams(
    shapes=((0, 0, 0, 1, 0, 0, 0, 1), (1,) * 8, (1, -1) * 4),
    groups=(1, 0, 1),
    scale_shifts=(4, 0, 1),
)
LONG = DistanceParams(
    shapes=tuple(tuple(int(i % (k + 2) == 0) for i in range(32)) for k in range(9)),
    groups=(0, 1, 2, 3, 4, 4, 4, 4, 4),
    scale_shifts=(4, 3, 2, 1, 0),
)
CROWDED = replace(
    default_templates(),
    shapes=tuple((k + 1, -k) * 8 for k in range(9)),
    groups=(0, 1, 2, 3, 4, 4, 4, 4, 4),
)
STEEP = replace(default_templates(), scale_shifts=(4, 4, 4, 4))

QUICK = DesignConfig.build(
    {
        "symbols": 4,
        "classes": 4,
        "fusion": {"candidates": 4},
        "momentum": {"window": 8},
        "reversion": {"memory": 3},
        "imbalance": {"window": 8},
        "volume_surprise": {"fast": 2, "memory": 7},
        "size_entropy": {"window": 8, "bins": 8, "memory": 2},
        "impact": {"window": 8, "memory": 2},
        "trend": {"length": 8},
        "whale_flow": {"memory": 2},
    },
    name="quick",
).signals

VARIANTS: dict[str, Params] = {
    **{params.name: params for params in BLOCKS},
    "log2 narrow": Log2Params(width=1),
    "log2 wide": Log2Params(width=63),
    "exp2 wide": Exp2Params(argument=12, integer=14, fraction=14),
    "exp2 narrow": Exp2Params(argument=3, integer=0, fraction=1),
    "exp2 as cosine": Exp2Params(integer=1, fraction=8),
    **{f"haar {length}": HaarParams(length=length) for length in (2, 8, 32, 64)},
    "distance short": SHORT,
    "distance long": LONG,
    "distance crowded": CROWDED,
    "distance steep": STEEP,
    "entropy small": EntropyParams(symbols=2, window=8, bins=2),
    "entropy long": EntropyParams(symbols=1, window=128),
    "correlation long": CorrelationParams(symbols=1, window=1024, minimum=2),
    "correlation short": CorrelationParams(symbols=4, window=8),
    "parent no gap": ParentParams(symbols=1, gap_ns=0),
    "volume short": VolumeParams(symbols=1, window=16, memory=7, minimum=2, floor=0, lag=8, loud=1),
    "volume long": VolumeParams(symbols=2, window=1024, memory=12, floor=6, lag=32),
    "volume never loud": VolumeParams(symbols=1, minimum=2, loud=0),
    "repeat small": RepeatParams(symbols=1, slots=4, half_life=3),
    "repeat large": RepeatParams(symbols=8, slots=256, half_life=3, joined=0),
    "persistence loud": PersistenceParams(symbols=1, leak=4, joined=0, base=16, most=255),
    "pattern long": PatternParams(distance=LONG),
    "pattern crowded": PatternParams(distance=CROWDED),
    "pattern steep": PatternParams(distance=STEEP),
    "score two rungs": ScoreParams(
        symbols=1, classes=1, rungs=2, step=0, ladder=(0, 65535) * 4, weights=(255, 0) * 6 + (1,)
    ),
    "score three rungs": ScoreParams(
        symbols=2, classes=2, rungs=3, step=12, ladder=(9, 5, 7) * 4, weights=(255,) * 13
    ),
    "alert often": AlertParams(symbols=1, classes=1, budget=100_000, hold=1, hysteresis=0, rise=0),
    "alert one head": AlertParams(
        symbols=2, classes=1, shares=(0, 0, 0, 256), hold=1023, hysteresis=2047, rise=6
    ),
    "fusion small": replace(FUSION_PRESETS["small"], combination=Combination.RANK_AVERAGE),
    "fusion large": FUSION_PRESETS["large"],
    "fusion smallest": FusionParams(
        systems=2, candidates=2, rate=1, combination=Combination.SCORE_AVERAGE
    ),
    "fusion odd": FusionParams(systems=7, candidates=13, combination=Combination.SCORE_PERFORMANCE),
    "fusion by ranks": FusionParams(combination=Combination.RANK_DIVERSITY),
    "fusion many systems": FusionParams(
        systems=11, candidates=24, rate=10, combination=Combination.RANK_PERFORMANCE
    ),
    "momentum short": MomentumParams(symbols=4, window=8),
    "momentum long": MomentumParams(symbols=1, window=1024),
    "reversion quick": ReversionParams(symbols=2, memory=3),
    "reversion slow": ReversionParams(symbols=1, memory=10),
    "imbalance short": ImbalanceParams(symbols=2, window=8),
    "imbalance long": ImbalanceParams(symbols=1, window=1024),
    "volume_surprise quick": VolumeSurpriseParams(symbols=1, fast=1, memory=7),
    "volume_surprise slow": VolumeSurpriseParams(symbols=1, fast=6, memory=10),
    "size_entropy short": SizeEntropyParams(symbols=2, window=8, bins=2, memory=2),
    "impact short": ImpactParams(symbols=2, window=8, minimum=2, memory=2),
    "trend short": TrendParams(symbols=4, length=4),
    "trend long": TrendParams(symbols=1, length=32, memory=8),
    "whale_flow all": WhaleFlowParams(symbols=2, memory=2, floor=0),
    "whale_flow slow": WhaleFlowParams(symbols=1, memory=8),
    "score_matrix large": ScoreMatrixParams(symbols=64, systems=16, candidates=64),
    "score_matrix all": ScoreMatrixParams(symbols=2, systems=1, candidates=2),
    "realised at once": RealisedParams(symbols=4, candidates=2, horizon=1),
    "realised often": RealisedParams(symbols=64, candidates=64, horizon=8),
    "signals quick": QUICK,
    "signal_pipeline quick": SignalPipelineParams(
        signals=QUICK,
        realised=RealisedParams(symbols=4, candidates=4, horizon=8),
        fusion=FusionParams(candidates=4, rate=2, combination=Combination.RANK_PERFORMANCE),
    ),
}


def assert_equal(params: Params, isa: str, inputs: dict[str, Raw], got: dict[str, Raw]) -> None:
    """Compares with the model's outputs, naming the first event and port that differ."""
    want = MODELS[type(params)](params).process(**inputs)
    assert set(got) == set(want)
    for name, column in want.items():
        assert got[name].shape == column.shape, name
        wrong = np.flatnonzero((got[name] != column).reshape(len(column), -1).any(axis=1))
        if wrong.size:
            first = int(wrong[0])
            given = {port: values[first].tolist() for port, values in inputs.items()}
            pytest.fail(
                f"{params.name} on {isa}, event {first} of {len(column)}: {name} is "
                f"{got[name][first].tolist()}, the model says {column[first].tolist()}; "
                f"{wrong.size} events differ; inputs {given}"
            )


@pytest.mark.parametrize("taste", TASTES, ids=lambda taste: taste.name)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("isa", isas().available)
def test_kernel_equals_model(isa: str, variant: str, taste: Taste, seed: int):
    params = VARIANTS[variant]
    rng = np.random.default_rng([seed, *taste.name.encode()])
    inputs = columns(rng, params, 1500, taste)
    block = KernelBlock(params, isa=isa)
    parts = [
        block.process(**{name: column[cut] for name, column in inputs.items()})
        for cut in cuts(rng, 1500)
    ]
    assert_equal(
        params, isa, inputs, {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    )


@pytest.mark.parametrize("params", BLOCKS, ids=lambda params: params.name)
@pytest.mark.parametrize("isa", isas().available)
def test_reset_forgets_everything(isa: str, params: Params, seed: int):
    rng = np.random.default_rng(seed)
    inputs = columns(rng, params, 200, TASTES[2])
    block = KernelBlock(params, isa=isa)
    block.process(**inputs)
    block.reset()
    assert_equal(params, isa, inputs, block.process(**inputs))


@pytest.mark.parametrize("isa", isas().available)
def test_log2_of_every_small_number_and_around_every_power_of_two(isa: str):
    near = np.concatenate([(1 << np.arange(63)) + d for d in (-1, 0, 1)]).clip(0, 2**63 - 1)
    inputs = {"x": np.concatenate([np.arange(1 << 16), near])}
    params = Log2Params(width=63)
    assert_equal(params, isa, inputs, KernelBlock(params, isa=isa).process(**inputs))


@pytest.mark.parametrize("isa", isas().available)
def test_exp2_of_every_exponent(isa: str):
    params = Exp2Params()
    inputs = {"x": np.arange(-(1 << 17), 1 << 17)}
    assert_equal(params, isa, inputs, KernelBlock(params, isa=isa).process(**inputs))


@pytest.mark.parametrize("isa", isas().available)
def test_reciprocal_of_every_number(isa: str):
    inputs = {"x": np.arange(1 << 15, 1 << 16)}
    params = ReciprocalParams()
    assert_equal(params, isa, inputs, KernelBlock(params, isa=isa).process(**inputs))


@pytest.mark.parametrize("isa", isas().available)
def test_haar_of_the_ends_of_its_range(isa: str, seed: int):
    rng = np.random.default_rng(seed)
    ends = rng.choice([FLOW.min, FLOW.max], (2000, 16))
    params = HaarParams()
    got = KernelBlock(params, isa=isa).process(window=ends)
    assert_equal(params, isa, {"window": ends}, got)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"bin has shape \(2,\): give 1 for each of 3 events"):
        KernelBlock(EntropyParams()).process(symbol=np.zeros(3, int), bin=np.zeros(2, int))
