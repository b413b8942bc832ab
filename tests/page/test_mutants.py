"""Vectors see small faults: every mutant of a block fails, but for those that are known."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.page.mutants import Mutant, frozen, misread, mutants

from hydrophone_model.blocks import BLOCKS
from hydrophone_sim.tiny import tiny
from hydrophone_sim.vectors.corners.sections import Stimulus, stimulus
from hydrophone_sim.vectors.form import Before, described_params, settings_of
from hydrophone_sim.vectors.run import Sections

SURVIVORS = Path(__file__).with_name("survivors.toml")
Section = tuple[bool, dict[str, list[int]], Sequence[Mapping[str, Any]]]
"""Whether it begins with a reset, the settings in force, and its rows of inputs and outputs."""


def sections_of(name: str, made: Stimulus) -> list[Section]:
    """A block's vectors as plain integers."""
    states = Sections(name, tiny())
    columns = {key: column.tolist() for key, column in {**made.inputs, **made.outputs}.items()}
    return [
        (
            section.before is Before.RESET,
            settings_of(states.params_of(section.configuration)),
            [
                {key: column[event] for key, column in columns.items()}
                for event in range(section.begin, section.end)
            ],
        )
        for section in made.sections
    ]


def survives(
    mutant: Mutant, params: dict[str, Any], sections: list[Section], outputs: list[str]
) -> bool:
    """Whether a mutant answers every event as the model does."""
    kept = {mutant.frozen: sections[0][1][mutant.frozen]} if mutant.frozen else {}
    try:
        block = mutant.kind(params, {**sections[0][1]})
        for reset, settings, rows in sections:
            block.configure({**settings, **kept})
            if reset:
                block.reset()
            for row in rows:
                answer = block.take(dict(row))
                if any(answer[key] != row[key] for key in outputs):
                    return False
    except Exception:
        return False
    return True


@pytest.mark.nightly
@pytest.mark.parametrize("name", BLOCKS)
def test_faults_are_seen(name: str, seed: int):
    made = stimulus(name, tiny(), 200, seed)
    sections, outputs = sections_of(name, made), list(made.outputs)
    params = described_params(BLOCKS[name].params(tiny()))
    tried = [*mutants(name), *frozen(name, sections[0][1]), *misread(name)]
    left = [mutant.name for mutant in tried if survives(mutant, params, sections, outputs)]
    print(f"{name}: {len(left)} of {len(tried)} mutants survive")
    told = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get(name, {})
    known = {mutant for own in told.values() for mutant in own}
    assert not set(left) - known, "vectors of tiny show none of these: add a corner, or say why not"
