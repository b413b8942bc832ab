"""A pipeline's depth is what its schedule says: no file types it, no text repeats it by hand.

Registers go where a device and its clock need them. A number of clocks that somebody typed would
be wrong for the next device, and nothing would tell.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.test_architecture import PACKAGES, ROOT, modules

from hydrophone_hdl.whale.pipeline import Pipeline
from hydrophone_model.config import DesignConfig
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing

DEPTH = re.compile(r"(?i)(^|_)(latency|latencies|stages?)(_clocks)?$")
"""Names of what is a number of clocks."""
UNITS = r"(?:clocks?|clock cycles?|cycles|stages)"
README = ROOT / "README.md"
REPORT = ROOT / "docs" / "implementation.md"
"""Written by a command from what the tools said."""
TEXTS = {".py", ".md", ".toml", ".hpp", ".cpp", ".h", ".txt", ".sh", ""}


def named(node: ast.expr | None) -> str:
    """The name that an expression ends in, if it ends in one."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Constant(value=str(name)):
            return name
        case _:
            return ""


def count(node: ast.AST | None) -> int | None:
    """A literal number of clocks; that there is one, or none, is no depth."""
    match node:
        case ast.Constant(value=int(value)) if value > 1 and not isinstance(value, bool):
            return value
        case _:
            return None


def pairs(node: ast.AST) -> Iterator[tuple[ast.expr | str | None, ast.AST | None]]:
    """What a piece of source gives a value to, or compares it with."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.keyword(arg=name, value=value):
            yield name, value
        case ast.arguments():
            plain = [*node.posonlyargs, *node.args]
            for arg, value in zip(reversed(plain), reversed(node.defaults), strict=False):
                yield arg.arg, value
            for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                yield arg.arg, value
        case ast.Dict(keys=keys, values=values):
            yield from zip(keys, values, strict=True)
        case ast.Compare(left=left, comparators=others):
            yield from ((left, other) for other in others)
            yield from ((other, left) for other in others)
        case _:
            return


def typed_depths(source: str) -> list[tuple[int, str]]:
    """Lines of a source that give a depth as a literal, and its name."""
    return [
        (getattr(value, "lineno", 0), name)
        for node in ast.walk(ast.parse(source))
        for target, value in pairs(node)
        if DEPTH.search(name := target if isinstance(target, str) else named(target))
        and count(value) is not None
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_source_types_a_depth(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(package)
        for line, name in typed_depths(path.read_text())
    ]
    assert not found, "ask the schedule instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "latency = 12",
        "self.latency: int = 12",
        "LATENCY = 12",
        "early_latency += 2",
        "f(latency=12)",
        "def f(a, latency=12): ...",
        "def f(*, pattern_latency: int = 12): ...",
        "{'latency': 12, 'x': 1}",
        "block.latency == 12",
        "12 != block.latency",
        "stages = 5",
    ],
)
def test_a_typed_depth_is_found(source: str) -> None:
    assert typed_depths(source)


@pytest.mark.parametrize(
    "source",
    ["latency = schedule.latency", "latency = 0", "range(1, latency + 1)", "latency_ns = 12.5"],
)
def test_a_derived_depth_is_none(source: str) -> None:
    assert not typed_depths(source)


@pytest.fixture(scope="module")
def depths() -> dict[int, str]:
    """The whole pipeline's latencies by number, but those so small that they count anything."""
    found: dict[int, str] = {}
    for target in TARGETS:
        params = DesignConfig.preset().pipeline.at(Timing.of(target))
        found[Pipeline(params).schedule.latency] = f"{params.name} on {params.timing}"
    return {latency: what for latency, what in found.items() if latency > 3}


def repeated_depths(text: str, depths: dict[int, str]) -> list[tuple[int, str]]:
    """Lines that speak of as many clocks as a pipeline has."""
    counted = re.compile(
        rf"(?i)\b(\d+)[ -]{UNITS}\b|\b(?:latency|depth)\b(?: is| of|:)? (\d+)(?![\d.]| ?[munp]s\b)"
    )
    return [
        (number, depths[clocks])
        for number, line in enumerate(text.splitlines(), 1)
        for match in counted.finditer(line)
        if (clocks := int(match[1] or match[2])) in depths
    ]


def committed_texts() -> Iterator[Path]:
    for folder in ("docs", *(str(p.relative_to(ROOT)) for p in PACKAGES.values())):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and file.suffix in TEXTS and "__pycache__" not in file.parts:
                yield file


def test_the_first_page_says_what_the_report_says() -> None:
    report = REPORT.read_text(encoding="utf-8")
    told = re.findall(rf"\b\d+ {UNITS}\b", README.read_text(encoding="utf-8"))
    assert [words for words in told if words not in report] == []


def test_no_text_repeats_a_depth(depths: dict[int, str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: the latency of {what}"
        for path in committed_texts()
        if path not in (REPORT, README)
        for line, what in repeated_depths(path.read_text(encoding="utf-8"), depths)
    ]
    assert not found, "point to docs/implementation.md instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["takes 9 clocks", "a 9-stages pipe", "| 9 clocks, 125 ns |", "Latency: 9", "depth of 9"],
)
def test_a_repeated_depth_is_found(text: str) -> None:
    assert repeated_depths(text, {9: "it"})
    assert not repeated_depths(text, {8: "it"})
