"""Static timing analysis by the delays of cells alone, with neither routing nor clock skew in it.

Xilinx parts have no open router here: their clock is an estimate from yosys's logic delays, and is
called that wherever it appears.
"""

import re
from collections.abc import Callable
from pathlib import Path

from hydrophone_hdl.synthesis import xilinx_cells
from hydrophone_hdl.synthesis.errors import SynthesisError
from hydrophone_hdl.synthesis.yosys import SHARE, Yosys, quoted
from hydrophone_model.target import LogicDelays

LIBRARIES: dict[str, Callable[[Path], str]] = {
    "artix": xilinx_cells.artix,
    "ultrascale_plus": xilinx_cells.ultrascale_plus,
}
"""Cells with their delays, in ps, as Verilog: made from yosys's own libraries in `SHARE`."""


def timing_report(flow: Yosys, target: str, delays: LogicDelays, work: Path) -> str:
    """Yosys's timing report of each module of a synthesised design.

    Synthesis leaves specialised copies of library cells without delays, which the analysis would
    take: all cells are taken out and read anew, with delays.

    Args:
        flow: Holds the design, synthesised for the target.
        target: Names the files.
        delays: The library to take.
        work: Folder for the files.
    """
    library = work / f"{target}-cells.v"
    library.write_text(LIBRARIES[delays.library](SHARE), encoding="utf-8")
    report = work / f"{target}.sta"
    flow.run(
        "delete =A:blackbox",
        f"read_verilog -lib -specify {quoted(library)}",
        f"tee -q -o {quoted(report)} sta",
    )
    return report.read_text()


def untimed_cells(report: str) -> tuple[str, ...]:
    """Types of cells that a timing report left out."""
    found = re.findall(r"Module '(\S+)' has no timing arcs|Cell type '(\S+)' not", report)
    # What remembers the hierarchy is no cell.
    return tuple(sorted({arcless or unknown for arcless, unknown in found} - {"$scopeinfo"}))


def arrival_times(report: str) -> dict[str, int]:
    """The latest arrival in each module of a timing report, in ps."""
    return {
        module: int(time)
        for module, time in re.findall(r"Latest arrival time in '(\S+)' is (\d+)", report)
    }


def critical_path(report: str) -> tuple[float, tuple[str, ...]]:
    """Latest arrival, in ns, in the timing report of a flat design, and the path to it.

    Raises:
        SynthesisError: The report has none.
    """
    latest = next(iter(arrival_times(report).values()), None)
    if latest is None:
        raise SynthesisError(f"no arrival time in the timing report: {report[-600:]}")
    hops = re.findall(r"^\s+(\d+) (\S+) \((\S+)\)$", report, re.MULTILINE)
    path = tuple(f"{int(time) / 1e3:.2f} ns {arc}" for time, _, arc in reversed(hops))
    return latest / 1e3, path
