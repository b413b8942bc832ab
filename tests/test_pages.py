"""The pages for contributors say what is there: words of make, packages, renamed things."""

import re
import subprocess
import tomllib
from importlib import import_module
from itertools import pairwise

import pytest
from tests.test_architecture import PACKAGES, ROOT, SCRIPT


def resolve(path: str) -> object:
    """The object at a dotted path; raises ImportError or AttributeError where there is none."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(path)


def renamed() -> list[tuple[str, str]]:
    """Old and new names of the change log."""
    page = (ROOT / "CHANGELOG.md").read_text()
    table = page.partition("<!-- renames")[2].partition("<!-- end of renames -->")[0]
    return re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", table, re.MULTILINE)


def test_the_page_of_the_architecture_names_what_is_there():
    page = (ROOT / "docs/architecture.md").read_text()
    names = set(re.findall(r"\bhydrophone\w*(?:\.[A-Za-z]\w*)+(?!\w*/)", page))
    assert len(names) > 8
    for name in names:
        resolve(name)


def test_the_change_log_has_renames():
    assert len(renamed()) >= 10


@pytest.mark.parametrize(("old", "new"), renamed())
def test_a_new_name_of_the_change_log_is_there_and_the_old_one_is_not(old: str, new: str):
    resolve(new)
    with pytest.raises((ModuleNotFoundError, AttributeError)):
        resolve(old)


def test_the_contributors_page_has_the_words_of_make():
    helped = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    words = re.findall(r"^  make ([\w-]+) +\w", helped, re.MULTILINE)
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert sorted(re.findall(r"^\| `make ([\w-]+)` \|", page, re.MULTILINE)) == sorted(words)


def test_the_page_of_the_architecture_has_the_packages_as_they_are():
    assert {folder.name: folder.parent for folder in SCRIPT.package_folders()} == PACKAGES
    page = (ROOT / "docs/architecture.md").read_text()
    renewed = SCRIPT.renewed(page, SCRIPT.package_table(), begin=SCRIPT.BEGIN, end=SCRIPT.END)
    assert renewed == page, "renew it: python docs/site/packages.py"


def test_the_picture_of_the_architecture_follows_the_layers():
    page = (ROOT / "docs/architecture.md").read_text()
    picture = page.partition("## Packages")[2].partition("<!-- packages")[0]
    line_of = {
        package: number
        for number, line in enumerate(picture.splitlines())
        if line.startswith("    ")
        for package in re.findall(r"\bhydrophone\w*", line)
    }
    assert line_of.keys() == PACKAGES.keys()
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(contracts["root_packages"]) == PACKAGES.keys()
    for contract in contracts["contracts"]:
        if contract["type"] == "layers" and "." not in contract["layers"][0]:
            lines = [
                {line_of[package] for package in layer.split(" | ")} for layer in contract["layers"]
            ]
            for above, below in pairwise(lines):
                assert max(above) < min(below), contract["name"]
