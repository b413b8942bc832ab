"""Verilog of a design, for any synthesis and any simulator."""

from pathlib import Path
from typing import Any, cast

from amaranth.back import verilog

from hydrophone_hdl.component import Component

WAIVERS = Path(__file__).parent / "lint.vlt"
"""Of `verilator --lint-only -Wall`, for designs of one's own, too: what is meant so, and why."""


def verilog_of(design: Component) -> str:
    """The Verilog of a design, as module `top`."""
    convert = cast("Any", verilog).convert
    return convert(design, name="top", emit_src=False)
