"""The folded fusion: the model's decisions, on the clocks that its public numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from hydrophone_hdl.fusion import folded
from hydrophone_hdl.fusion.folded import FoldedFusion, fusion_block
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionModel, FusionParams
from hydrophone_model.timing import Timing
from hydrophone_sim.compare import first_difference
from hydrophone_sim.compiled import CompiledBlock
from hydrophone_sim.controlled import CompiledControlled
from hydrophone_sim.implementations import HardwareImplementation, traffic_of
from hydrophone_sim.stimulus import random_inputs


def quiet(_: str) -> None: ...


@pytest.mark.parametrize(
    ("systems", "candidates", "timing", "combination", "engine"),
    [
        (4, 4, Timing.of("xcup"), Combination.SCORE_DIVERSITY, "verilated"),
        (3, 5, Timing.of("ecp5"), Combination.RANK_DIVERSITY, "cxxrtl"),
        (5, 3, Timing("xc7", 200), Combination.RANK_PERFORMANCE, "verilated"),
        pytest.param(
            *(5, 3, Timing("xc7", 200), Combination.RANK_PERFORMANCE, "cxxrtl"),
            marks=pytest.mark.large,
        ),
    ],
)
def test_folded_decisions_are_the_model_s(
    systems: int, candidates: int, timing: Timing, combination: Combination, engine: str, seed: int
) -> None:
    """With gaps, stalls and at full speed, after a reset with a decision in flight."""
    params = FusionParams(
        systems=systems, candidates=candidates, combination=int(combination), rate=2, timing=timing
    )
    implementation = HardwareImplementation(
        FoldedFusion(Phases(params)), engine=engine, seed=seed, say=quiet
    )
    implementation.interrupt(random_inputs(params.inputs, 100, seed), 500)
    model = FusionModel(params)
    for turn in range(len(traffic_of(seed))):
        inputs = random_inputs(params.inputs, 250, seed + turn)
        expected, outputs = model.process(**inputs), implementation.process(**inputs)
        assert first_difference(params.outputs, expected, outputs) is None, f"turn {turn}"


def test_a_decision_begins_an_initiation_interval_after_the_one_before(seed: int) -> None:
    params = FusionParams(systems=4, candidates=4, rate=2, timing=Timing.of("xcup"))
    block = FoldedFusion(Phases(params))
    run = CompiledBlock(block, engine="verilated", say=quiet).run(
        random_inputs(params.inputs, 20, seed)
    )
    assert run.accepted[0] == block.clear_cycles
    assert set(np.diff(run.accepted)) == {block.initiation_interval}
    assert set(run.offered - run.accepted) == {block.latency}


def test_a_large_fusion_is_folded_and_has_its_settings(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another combination decides from one decision to the next."""
    assert {name for name, params in FUSION_PRESETS.items() if folded.folded(params)} == {"large"}
    params = FUSION_PRESETS["small"].at(Timing.of("xcup"))
    monkeypatch.setattr(folded, "SIDE_BY_SIDE", params.systems * params.candidates - 1)
    compiled = CompiledControlled(
        lambda: fusion_block(params, controlled=True), engine="cxxrtl", say=quiet
    )
    assert compiled.initiation_interval == compiled.latency + 1
    model = FusionModel(params)
    for turn, combination in enumerate(Combination):
        model.params = replace(params, combination=int(combination))
        compiled.configure(Fusion(model.params).controls)
        inputs = random_inputs(params.inputs, 100, seed + turn)
        outputs = compiled.run(inputs).outputs
        assert first_difference(params.outputs, model.process(**inputs), outputs) is None
