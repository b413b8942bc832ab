"""The pages of the repository whose tables are measured: each keeps them between two marks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hydrophone.bench.kernels import tables
from hydrophone.bench.kernels.report import KernelReport
from hydrophone.cli.contract import CommandError, Exit
from hydrophone.markdown import renewed

BEGIN, END = "<!-- kernels, by make bench -->", "<!-- end of kernels -->"
"""Marks between which the tables stand."""


@dataclass(frozen=True)
class Page:
    """A page with a place for a table.

    Attributes:
        path: Where it lies.
        content: What it says now.
        table: Makes what goes between the marks.
    """

    path: Path
    content: str
    table: Callable[[KernelReport], str]

    def renewed(self, report: KernelReport) -> str:
        """The page with the table of a report."""
        return renewed(self.content, self.table(report), begin=BEGIN, end=END)


def found(folder: Path) -> list[Page]:
    """README.md and docs/kernels.md of a folder.

    Raises:
        CommandError: One is missing, or has no marks.
    """
    pages: list[Page] = []
    for name, table in (("README.md", tables.summary), ("docs/kernels.md", tables.page)):
        path = folder / name
        try:
            content = path.read_text(encoding="utf-8")
            renewed(content, "", begin=BEGIN, end=END)
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", Exit.INPUT) from error
        except ValueError as error:
            raise CommandError(f"{path}: {error}", Exit.INPUT) from error
        pages.append(Page(path, content, table))
    return pages
