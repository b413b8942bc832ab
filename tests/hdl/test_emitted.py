"""The Verilog that leaves the emitter: clean to lint, and taken by plain synthesis."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import ControlledBlock, StreamBlock
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.component import Component
from hydrophone_hdl.hls.number import Number, leading_one
from hydrophone_hdl.synthesis import WAIVERS, verilog_of
from hydrophone_hdl.synthesis.synthesise import synthesise
from hydrophone_hdl.top import WhaleTop
from hydrophone_hdl.window import Window
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Fixed
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim.engines import verilator_root

SMALL = DesignConfig.preset("small")
U8 = Fixed(integer=8)


def whole() -> Component:
    return WhaleTop(SMALL.pipeline)


def signals() -> Component:
    return ControlledBlock(DATAPATHS["signals"](BLOCKS["signals"].params(SMALL)))


def random() -> Component:
    return StreamBlock(drawn(*range(6), timing=Timing("xc7", 120)))


def lint(text: str, folder: Path) -> str:
    """What verilator says with all its warnings and the waivers."""
    source = folder / "design.v"
    source.write_text(text)
    root = verilator_root()
    command = [root / "bin" / "verilator_bin", "--lint-only", "-Wall", "--top-module", "top"]
    done = subprocess.run(
        [*command, WAIVERS, source],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VERILATOR_ROOT": str(root)},
    )
    return done.stderr


@pytest.mark.parametrize("design", [whole, signals, random], ids=lambda design: design.__name__)
def test_lint_says_nothing(design, tmp_path: Path) -> None:
    text = verilog_of(design())
    assert "[-1:0]" not in text
    assert lint(text, tmp_path) == ""


def test_lint_tells_what_is_wrong(tmp_path: Path) -> None:
    text = "module top(input [3:0] i, output o); wire w; assign o = w & i[0]; endmodule\n"
    assert "UNDRIVEN" in lint(text, tmp_path)


@pytest.mark.parametrize("width", range(1, 10))
def test_no_wire_is_of_no_width(width: int) -> None:
    datapath = toy(lambda given: {"y": leading_one(given["x"])}, {"x": Fixed(integer=width)})
    assert "[-1:0]" not in verilog_of(StreamBlock(datapath))


def windows(given: Mapping[str, Number]) -> dict[str, Number]:
    """Of every depth about those that distributed memories have."""
    return {
        f"gone_{symbols}_{length}": Window(
            f"w{symbols}_{length}",
            given["who"].bits(0, bits),
            given["x"],
            symbols=symbols,
            length=length,
        ).gone[0]
        for bits, symbols, length in ((1, 2, 4), (3, 8, 8), (5, 32, 8), (6, 64, 8), (7, 100, 16))
    }


@pytest.mark.parametrize("target", ["xc7", "xcup"])
def test_plain_synthesis_maps_windows_of_every_depth(target: str, tmp_path: Path) -> None:
    """In a process of its own, which an error of yosys ends."""
    datapath = toy(windows, {"who": U8, "x": Fixed(integer=2)}, timing=Timing.of(target))
    source, log = tmp_path / "windows.v", tmp_path / "log"
    source.write_text(verilog_of(StreamBlock(datapath)))
    script = (
        "from pyosys import libyosys\n"
        "design = libyosys.Design()\n"
        f"for command in ['read_verilog {source}', "
        f"'{TARGETS[target].synth} -top top -run begin:map_ffram']:\n"
        f"    libyosys.run_pass('tee -q -a {log} ' + command, design)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, log.read_text()[-500:]
    assert log.read_text().count("mapping memory") == 10


@pytest.mark.parametrize("target", ["xc7", pytest.param("ecp5", marks=pytest.mark.nightly)])
def test_a_work_folder_may_be_anywhere(target: str, tmp_path: Path) -> None:
    datapath = toy(lambda given: {"y": given["x"] + 1}, {"x": U8}, timing=Timing.of(target))
    work = tmp_path / "a folder" / "of work"
    result = synthesise(lambda: StreamBlock(datapath), target, work, progress=lambda _: None)
    assert result.period_ns < 10
    assert (work / f"{target}.v").exists()
