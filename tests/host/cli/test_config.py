"""``hydrophone config``: every parameter, where it acts, and a file that reads back."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hydrophone
from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_cli.commands.config import COMMAND
from hydrophone_drivers.parameter_update import UpdateScope, parameter_update
from hydrophone_model.catalogue import Entry, catalogue
from hydrophone_model.config import PRESETS, DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.records import EVENT

DEFAULT = DesignConfig.preset()
ENTRIES = {entry.name: entry for entry in catalogue(DEFAULT)}

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """What the command prints."""

    def command(*arguments: object) -> str:
        assert main(["config", *map(str, arguments)]) == Exit.DONE
        return capsys.readouterr().out

    return command


def test_the_documentation_is_that_of_the_parameters(run: Run):
    page = Path(__file__).parents[3] / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == run("--markdown"), f"regenerate it: {COMMAND}"


def test_every_key_of_a_file_is_there_and_has_a_meaning():
    file = tomllib.loads(DEFAULT.to_toml())
    keys = [key for key, value in file.items() if not isinstance(value, dict)]
    keys += [f"{table}.{key}" for table in DEFAULT.tables for key in file[table]]
    assert list(ENTRIES) == keys
    for entry in ENTRIES.values():
        assert len(entry.doc) > 10, f"{entry.name} needs a meaning"


@pytest.mark.parametrize("name", PRESETS)
def test_the_file_with_comments_reads_back(name: str, run: Run, tmp_path: Path):
    path = tmp_path / f"{name}.toml"
    path.write_text(run(name, "--toml"), encoding="utf-8")
    assert DesignConfig.load(path) == DesignConfig.preset(name)


def test_the_file_with_comments_reads_back_when_edited(run: Run, tmp_path: Path):
    path = tmp_path / "mine.toml"
    text = run("small", "--toml")
    path.write_text(text.replace("gap_ns = 1000000", "gap_ns = 7"), encoding="utf-8")
    assert DesignConfig.load(path).pipeline.parent.gap_ns == 7
    assert "gap_ns = 7\n" in run(path)
    again = tmp_path / "mine.toml"
    again.write_text(run(path, "--toml"), encoding="utf-8")
    assert DesignConfig.load(again).pipeline.parent.gap_ns == 7


def test_programs_get_ranges_as_numbers(run: Run):
    rows: dict[str, Any] = {row["name"]: row for row in json.loads(run("large", "--json"))}
    assert list(rows) == list(ENTRIES)
    assert rows["symbols"] | {"meaning": ""} == {
        "name": "symbols", "meaning": "", "allowed": "1 … 4096, a power of two", "low": 1,
        "high": 4096, "power_of_two": True, "words": [], "default": 64, "value": 1024,
        "acts": "new design", "settings": [],
    }  # fmt: skip
    assert rows["fusion.combination"]["value"] == "score_diversity"


def test_a_person_reads_value_meaning_range_default_and_where_it_acts(run: Run):
    said = run("small")
    assert (
        "\nsymbols = 16\n    symbols, each with a state of its own\n"
        "    1 … 4096, a power of two; default 64; acts: new design\n"
    ) in said
    assert "\n[parent]  " in said
    assert "acts: reset ladder\n" in said


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]):
    assert main(["config", "defualt"]) == Exit.USAGE
    assert capsys.readouterr().err.endswith("did you mean default?\n")


def test_whatever_says_that_it_acts_at_once_is_taken_over(run: Run):
    places = {name: parameter_update(DEFAULT, entry) for name, entry in ENTRIES.items()}
    taken = {
        name
        for name, acts in places.items()
        if acts.scope in (UpdateScope.REGISTER, UpdateScope.RESET)
    }
    assert taken == {
        "parent.gap_ns", "volume.loud", "score.weights", "score.ladder", "alert.budget",
        "alert.shares", "alert.margin", "alert.rise", "alert.hold", "alert.hysteresis",
        "fusion.combination",
    }  # fmt: skip
    controls = {**DEFAULT.pipeline.controls, **DEFAULT.fusion.controls}
    assert {name for acts in places.values() for name in acts.settings} == set(controls)
    assert {name for name, acts in places.items() if acts.scope is UpdateScope.TIMING} == {
        "target",
        "clock_mhz",
    }


@pytest.mark.parametrize("shares", [(256, 0, 0, 0), (64, 64, 64, 64), (0, 128, 128, 0)])
def test_a_parameter_bound_by_a_sum_is_still_found_to_act_at_once(
    shares: tuple[int, ...],
):
    config = DesignConfig.build({"alert": {"shares": shares}}, name="mine")
    (entry,) = (entry for entry in catalogue(config) if entry.name == "alert.shares")
    assert parameter_update(config, entry).scope is UpdateScope.REGISTER


@pytest.mark.parametrize("name", ["score.ladder", "alert.margin"])
def test_what_acts_at_reset_changes_nothing_before(name: str):
    changed = _lowered(ENTRIES[name])
    events = _events(400)
    with hydrophone.open("golden", DEFAULT) as plain, hydrophone.open("golden", DEFAULT) as moved:
        moved.reconfigure(changed)
        assert np.array_equal(plain.process(events), moved.process(events))
        plain.reset()
        moved.reset()
        assert not np.array_equal(plain.process(events), moved.process(events))


@pytest.mark.parametrize("name", ["symbols", "volume.window", "fusion.candidates"])
def test_what_needs_a_new_design_is_refused_by_a_running_one(name: str):
    assert parameter_update(DEFAULT, ENTRIES[name]).scope is UpdateScope.DESIGN
    table, _, key = name.rpartition(".")
    other = {key: ENTRIES[name].value * 2}
    with (
        hydrophone.open("golden", DEFAULT) as session,
        pytest.raises(ConfigError, match="needs another design"),
    ):
        session.reconfigure(DesignConfig.build({table: other} if table else other, name="mine"))


def _lowered(entry: Entry) -> DesignConfig:
    assert entry.limits is not None
    value = (max(entry.limits.low, -600),) * len(entry.value)
    return DesignConfig.build({entry.table: {entry.key: value}}, name="mine")


def _events(count: int) -> Any:
    rng = np.random.default_rng(7)
    events = np.zeros(count, EVENT.dtype)
    events["sequence"] = np.arange(count)
    events["time_ns"] = np.arange(count) * 10_000_000 + 1
    events["price"] = 1000 + rng.integers(-2, 3, count).cumsum()
    events["size"] = rng.integers(1, 100, count)
    events["symbol"] = 0
    events["side"] = rng.integers(0, 2, count)
    return events
