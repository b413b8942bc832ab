"""What sections of vectors are labelled with is what their events show."""

import functools
import itertools
from pathlib import Path

import numpy as np
import pytest
from tests.hdl.vector_files import from_manifest, manifest, named

from hydrophone.engine import KernelBlock
from hydrophone_hdl.top import ALERT_QUEUE
from hydrophone_model.block import by_symbol
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.formats import SIZE
from hydrophone_model.records import ResultFlag
from hydrophone_model.whale.parent import ParentParams
from hydrophone_sim.compare import first_difference
from hydrophone_sim.tiny import load, tiny
from hydrophone_sim.vectors.corners import sections
from hydrophone_sim.vectors.corners.corner import CORNERS, Bench, Corner, Show
from hydrophone_sim.vectors.corners.sections import Stimulus, stimulus
from hydrophone_sim.vectors.form import Before
from hydrophone_sim.vectors.run import Sections
from hydrophone_sim.vectors.write import write

EVENTS = 300


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors") / "tiny"
    write(folder, tiny(), ["parent", "score", "pipeline"], EVENTS, 7)
    return folder


@functools.cache
def _made(name: str, config: str) -> Stimulus:
    return stimulus(name, load(config), 50, 3)


@pytest.mark.parametrize("config", ["tiny", "default"])
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_shows_all_its_corners(name: str, config: str) -> None:
    made = _made(name, config)
    labels = [corner.label for corner in CORNERS if corner.block == name]
    # With as many symbols as candidates there is none that is no candidate.
    impossible = ["no_candidate"] if (name, config) == ("score_matrix", "tiny") else []
    assert made.left_out == impossible
    assert [s.label for s in made.sections if s.label in labels] == [
        label for label in labels if label not in impossible
    ]
    assert {"random", "repeated"} <= {section.label for section in made.sections}
    assert labels or name == "haar", f"{name} has no corner of its own"


def test_a_label_that_its_events_do_not_show_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(bench: Bench[ParentParams]) -> Show:
        return bench.events(3), lambda out: bool(out["late"].any())

    untrue = Corner("parent", "never_late", "events that are not late", late, {})
    monkeypatch.setattr(sections, "CORNERS", [untrue])
    made = stimulus("parent", tiny(), 20, 1)
    assert made.left_out == ["never_late"]
    assert "never_late" not in [section.label for section in made.sections]


@pytest.mark.parametrize("config", ["tiny", "default"])
@pytest.mark.parametrize("name", BLOCKS)
def test_kernels_answer_corners_as_the_models_do(name: str, config: str) -> None:
    made, states = _made(name, config), Sections(name, load(config))
    for section in made.sections:
        # A kernel by itself keeps the settings that it was made with.
        if section.before is Before.RESET:
            rows = slice(section.begin, section.end)
            kernel = KernelBlock(states.params_of(section.configuration))
            got = kernel.process(**{port: own[rows] for port, own in made.inputs.items()})
            wanted = {port: own[rows] for port, own in made.outputs.items()}
            assert first_difference(kernel.params.outputs, wanted, got) is None, section.label


def test_corners_are_what_their_labels_say(vectors: Path) -> None:
    told = manifest(vectors)["blocks"]["parent"]
    out = {port["name"]: from_manifest(vectors, port) for port in told["outputs"]}
    into = {port["name"]: from_manifest(vectors, port).astype(int) for port in told["inputs"]}
    at = {section["label"]: section for section in told["sections"]}

    def cut(columns: dict[str, np.ndarray], label: str, name: str) -> np.ndarray:
        section = at[label]
        return columns[name][section["begin"] :][: section["count"]]

    gap = at["gap"]["settings"]["gap_ns"][0]
    apart = np.diff(cut(into, "gap", "time_ns"))
    assert {gap, gap + 1} == set(apart.tolist())
    assert np.array_equal(cut(out, "gap", "joined")[1:], apart <= gap)
    assert cut(out, "saturation", "parent_size").max() == SIZE.max
    assert cut(out, "late", "late").any()
    assert not np.diff(cut(into, "equal_times", "time_ns")).any()
    assert at["reconfiguration"]["settings"] != at["random"]["settings"]
    assert at["reconfiguration"]["before"] == "configure"
    assert at["reset"]["before"] == "reset"


def test_the_queue_of_a_full_section_is_full(vectors: Path) -> None:
    told = manifest(vectors)["blocks"]["pipeline"]
    status = {port["name"]: from_manifest(vectors, port) for port in told["status"]}
    flags = from_manifest(vectors, named(told["outputs"], "flags"))
    place = [section["label"] for section in told["sections"]].index("full_queue")
    section = told["sections"][place]
    inside = flags[section["begin"] :][: section["count"]]
    alerts = np.flatnonzero(inside & ResultFlag.ALERT) + section["begin"]
    assert status["queue"][place].tolist() == alerts[:ALERT_QUEUE].tolist()
    assert status["alerts_dropped"][place] == len(alerts) - ALERT_QUEUE > 0
    assert status["alert_overflow"][place] == 1
    assert status["alerts"][place] == len(alerts)


def test_a_setting_changes_what_comes_of_the_same_state() -> None:
    made = stimulus("parent", tiny(), 400, 5)
    section = next(s for s in made.sections if s.label == "reconfiguration")
    gap = section.configuration["parent"]["gap_ns"]
    time, side = made.inputs["time_ns"], made.inputs["side"]
    here = np.arange(section.end)
    checked = 0
    for _, places in by_symbol(made.inputs["symbol"][: section.end]):
        for before, now in itertools.pairwise(places):
            if now >= section.begin and side[before] == side[now]:
                joins = time[now] - time[before] <= gap
                assert made.outputs["joined"][here[now]] == joins
                checked += 1
    assert checked > 50


def test_sections_begin_anew_or_go_on(vectors: Path) -> None:
    told = manifest(vectors)["blocks"]["score"]["sections"]
    assert told[0]["before"] == "reset"
    assert {section["before"] for section in told} <= set(Before)
    assert all(section["before"] == "reset" for section in told if section["label"] == "floor")
