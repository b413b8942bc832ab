"""Pages with measured tables, each between two marks, which ``bench --pages`` renews."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hydrophone_cli.command import CommandError, Exit
from hydrophone_report.markdown import renewed

Table = Callable[[Any], str]
"""Makes a table of a report."""


@dataclass(frozen=True)
class Page:
    """A page with a place for a table.

    Attributes:
        path: Where it lies.
        what: What the table is of; the marks around it name it.
        table: Makes what goes between them.
    """

    path: Path
    what: str
    table: Table

    def renewed(self, report: object) -> str:
        """The page with the table of a report."""
        return self._with(self.table(report))

    def checked(self) -> Self:
        """The page itself, if it is there and has its marks.

        Raises:
            OSError: It cannot be read.
            ValueError: It lacks the marks.
        """
        self._with("")
        return self

    def _with(self, part: str) -> str:
        content = self.path.read_text(encoding="utf-8")
        begin, end = f"<!-- {self.what}, by make bench -->", f"<!-- end of {self.what} -->"
        return renewed(content, part, begin=begin, end=end)


def found(folder: Path, what: str, tables: Mapping[str, Table]) -> list[Page]:
    """Pages of a folder that have their place for the tables of a report.

    Args:
        folder: Where they lie.
        what: What the tables are of.
        tables: What makes each page's, by the page's name.

    Raises:
        CommandError: A page is missing, or has no marks.
    """
    pages: list[Page] = []
    for name, table in tables.items():
        path = folder / name
        try:
            pages.append(Page(path, what, table).checked())
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", Exit.INPUT) from error
        except ValueError as error:
            raise CommandError(f"{path}: {error}", Exit.INPUT) from error
    return pages
