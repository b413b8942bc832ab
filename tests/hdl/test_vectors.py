"""Vectors carry stimulus out and hold foreign results against the model."""

import contextlib
import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hdl.vector_files import change, from_manifest, manifest

from hydrophone_cli import main
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_sim.tiny import tiny
from hydrophone_sim.vectors.check import check
from hydrophone_sim.vectors.corners.sections import stimulus
from hydrophone_sim.vectors.form import Before, VectorError
from hydrophone_sim.vectors.write import write

NAMES = ["log2", "parent", "score", "pipeline"]
EVENTS = 300


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors") / "tiny"
    write(folder, tiny(), NAMES, EVENTS, 7)
    return folder


@pytest.fixture
def vectors(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "vectors")


@pytest.fixture
def results(written: Path, tmp_path: Path) -> Path:
    """What an implementation that is right hands back."""
    shutil.copytree(written, tmp_path / "results", ignore=shutil.ignore_patterns("*.json", "*.h"))
    return tmp_path / "results"


@pytest.mark.parametrize("name", NAMES)
def test_right_results_pass(name: str, vectors: Path, results: Path) -> None:
    (checked,) = check(vectors, results, [name]).blocks
    assert (checked.mismatches, checked.events_wrong, checked.unchecked) == (0, 0, [])
    assert checked.events == manifest(vectors)["blocks"][name]["events"]
    ports = list(BLOCKS[name].params(tiny()).outputs)
    assert [port.name for port in checked.ports][: len(ports)] == ports


def test_arrays_read_with_numpy_alone_are_the_models(vectors: Path) -> None:
    told = manifest(vectors)["blocks"]["parent"]
    made = stimulus("parent", tiny(), EVENTS, 7)
    for side, columns in (("inputs", made.inputs), ("outputs", made.outputs)):
        assert [port["name"] for port in told[side]] == list(columns)
        for port in told[side]:
            column = from_manifest(vectors, port)
            assert np.array_equal(column, columns[port["name"]])
            assert column.dtype.itemsize == (vectors / port["file"]).stat().st_size / column.size


@pytest.mark.parametrize("name", BLOCKS)
def test_the_manifest_says_what_ports_are(name: str, tmp_path: Path) -> None:
    write(tmp_path, tiny(), [name], 20, 1)
    told = manifest(tmp_path)["blocks"][name]
    params = BLOCKS[name].params(tiny())
    for side, ports in (("inputs", params.inputs), ("outputs", params.outputs)):
        for port, (wanted, own) in zip(told[side], ports.items(), strict=True):
            assert (port["name"], port["bits"]) == (wanted, own.format.width)
            assert (port["signed"], port["fraction"]) == (own.format.signed, own.format.fraction)
            assert port["shape"][0] == told["events"]
    settings = {setting["name"]: setting for setting in told["settings"]}
    assert list(settings) == list(params.controls)
    for section in told["sections"]:
        assert list(section["settings"]) == list(settings)
        assert all(len(section["settings"][k]) == settings[k]["count"] for k in settings)


def test_every_difference_is_counted(
    vectors: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = manifest(vectors)["blocks"]["score"]
    port = told["outputs"][0]
    rows, heads = port["shape"]
    column = from_manifest(results, port)
    right = int(column[321, 2])
    column[321, 2] ^= 1
    column[400:410, 0] ^= 1
    column.tofile(results / port["file"])
    (checked,) = check(vectors, results, ["score"]).blocks
    (counted,) = checked.ports
    assert (counted.mismatches, counted.values, checked.events_wrong) == (11, rows * heads, 11)
    assert counted.first is not None
    assert (counted.first.event, counted.first.field) == (321, "heads[2]")
    assert (counted.first.expected, counted.first.actual) == (right, right ^ 1)
    assert sum(section.mismatches for section in checked.sections) == 11
    assert main(["verify", "--vectors", "check", str(vectors), str(results)]) == 1
    said = capsys.readouterr().out
    assert f"log2: {manifest(vectors)['blocks']['log2']['events']:,} events equal" in said
    assert f"  port heads: 11 of {rows * heads:,} differ" in said
    assert "mismatch: score on " in said
    assert "seed 7, vector event 321, symbol " in said


def test_a_block_without_results_is_told_as_unchecked(
    vectors: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for port in manifest(vectors)["blocks"]["parent"]["outputs"]:
        (results / port["file"]).unlink()
    command = ["verify", "--vectors", "check", str(vectors), str(results)]
    assert main(command) == 0
    assert "parent: no results, not checked\n" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["passed_over"]) == ["parent"]


def test_programs_and_ci_systems_read_what_a_check_says(
    vectors: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = change(results, "parent/outputs/late.u8", "u1", 5, 77)
    command = ["verify", "--vectors", "check", str(vectors), str(results), "--json"]
    assert main([*command, "--junit", str(tmp_path / "junit.xml")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["configuration"], told["seed"], told["equal"]) == ("tiny", 7, False)
    assert [(own["block"], own["engine"]) for own in told["results"]] == [
        (name, "vectors") for name in NAMES
    ]
    by_name = {own["block"]: own for own in told["results"]}
    assert by_name["log2"]["equal"]
    parent = by_name["parent"]
    (fault,) = parent["mismatches"]
    assert (fault["event"], fault["field"]) == (5, "late")
    assert (fault["expected"], fault["actual"]) == (right, 77)
    assert (parent["values_wrong"], parent["events_wrong"]) == (1, 1)
    wrong = [own for own in parent["ports"] + parent["sections"] if own["wrong"]]
    assert [own["name"] for own in wrong] == ["late", "random"]
    assert all(own["first"] == fault for own in wrong)
    junit = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert f'tests="{len(NAMES)}" failures="1"' in junit


def test_each_section_has_its_first_difference(vectors: Path, results: Path) -> None:
    told = manifest(vectors)["blocks"]["parent"]
    wrong = {"late": 3, "saturation": 2}
    for section in told["sections"]:
        if section["label"] in wrong:
            place = section["begin"] + wrong[section["label"]]
            change(results, "parent/outputs/joined.u8", "u1", place, 9)
    (checked,) = check(vectors, results, ["parent"]).blocks
    found = {section.name: section for section in checked.sections if section.mismatches}
    assert found.keys() == wrong.keys()
    for section in told["sections"]:
        if section["label"] in wrong:
            first = found[section["label"]].first
            assert first is not None
            assert first.event == section["begin"] + wrong[section["label"]]


def test_the_alert_queue_is_compared_where_it_is_given(vectors: Path, results: Path) -> None:
    told = manifest(vectors)["blocks"]["pipeline"]
    place = [section["label"] for section in told["sections"]].index("full_queue")
    change(results, "pipeline/status/alerts_dropped.u32", "<u4", place, 0)
    (checked,) = check(vectors, results, ["pipeline"]).blocks
    wrong = [port for port in checked.ports if port.mismatches]
    assert [(port.name, port.mismatches) for port in wrong] == [("status.alerts_dropped", 1)]
    shutil.rmtree(results / "pipeline" / "status")
    (checked,) = check(vectors, results, ["pipeline"]).blocks
    assert checked.mismatches == 0
    assert "status.alerts_dropped" in checked.unchecked


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda m: m.pop("blocks"), "has no 'blocks'"),
        (lambda m: m.update(blocks=3), "blocks is 3: use"),
        (lambda m: m.update(format_version=1), "is 'hydrophone vectors' 1, not"),
        (lambda m: m.update(config_toml="[parent"), "config_toml is no configuration"),
        (lambda m: m["blocks"].update(mystery={}), "there is no such block: use log2"),
        (lambda m: m["blocks"]["parent"].pop("sections"), "has no 'sections'"),
        (lambda m: m["blocks"]["parent"].update(events=1), "in all"),
        (lambda m: m["blocks"]["parent"]["sections"].pop(1), "events are due from"),
        (lambda m: m["blocks"]["parent"]["inputs"].pop(), "the block has 5"),
        (lambda m: m["blocks"]["parent"]["inputs"][0].update(bits=9), "bits of symbol is 9"),
        (lambda m: m["blocks"]["parent"]["inputs"][0].update(file="../x"), "outside the folder"),
        (lambda m: m["blocks"]["parent"]["inputs"][0].update(file="x"), "x cannot be read"),
        (lambda m: m["blocks"]["parent"]["inputs"][0].update(sha256=""), "not the file its"),
    ],
)
def test_damaged_manifests_are_named(
    damage: Callable[[dict[str, Any]], object], said: str, vectors: Path, results: Path
) -> None:
    told = manifest(vectors)
    damage(told)
    (vectors / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(VectorError, match=said):
        check(vectors, results, ["parent"])


def test_a_design_of_another_shape_is_no_setting(vectors: Path, results: Path) -> None:
    told = manifest(vectors)
    told["blocks"]["score"]["sections"][0]["configuration"] = {"score": {"step": 3}}
    (vectors / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(VectorError, match=r"score: score\.step is no setting"):
        check(vectors, results, ["score"])


def test_damaged_folders_are_named(
    vectors: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*words: Path | str) -> str:
        assert main(["verify", "--vectors", "check", *map(str, words)]) == 3
        return capsys.readouterr().err

    assert "manifest.json cannot be read" in refused(tmp_path, results)
    assert "nowhere is no folder" in refused(vectors, tmp_path / "nowhere")
    assert "has no results: it is to hold log2/outputs/y.u16 and" in refused(vectors, tmp_path)
    assert "has no block 'mystery': it has log2" in refused(vectors, results, "mystery")
    late = results / "parent" / "outputs" / "late.u8"
    late.write_bytes(late.read_bytes()[:-1])
    assert "rows of 1 <u1 behind 0 bytes take" in refused(vectors, results, "parent")
    late.unlink()
    assert "late.u8 cannot be read" in refused(vectors, results, "parent")
    change(vectors, "log2/outputs/y.u16", "<u2", 0, 1)
    assert "is not the file its manifest describes" in refused(vectors, results, "log2")


def test_vectors_of_another_model_are_refused(vectors: Path, results: Path) -> None:
    told = manifest(vectors)
    for section in told["blocks"]["parent"]["sections"]:
        section["configuration"] = {"parent": {"gap_ns": 1}}
    (vectors / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(VectorError, match="is not what this version's model answers"):
        check(vectors, results, ["parent"])


def test_what_is_no_vectors_is_not_overwritten(
    tmp_path: Path, vectors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    command = ["verify", "--vectors", "write", str(tmp_path / "mine"), "log2", "--events", "9"]
    assert main(command) == 4
    assert "is not empty and holds no vectors" in capsys.readouterr().err
    assert main(["verify", "--vectors", "write", str(vectors), "log2", "--events", "9"]) == 0
    assert "wrote 1 block, " in capsys.readouterr().out
    assert list(manifest(vectors)["blocks"]) == ["log2"]


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    config = DesignConfig.preset("small")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / name, config, ["volume"], 40, seed)
    a, b, c = ((tmp_path / name / "manifest.json").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.fuzz(3)
def test_damage_anywhere_is_told_or_harmless(vectors: Path, results: Path, fuzz_seed: int) -> None:
    draw = random.Random(fuzz_seed)
    path = vectors / "manifest.json"
    whole = path.read_text(encoding="utf-8")
    for _ in range(12):
        path.write_text(json.dumps(_damaged(json.loads(whole), draw)), encoding="utf-8")
        # Whatever else is raised fails the test.
        with contextlib.suppress(VectorError):
            check(vectors, results, [draw.choice(["log2", "parent", "score"])])
    raw = bytearray(whole.encode())
    for _ in range(12):
        broken = raw.copy()
        del broken[draw.randrange(len(broken)) :]
        if broken:
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        path.write_bytes(broken)
        with pytest.raises(VectorError, match=r"manifest\.json"):
            check(vectors, results, ["log2"])


def _damaged(told: Any, draw: random.Random) -> Any:
    """The manifest with one value somewhere replaced or taken away."""
    junk: list[Any] = [None, -1, 10**30, 1.5, "", "x", "\0", "1e400", "n" * 5000, True]
    junk += [[], [[]], {}, {"parent": 1}, {"parent": {"gap_ns": [1]}}, {"score": {"step": 3}}]
    node = told
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return told
        key = draw.choice(keys)
        if isinstance(node[key], dict | list) and node[key] and draw.random() < 0.8:
            node = node[key]
            continue
        if draw.random() < 0.2:
            del node[key]
        else:
            node[key] = draw.choice(junk)
        return told


def test_the_page_reads_an_array_as_it_says(vectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "vectors.md").read_text(encoding="utf-8")
    (typed,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    vectors.rename(vectors.parent / "VECTORS")
    monkeypatch.chdir(vectors.parent)
    names: dict[str, Any] = {}
    exec(typed, names)
    assert list(names["columns"]) == list(BLOCKS["parent"].params(tiny()).inputs)
    assert {len(column) for column in names["columns"].values()} == {names["block"]["events"]}


def test_the_page_names_every_key_of_a_manifest(vectors: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "vectors.md").read_text(encoding="utf-8")
    told = manifest(vectors)
    block = told["blocks"]["parent"]
    keys = {*told, *block, *block["inputs"][0], *block["settings"][0], *block["sections"][0]}
    keys |= {str(before) for before in Before}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
