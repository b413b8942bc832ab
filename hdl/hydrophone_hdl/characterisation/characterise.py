"""Makes the delay files: measures operations on a target's tools and solves for what each costs.

Delays come out of sums. A path from register to register is a bare path and the operation. Two
adders in a row pay the carry chain once, so that they and one adder tell both of its parts. A
chain of cheap operations tells what each adds. Cells are counted apart, beside a longer path:
what is longest in a design is made of more cells than it needs, but that is little of it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import product
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from hydrophone_hdl.characterisation.measure import SEEDS, Sample, cells, measure
from hydrophone_hdl.characterisation.probes import STAGES, name_of, probe
from hydrophone_hdl.hls.delays import KINDS, Row, Table, committed
from hydrophone_hdl.hls.derating import WHOLE
from hydrophone_hdl.synthesis.flow import TARGETS, Progress

Sizes = tuple[int, ...]
Grid = Mapping[str, Sequence[Sizes]]
"""Sizes by kind."""
Axes = Mapping[str, tuple[Sizes, ...]]
"""By kind, what each of its sizes may be."""

_CHEAP = (1, 2, 4, 8, 16, 32, 64)
_WIDE = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96)
_FACTORS = (2, 4, 8, 12, 18, 19, 25, 26, 27, 28, 35, 48, 64)
_FINE: Axes = {
    "add": (_WIDE,),
    "compare": (_WIDE,),
    **dict.fromkeys(("logic", "mux", "equal", "any"), (_CHEAP,)),
    "shift": ((4, 16, 32, 64), (1, 2, 3, 4, 5, 6)),
    "leading": ((2, 4, 8, 16, 32, 64),),
    "multiply": (_FACTORS, _FACTORS),
    "lookup": ((2, 3, 4, 5, 6, 7, 8, 9, 10, 12), (1, 8)),
    "choose": ((2, 3, 4, 6, 8, 12, 16, 32, 64), (1, 8)),
    "read": ((16, 32, 64, 128, 256, 512), (1, 8, 32)),
}
_COARSE: Axes = {
    "add": ((2, 8, 16, 32, 64),),
    "compare": ((2, 8, 16, 32, 64),),
    **dict.fromkeys(("logic", "mux", "equal", "any"), ((1, 8, 32),)),
    "shift": ((8, 32), (1, 2, 3, 5)),
    "leading": ((2, 4, 16, 64),),
    "multiply": ((4, 9, 18, 19, 36), (4, 9, 18, 19, 36)),
    "lookup": ((2, 4, 6, 8, 10), (1, 8)),
    "choose": ((2, 4, 8, 16), (1, 16)),
    "read": ((16, 64, 256), (4, 16)),
}
GRIDS: dict[str, Axes] = {"ecp5": _COARSE, "xc7": _FINE, "xcup": _FINE}
"""Sizes to measure, each with each; place-and-route, which takes its time, does fewer."""

BLOCK_SHAPES = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))
"""Depths and widths of 18 kbit, of all three families."""
_ADDER = 64
"""Width of the adder before a block RAM's address."""
_BESIDES = {"add": "double", "compare": "after"}
"""What else to measure of a kind for what ripples."""
_COUNTED = {
    "mux": "muxes",
    "equal": "equal_alone",
    "any": "any_alone",
    "choose": "choose_alone",
}
"""What to count the cells of where the probe of the delay holds other operations, too."""
_HELD = {"mux": "logic", "choose": "logic", "equal": "mux", "any": "mux"}
"""What else a stage of a chain holds."""
_FLOOR_PS = 300
"""Deviations are relative to the delay, but to no less than this: a table look-up, about."""

_ESTIMATED = (
    "synth_xilinx and sta of yosys on each operation between registers with a clock enable; no "
    "routing in it"
)
_ORIGIN = {
    "ecp5": "synth_ecp5 of yosys, then nextpnr's routed path of each operation between registers "
    f"with a clock enable; median of placements with the seeds {', '.join(map(str, SEEDS))}; "
    "routing to the operation is in it",
    "xc7": f"{_ESTIMATED}; delays are yosys's own of Artix-7",
    "xcup": f"{_ESTIMATED}; delays are yosys's of Artix-7, times 0.526 for block RAM (388.2 MHz of "
    "XC7Z020-1, DS187, over 738 MHz of UltraScale+ -2 at 0.85 V, DS923), times 0.60 for DSP "
    "(464.25 MHz over 775 MHz), and times the same, as a cautious guess, for all the rest",
}
_CHAINS = (
    "; logic, mux, equal, any and choose are what one adds to a chain of several, where look-up "
    "tables are shared, on Xilinx parts the median of three orders of synthesis; ripple from two "
    "adders in a row, and from a comparison behind an adder; "
    "no delay is less than that of a smaller operation of the kind; cells are those of synthesis "
    "with a longer path beside the operation"
)
_STATED = {"ecp5": 0.35, "xc7": 0.25, "xcup": 0.25}
"""Spread to allow: the order in which synthesis meets operations, the version of the tools, and on
ECP5 the place of things and what shares the chip, make some of them that much faster or slower."""


def characterise(
    target: str, work: Path, progress: Progress, *, share: float = 1.0, seed: int = 1
) -> dict[str, Any]:
    """The content of a target's delay file, measured.

    Args:
        target: One of `synthesis.TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.
        share: Of the sizes of each kind, to measure no others: enough for `deviation`, no file.
        seed: Draws them.

    Raises:
        SynthesisError: A tool failed.
    """
    grid = {kind: list(product(*axes)) for kind, axes in GRIDS[target].items()}
    drawn = _drawn(grid, share, seed)
    timed = [probe(kind, *sizes) for kind, sizes in _timed(grid, drawn)]
    counted = [probe(kind, *sizes) for kind, sizes in _counted(drawn)]
    solved = Solved(
        measure(timed, target, work, progress),
        cells(counted, target, work, progress),
        {kind: _left(target, kind, sizes) for kind, sizes in drawn.items()},
    )
    crowd = WHOLE[target]
    return {
        "target": target,
        "part": TARGETS[target].part,
        "origin": {
            "tools": {tool: version(tool) for tool in TARGETS[target].tools},
            "command": f"hydrophone characterise --target {target}",
            "method": _ORIGIN[target] + _CHAINS,
        },
        "spread": _STATED[target],
        "crowding": {"factor": crowd.factor, "origin": crowd.origin},
        **solved.registers(),
        "block_shapes": [list(shape) for shape in BLOCK_SHAPES],
        "kinds": {kind: solved.rows(kind, drawn[kind]) for kind in KINDS},
    }


def _drawn(grid: Grid, share: float, seed: int) -> Grid:
    """So large a share of each kind's sizes, at least one."""
    random = Random(seed)
    return {
        kind: [sizes[n] for n in sorted(random.sample(range(len(sizes)), ceil(share * len(sizes))))]
        for kind, sizes in grid.items()
    }


def _left(target: str, kind: str, drawn: Sequence[Sizes]) -> dict[Sizes, Row]:
    """The committed rows of a kind that are not measured anew."""
    table = Table.read(kind, committed(target)["kinds"][kind])
    return {sizes: row for sizes, row in table.rows.items() if sizes not in drawn}


def _counted(drawn: Grid) -> Iterator[tuple[str, Sizes]]:
    """The kinds and sizes of the probes whose cells these sizes take."""
    wanted = [(kind, _turned(kind, one)) for kind, sizes in drawn.items() for one in sizes]
    for kind, sizes in dict.fromkeys(wanted):
        yield _COUNTED.get(kind, kind), sizes


def _timed(grid: Grid, drawn: Grid) -> Iterator[tuple[str, Sizes]]:
    """The kinds and sizes of the probes whose delays these sizes take."""
    wanted: list[tuple[str, Sizes]] = [
        ("bare", (8,)),
        ("block_out", (18,)),
        ("block_in", (_ADDER,)),
        ("add", (_ADDER,)),
        # What the stages of chains hold besides.
        *((kind, sizes) for kind in dict.fromkeys(_HELD.values()) for sizes in grid[kind]),
    ]
    for kind, chosen in drawn.items():
        for sizes in chosen:
            wanted.append((kind, _turned(kind, sizes)))
            if kind in _BESIDES:
                wanted += [("add", sizes), (_BESIDES[kind], sizes)]
    yield from dict.fromkeys(wanted)


def _turned(kind: str, sizes: Sizes) -> Sizes:
    """Yosys turns the operands of a product as it likes: it is measured with the wider first."""
    return (max(sizes), min(sizes)) if kind == "multiply" else sizes


@dataclass(frozen=True)
class Solved:
    """Costs from samples.

    Attributes:
        samples: By the names of their probes.
        cells: Of the probes that are counted, by name and resource.
        left: Rows by kind and sizes that are known and not to be solved for.
    """

    samples: Mapping[str, Sample]
    cells: Mapping[str, Mapping[str, int]]
    left: Mapping[str, Mapping[Sizes, Row]] = field(default_factory=dict[str, Mapping[Sizes, Row]])

    def registers(self) -> dict[str, int]:
        """The times of flip-flops and block RAMs, in ps.

        The way to a register is in its set-up, as the way to an operation is in its delay.
        """
        bare = self.samples[name_of("bare", 8)]
        out = self.samples[name_of("block_out", 18)]
        setup = bare.path_ps - bare.clk_to_q_ps
        address = self._delay(name_of("block_in", _ADDER)) - self._delay(name_of("add", _ADDER))
        return {
            "clk_to_q_ps": round(bare.clk_to_q_ps),
            "setup_ps": round(setup),
            "block_out_ps": round(out.path_ps - setup),
            "block_setup_ps": round(address + setup),
        }

    def rows(self, kind: str, drawn: Sequence[Sizes]) -> list[list[float]]:
        """Rows of the table of a kind: sizes, delay and ripple in ps, LUTs, multipliers."""
        found = {sizes: self._row(kind, sizes) for sizes in drawn}
        known = {**self.left.get(kind, {}), **found}
        return [[*sizes, *_rising(known, sizes)] for sizes in found]

    def _row(self, kind: str, sizes: Sizes) -> Row:
        sizes = _turned(kind, sizes)
        delay, ripple = self._own(kind, sizes), 0.0
        if kind in _BESIDES:
            besides = name_of(_BESIDES[kind], *sizes)
            ripple = delay + self._delay(name_of("add", *sizes)) - self._delay(besides)
        counted = _COUNTED.get(kind, kind)
        used = self.cells[name_of(counted, *sizes)]
        lut = max(0, used["LUT"]) / STAGES.get(counted, 1)
        return delay, min(max(0.0, ripple), delay), lut, used["DSP"]

    def _own(self, kind: str, sizes: Sizes) -> float:
        """Delay of an operation, or of what one adds to a chain."""
        delay = self._delay(name_of(kind, *sizes))
        if kind in STAGES:
            delay = delay / STAGES[kind] - self._shared(kind, sizes[-1])
        return max(0.0, delay)

    def _shared(self, kind: str, width: int) -> float:
        """Delay of what else a stage of a chain holds."""
        if kind not in _HELD:
            return 0.0
        held = _HELD[kind]
        names = [name.split("_") for name in self.samples if name.startswith(f"{held}_")]
        widths = sorted(int(size) for _, size in names)
        return float(np.interp(width, widths, [self._own(held, (one,)) for one in widths]))

    def _delay(self, name: str) -> float:
        return self.samples[name].path_ps - self.samples[name_of("bare", 8)].path_ps


def _rising(rows: Mapping[Sizes, Row], sizes: Sizes) -> list[float]:
    """A row's values, its delays none less than that of a smaller operation."""
    smaller = [
        row for other, row in rows.items() if all(a <= b for a, b in zip(other, sizes, strict=True))
    ]
    delay, ripple, *_ = (max(values) for values in zip(*smaller, strict=True))
    *_, lut, dsp = rows[sizes]
    return [round(delay), round(ripple), round(lut, 2), round(dsp)]


def deviation(new: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[float, str]:
    """How far two delay files are apart at most, relative, and where."""
    found = [
        (_apart(new[name], old[name]), name)
        for name in ("clk_to_q_ps", "setup_ps", "block_out_ps", "block_setup_ps")
    ]
    for kind, names in KINDS.items():
        sizes = len(names)
        table = Table.read(kind, old["kinds"][kind])
        for row in new["kinds"][kind]:
            at = [int(size) for size in row[:sizes]]
            found.append((_apart(row[sizes], table.at(at)[0]), f"{kind} {at}"))
    return max(found)


def _apart(new: float, old: float) -> float:
    return abs(new - old) / max(old, _FLOOR_PS)


def text(content: Mapping[str, Any]) -> str:
    """A delay file's content as JSON, one row a line."""
    spread_out = json.dumps(content, indent=1)
    rows = re.compile(r"\[\s+([-\d.,\s]+?)\s+\]")
    return rows.sub(lambda row: f"[{' '.join(row[1].split())}]", spread_out) + "\n"
