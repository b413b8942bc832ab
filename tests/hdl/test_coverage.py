"""`hydrophone verify --coverage` counts lines and toggles of the Verilog that was proved."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hydrophone_cli import main

ARGUMENTS = ["--engine", "verilated", "--target", "xcup", "--config", "tiny", "--coverage"]


pytestmark = pytest.mark.usefixtures("scratch")


def covered(capsys: pytest.CaptureFixture[str], events: int, seed: int) -> dict[str, Any]:
    run = [*ARGUMENTS, "--events", str(events), "--seed", str(seed), "--json"]
    assert main(["verify", "parent", *run]) == 0
    _, brace, rest = capsys.readouterr().out.partition("{")
    (row,) = json.loads(brace + rest)["coverage"]
    return row


def test_more_events_reach_more(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    few, many = covered(capsys, 40, seed), covered(capsys, 5000, seed)
    assert (few["block"], few["target"]) == ("parent", "xcup")
    assert few["toggles"] == many["toggles"]
    assert few["toggles_hit"] < many["toggles_hit"] <= many["toggles"]
    assert few["lines_hit"] <= many["lines_hit"] <= many["lines"]
    assert many["toggles_hit"] > 0.5 * many["toggles"]


def test_the_trace_file_of_lcov_says_the_same_of_the_verilog(
    capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    row = covered(capsys, 5000, seed)
    text = Path(row["info"]).read_text(encoding="utf-8")
    verilog = Path(row["verilog"]).read_text(encoding="utf-8").splitlines()
    assert f"SF:{row['verilog']}\n" in text
    lines = [(int(n), int(c)) for n, c in re.findall(r"^DA:(\d+),(\d+)$", text, re.MULTILINE)]
    assert (len(lines), sum(c > 0 for _, c in lines)) == (row["lines"], row["lines_hit"])
    branches = [int(c) for c in re.findall(r"^BRDA:\d+,0,\d+,(\d+)$", text, re.MULTILINE)]
    assert (len(branches), sum(c > 0 for c in branches)) == (row["toggles"], row["toggles_hit"])
    # A clock's edges, up and down, are counted where the clock is declared.
    (clock,) = (n for n, line in enumerate(verilog, 1) if line.strip() == "input clk;")
    edges = [int(c) for c in re.findall(rf"^BRDA:{clock},0,\d+,(\d+)$", text, re.MULTILINE)]
    assert len(edges) == 2
    assert min(edges) > 5000
    # What runs are statements, none of them a declaration.
    assert all(not verilog[n - 1].lstrip().startswith(("input", "output")) for n, _ in lines)


def test_it_is_verilator_s_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "log2", "--engine", "kernel", "--coverage"]) == 2
    assert "--coverage is Verilator's: add --engine verilated" in capsys.readouterr().err
