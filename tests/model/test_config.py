"""Configurations: presets, files that override them, and what they refuse."""

import os
from pathlib import Path
from typing import Any

import pytest

from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import PRESETS, DesignConfig
from hydrophone_model.config_tables import RENAMED, USUAL, leaves, settings
from hydrophone_model.errors import ConfigError
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build(name: str):
    config = DesignConfig.load(name)
    assert config.name == name
    assert config == DesignConfig.preset(name)


def test_presets_have_the_promised_sizes():
    presets = {name: DesignConfig.preset(name) for name in PRESETS}
    sizes = {name: config.pipeline.symbols for name, config in presets.items()}
    assert sizes == {"small": 16, "default": 64, "large": 1024}
    default = presets["default"]
    distance = default.pipeline.pattern.distance
    assert default.pipeline.volume.window == 64
    assert (distance.length, len(distance.shapes)) == (16, 8)


def test_presets_have_the_fusions_of_their_names():
    for name, fusion in FUSION_PRESETS.items():
        config = DesignConfig.preset(name)
        assert config.fusion == fusion
        assert (
            config.signal_pipeline.fusion.systems,
            config.signal_pipeline.fusion.candidates,
        ) == (8, fusion.candidates)
        assert config.signals.candidates == config.realised.candidates == fusion.candidates


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_its_file(name: str, tmp_path: Path):
    config = DesignConfig.preset(name)
    path = tmp_path / f"{name}.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    assert DesignConfig.load(path) == config
    assert DesignConfig.load(str(path)) == config


@pytest.mark.parametrize(
    ("text", "timing"),
    [
        ("", Timing("xc7", 125)),
        ('target = "ecp5"', Timing("ecp5", 64)),
        ('target = "xcup"', Timing("xcup", 322)),
        ("clock_mhz = 99.5", Timing("xc7", 99.5)),
        ('target = "ecp5"\nclock_mhz = 48', Timing("ecp5", 48)),
    ],
)
def test_a_target_and_clock_reach_every_part_and_survive_their_file(
    text: str, timing: Timing, tmp_path: Path
):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    config = DesignConfig.load(path)
    assert {block.params(config).timing for block in BLOCKS.values()} == {timing}
    path.write_text(config.to_toml())
    assert DesignConfig.load(path) == config
    assert config.pipeline == DesignConfig.preset().pipeline.at(timing)
    assert config.fusion == DesignConfig.preset().fusion.at(timing)


def test_a_configuration_moves_to_another_target():
    config = DesignConfig.preset("large")
    moved = config.at(Timing.of("ecp5"))
    assert moved != config
    assert moved.name == "large"
    assert moved.at(config.pipeline.timing) == config


def test_a_configuration_passes_through_load():
    config = DesignConfig.preset()
    assert DesignConfig.load(config) is config


@pytest.mark.parametrize("source", [{"symbols": 8}, None, 7])
def test_what_is_no_name_of_a_configuration_is_refused_with_the_remedy(source: Any):
    with pytest.raises(TypeError, match=rf"config is a {type(source).__name__}: .*DesignConfig"):
        DesignConfig.load(source)


def test_a_file_overrides_what_it_names_and_nothing_else(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'preset = "default"\nsymbols = 128\n[parent]\ngap_ns = 500_000\n[alert]\nbudget = 300\n'
    )
    config, default = DesignConfig.load(path), DesignConfig.preset()
    assert config.name == "mine"
    assert config.pipeline.symbols == config.pipeline.pattern.entropy.symbols == 128
    assert config.pipeline.parent.gap_ns == 500_000
    assert config.pipeline.alert.budget == 300
    changes = {("parent", "gap_ns"), ("alert", "budget")}
    ours, theirs = leaves(config.pipeline), leaves(default.pipeline)
    for name, params in theirs.items():
        mine = settings(ours[name])
        for key, value in settings(params).items():
            assert (mine[key] != value) == ((name, key) in changes), f"{name}.{key}"


@pytest.mark.parametrize("combination", ["5", '"rank_performance"'])
def test_a_file_shapes_the_fusion(combination: str, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(f"[fusion]\nsystems = 3\ncandidates = 7\ncombination = {combination}\n")
    config = DesignConfig.load(path)
    assert config.pipeline == DesignConfig.preset().pipeline
    assert config.fusion == FusionParams(
        systems=3, candidates=7, combination=Combination.RANK_PERFORMANCE
    )
    path.write_text(config.to_toml())
    assert DesignConfig.load(path) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fusion]\nsystems = 17", "fusion.systems = 17 is not allowed: use 2 … 16"),
        ("[fusion]\ncandidates = 65", "fusion.candidates = 65 is not allowed: use 2 … 64"),
        ("[realised]\ncandidates = 8", "unknown key realised.candidates: use one of horizon"),
        ("[fusion]\ncombination = 'best'", "no combination 'best': use score_average, score_div"),
        ("[fusion]\ncombination = 6", "fusion.combination = 6 is not allowed: use one of score_av"),
        ("[fusion]\ncombination = []", r"fusion.combination = \(\) is not allowed: use one of"),
        ("[fusion.rate]\nx = 1", "fusion.rate = {'x': 1} is not allowed: use 1 … 10"),
        ("[fusion]\ncombination = 'rank_averge'", "; did you mean rank_average or "),
        ("symbols = 100", "symbols = 100 is not allowed: use 1 … 4096, a power of two"),
        ("symbols = 8192", "symbols = 8192 is not allowed: use 1 … 4096, a power of two"),
        ("symbols = true", "symbols = True is not allowed"),
        ('symbols = "64"', "symbols = '64' is not allowed"),
        ("[parent]\ngap_ns = -1", "parent.gap_ns = -1 is not allowed: use 0 … 4294967295"),
        ("[parent]\ngap_ns = 1.5", "parent.gap_ns = 1.5 is not allowed"),
        ("[volume]\nwindow = 63", "volume.window = 63 is not allowed: use 16 … 1024, a power"),
        ("[alert]\nbudget = 0", "alert.budget = 0 is not allowed: use 1 … 100000"),
        ("[alert]\nshares = [256]", r"alert.shares = \(256,\) is not allowed: give 4 that sum"),
        ("[alert]\nshares = [64, 64, 64, 63]", "give 4 that sum to 256"),
        ("[alert]\nmargin = [0]", r"alert.margin = \(0,\) is not allowed: give 4"),
        ("symbols = 8", r"score.classes = 16 is not allowed: use at most 8"),
        ("[score]\nweights = [1]", "score.weights has 1 entries: give"),
        ("[score]\nladder = [1]", "score.ladder has 1 entries: give"),
        ("[score]\nweight = [1]", "unknown key score.weight: use one of"),
        (
            "[sonar]\nrange = 1",
            "unknown key 'sonar': use preset, symbols, classes, target, clock_mhz or one of",
        ),
        ('target = "xc9"', f"target = 'xc9' is not allowed: use one of {', '.join(TARGETS)}"),
        ("target = [7]", r"target = \[7\] is not allowed: use one of"),
        ("clock_mhz = 1001", "clock_mhz = 1001 is not allowed: use 1 … 1000 MHz"),
        ("clock_mhz = 0.9", "clock_mhz = 0.9 is not allowed"),
        ("clock_mhz = nan", "clock_mhz = nan is not allowed"),
        ("clock_mhz = true", "clock_mhz = True is not allowed"),
        ('clock_mhz = "125"', "clock_mhz = '125' is not allowed"),
        ("[parent]\ntarget = 'xc7'", "unknown key parent.target: use one of gap_ns"),
        ("parent = 1", r"parent = 1 is not allowed: parent is a table, \[parent\]"),
        ("[[parent]]\ngap_ns = 1", r"parent = \[{'gap_ns': 1}\] is not allowed: parent is a table"),
        ("parnet = 1", "unknown key 'parnet': use .*; did you mean parent"),
        ("gap_ns = 1", r"unknown key 'gap_ns': use .*; gap_ns belongs to \[parent\]"),
        ("[parent]\ngap = 1", "unknown key parent.gap: use one of gap_ns; did you mean gap_ns?"),
        ("[parent]\nhold = 1", r"unknown key parent.hold: use one of gap_ns; hold belongs to \[al"),
        ("[parent]\nsymbols = 4", "unknown key parent.symbols: .*; symbols belongs to the file's"),
        ("[parent]\ngap_ns = [1]", r"parent.gap_ns = \(1,\) is not allowed: use 0"),
        ("[parent]\ngap_ns = 1979-05-27", "parent.gap_ns = datetime.date.* is not allowed"),
        (f"[parent]\ngap_ns = 0x{'f' * 9000}", "parent.gap_ns = a number of thousands of digits"),
        (f"[parent]\ngap_ns = {'9' * 9000}", "is not valid TOML"),
        (f"[parent]\ngap_ns = {'[' * 9000}", "is not valid TOML: it is nested too deep"),
        ("[score]\nweights = 5", "score.weights = 5 is not allowed: use a list of 0 … 255"),
        ("[score]\nweights = [[5]]", r"score.weights\[0\] = \(5,\) is not allowed: use 0 … 255"),
        ("preset = []", r"no preset \[\]: use one of"),
        ("preset = 'larg'", "no preset 'larg': use .*; did you mean large?"),
        ('preset = "huge"', "no preset 'huge': use one of small, default, large"),
        ("symbols = ", "is not valid TOML"),
        ("[distance]\nshapes = [[1, 2]]\ngroups = [0]", "distance.shapes have lengths"),
        (
            f"[distance]\nshapes = [{[0.5] * 16}]\ngroups = [0]",
            r"distance.shapes\[0\]\[0\] = 0.5 is not allowed: use -1000 … 1000",
        ),
        ("[distance]\ngroups = [0, 1]", "distance.groups = "),
        (
            "[distance]\nshapes = 5",
            "distance.shapes = 5 is not allowed: use a list of lists of -1000",
        ),
        (
            "[distance]\nshapes = [5]",
            r"distance.shapes\[0\] = 5 is not allowed: use a list of -1000",
        ),
        ("[distance]\nshapes = []", r"distance.shapes have lengths \[\]: use 16"),
        (
            "[distance]\ngroups = []",
            r"distance.groups = \(\) is not allowed: name a group for each",
        ),
    ],
)
def test_wrong_values_are_refused_with_the_file_and_the_allowed_range(
    text: str, message: str, tmp_path: Path
):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as refusal:
        DesignConfig.load(path)
    assert str(refusal.value).startswith(str(path))


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path):
    with pytest.raises(
        ConfigError, match=r"no configuration 'defualt': give a preset \(small, default, large\) or"
    ):
        DesignConfig.load("defualt")
    with pytest.raises(ConfigError, match=r"; did you mean default\?"):
        DesignConfig.load("defualt")
    path = tmp_path / "noise.toml"
    path.write_bytes(bytes([0xFF, 0xFE, 0x00]))
    with pytest.raises(ConfigError, match="is not valid TOML"):
        DesignConfig.load(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "cannot be read as a configuration: Is a directory"),
        ("/dev/zero", "/dev/zero is no configuration: it has more than 1,048,576 bytes"),
        ("nothing\0", "cannot be read as a configuration: embedded null byte"),
        ("n" * 5000, "cannot be read as a configuration: File name too long"),
        ("/dev/null/x", "cannot be read as a configuration: Not a directory"),
    ],
)
def test_what_is_no_file_is_refused(name: str, message: str):
    with pytest.raises(ConfigError, match=message):
        DesignConfig.load(name)


def test_a_configuration_may_come_through_a_pipe():
    reader, writer = os.pipe()
    os.write(writer, b"symbols = 32")
    os.close(writer)
    try:
        assert DesignConfig.load(f"/dev/fd/{reader}").pipeline.symbols == 32
    finally:
        os.close(reader)


@pytest.mark.parametrize("block", ["volume", "correlation", "impact"])
def test_a_minimum_that_the_window_never_holds_is_refused(block: str):
    table = {block: {"window": 16, "minimum": 17}}
    message = rf"{block}\.minimum = 17 is not allowed: use at most 16, the window"
    with pytest.raises(ConfigError, match=message):
        DesignConfig.build(table, name="forgetful")


@pytest.mark.parametrize(("former", "table"), RENAMED.items())
def test_a_table_is_accepted_by_its_former_name_and_written_by_its_present_one(
    former: str, table: str, tmp_path: Path
):
    changed = {"memory": settings(USUAL[table])["memory"] - 1}
    config = DesignConfig.build({former: changed}, name="old")
    assert config == DesignConfig.build({table: changed}, name="old")
    assert config != DesignConfig.build({}, name="old")
    text = config.to_toml()
    assert f"[{table}]" in text
    assert f"[{former}]" not in text
    path = tmp_path / "old.toml"
    path.write_text(text)
    assert DesignConfig.load(path) == config
    with pytest.raises(ConfigError, match=rf"\[{former}\] is the former name of \[{table}\]"):
        DesignConfig.build({former: changed, table: changed}, name="both")
