"""The fusion's hardware: settings that change, sizes that are no powers of two, and the default."""

from dataclasses import replace

import numpy as np
import pytest
from tests.hdl.hls.reference import Reference

from hydrophone_hdl.fusion.folded import fusion_block
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.hls.scheduler import build_schedule
from hydrophone_model.block import Values
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionModel, FusionParams
from hydrophone_model.timing import Timing
from hydrophone_sim.compiled import Traffic
from hydrophone_sim.controlled import CompiledControlled
from hydrophone_sim.stimulus import random_inputs

GOAL = 24
"""Clocks that a default decision may take on UltraScale+."""


def assert_equal(actual: Values, expected: Values, told: str) -> None:
    for name, column in expected.items():
        np.testing.assert_array_equal(actual[name], column, err_msg=f"{name}, {told}")


def test_another_combination_decides_from_one_decision_to_the_next(seed: int) -> None:
    params = FUSION_PRESETS["small"].at(Timing.of("xcup"))
    compiled = CompiledControlled(
        lambda: fusion_block(params, controlled=True), engine="verilated", say=lambda _: None
    )
    model, decided = FusionModel(params), set[bytes]()
    for turn, combination in enumerate([*Combination, *reversed(Combination)]):
        chosen = replace(params, combination=int(combination))
        compiled.configure(Fusion(chosen).controls)
        model.params = chosen
        inputs = random_inputs(params.inputs, 300, seed + turn)
        expected = model.process(**inputs)
        outputs = compiled.run(inputs, traffic=Traffic(gap=0.2, stall=0.2, seed=turn)).outputs
        assert_equal(outputs, expected, combination.name)
        decided.add(expected["rank"].tobytes())
    assert len(decided) == 2 * len(Combination)


@pytest.mark.parametrize(
    "params",
    [
        FusionParams(),
        FusionParams(systems=2, candidates=2, rate=1),
        FusionParams(systems=3, candidates=5, combination=Combination.RANK_DIVERSITY, rate=2),
        FusionParams(systems=9, candidates=3, combination=Combination.RANK_PERFORMANCE),
    ],
    ids=lambda params: f"{params.systems} x {params.candidates}",
)
def test_every_size_is_described_as_the_model_has_it(params: FusionParams, seed: int) -> None:
    """On Python integers: no number leaves its format, and every result is the model's."""
    inputs = random_inputs(params.inputs, 40, seed)
    expected = FusionModel(params).process(**inputs)
    assert_equal(Reference(Fusion(params)).process(inputs), expected, str(params))


def test_a_default_decision_takes_no_more_clocks_than_promised() -> None:
    fusion = Fusion(FUSION_PRESETS["default"].at(Timing.of("xcup")))
    schedule = build_schedule(fusion.describe(), fusion.params.timing, fewest_registers=False)
    assert schedule.latency <= GOAL
