"""Place-and-route by nextpnr: the clock that a routed design reaches, and its slowest path."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import In, Out

from hydrophone_hdl.component import Component
from hydrophone_hdl.synthesis.errors import SynthesisError
from hydrophone_hdl.synthesis.verilog import verilog_of
from hydrophone_hdl.synthesis.yosys import Yosys, quoted, synth_command
from hydrophone_model.target import PlaceAndRoute

SEED = 2
"""Where nextpnr begins to place a design; another seed moves a whole design's clock by some 4 %."""
SHORT_NS = 0.25
"""Hops of a routed path that are not worth a line."""
NAME = 60
"""Characters of a cell's name; a router's names repeat the whole way."""


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


def place_and_route(
    design: Component, target: str, router: PlaceAndRoute, work: Path
) -> tuple[float, tuple[str, ...]]:
    """Shortest period, in ns, and slowest path that a design reaches within a `Harness`.

    Args:
        design: What is measured.
        target: One of `TARGETS`.
        router: Its router.
        work: Folder for the tools' files.

    Raises:
        SynthesisError: A tool failed.
    """
    source, netlist, report = work / "routed.v", work / "routed.json", work / "routed-report.json"
    source.write_text(verilog_of(Harness(design)))
    flow = Yosys(work / "routed.log")
    flow.run(f"read_verilog {quoted(source)}", f"{synth_command(target)} -json {quoted(netlist)}")
    found = routing_report(netlist, report, router, seed=SEED)
    clock = next(iter(found["fmax"]))
    critical = next(p for p in found["critical_paths"] if p["from"] == p["to"])
    hops = tuple(
        f"{hop['delay']:.2f} ns {hop['type']} {hop['to']['cell'][:NAME]}"
        for hop in critical["path"]
        if hop["delay"] >= SHORT_NS
    )
    return 1e3 / found["fmax"][clock]["achieved"], hops


def routing_report(netlist: Path, report: Path, router: PlaceAndRoute, seed: int = 1) -> Any:
    """Report of nextpnr on a netlist placed and routed.

    The tool sees its own folder only, and so no name that begins elsewhere.

    Args:
        netlist: From synthesis.
        report: In the same folder.
        router: The tool and the part.
        seed: Of placement.

    Raises:
        SynthesisError: It could not.
    """
    tool = Path(sys.executable).parent / router.tool
    arguments = f"{router.arguments} --timing-allow-fail --freq 100 --seed {seed}"
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
