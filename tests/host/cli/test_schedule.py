"""``hydrophone schedule``: what it prints and draws, and how it refuses."""

import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.host.cli.conftest import Run

from hydrophone_cli.command import Exit
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.timing import Timing

pytest.importorskip("amaranth", reason="Amaranth is not installed")

VERB = "schedule"


def view_of(block: str, timing: Timing) -> Any:
    from hydrophone_hdl.blocks import DATAPATHS
    from hydrophone_hdl.hls.view import View

    params = BLOCKS[block].params(DesignConfig.preset().at(timing))
    return View(DATAPATHS[block](params).schedule)


def test_it_tells_clock_latency_cost_paths_and_loops(run: Run):
    code, out, err = run("volume", "--target", "ecp5", "--clock", 50)
    view = view_of("volume", Timing("ecp5", 50.0))
    latency = view.schedule.latency
    assert (code, err) == (Exit.DONE, "")
    assert "clock       ecp5 at 50.0 MHz, 20.00 ns\n" in out
    assert f"latency     {latency} clock{'s' * (latency > 1)}, {latency * 20:.1f} ns\n" in out
    assert f"estimate    {view.estimate}\n" in out
    rows = re.findall(r"^ +(\d+) +(\d+\.\d\d) +(\d+) +(\d+)  \w", out, re.MULTILINE)
    assert [tuple(map(float, row)) for row in rows] == [
        (stage.clock, round(stage.slack_ps / 1e3, 2), stage.operations, stage.leaving)
        for stage in view.stages
    ]
    for stage in view.stages:
        assert f"      {stage.summary}\n" in out
    for loop in view.loops:
        row = rf"^{loop.name} +{loop.depth} +{loop.width} +{loop.clock} +-?\d+\.\d\d  "
        assert re.search(row + re.escape(loop.reading.value) + "$", out, re.MULTILINE)
    tightest = out.partition("tightest path, on clock ")[2].splitlines()
    assert tightest[0].startswith(f"{view.tightest.clock}, ")
    assert len(tightest) == 1 + len(view.tightest.path)
    assert re.search(r"\(\w+\.py:\d+ \S+\)$", tightest[-1])


def test_a_page_is_enough_for_the_whole_pipeline(run: Run):
    code, out, _ = run("pipeline")
    assert code == Exit.DONE
    assert len(out.splitlines()) < 120
    assert "of early results" in out


def test_a_block_without_state_has_no_table_of_states(run: Run):
    _, out, _ = run("haar", "--clock", 50)
    assert "0 states" in out
    assert "successor" not in out


def test_without_a_clock_a_target_takes_its_familys(run: Run):
    assert "ecp5 at 64.0 MHz" in run("haar", "--target", "ecp5")[1]
    assert "xc7 at 125.0 MHz" in run("haar")[1]


def test_the_configuration_says_target_and_clock(run: Run, tmp_path: Path):
    config = tmp_path / "mine.toml"
    config.write_text('target = "ecp5"\nclock_mhz = 33.0\n')
    assert "ecp5 at 33.0 MHz" in run("haar", "--config", config)[1]
    assert "ecp5 at 20.0 MHz" in run("haar", "--config", config, "--clock", 20)[1]
    assert "xcup at 322.0 MHz" in run("haar", "--config", config, "--target", "xcup")[1]


def test_a_latency_gets_the_fastest_clock_that_has_it(run: Run):
    _, out, _ = run("log2", "--target", "ecp5", "--latency", 2)
    clock = int(re.findall(r"ecp5 at (\d+) MHz", out)[0])
    assert re.search(r"^latency +2 clocks", out, re.MULTILINE)
    _, faster, _ = run("log2", "--target", "ecp5", "--clock", clock + 1)
    assert re.search(r"^latency +3 clocks", faster, re.MULTILINE)


def test_a_latency_has_no_faster_clock_than_asked_for(run: Run):
    assert "ecp5 at 20 MHz" in run("haar", "--target", "ecp5", "--latency", 3, "--clock", 20)[1]


def test_a_clock_too_fast_is_refused_with_the_path(run: Run):
    code, out, err = run("volume", "--clock", 1000)
    assert (code, out) == (Exit.USAGE, "")
    assert "longer than a clock of " in err
    assert "(xc7 at 1000.0 MHz); slow the clock or shorten the path:\n" in err
    assert re.search(r"^ +\d+\.\d\d ns \+\d+\.\d\d  .+\(\w+\.py:\d+ \S+\)$", err, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nothing"], "no block 'nothing': use log2, exp2, "),
        (["haar", "--target", "asic"], "target = 'asic' is not allowed: use one of ecp5, xc7, "),
        (["haar", "--config", "none"], "no configuration 'none': give a preset"),
        (["haar", "--picture", "p.pdf"], "p.pdf has no known ending: use .svg or .png"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, args: list[str], message: str):
    code, out, err = run(*args)
    assert (code, out) == (Exit.USAGE, "")
    assert err.startswith(f"hydrophone: {message}")


@pytest.mark.parametrize("package", ["amaranth", "scipy"])
def test_a_missing_package_is_named_with_its_extra(
    run: Run, monkeypatch: pytest.MonkeyPatch, package: str
):
    for module in list(sys.modules):
        if module.partition(".")[0] in ("hydrophone_hdl", package):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run("haar")
    assert code == Exit.USAGE
    assert f"needs {package}, which is not installed: pip install 'hydrophone[hdl]'" in err


# -- the picture ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def matplotlib() -> Any:
    return pytest.importorskip("matplotlib", reason="Matplotlib is not installed")


def words(picture: Path) -> list[str]:
    """The texts of an SVG picture."""
    tag = "{http://www.w3.org/2000/svg}text"
    return ["".join(text.itertext()) for text in ElementTree.parse(picture).iter(tag)]


def test_the_picture_names_modules_clocks_and_states(run: Run, matplotlib: Any, tmp_path: Path):
    picture = tmp_path / "volume.svg"
    code, out, _ = run("volume", "--picture", picture)
    assert code == Exit.DONE
    assert out.endswith(f"\npicture in {picture}\n")
    view, found = view_of("volume", Timing()), words(picture)
    latency = view.schedule.latency
    assert any(text.startswith(f"volume on xc7 at 125.0 MHz: {latency} clock") for text in found)
    for loop in view.loops:
        assert f"{loop.name} {loop.slack_ps / 1e3:.2f}" in found
    for stage in view.stages:
        assert f"clock {stage.clock}: {stage.slack_ps / 1e3:.2f}" in found
        assert f"{stage.leaving:,}" in found
    for module in {operation.module for operation in view.operations}:
        assert any(text.split(".")[0] == module for text in found)


def test_names_of_states_do_not_overlap(matplotlib: Any):
    from hydrophone_cli.commands.schedule.sheet import Sheet

    view = view_of("pipeline", Timing())
    sheet = Sheet(view, 15)
    lanes = [lane for row in sheet.rows for lane in row.lanes]
    assert sum(map(len, lanes)) == len(view.loops) > 20
    for lane in lanes:
        spans = sorted(sheet.span(loop) for loop in lane)
        assert all(0 <= begin < end <= sheet.clocks * 1.01 for begin, end in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_every_mark_stands_in_the_column_of_its_clock(matplotlib: Any):
    from hydrophone_cli.commands.schedule.sheet import Sheet

    view = view_of("volume", Timing())
    sheet = Sheet(view, 15)
    for operation in view.operations:
        place, height = sheet.where[operation.node]
        assert int(place) == operation.clock
        assert 0 < height < sheet.height


def test_the_same_schedule_gives_the_same_picture(run: Run, matplotlib: Any, tmp_path: Path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for picture in (first, second):
        run("exp2", "--picture", picture)
    assert first.read_bytes() == second.read_bytes()


def test_the_ending_decides_the_pictures_form(run: Run, matplotlib: Any, tmp_path: Path):
    picture = tmp_path / "haar.PNG"
    run("haar", "--picture", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_place_that_cannot_be_written_is_found_before_the_work(run: Run, tmp_path: Path):
    code, out, err = run("haar", "--picture", tmp_path / "none" / "haar.svg")
    assert (code, out) == (Exit.OUTPUT, "")
    assert "cannot write " in err


def test_a_refused_clock_leaves_no_picture(run: Run, tmp_path: Path):
    code, _, _ = run("volume", "--clock", 1000, "--picture", tmp_path / "volume.svg")
    assert code == Exit.USAGE
    assert not list(tmp_path.iterdir())


def test_of_a_folded_fusion_it_tells_each_step(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from hydrophone_hdl.fusion import folded
    from hydrophone_hdl.fusion.phases import Phases

    monkeypatch.setattr(folded, "SIDE_BY_SIDE", 15)
    design = tmp_path / "design.toml"
    design.write_text("[fusion]\nsystems = 4\ncandidates = 4\n", encoding="utf-8")
    code, out, err = run("fusion", "--config", design, "--target", "xcup")
    phases = Phases(DesignConfig.load(str(design)).at(Timing.of("xcup")).fusion)
    assert (code, err) == (Exit.DONE, "")
    assert re.search(rf"^latency     {phases.latency} clocks", out, re.MULTILINE)
    assert re.search(rf"^folded      a decision every {phases.latency + 1} clocks", out, re.M)
    rows = re.findall(r"^(\w+) +(\d+) +(\d+) +(\d+) +(\d+)  ", out, re.MULTILINE)
    assert [row[0] for row in rows] == ["system", "pair", "strength", "candidate", "rank"]
    assert [tuple(map(int, row[1:])) for row in rows] == [
        (phase.start, phase.count, phase.step.schedule.latency, phase.end) for phase in phases.all
    ]
    for extra in (["--latency", 5], ["--picture", tmp_path / "schedule.png"]):
        code, out, err = run("fusion", "--config", design, *extra)
        assert (code, out) == (Exit.USAGE, "")
        assert "a fusion of 4 x 4 is folded" in err or "a folded fusion" in err
        assert "leave it off" in err
    assert not (tmp_path / "schedule.png").exists()


def test_the_large_fusion_is_folded_and_its_desk_refused(run: Run):
    code, out, err = run("fusion", "--config", "large", "--target", "xcup")
    assert (code, err) == (Exit.DONE, "")
    assert re.search(r"^pair +\d+ +120 +\d+ +\d+  ", out, re.MULTILINE)
    code, out, err = run("signal_pipeline", "--config", "large")
    assert (code, out) == (Exit.USAGE, "")
    assert "its fusion of 8 x 64 is folded, and takes no event a clock; use at most 16" in err
