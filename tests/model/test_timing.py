"""Target and clock: what they are, who carries them, and that no result depends on them."""

import numpy as np
import pytest
from tests.model.stimulus import stimulus

from hydrophone_model import cheader
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.errors import ConfigError
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import DEFAULT_TIMING, Timing
from hydrophone_model.whale.pattern import PatternParams
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_model.whale.score import ScoreParams

ECP5 = Timing.of("ecp5")
CONFIG = DesignConfig.preset()


def test_a_target_brings_its_clock_and_a_clock_its_period():
    assert Timing() == DEFAULT_TIMING == Timing.of("xc7")
    for name, family in TARGETS.items():
        assert Timing.of(name) == Timing(name, family.clock_mhz)
        assert Timing.of(name).family is family
    assert Timing.of("ecp5", 80) == Timing("ecp5", 80)
    assert (Timing().period_ps, Timing("xcup", 400).period_ps) == (8000, 2500)
    assert str(ECP5) == "ecp5 at 64.0 MHz"


@pytest.mark.parametrize("clock", [1, 1000])
def test_the_ends_of_the_clock_s_range_are_allowed(clock: int):
    assert Timing("xc7", clock).clock_mhz == clock


@pytest.mark.parametrize(
    ("target", "clock", "message"),
    [
        ("virtex", 125, f"target = 'virtex' is not allowed: use one of {', '.join(TARGETS)}"),
        ("xc7", 0, "clock_mhz = 0 is not allowed: use 1 … 1000 MHz"),
        ("xc7", 1000.5, "clock_mhz = 1000.5 is not allowed"),
    ],
)
def test_what_no_design_can_have_is_refused(target: str, clock: float, message: str):
    with pytest.raises(ConfigError, match=message):
        Timing(target, clock)
    with pytest.raises(ConfigError, match=message):
        Timing.of(target, clock)


def test_parts_of_another_timing_are_refused():
    with pytest.raises(
        ConfigError,
        match=r"entropy\.timing = ecp5 at 64.0 MHz is not allowed: use xc7 at 125.0 MHz, the "
        r"timing of the pattern block, or move all with `at`",
    ):
        PatternParams(entropy=EntropyParams(timing=ECP5))
    with pytest.raises(ConfigError, match=r"score\.timing = ecp5 .* of the pipeline block"):
        PipelineParams(score=ScoreParams(timing=ECP5))
    with pytest.raises(ConfigError, match=r"parent\.timing = xc7 .*: use ecp5 at 64.0 MHz"):
        PipelineParams(timing=ECP5)


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        ((None, None), Timing("xc7", 90.0)),
        (("xc7", None), Timing("xc7", 90.0)),
        (("xc7", 70.0), Timing("xc7", 70.0)),
        ((None, 70.0), Timing("xc7", 70.0)),
        (("ecp5", None), ECP5),
        (("ecp5", 50.0), Timing("ecp5", 50.0)),
    ],
)
def test_what_is_not_asked_for_stays(asked: tuple[str | None, float | None], moved: Timing):
    assert Timing("xc7", 90.0).moved(*asked) == moved


def test_parameters_move_with_all_their_parts():
    moved = CONFIG.at(ECP5)
    assert {block.params(moved).timing for block in BLOCKS.values()} == {ECP5}
    assert moved != CONFIG
    assert moved.at(DEFAULT_TIMING) == CONFIG


@pytest.mark.parametrize("name", BLOCKS)
def test_no_kernel_knows_the_timing(name: str):
    params, moved = BLOCKS[name].params(CONFIG), BLOCKS[name].params(CONFIG.at(ECP5))
    assert cheader.flattened(moved) == cheader.flattened(params)
    assert "timing" not in cheader.header()


@pytest.mark.parametrize("name", BLOCKS)
def test_no_result_depends_on_the_timing(name: str):
    block, seed = BLOCKS[name], 20
    inputs = stimulus(block.params(CONFIG), np.random.default_rng(seed), 200)
    outputs, moved = (
        block.model(block.params(config)).process(**inputs) for config in (CONFIG, CONFIG.at(ECP5))
    )
    for port, column in outputs.items():
        assert np.array_equal(moved[port], column), f"{name}.{port}, seed {seed}"
