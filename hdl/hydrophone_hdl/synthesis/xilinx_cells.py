"""Delays of Xilinx's cells: yosys's, and what it lacks: UltraScale+ and deep distributed memories.

Yosys ships delays of Artix-7 cells. Those of UltraScale+ are made of them here, times the ratio of
published clock limits of the two families. XC7Z020-1 (DS187): block RAM 388.2 MHz, DSP48 464.25
MHz. UltraScale+ -2 at 0.85 V (DS923): block RAM 738 MHz, DSP 775 MHz. That is 0.526 for block RAM
and 0.60 for the DSP; logic, carry chains, distributed memory and flip-flops, which have no such
limit published, take the more cautious 0.60. An estimate, then, not a characterisation.
"""

import re
from collections.abc import Mapping
from math import ceil
from pathlib import Path

BLOCK_RAM = 0.526
"""Delay of an UltraScale+ block RAM over one of Artix-7: 388.2 MHz / 738 MHz."""
LOGIC = 0.60
"""The same of DSPs, 464.25 MHz / 775 MHz, and, as a cautious guess, of everything else."""

CLOCK_PS, ADDRESS_PS, DATA_PS, ENABLE_PS = 1153, 616, 453, 654
"""Clock to output and set-ups of distributed memories, as yosys has them of RAM128X1D."""
DEEP: Mapping[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "RAM64X1S": (6, (("A{}", "O"),)),
    "RAM128X1S": (7, (("A{}", "O"),)),
    "RAM256X1S": (8, (("A[{}]", "O"),)),
    "RAM512X1S": (9, (("A[{}]", "O"),)),
    "RAM256X1D": (8, (("A[{}]", "SPO"), ("DPRA[{}]", "DPO"))),
}
"""Memories without delays: address bits, and the addresses and outputs of their ports."""
_LUTS = {6: "LUT6", 7: r"\$__ABC9_LUT7", 8: r"\$__ABC9_LUT8"}
"""Tables of as many inputs, the multiplexers behind them included."""

_ARTIX = ("DSP48E1", "RAMB18E1", "RAMB36E1")
_RENAMED = {
    "DIADI": "DINADIN",
    "DIBDI": "DINBDIN",
    "DIPADIP": "DINPADINP",
    "DIPBDIP": "DINPBDINP",
    "DOADO": "DOUTADOUT",
    "DOBDO": "DOUTBDOUT",
    "DOPADOP": "DOUTPADOUTP",
    "DOPBDOP": "DOUTPBDOUTP",
}
"""Ports of a block RAM: Artix-7 to UltraScale+."""

_SPECIFY = re.compile(r"\bspecify\b.*?\bendspecify\b", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DELAY = re.compile(r"(?<![\w\[:'.])\d{2,}(?![\w\]:'])")
_LANE = re.compile(r"\b(ADDR|DI|DO)([A-D])\b")


def artix(share: Path) -> str:
    """Verilog of the cells of Artix-7 with their delays, in ps.

    Args:
        share: Folder of yosys's libraries.
    """
    cells = _COMMENT.sub("", (share / "xilinx" / "cells_sim.v").read_text(encoding="utf-8"))
    for name in DEEP:
        cells = _with_arcs(cells, name, _deep_memory_arcs(cells, name))
    return cells


def ultrascale_plus(share: Path) -> str:
    """Verilog of the cells of UltraScale+ with their delays, in ps.

    Args:
        share: Folder of yosys's libraries.
    """
    cells = artix(share)
    more = _COMMENT.sub("", (share / "xilinx" / "cells_xtra.v").read_text(encoding="utf-8"))
    dsp, *block_rams = (_module_text(cells, name) for name in _ARTIX)
    for text in (dsp, *block_rams):
        cells = cells.replace(text, "")
    for wide, narrow in (("RAM32M16", "RAM32M"), ("RAM64M8", "RAM64M")):
        cells = _with_arcs(cells, wide, _eight_lane_arcs(_arcs(_module_text(cells, narrow))))
    cells = _SPECIFY.sub(lambda block: _scaled_delays(block[0], LOGIC), cells)
    added = [_with_arcs(_module_text(more, "DSP48E2"), "DSP48E2", _dsp_arcs(dsp))]
    for name, text in zip(("RAMB18E2", "RAMB36E2"), block_rams, strict=True):
        added.append(_with_arcs(_module_text(more, name), name, _block_ram_arcs(_arcs(text))))
    return "\n".join([cells, *added])


def _module_text(text: str, name: str) -> str:
    """The Verilog of one module of a library."""
    found = re.search(rf"\bmodule {re.escape(name)}\b.*?\bendmodule\b", text, re.DOTALL)
    if found is None:
        raise LookupError(f"yosys's library has no cell {name}")
    return found[0]


def _arcs(module: str) -> str:
    """The timing arcs of a module: its specify block."""
    found = _SPECIFY.search(module)
    if found is None:
        raise LookupError(f"yosys's library has no delays of a cell: {module[:60]}")
    return found[0]


def _with_arcs(text: str, name: str, arcs: str) -> str:
    """A library with timing arcs added to one of its modules."""
    module = _module_text(text, name)
    return text.replace(module, f"{module.removesuffix('endmodule')}\n{arcs}\nendmodule\n")


def _scaled_delays(text: str, factor: float) -> str:
    """Timing arcs, their delays times a factor.

    Delays have two digits at least, and no other number in these texts stands bare.
    """
    return _DELAY.sub(lambda number: str(ceil(int(number[0]) * factor)), text)


def _deep_memory_arcs(cells: str, name: str) -> str:
    """Timing arcs of a deep memory, which reads like a look-up table of as many inputs."""
    bits, ports = DEEP[name]
    through = [_input_delays(cells, _LUTS[min(bits, 8)]), _input_delays(cells, "MUXF8")]
    # A ninth bit selects like the eighth, and all others have one more multiplexer to pass.
    reads = [delay + (bits == 9) * through[1][0] for delay in through[0]]
    reads += reads[-1:] * (bits == 9)
    clocked = CLOCK_PS + reads[0] - _input_delays(cells, "LUT6")[0]
    lines = [f"$setup(D, posedge WCLK, {DATA_PS});", f"$setup(WE, posedge WCLK, {ENABLE_PS});"]
    for bit, delay in enumerate(reads):
        lines.append(f"$setup({ports[0][0].format(bit)}, posedge WCLK, {ADDRESS_PS});")
        lines += [f"({address.format(bit)} => {out}) = {delay};" for address, out in ports]
    lines += [f"(posedge WCLK => ({out} : D)) = {clocked};" for _, out in ports]
    return "\n".join(["specify", *lines, "endspecify"])


def _input_delays(cells: str, name: str) -> list[int]:
    """Delays of a cell's inputs I0, I1 and so on."""
    pattern = re.compile(r"\(I\d => O\) = ([\d\s+]+);")
    sums = pattern.findall(_arcs(_module_text(cells, name)))
    return [sum(int(part) for part in sum_.split("+")) for sum_ in sums]


def _eight_lane_arcs(four: str) -> str:
    """Arcs of a memory of eight lanes from one of four, whose last lane's address also writes."""
    arcs = four.removesuffix("endspecify")
    low = re.sub(r"\$setup\((ADDRD|WE)\b[^;]*;", "", arcs)
    high = _LANE.sub(lambda port: port[1] + chr(ord(port[2]) + 4), arcs)
    return low + high.removeprefix("specify") + "endspecify"


def _dsp_arcs(artix: str) -> str:
    """Timing arcs of a DSP48E2: they depend on its registers, which both families name alike."""
    _, _, timing = artix.partition("`ifdef YOSYS")
    pre_adder = 'localparam USE_DPORT = (AMULTSEL == "AD") ? "TRUE" : "FALSE";'
    return pre_adder + _scaled_delays(timing.partition("`endif")[0], LOGIC)


def _block_ram_arcs(artix: str) -> str:
    """Timing arcs of an UltraScale+ block RAM, from those of one of Artix-7."""
    names = re.compile(rf"\b({'|'.join(_RENAMED)})\b")
    return names.sub(lambda name: _RENAMED[name[1]], _scaled_delays(artix, BLOCK_RAM))
