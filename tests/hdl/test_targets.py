"""A device family is one record and one delay file: a new one is known wherever there are any."""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.hdl.hls.toy import toy
from tests.test_architecture import PACKAGES, modules

from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_hdl.block import StreamBlock
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.characterisation import characterise as subject
from hydrophone_hdl.characterisation.characterise import as_json, characterise
from hydrophone_hdl.characterisation.measure import Sample
from hydrophone_hdl.characterisation.probes import Probe
from hydrophone_hdl.hls import delays
from hydrophone_hdl.hls.delays import DelayModel, committed
from hydrophone_hdl.hls.estimate import estimate
from hydrophone_hdl.hls.graph import Kind
from hydrophone_hdl.hls.number import Number
from hydrophone_hdl.hls.timing import signed_width
from hydrophone_hdl.synthesis import verilog_of
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.catalogue import catalogue
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed
from hydrophone_model.target import ShiftRegister, Target
from hydrophone_model.targets import ECP5, TARGETS
from hydrophone_model.timing import Timing

NAME = "invented"
SMALL = DesignConfig.preset("small")


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Target:
    """A new family's record among the others, and a folder of delay files that has none of it."""
    record = replace(
        ECP5,
        name=NAME,
        part="INV-1",
        clock_mhz=40.0,
        lut_inputs=5,
        multiplier=(14, 12),
        shift_register=ShiftRegister(threshold=2, depth=16),
    )
    folder = tmp_path / "delays"
    folder.mkdir()
    for target in TARGETS:
        text = (delays.FOLDER / f"{target}.json").read_text(encoding="utf-8")
        (folder / f"{target}.json").write_text(text, encoding="utf-8")
    monkeypatch.setitem(TARGETS, NAME, record)
    monkeypatch.setattr(delays, "FOLDER", folder)
    monkeypatch.setattr(delays, "_load", delays._load.__wrapped__)
    return record


@pytest.fixture
def family(record: Target, tmp_path: Path) -> Target:
    """A new family with its delay file."""
    content = committed(ECP5.name) | {"target": NAME, "part": record.part}
    (tmp_path / "delays" / f"{NAME}.json").write_text(as_json(content), encoding="utf-8")
    return record


def string_constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("package", PACKAGES)
def test_only_the_records_name_families(package: str) -> None:
    """A table by family, or a question for one, would be a second list."""
    for path in modules(package):
        if path.name != "targets.py":
            named = set(string_constants(ast.parse(path.read_text(encoding="utf-8"))))
            assert not named & set(TARGETS), path


@pytest.mark.parametrize("block", ["log2", "parent", "entropy", "correlation", "persistence"])
def test_blocks_are_scheduled_estimated_and_emitted(block: str, family: Target) -> None:
    timing = Timing.of(NAME)
    assert timing == Timing(NAME, family.clock_mhz)
    datapath = DATAPATHS[block](BLOCKS[block].params(SMALL.at(timing)))
    schedule = datapath.schedule
    assert schedule.timing.family is schedule.clock.model.target is family
    assert estimate(schedule).lut > 0
    for node in schedule.graph.nodes:
        if node.kind is Kind.MULTIPLY:
            bits = sorted(map(signed_width, node.operands), reverse=True)
            assert tuple(bits) <= family.multiplier
            assert bits[1] <= family.multiplier[1]
    assert "module top" in verilog_of(StreamBlock(datapath))


def test_its_record_decides_how_a_delay_is_built(family: Target) -> None:
    """A long delay is a shift register on it, and flip-flops on the family whose delays it has."""

    def late(given: Mapping[str, Number]) -> dict[str, Number]:
        deep = given["x"]
        for _ in range(12):
            deep = (deep + given["x"]).bits(0, 24)
        return {"sum": deep + given["y"]}

    ports = {"x": Fixed(integer=24), "y": Fixed(integer=24)}
    own, like = (
        estimate(toy(late, ports, timing=Timing(target, 150)).schedule)
        for target in (NAME, ECP5.name)
    )
    assert family.shift_register is not None
    assert own.latency == like.latency > family.shift_register.threshold
    assert own.ff < like.ff
    assert own.lut > like.lut


def test_the_command_line_and_the_configuration_know_it(
    family: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--list", "--json"]) == Exit.DONE
    listed = json.loads(capsys.readouterr().out)["targets"]
    assert {"target": NAME, "clock_mhz": family.clock_mhz} in listed
    assert main(["schedule", "haar", "--target", NAME]) == Exit.DONE
    assert f"{NAME} at 40.0 MHz" in capsys.readouterr().out
    (target,) = (entry for entry in catalogue(SMALL) if entry.key == "target")
    assert f"{NAME} (40 MHz)" in target.allowed
    with pytest.raises(ConfigError, match=rf"use one of .*, {NAME}$"):
        Timing.of("none")
    for command in ("report", "characterise"):
        assert main([command, "--target", "none"]) == Exit.USAGE
        assert f", {NAME}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[:1000], "Unterminated|Expecting"),
        (lambda _: "[]", "list indices"),
        (lambda text: text.replace('"setup_ps"', '"set_up_ps"'), "no 'setup_ps'"),
        (lambda text: text.replace('"choose"', '"chose"'), "no 'choose'"),
        (lambda text: text.replace(f'"{NAME}"', f'"{ECP5.name}"'), f"it is that of {ECP5.name}"),
    ],
    ids=["cut off", "no table", "a value is missing", "a kind is missing", "another family's"],
)
def test_a_damaged_delay_file_is_named(
    damage: Callable[[str], str], reason: str, family: Target, tmp_path: Path
) -> None:
    file = tmp_path / "delays" / f"{family.name}.json"
    file.write_text(damage(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{NAME}\.json cannot be used \(.*({reason}).*: remove"):
        DelayModel.load(NAME)


def test_its_first_characterisation_makes_its_delay_file(
    record: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With tools that find a path of every probe, and the same cells."""
    with pytest.raises(ConfigError, match=rf"no delay file .*{NAME}\.json: measure it with hydro"):
        DelayModel.load(NAME)

    def measured(found: object) -> Callable[..., dict[str, object]]:
        def measure(probes: list[Probe], target: str, *_: object) -> dict[str, object]:
            assert target == NAME
            return {one.name: found for one in probes}

        return measure

    monkeypatch.setattr(subject, "measure_paths", measured(Sample(1000, 300, 0)))
    monkeypatch.setattr(subject, "measure_cells", measured({"LUT": 6, "DSP": 1}))
    out = tmp_path / "delays" / f"{NAME}.json"
    arguments = ["characterise", "--target", NAME, "--work", str(tmp_path), "--out", str(out)]
    assert main(arguments) == Exit.DONE
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content == characterise(NAME, tmp_path, print)
    assert (content["target"], content["part"]) == (NAME, record.part)
    assert DelayModel.load(NAME).clk_to_q_ps == 300
    schedule = toy(
        lambda given: {"y": given["x"] + 1}, {"x": Fixed(integer=8)}, timing=Timing.of(NAME)
    ).schedule
    assert schedule.latency == 1
