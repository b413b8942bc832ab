"""Cost and speed of a design on a target: synthesis, then the timing that its record asks for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hydrophone_hdl.component import Component
from hydrophone_hdl.synthesis.place_and_route import place_and_route
from hydrophone_hdl.synthesis.static_timing import critical_path, timing_report, untimed_cells
from hydrophone_hdl.synthesis.verilog import verilog_of
from hydrophone_hdl.synthesis.yosys import Yosys, count_cells, quoted, synth_command
from hydrophone_model.target import PlaceAndRoute
from hydrophone_model.targets import TARGETS

Progress = Callable[[str], None]
"""Takes a line for each step of a long run."""


@dataclass(frozen=True)
class Result:
    """Cost and speed of one design on one target.

    Attributes:
        resources: Cells in use by resource.
        period_ns: Shortest clock period.
        routed: Whether the period comes from place-and-route; else it is a logic-delay estimate.
        path: The slowest path, start to end, as the tool names it.
        untimed: Types of cells in use whose delays nobody knows: paths through them are not seen.
    """

    target: str
    resources: Mapping[str, int]
    period_ns: float
    routed: bool
    path: tuple[str, ...]
    untimed: tuple[str, ...] = ()

    @property
    def frequency_mhz(self) -> float:
        """Highest clock."""
        return 1e3 / self.period_ns


def synthesise(
    design: Callable[[], Component], target: str, work: Path, progress: Progress = print
) -> Result:
    """Cost and speed of a design.

    Args:
        design: Makes the design; called once for cost and, where it is routed, once more for speed.
        target: One of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.

    Raises:
        SynthesisError: A tool failed.
    """
    work.mkdir(parents=True, exist_ok=True)
    family = TARGETS[target]
    progress(f"{target}: synthesis for {family.part}")
    source = work / f"{target}.v"
    source.write_text(verilog_of(design()))
    cells = work / f"{target}.json"
    flow = Yosys(work / f"{target}.log")
    flow.run(
        f"read_verilog {quoted(source)}",
        synth_command(target),
        f"tee -q -o {quoted(cells)} stat -json",
    )
    resources = count_cells(json.loads(cells.read_text())["design"], target)
    if isinstance(family.timing, PlaceAndRoute):
        progress(f"{target}: place-and-route, some minutes")
        period, path = place_and_route(design(), target, family.timing, work)
        return Result(target, resources, period, routed=True, path=path)
    report = timing_report(flow, target, family.timing, work)
    untimed = untimed_cells(report)
    if untimed:
        progress(f"{target}: delays of {', '.join(untimed)} are not known, and left out")
    period, path = critical_path(report)
    return Result(target, resources, period, routed=False, path=path, untimed=untimed)
