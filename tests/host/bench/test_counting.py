"""The gate: kernels and engine take no more instructions than the committed baseline allows."""

import dataclasses
import json
from pathlib import Path

import pytest

from hydrophone_bench import counting
from hydrophone_bench.counting import CountingError, Counts
from hydrophone_cli import main

BASELINE = Counts.read(counting.ROOT / counting.BASELINE)


def counted(**options) -> Counts:
    """Fresh counts, or skips the test and says why."""
    try:
        counts = counting.count(**options)
    except CountingError as error:
        pytest.skip(str(error))
    if counts.generation != BASELINE.generation:
        pytest.skip(f"the baseline is of {BASELINE.compiler}, this build of {counts.compiler}")
    return counts


def only(isa: str) -> Counts:
    chosen = {n: v for n, v in BASELINE.instructions.items() if n.endswith(f" {isa}")}
    return dataclasses.replace(BASELINE, instructions=chosen)


def test_nothing_takes_more_instructions_than_its_baseline():
    assert counting.compare(counted(), BASELINE) == []


def test_a_slow_down_of_an_eighth_turns_the_gate_red():
    slower = counted(isas=("sse4",), times=counting.TIMES + counting.TIMES // 8)
    wanted = only("sse4")
    found = counting.compare(slower, wanted)
    assert len(found) == len(wanted.instructions)
    assert all("instructions, +1" in line for line in found)


def test_counts_are_the_same_every_time():
    assert counted(isas=("sse4",)) == counted(isas=("sse4",))


def made_up(
    value: float, *, compiler: str = "GCC 12.2.0", name: str = "variance 64 avx2"
) -> Counts:
    return Counts(compiler=compiler, instructions={name: value})


@pytest.mark.parametrize(("value", "red"), [(90, False), (102, False), (102.1, True)])
def test_the_margin_divides(value: float, red: bool):
    assert bool(counting.compare(made_up(value), made_up(100))) is red


def test_the_sentence_names_kernel_and_counts():
    assert counting.compare(made_up(125), made_up(100)) == [
        "variance 64 avx2: 125 instructions, +25.0% beside the baseline's 100"
    ]
    assert counting.compare(made_up(1, name="new"), made_up(1, name="old")) == [
        "new: not in the baseline",
        "old: in the baseline, but no longer counted",
    ]


def test_another_compiler_has_no_say():
    assert counting.compare(made_up(1, compiler="GCC 12.9"), made_up(1)) == []
    with pytest.raises(CountingError, match=r"of GCC 12.2.0, this build of GCC 13.1"):
        counting.compare(made_up(1, compiler="GCC 13.1"), made_up(1))


def test_the_command_compares_and_renews(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "baseline.json"
    monkeypatch.setattr(counting, "count", lambda: made_up(100))
    command = ["bench", "instructions", "--baseline", str(path)]
    assert main(command) == 3
    assert "--renew writes it" in capsys.readouterr().err
    assert main([*command, "--renew"]) == 0
    assert json.loads(path.read_text()) == dataclasses.asdict(made_up(100))
    assert main(command) == 0
    monkeypatch.setattr(counting, "count", lambda: made_up(120))
    capsys.readouterr()
    assert main(command) == 1
    assert "120 instructions, +20.0%" in capsys.readouterr().out


def test_without_valgrind_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CountingError, match="apt-get install valgrind"):
        counting.built()
