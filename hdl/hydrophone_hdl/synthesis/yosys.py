"""Runs of yosys in this process, and the cells that its synthesis leaves."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from hydrophone_model.targets import TARGETS


def _import_yosys() -> Any:
    """The module `libyosys`.

    pyosys loads it with global symbols, and would leave that to every extension imported later:
    two that use the same names then call each other's functions.
    """
    flags = sys.getdlopenflags()
    try:
        return import_module("pyosys.libyosys")
    finally:
        sys.setdlopenflags(flags)


_LIBYOSYS = _import_yosys()

SHARE = Path(_LIBYOSYS.__file__).parent / "share"
"""Folder of yosys's own libraries, one below it a vendor."""


class Yosys:
    """One yosys design, its log kept in a file."""

    def __init__(self, log: Path) -> None:
        self._design: Any = _LIBYOSYS.Design()
        self._log = log

    def run(self, *commands: str) -> None:
        """Runs commands in turn."""
        for command in commands:
            _LIBYOSYS.run_pass(f"tee -q -a {quoted(self._log)} {command}", self._design)


def quoted(path: Path) -> str:
    """A file's name in a command of yosys, blanks and all."""
    return f'"{path}"'


def synth_command(target: str) -> str:
    """Yosys's command that makes cells of a target from what is read, below `top`.

    Args:
        target: One of `TARGETS`.
    """
    return f"{TARGETS[target].synth} -top top"


def count_cells(statistics: Mapping[str, Any], target: str) -> dict[str, int]:
    """Cells in use by resource.

    Args:
        statistics: Of a module or of the design, from `stat -json`.
        target: One of `TARGETS`.
    """
    used: dict[str, int] = statistics["num_cells_by_type"]
    return {
        resource: sum(count * used.get(cell, 0) for cell, count in cells.items())
        for resource, cells in TARGETS[target].cells.items()
    }
