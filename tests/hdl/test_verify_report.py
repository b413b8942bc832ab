"""`hydrophone verify` for programs and CI systems: JSON, JUnit, the list, its files; own blocks."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.hdl.test_mutations import GAP_OFF_BY_ONE, mutated

import hydrophone
from hydrophone_cli import main
from hydrophone_cli.command import DATA, Exit
from hydrophone_hdl import blocks
from hydrophone_hdl.whale.parent import Parent
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.targets import TARGETS
from hydrophone_sim.coverage import Coverage

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TINY = ["--config", "tiny", "--events", "20000"]
FAST = ["--engine", "cxxrtl", "--target", "xcup", "--clock", "300"]
KEYS = "block engine target clock_mhz equal events clocks seconds mismatches"
FAULT = "message source event cycle symbol field expected actual waveform viewer fst"


@pytest.fixture(autouse=True)
def no_tapes(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (scratch / "tapes").mkdir()
    monkeypatch.setenv(DATA, str(scratch / "tapes"))


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What is on standard output, which is one document and no more; the seed was told before."""
    _, brace, rest = capsys.readouterr().out.partition("{")
    return json.loads(brace + rest)


def test_equal_implementations_as_a_document(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    arguments = ["--json", "--junit", "ci.xml", "--out", "kept", "--seed", str(seed)]
    assert main(["verify", "log2", "exp2", "--engine", "kernel", *TINY, *arguments]) == 0
    found = document(capsys)
    assert found.pop("hydrophone") == hydrophone.__version__
    results = found.pop("results")
    assert found == {
        "format": 1,
        "configuration": "tiny",
        "seed": seed,
        "equal": True,
        "sources": {"random": 20000},
        "passed_over": {},
        "coverage": [],
    }
    assert [row["block"] for row in results] == ["log2", "exp2"]
    for row in results:
        assert list(row) == KEYS.split()
        assert (row["engine"], row["target"], row["clocks"]) == ("kernel", None, None)
        assert (row["equal"], row["events"], row["mismatches"]) == (True, 40000, [])
    assert json.loads(Path("kept/report.json").read_text(encoding="utf-8"))["results"] == results
    root = ElementTree.parse("ci.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    assert [case.get("name") for case in root.iter("testcase")] == ["log2", "exp2"]
    assert not list(root.iter("failure"))


def test_a_difference_as_a_document(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setitem(blocks.DATAPATHS, "parent", mutated(Parent, *GAP_OFF_BY_ONE))
    arguments = ["--json", "--junit", "ci.xml", "--out", "kept", "--seed", str(seed)]
    assert main(["verify", "parent", "exp2", *TINY, *FAST, *arguments]) == 1
    found = document(capsys)
    assert found["equal"] is False
    parent, exp2 = found["results"]
    assert (parent["target"], parent["clock_mhz"], parent["equal"]) == ("xcup", 300.0, False)
    assert exp2["equal"] is True
    (fault,) = parent["mismatches"]
    assert list(fault) == FAULT.split()
    assert fault["field"] in ("joined", "parent_size", "closed")
    assert fault["expected"] != fault["actual"]
    for name in ("waveform", "viewer"):
        assert Path(fault[name]).parent == Path("kept").resolve()
        assert Path(fault[name]).is_file()
    root = ElementTree.parse("ci.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    (suite,) = root
    assert {(p.get("name"), p.get("value")) for p in suite.iter("property")} >= {
        ("seed", str(seed))
    }
    failed = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    assert failed["exp2"] is None
    failure = failed["parent"]
    assert failure is not None
    assert failure.get("message") == failure.text == fault["message"]


def test_the_seed_is_told_on_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "log2", "--engine", "kernel", *TINY]) == 0
    assert "configuration tiny, seed 1\n" in capsys.readouterr().out


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--list", "--json"]) == 0
    found = document(capsys)
    assert found["blocks"] == list(BLOCKS)
    assert found["engines"] == ["cxxrtl", "verilated", "kernel", "cocotb"]
    assert {row["target"] for row in found["targets"]} == set(TARGETS)
    assert found["configurations"] == ["small", "default", "large", "tiny"]
    assert main(["verify", "--list"]) == 0
    said = capsys.readouterr().out
    assert "blocks:         log2, exp2" in said
    assert "targets:        ecp5 at 64.0 MHz" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vectors", "write", "v", "--engine", "cxxrtl"], "--engine does nothing beside"),
        (["--vectors", "write", "v", "--target", "xcup"], "--target does nothing beside"),
        (
            ["--vectors", "write", "v", "--junit", "x"],
            "--junit does nothing beside --vectors write",
        ),
        (
            ["--vectors", "check", "v", "r", "--seed", "1"],
            "--seed does nothing beside --vectors check",
        ),
        (["--vectors", "check", "v", "r", "--events", "9"], "--events does nothing beside"),
        (["--list", "--seed", "4"], "--seed does nothing beside --list"),
        (["log2", "--list"], "blocks does nothing beside --list"),
        (["log2", "--kernel", "x.hpp"], "--kernel is of one block of your own: 0 are named"),
        (["mine.py:Block"], "mine.py is not there: name a Python file and a class of it"),
        (["json:Block"], "json has no 'Block'"),
        (["json:loads"], "json:loads is no Datapath: name the hardware's class"),
        (["nowhere.at.all:Block"], "nowhere.at.all cannot be imported: ModuleNotFoundError"),
        (["mine.py"], "mine.py does not say which class: name it as mine.py:CLASS"),
        ([":Block"], "':Block' is no block: use FILE.py:CLASS"),
        (["logs"], "did you mean log2?"),
    ],
)
def test_what_would_do_nothing_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments]) == 2
    assert said in capsys.readouterr().err


OWN = f"{EXAMPLES / 'imbalance_hdl.py'}:Imbalance"


def test_a_block_of_one_s_own_with_its_kernel(
    capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    kernel = ["--kernel", str(EXAMPLES / "imbalance.hpp"), "--engine", "kernel"]
    arguments = ["--engine", "cxxrtl", "--target", "ecp5", "--events", "20000", "--json"]
    assert main(["verify", OWN, *kernel, *arguments, "--seed", str(seed)]) == 0
    found = document(capsys)
    rows = [(row["block"], row["engine"], row["events"]) for row in found["results"]]
    assert rows == [(OWN, "kernel", 20000), (OWN, "cxxrtl", 20000)]


def test_a_block_of_one_s_own_under_cocotb(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    arguments = ["--engine", "cocotb", "--target", "ecp5", "--events", "300"]
    assert main(["verify", OWN, *arguments, "--seed", str(seed)]) == 0
    assert "cocotb: 6 benches of 1 blocks for ecp5 at 64.0 MHz, 0 failed" in capsys.readouterr().out


BROKEN = """
from imbalance import ImbalanceModel, ImbalanceParams, SUM
from imbalance_hdl import Imbalance as Right

class Imbalance(Right):
    params: ImbalanceParams

    def build(self, inputs):
        (total,) = super().build(inputs)["imbalance"]
        return {"imbalance": [(total + 1).wrap(SUM)]}

class Unknown(Right):
    params: int

class Raising(Imbalance):
    def build(self, inputs):
        return {"imbalance": [1 / 0]}

class Branching(Imbalance):
    def build(self, inputs):
        (size,) = inputs["size"]
        return {"imbalance": [size if size > 3 else 0]}

class Leaving(Imbalance):
    def build(self, inputs):
        raise SystemExit(0)

class Fractional(ImbalanceModel):
    def process(self, **inputs):
        return {"imbalance": super().process(**inputs)["imbalance"] + 0.5}

class Silent(ImbalanceModel):
    def process(self, **inputs):
        return {}

class Wide(ImbalanceModel):
    def process(self, **inputs):
        return {"imbalance": super().process(**inputs)["imbalance"] + (1 << 40)}

ready = Imbalance(ImbalanceParams(symbols=16))
"""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    Path("wrong_imbalance.py").write_text(BROKEN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "wrong_imbalance"


def test_a_wrong_block_of_one_s_own_differs_with_a_waveform(
    broken: str, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    arguments = [f"{broken}:ready", *FAST, "--events", "2000", "--json", "--seed", str(seed)]
    assert main(["verify", *arguments]) == 1
    ((fault,),) = (row["mismatches"] for row in document(capsys)["results"])
    assert fault["field"] == "imbalance"
    assert fault["symbol"] < 16
    assert Path(fault["viewer"]).is_file()


def test_what_a_block_of_one_s_own_lacks_is_told(
    broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", f"{broken}:Unknown"]) == 2
    assert "annotate the class with `params: XParams`" in capsys.readouterr().err
    assert main(["verify", f"{broken}:Missing"]) == 2
    assert "has no 'Missing': it has Right, Imbalance, Unknown, Raising" in capsys.readouterr().err
    assert main(["verify", f"{broken}:ready", "--model", f"{broken}:Imbalance"]) == 2
    assert "needs a golden model" in capsys.readouterr().err
    assert main(["verify", f"{broken}:ready", "--engine", "kernel"]) == 2
    assert "has no kernel to prove: name its C++ source by --kernel" in capsys.readouterr().err


def test_the_page_tells_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "log2", "--engine", "kernel", *TINY, "--json"]) == 0
    page = (EXAMPLES.parent / "proof.md").read_text(encoding="utf-8")
    covered = [field.name for field in fields(Coverage)]
    for key in (*document(capsys), *KEYS.split(), *FAULT.split(), *covered):
        assert f"`{key}`" in page, key


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (["{}:Raising"], "its hardware fails with ZeroDivisionError: division by zero (wrong_"),
        (["{}:ready", "--model", "{}:Silent"], "its model fails with KeyError: 'imbalance'\n"),
        (["{}:ready", "--model", "{}:Fractional"], "imbalance has dtype float64: give integers"),
        (["{}:Branching"], "choose with select() (wrong_"),
        (["{}:Leaving"], "its hardware fails with SystemExit: 0 (wrong_"),
    ],
)
def test_what_fails_in_a_block_of_one_s_own_is_no_defect_of_ours(
    reference: list[str], said: str, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [word.format(broken) for word in reference]
    assert main(["verify", *arguments, *FAST, "--events", "500"]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_ends_the_process_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "a_script_that_exits.py"
    script.write_text("raise SystemExit(0)\n", encoding="utf-8")
    assert main(["verify", f"{script}:Block"]) == 2
    assert "cannot be imported: SystemExit: 0" in capsys.readouterr().err


def test_a_model_that_leaves_its_format_differs(
    broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", f"{broken}:Wide", *FAST, "--events", "500", "--json"]
    assert main(["verify", f"{broken}:ready", *arguments]) == 1
    ((fault,),) = (row["mismatches"] for row in document(capsys)["results"])
    assert fault["expected"] > 1 << 39
    assert Path(fault["waveform"]).is_file()


@pytest.mark.parametrize("place", [["--junit", "nowhere/x.xml"], ["--out", "/proc/nowhere"]])
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "log2", "--engine", "kernel", "--events", "1000000000", *place]) == 4
    assert f"cannot write {place[1]}" in capsys.readouterr().err


def test_a_kernel_that_does_not_compile_is_one_line_and_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    source = tmp_path / "wrong.hpp"
    source.write_text(
        "#pragma once\nint wrong = ;\n" + (EXAMPLES / "imbalance.hpp").read_text(encoding="utf-8")
    )
    arguments = ["verify", OWN, "--kernel", str(source), "--engine", "kernel"]
    assert main([*arguments, "--events", "100", "--out", str(tmp_path / "out")]) == Exit.SYSTEM
    log = tmp_path / "out" / "kernel.log"
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"hydrophone: {source} does not compile: {source}:2:")
    assert last.endswith(f"all that the compiler said is in {log}")
    assert "wrong.hpp:2:" in log.read_text(encoding="utf-8")
