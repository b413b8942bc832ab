"""Rows of the report are measured once, and again when what they follow from is another."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pyosys")

from hydrophone_hdl import hls
from hydrophone_hdl.component import Component
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_hdl.hls.estimate import estimate
from hydrophone_hdl.report import fusion_table
from hydrophone_hdl.report import measurements as rows
from hydrophone_hdl.report.measurements import WHOLE, finished_row, measured_row
from hydrophone_hdl.report.page import page
from hydrophone_hdl.synthesis.synthesise import Result
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FUSION_PRESETS
from hydrophone_model.timing import Timing

CONFIG = DesignConfig.preset()


class Tools:
    """In place of synthesis: counts how often it is asked."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(
        self,
        design: Callable[[], Component],
        target: str,
        work: Path,
        progress: Callable[[str], None],
    ) -> Result:
        self.runs += 1
        work.mkdir(parents=True, exist_ok=True)
        resources = {"LUT": self.runs, "FF": 2, "BRAM": 3, "DSP": 4}
        return Result(target, resources, 5.5, routed=False, path=("a", "b"), untimed=("c",))


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Tools:
    tools = Tools()
    monkeypatch.setattr(rows, "synthesise", tools)
    return tools


def test_a_row_is_measured_once(tools: Tools, tmp_path: Path) -> None:
    assert finished_row("exp2", "xc7", CONFIG, tmp_path) is None
    row = measured_row("exp2", "xc7", CONFIG, tmp_path)
    assert measured_row("exp2", "xc7", CONFIG, tmp_path) == row
    assert finished_row("exp2", "xc7", CONFIG, tmp_path) == row
    assert tools.runs == 1
    measured_row("exp2", "xcup", CONFIG, tmp_path)
    assert tools.runs == 2
    assert row.result.untimed == ("c",)


@pytest.mark.parametrize("what", ["design", "tool", "way of measuring"])
def test_a_row_is_of_one_design_and_its_tools(
    what: str, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIG
    first = measured_row("entropy", "ecp5", config, tmp_path)
    match what:
        case "design":
            config = DesignConfig.preset("large")
        case "tool":
            monkeypatch.setattr(rows, "version", lambda _: "another")
        case _:
            monkeypatch.setattr(rows, "synthesis", hls)
    assert finished_row("entropy", "ecp5", config, tmp_path) is None
    assert measured_row("entropy", "ecp5", config, tmp_path).result != first.result
    assert tools.runs == 2


def test_the_page_names_what_was_not_measured_row(tools: Tools, tmp_path: Path) -> None:
    there = {("exp2", "xc7"): measured_row("exp2", "xc7", CONFIG, tmp_path)}
    text = page("default", there, ["xc7", "ecp5"], ["exp2", "haar"])
    assert "| exp2 | 1 |" in text
    assert f"Not measured on xc7: {WHOLE}, haar." in text
    assert f"Not measured on ecp5: {WHOLE}, exp2, haar." in text
    assert text.count("## Blocks alone") == 1


def test_the_fusion_is_measured_small_and_scheduled_in_every_size(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = FUSION_PRESETS["small"].at(Timing.of("ecp5"))
    row = measured_row("fusion", "ecp5", CONFIG, tmp_path)
    assert row.estimate == estimate(Fusion(small).schedule)
    monkeypatch.setattr(fusion_table, "FUSION_PRESETS", {"small": FUSION_PRESETS["small"]})
    text = page("default", {("fusion", "ecp5"): row}, ["ecp5"], ["fusion"])

    def clocks(count: int) -> str:
        return f"{count} clocks, {count * small.timing.period_ps / 1e3:,.0f} ns"

    assert f"| fusion 4 x 4 | {row.estimate.latency} |" in text
    assert f"| 4 x 4 | {clocks(row.estimate.latency)} | clock | {row.estimate.lut:,} |" in text
    latency = Phases(small).latency
    assert f"| 4 x 4, folded | {clocks(latency)} | {latency + 1} clocks |" in text
