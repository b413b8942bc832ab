"""Synthesis: Verilog of a design, and what open tools make of it on a device family.

verilog.py          the Verilog of a design, and the waivers of its lint
synthesise.py       cost and speed of a design on a target: the steps below, in turn
yosys.py            runs of yosys, and the cells that a synthesis leaves
place_and_route.py  the clock that a routed design reaches, by nextpnr
static_timing.py    the clock by the delays of cells alone, by yosys
xilinx_cells.py     those delays of Xilinx's cells, as far as yosys lacks them
"""

from hydrophone_hdl.synthesis.verilog import WAIVERS, verilog_of

__all__ = ["WAIVERS", "verilog_of"]
