"""Vectors carry stimulus out and hold foreign results against the model."""

import json
from pathlib import Path

import numpy as np
import pytest

from hydrophone.cli import main
from hydrophone_model.blocks import BLOCKS
from hydrophone_sim.tiny import tiny
from hydrophone_sim.vectors import VectorError, check, write

NAMES = ["log2", "parent", "score"]


@pytest.fixture
def vectors(tmp_path: Path, seed: int) -> Path:
    write(tmp_path / "vectors", tiny(), NAMES, 500, seed)
    return tmp_path / "vectors"


def foreign(vectors: Path, name: str) -> dict[str, np.ndarray]:
    """What an implementation that is right would answer, from the file alone."""
    with np.load(vectors / f"{name}.vectors.npz") as file:
        return {key: file[key] for key in file.files if key.startswith("o_")}


@pytest.mark.parametrize("name", NAMES)
def test_right_results_pass(name: str, vectors: Path) -> None:
    results = vectors / "theirs" / f"{name}.npz"
    results.parent.mkdir()
    np.savez(results, allow_pickle=False, **foreign(vectors, name))
    checked = check(results)
    assert (checked.block, checked.events, checked.mismatch) == (name, 500, None)
    assert main(["verify", "--vectors", "check", str(results)]) == 0


def test_the_first_wrong_value_is_named(
    vectors: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = foreign(vectors, "score")
    right = int(columns["o_heads"][321, 2])
    columns["o_heads"][321, 2] ^= 1
    columns["o_heads"][400:] = 0
    results = vectors / "score.npz"
    np.savez(results, allow_pickle=False, **columns)
    assert main(["verify", "--vectors", "check", str(results)]) == 1
    said = capsys.readouterr().out
    assert f"mismatch: score on {results}: seed {seed}, vector event 321, symbol " in said
    assert f"heads[2] is {right ^ 1}, expected {right}" in said


def test_missing_rows_are_named(vectors: Path) -> None:
    results = vectors / "log2.short.npz"
    np.savez(results, o_y=foreign(vectors, "log2")["o_y"][:-1])
    mismatch = check(results).mismatch
    assert mismatch is not None
    assert (mismatch.field, mismatch.expected, mismatch.actual) == ("rows", 500, 499)


def test_the_manifest_tells_all_an_outsider_needs(vectors: Path, seed: int) -> None:
    manifest = json.loads((vectors / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format_version"] == 1
    assert (manifest["seed"], manifest["events"]) == (seed, 500)
    params = BLOCKS["score"].params(tiny())
    for side, ports in (("inputs", params.inputs), ("outputs", params.outputs)):
        told = manifest["blocks"]["score"][side]
        assert [port["name"] for port in told] == list(ports)
        for port in told:
            format = ports[port["name"]].format
            assert port["width"] == format.width
            assert port["signed"] == format.signed
            assert port["fraction"] == format.fraction
            assert port["count"] == ports[port["name"]].count


def test_broken_files_are_named(vectors: Path, tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"no manifest\.json in the folder of"):
        check(tmp_path / "elsewhere" / "deep" / "log2.npz")
    with pytest.raises(VectorError, match="no block 'mystery'"):
        check(vectors / "mystery.npz")
    broken = vectors / "log2.npz"
    broken.write_bytes(b"no archive")
    with pytest.raises(VectorError, match=r"log2\.npz cannot be read as npz"):
        check(broken)
    np.savez(broken, o_x=np.zeros(500, np.int64))
    with pytest.raises(VectorError, match="has no column o_y: it has o_x"):
        check(broken)
    np.savez(broken, o_y=np.zeros(500))
    with pytest.raises(VectorError, match=r"o_y is float64 of shape \(500,\): use integers"):
        check(broken)
    with (vectors / "log2.vectors.npz").open("ab") as file:
        file.write(b"x")
    np.savez(broken, o_y=np.zeros(500, np.int64))
    with pytest.raises(VectorError, match="is not the file its manifest describes"):
        check(broken)
