"""Target record: all that the house knows of a device family, as plain numbers and strings.

A family is one record in `hydrophone_model.targets` and one delay file, which is measured. The
schedule, the emitted logic, the estimate, synthesis, characterisation and the report read the
record; none of them lists families, or asks for one by name. ``docs/adding-a-target.md`` goes
through a record step by step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class BlockRam:
    """Block RAM of a family, and how synthesis uses it.

    Attributes:
        shapes: Depth and width of one block RAM, each way it can be used.
        collision_logic: Whether the block RAM does not tell what is read while it is written.
            Synthesis then puts such a write off by a clock, and leads its data past the memory to
            those who read.
        lut_equivalent: Look-up tables that synthesis thinks a block RAM worth, where it weighs
            small memories against it; None where it does not.
        lut_overhead: The same of what surrounds a block RAM.
    """

    shapes: tuple[tuple[int, int], ...]
    collision_logic: bool = False
    lut_equivalent: int | None = None
    lut_overhead: int = 0


@dataclass(frozen=True)
class ShiftRegister:
    """Look-up tables that serve as shift registers (SRL).

    Attributes:
        threshold: Clocks of delay from which synthesis uses them.
        depth: Clocks that one look-up table delays a bit by at most.
    """

    threshold: int
    depth: int


@dataclass(frozen=True)
class Cascade:
    """Multiplier cells into which synthesis packs the adder behind and the register between.

    Attributes:
        register_ps: Clock to output of the register within, the adder in the same cell included.
        adder_ps: From an addend to the output of the cell.
    """

    register_ps: int
    adder_ps: int


@dataclass(frozen=True)
class Derating:
    """Derating of delays: what they grow by in a whole design.

    Attributes:
        factor: Delay within a whole design over that of the operations measured alone.
        origin: How that was found; the implementation report shows what the schedule asked for
            and what was reached.
    """

    factor: float
    origin: str


@dataclass(frozen=True)
class PlaceAndRoute:
    """Timing by place-and-route with a nextpnr.

    Attributes:
        tool: Program, in the environment's folder of programs.
        arguments: They choose the part, its package and its speed grade.
    """

    tool: str
    arguments: str


@dataclass(frozen=True)
class LogicDelays:
    """Timing by the delays of cells alone (yosys's `sta`), without routing or clock skew.

    Attributes:
        library: Cells with their delays: one of `hydrophone_hdl.synthesis.static_timing.LIBRARIES`.
        origin: Where the delays are from.
    """

    library: str
    origin: str


@dataclass(frozen=True)
class Characterisation:
    """How the delay file is measured.

    Attributes:
        grid: Sizes of operations: one of `hydrophone_hdl.characterisation.grids.GRIDS`.
        batch: Operations measured in one run of the tools.
        spread: How far a measurement may be off, relative: the order in which synthesis meets
            operations, the version of the tools and, routed, the place of things and what shares
            the chip make some of them that much faster or slower.
    """

    grid: Literal["coarse", "fine"]
    batch: int
    spread: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A device family, and the part that stands for it.

    Attributes:
        name: Of the family, as a configuration and the command line give it.
        part: Part and speed grade.
        clock_mhz: Clock of a design that names none.
        lut_inputs: Inputs of a look-up table.
        multiplier: Bits of the signed operands of one multiplier cell, the wider first.
        block_ram: Its block RAM.
        rom_index_bits: Index bits from which a table of constants belongs into a block RAM, as
            the family's logic would take many cells for it; None for never.
        distributed_depth: Most slots of a distributed memory with one address, where synthesis
            asks for deeper ones than it can map; None for no limit.
        shift_register: Its look-up tables as shift registers; None where they cannot.
        cascade: Its multipliers' adders and registers; None where synthesis leaves them out.
        derating: What delays grow by in a whole design.
        synth: Yosys command.
        tools: Packages of the tools that measure it.
        cells: For each of the resources LUT, FF, BRAM and DSP, what one cell of each type counts.
        timing: How the clock is found that a design reaches.
        characterisation: How its delay file is measured.
    """

    name: str
    part: str
    clock_mhz: float
    lut_inputs: int
    multiplier: tuple[int, int]
    block_ram: BlockRam
    rom_index_bits: int | None = None
    distributed_depth: int | None = None
    shift_register: ShiftRegister | None = None
    cascade: Cascade | None = None
    derating: Derating
    synth: str
    tools: tuple[str, ...]
    cells: Mapping[str, Mapping[str, int]]
    timing: PlaceAndRoute | LogicDelays
    characterisation: Characterisation
