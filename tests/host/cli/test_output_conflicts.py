"""No command replaces what it reads."""

import os
from pathlib import Path

import pytest
from tests.host.cli.conftest import Run
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.outputs.output_conflicts import check_conflicts


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write(tmp_path / "t.csv", HEADER, *(row(i) for i in range(50)))


def test_scores_are_not_replaced_by_decisions(run: Run, tmp_path: Path):
    path = write(
        tmp_path / "s.csv", "time,system,candidate,score", "1700000000,a,X,1", "1700000000,a,Y,2"
    )
    before = path.read_bytes()
    linked, hard = tmp_path / "linked.csv", tmp_path / "hard.csv"
    linked.symlink_to(path)
    os.link(path, hard)
    for out in (path, linked, hard, tmp_path / "x" / ".." / "s.csv"):
        (tmp_path / "x").mkdir(exist_ok=True)
        code, _, err = run("fuse", path, "--out", out)
        assert code == Exit.OUTPUT
        assert err == (
            f"hydrophone: {out} is also read, as {path}, and would be lost: name another file\n"
        )
    assert path.read_bytes() == before
    assert run("fuse", path, "--out", tmp_path / "d.csv")[0] == Exit.DONE


@pytest.mark.parametrize("option", ["--alerts", "--scores", "--decisions", "--picture"])
@pytest.mark.parametrize("label", ["", "a="])
def test_a_tape_is_not_replaced(option: str, label: str, run: Run, tape: Path):
    before = tape.read_bytes()
    code, _, err = run("listen", f"{label}{tape}", "--fuse", "--device", "golden", option, tape)
    assert code == Exit.OUTPUT
    assert f"{tape} is also read, as {tape}, and would be lost" in err
    assert tape.read_bytes() == before


def test_two_outputs_are_two_files(run: Run, tape: Path, tmp_path: Path):
    out = tmp_path / "o"
    code, _, err = run("listen", tape, "--alerts", out, "--scores", out)
    assert code == Exit.OUTPUT
    assert f"{out} is named for two outputs: name another file" in err


def test_a_configuration_is_not_replaced(run: Run, tape: Path, tmp_path: Path):
    config = write(tmp_path / "mine.toml", "[fusion]", "candidates = 2")
    for command in (
        ["listen", tape, "--config", config, "--alerts"],
        ["fit", tape, "--config", config, "--out"],
        ["evaluate", "--data", tmp_path, "--json"],
        ["schedule", "pipeline", "--config", config, "--picture"],
    ):
        code, _, err = run(*command, config)
        assert code == Exit.OUTPUT, command
        assert f"{config} is also read, as {config}" in err
    assert config.read_text().startswith("[fusion]")


def test_the_standard_input_may_be_a_file_to_keep(tape: Path):
    kept = os.dup(0)
    try:
        with tape.open() as file:
            os.dup2(file.fileno(), 0)
        with pytest.raises(CommandError, match="is also read, as standard input"):
            check_conflicts([tape], ["-"])
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    check_conflicts([tape, None], [tape.with_name("absent"), None])
