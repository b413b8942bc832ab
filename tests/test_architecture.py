"""The house keeps its shape: who imports whom, what loads when, what the files may say."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module, metadata
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

from hydrophone import HydrophoneError

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "hydrophone_model": ROOT / "pymodel",
    "hydrophone_toolchain": ROOT / "pymodel",
    "hydrophone_hdl": ROOT / "hdl",
    "hydrophone_sim": ROOT / "sim",
    "hydrophone_drivers": ROOT / "drivers",
    "hydrophone": ROOT / "host",
    "hydrophone_report": ROOT / "host",
    "hydrophone_evaluate": ROOT / "host",
    "hydrophone_bench": ROOT / "host",
    "hydrophone_serve": ROOT / "host",
    "hydrophone_cli": ROOT / "host",
}
# What a trading process must never load.
HARDWARE = {"amaranth", "cocotb", "hydrophone_hdl", "hydrophone_sim"}


def modules(package: str) -> Iterator[Path]:
    yield from sorted((PACKAGES[package] / package).rglob("*.py"))


def packages_script() -> ModuleType:
    """docs/site/packages.py, which belongs to no package."""
    spec = spec_from_file_location("packages", ROOT / "docs/site/packages.py")
    assert spec
    assert spec.loader
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


SCRIPT = packages_script()


def python(code: str) -> str:
    """What a fresh interpreter prints when it runs the code."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_source_root_holds_its_typed_packages(package: str):
    folder = PACKAGES[package]
    holders = {init.parent.name for init in folder.glob("*/__init__.py")}
    assert holders == {name for name, home in PACKAGES.items() if home == folder}
    assert (folder / package / "py.typed").is_file()


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in HARDWARE])
def test_hardware_is_imported_only_inside_functions(package: str):
    early = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} imports {sorted(names)}"
        for path in modules(package)
        for node in SCRIPT.eager_nodes(ast.parse(path.read_text()))
        if (names := SCRIPT.imported_packages([node]) & HARDWARE)
    ]
    assert not early, "move these into the function that needs them:\n" + "\n".join(early)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exception_has_the_one_base(package: str):
    for path in modules(package):
        names = [
            node.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ClassDef)
            and re.fullmatch("[A-Z].*(Error|Exception)", node.name)
        ]
        if names:
            parts = path.relative_to(PACKAGES[package]).with_suffix("").parts
            module = import_module(".".join(parts))
            strangers = [n for n in names if not issubclass(getattr(module, n), HydrophoneError)]
            assert not strangers, f"{path.relative_to(ROOT)}: derive {strangers} from it"


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_imports_the_tests(package: str):
    guilty = [
        str(path.relative_to(ROOT))
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if SCRIPT.imported_packages([node]) & {"tests", "conftest"}
    ]
    assert not guilty


@pytest.mark.parametrize(("folder", "other"), [("signals", "whale"), ("whale", "signals")])
def test_kernels_of_signals_and_of_whales_are_apart(folder: str, other: str):
    headers = sorted((ROOT / "host" / "kernels" / folder).glob("*.hpp"))
    assert headers
    assert not [path for path in headers if f'#include "{other}/' in path.read_text()]


def test_a_trading_process_loads_no_hardware_tool():
    loaded = python(
        "import sys, hydrophone\n"
        "session = hydrophone.open(device='cpu')\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    assert "hydrophone_model" in loaded.split()
    assert not HARDWARE & set(loaded.split())


# An interpreter that finds nothing but the standard library, NumPy and what needs nothing else.
BARE_INSTALL = f"""
import sys

class Bare:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in {set(PACKAGES) - HARDWARE | {"numpy"}!r} | sys.stdlib_module_names:
            raise ModuleNotFoundError(name + " is not part of a bare install", name=name)

sys.meta_path.insert(0, Bare())
"""


@pytest.mark.parametrize(
    "module", ["hydrophone_model", "hydrophone_drivers", "hydrophone", "hydrophone_cli"]
)
def test_numpy_alone_is_enough(module: str):
    python(BARE_INSTALL + f"import {module}")


def test_the_engine_was_built_from_this_version():
    import hydrophone._kernels as kernels

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert kernels.version() == project["version"] == metadata.version("hydrophone")


def locked(name: str) -> dict[str, str]:
    """Versions by package in one of the lock files."""
    found: dict[str, str] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith("#"):
            package, _, version = line.partition("==")
            assert re.fullmatch(r"[a-z0-9-]+", package), line
            assert version, f"{line}: not pinned"
            found[package] = version
    return found


def test_the_locks_satisfy_every_requirement():
    everywhere = locked("requirements.lock")
    apart = {extra: locked(f"{extra}.lock") for extra in ("peers", "docs")}
    for lock in apart.values():
        assert not everywhere.keys() & lock.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    wanted = [
        *((everywhere, line) for line in project["build-system"]["requires"]),
        *((everywhere, line) for line in project["project"]["dependencies"]),
        *(
            (apart.get(extra, everywhere), line)
            for extra, lines in extras.items()
            for line in lines
        ),
    ]
    for lock, line in wanted:
        requirement = Requirement(line)
        if requirement.name == "hydrophone":
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in lock, f"{name}: run `make lock`"
        assert requirement.specifier.contains(lock[name], prereleases=True), requirement


def test_make_help_lists_the_words():
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for word in ["setup", "demo", "test", "test-all", "lint", "verify", "bench"]:
        assert re.search(rf"^  make {word} +\w", listed, re.MULTILINE), word


def test_what_cannot_be_installed_is_named_in_one_line(tmp_path: Path):
    for tool in ["bash", "cat", "find", "make", "python3", "sed"]:
        (tmp_path / tool).symlink_to(shutil.which(tool) or "absent")
    done = subprocess.run(
        ["make", "needs", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if line.startswith("hydrophone: ")]
    assert told == ["hydrophone: missing: g++ perl; on Debian: apt-get install g++ perl"]


# Bracketed letters keep these patterns from finding themselves.
UNWANTED = {
    "a path of one machine": r"(?<![\w.$}])/(wor[k]|roo[t]|home/\w+)/|/opt/[pw]\w|[.]pyen[v]/",
    "a registry's host": r"[p]ypi\.org|[p]ythonhosted|[n]pmjs|(deb|packages)[.]debian",
    "where the work is tracked": r"(?i)\bissue[s]? #?[0-9]|\bthis [w]orkplace\b",
    "who typed it": r"(?i)\b[c]oding agent|\b[l]anguage model|\b[A]I assistant",
}
SKIPPED = {".git", ".venv", "build", "dist", "out", "__pycache__"}


def repository_texts() -> Iterator[tuple[Path, str]]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if SKIPPED & set(parts) or any(part.endswith("_cache") for part in parts):
            continue
        if ".hypothesis" in parts or path.is_symlink() or not path.is_file():
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_files_speak_of_the_project_only():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:80]}"
        for path, text in repository_texts()
        for what, pattern in UNWANTED.items()
        if re.search(pattern, text)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found, "\n".join(found)
