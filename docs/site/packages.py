"""The table of docs/architecture.md: every import package, and which others it imports.

    python docs/site/packages.py        # renews the table in the page

Read from the sources; which imports are allowed is said by the import-linter contracts of
pyproject.toml. A test compares.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from hydrophone_report.markdown import renewed, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- packages, by docs/site/packages.py -->", "<!-- end of packages -->"


def package_folders() -> list[Path]:
    """Folders of the import packages, as the wheel has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [ROOT / name for name in project["tool"]["scikit-build"]["wheel"]["packages"]]


def imported_packages(nodes: Iterable[ast.AST]) -> set[str]:
    """Top-level names that import statements among the nodes load."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def eager_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run while a module is imported: no function bodies, no type-checking blocks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from eager_nodes(child)


def package_table() -> str:
    """The table, as Markdown."""
    folders = package_folders()
    known = [folder.name for folder in folders]
    lines = [["package", "folder", "what it is", "imports", "and where needed"]]
    for folder in folders:
        trees = [ast.parse(path.read_text()) for path in sorted(folder.rglob("*.py"))]
        eager = {name for tree in trees for name in imported_packages(eager_nodes(tree))}
        every = {name for tree in trees for name in imported_packages(ast.walk(tree))}
        told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        lines.append(
            [
                f"`{folder.name}`",
                f"`{folder.parent.relative_to(ROOT)}/`",
                told.partition("\n")[0].replace("``", "`").rstrip("."),
                *(
                    ", ".join(short(name) for name in known if name in names - {folder.name})
                    for names in (eager, every - eager)
                ),
            ]
        )
    return table(lines, words=True)


def short(package: str) -> str:
    """The name without the prefix that all share."""
    return package.removeprefix("hydrophone_")


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(), package_table(), begin=BEGIN, end=END))
