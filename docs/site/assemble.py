"""Assembles what Sphinx reads: the repository's pages, and a page for each module.

    python docs/site/assemble.py build/docs-source

The pages keep their places relative to each other, so that the links of the repository hold.
"""

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from packages import package_folders

ROOT = Path(__file__).parents[2]

# The menu. A page of docs/ that is missing here is an error of the build, as is a name too many.
MENU = {
    "Use": [
        "listen",
        "serve",
        "session",
        "state",
        "alert-log",
        "shared-memory",
        "c-api",
        "telemetry",
        "configuration",
        "registers",
    ],
    "Build": ["custom-block", "proof", "vectors", "blocks"],
    "Figures": ["implementation", "engine", "kernels", "evaluation", "fusion"],
    "Contribute": ["../CONTRIBUTING", "architecture", "adding-*", "../CHANGELOG"],
}
# A module of cocotb's, which imports it in the simulator, with the plan of what to do.
BENCH = "\nPLAN = BenchPlan.current()\n"


def modules(folder: Path) -> Iterator[Path]:
    """Modules and packages directly in a package."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and (path.stem == "__main__" or BENCH in path.read_text()):
            continue
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file():
            yield path


def public_imports(init: Path) -> list[str]:
    """Names in the `__all__` of a package that are defined in other modules."""
    tree = ast.parse(init.read_text())
    public: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            public = set(ast.literal_eval(node.value))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return sorted(public & imported)


def entries(pages: list[str]) -> list[str]:
    """Pages of the menu as Sphinx names them, patterns resolved."""
    found: list[str] = []
    for page in pages:
        matching = sorted(path.stem for path in (ROOT / "docs").glob(f"{page}.md"))
        found += [f"docs/{name}" for name in matching] if "*" in page else [f"docs/{page}"]
    return [entry.replace("docs/../", "") for entry in found]


def toctree(entries: list[str], caption: str = "") -> str:
    """A table of contents, as reStructuredText."""
    options = f"   :caption: {caption}\n" if caption else ""
    lines = "".join(f"   {entry}\n" for entry in entries)
    return f"\n.. toctree::\n   :maxdepth: 1\n{options}\n{lines}"


def write_module(path: Path, name: str, into: Path) -> None:
    """Writes the page of a module, and those of what is in it."""
    below = list(modules(path)) if path.is_dir() else []
    text = f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n"
    if path.is_dir() and (names := public_imports(path / "__init__.py")):
        # Described where they are defined, so that each has one description.
        text += "   :no-members:\n\nPublic names:\n\n"
        text += "".join(f"- `{name}.{public}`\n" for public in names)
    if below:
        text += toctree([f"{name}.{module.stem}" for module in below])
    (into / f"{name}.rst").write_text(text)
    for module in below:
        write_module(module, f"{name}.{module.stem}", into)


def copy_linked_files(into: Path) -> None:
    """Copies what the pages link to elsewhere in the repository, to be downloaded."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)[)#]", page.read_text()):
            target = (page.parent / link).resolve()
            copy = into / target.relative_to(ROOT) if target.is_relative_to(ROOT) else None
            if copy and target.is_file() and not copy.exists() and target.suffix != ".md":
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(target, copy)


def main(into: Path) -> None:
    """Writes everything into an empty folder."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(ROOT / "docs", into / "docs", ignore=shutil.ignore_patterns("site"))
    for page in ("CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / page, into)
    copy_linked_files(into)
    (into / "api").mkdir()
    for folder in package_folders():
        write_module(folder, folder.name, into / "api")
    menu = "".join(toctree(entries(pages), caption) for caption, pages in MENU.items())
    menu += toctree([f"api/{folder.name}" for folder in package_folders()], "Reference")
    hidden = menu.replace(".. toctree::\n", ".. toctree::\n   :hidden:\n")
    readme = (ROOT / "README.md").read_text()
    (into / "index.md").write_text(f"{readme}\n```{{eval-rst}}\n{hidden}```\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
