"""The page of definitions is that of the models, and says all that they compute with."""

import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.definitions import FUNCTIONS, KEPT, document

PAGE = Path(__file__).parents[2] / "docs" / "blocks.md"
CONFIG = DesignConfig.preset()
NOT_COMPUTED_WITH = {"timing", "symbols", "systems", "candidates", "sample", "x", "y"} | {
    "integer",
    "argument",
    "fraction",
    "width",
    "length",
}
"""Parameters that only size ports and states."""


def sections(documented: object) -> dict[str, str]:
    text = inspect.getdoc(documented) or ""
    found = re.findall(r"^([A-Z][a-z]+):\n((?:(?:    .*)?\n?)*)", text + "\n", re.MULTILINE)
    return {title: body for title, body in found if title in KEPT}


def test_the_page_is_that_of_the_models():
    command = [sys.executable, "-m", "hydrophone_model.definitions"]
    now = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    assert PAGE.read_text(encoding="utf-8") == now, (
        "regenerate it: python -m hydrophone_model.definitions > docs/blocks.md"
    )


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_says_its_state_and_its_steps(name: str):
    told, params = sections(BLOCKS[name].model), BLOCKS[name].params(CONFIG)
    assert {"State", "Steps"} <= set(told)
    own = {key for key in params.controls if not params.parts}
    assert ("Settings" in told) == bool(own)
    for setting in own:
        assert f"``{setting}``" in told["Settings"] or setting in told["Steps"], setting


@pytest.mark.parametrize("name", BLOCKS)
def test_steps_name_every_input_and_output(name: str):
    text = sections(BLOCKS[name].model)["Steps"]
    params = BLOCKS[name].params(CONFIG)
    passed = set(params.inputs) & set(params.outputs)
    wanted = {*params.inputs, *params.outputs} - passed - {"symbol"}
    if params.parts:
        wanted = set()  # what is passed on to parts by name is told by them
    missing = [port for port in wanted if not re.search(rf"\b{port}\b", text)]
    assert name == "fusion" or not missing


@pytest.mark.parametrize("name", BLOCKS)
def test_every_parameter_is_computed_with(name: str):
    params = BLOCKS[name].params(CONFIG)
    text = "".join(sections(BLOCKS[name].model).values()) + "".join(
        "".join(sections(function).values()) for function in FUNCTIONS
    )
    text += inspect.getdoc(BLOCKS[name].model) or ""
    keys = {field.name for field in fields(params)} - NOT_COMPUTED_WITH - set(params.parts)
    missing = [key for key in keys if not re.search(rf"\b{key}\b", text)]
    assert missing == [] or (name, missing) == ("distance", ["shapes"])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_function_says_its_steps(function: object):
    assert "Steps" in sections(function)


def test_what_a_page_names_it_explains():
    page = document(CONFIG)
    explained = set(re.findall(r"(?:Here|;) `([A-Z][A-Z0-9_]+)` is", page))
    # What is an index of a table, or of another block's page, is explained by its own section.
    for part in re.split(r"\n(?=### )", page)[1:]:
        used = set(re.findall(r"`([A-Z][A-Z0-9_]+)\.(?:max|min|one|fraction|width)", part))
        own = set(re.findall(r"(?:Here|;) `([A-Z][A-Z0-9_]+)` is", part))
        assert used <= own, part.splitlines()[0]
    assert len(explained) > 40


def test_links_lead_to_sections():
    page = document(CONFIG)
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
    links = re.findall(r"\]\(#([^)]*)\)", page)
    assert set(links) <= anchors
    assert set(BLOCKS) <= set(links)
    assert len([link for link in links if link.startswith("log2values")]) > 8
