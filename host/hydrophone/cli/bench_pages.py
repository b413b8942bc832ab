"""The pages of the repository whose tables are measured: each keeps them between two marks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hydrophone.bench.kernels import tables
from hydrophone.bench.kernels.report import KernelReport
from hydrophone.cli.contract import CommandError, Exit

_MARKS = re.compile(r"(?<=<!-- kernels, by make bench -->\n).*?(?=<!-- end of kernels -->)", re.S)


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
        return _MARKS.sub(lambda _: f"\n{self.table(report)}\n\n", self.content)


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
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", Exit.INPUT) from error
        if len(_MARKS.findall(content)) != 1:
            raise CommandError(
                f"{path} has no place for the table: put it between the lines "
                "'<!-- kernels, by make bench -->' and '<!-- end of kernels -->'",
                Exit.INPUT,
            )
        pages.append(Page(path, content, table))
    return pages
