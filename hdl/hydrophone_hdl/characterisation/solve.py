"""Solves measurements for the costs of single operations: the rows of a delay file.

Delays come out of sums. A path from register to register is a bare path and the operation. Two
adders in a row pay the carry chain once, so that they and one adder tell both of its parts. A
chain of cheap operations tells what each adds. Cells are counted apart, beside a longer path:
what is longest in a design is made of more cells than it needs, but that is little of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hydrophone_hdl.characterisation.grids import Grid, Sizes
from hydrophone_hdl.characterisation.measure import Sample
from hydrophone_hdl.characterisation.probes import STAGES, name_of
from hydrophone_hdl.hls.delays import Row

_ADDER = 64
"""Width of the adder before a block RAM's address."""
_RIPPLE_PROBES = {"add": "double", "compare": "after"}
"""The probe that tells what of a kind ripples."""
_CELL_PROBES = {
    "mux": "muxes",
    "equal": "equal_alone",
    "any": "any_alone",
    "choose": "choose_alone",
}
"""What to count the cells of where the probe of the delay holds other operations, too."""
_STAGE_REST = {"mux": "logic", "choose": "logic", "equal": "mux", "any": "mux"}
"""What else a stage of a chain holds."""


def cell_probes(drawn: Grid) -> Iterator[tuple[str, Sizes]]:
    """The kinds and sizes of the probes whose cells these sizes take."""
    wanted = [(kind, _wider_first(kind, one)) for kind, sizes in drawn.items() for one in sizes]
    for kind, sizes in dict.fromkeys(wanted):
        yield _CELL_PROBES.get(kind, kind), sizes


def path_probes(grid: Grid, drawn: Grid) -> Iterator[tuple[str, Sizes]]:
    """The kinds and sizes of the probes whose delays these sizes take."""
    wanted: list[tuple[str, Sizes]] = [
        ("bare", (8,)),
        ("block_out", (18,)),
        ("block_in", (_ADDER,)),
        ("add", (_ADDER,)),
        # What the stages of chains hold besides.
        *((kind, sizes) for kind in dict.fromkeys(_STAGE_REST.values()) for sizes in grid[kind]),
    ]
    for kind, chosen in drawn.items():
        for sizes in chosen:
            wanted.append((kind, _wider_first(kind, sizes)))
            if kind in _RIPPLE_PROBES:
                wanted += [("add", sizes), (_RIPPLE_PROBES[kind], sizes)]
    yield from dict.fromkeys(wanted)


def _wider_first(kind: str, sizes: Sizes) -> Sizes:
    """Sizes with a product's wider operand first: yosys turns its operands as it likes."""
    return (max(sizes), min(sizes)) if kind == "multiply" else sizes


@dataclass(frozen=True)
class Solution:
    """Costs of single operations, solved from samples.

    Attributes:
        samples: By the names of their probes.
        cells: Of the probes that are counted, by name and resource.
        other_rows: Rows by kind and sizes that are known and not to be solved for.
    """

    samples: Mapping[str, Sample]
    cells: Mapping[str, Mapping[str, int]]
    other_rows: Mapping[str, Mapping[Sizes, Row]] = field(
        default_factory=dict[str, Mapping[Sizes, Row]]
    )

    def registers(self) -> dict[str, int]:
        """The times of flip-flops and block RAMs, in ps.

        The way to a register is in its set-up, as the way to an operation is in its delay.
        """
        bare = self.samples[name_of("bare", 8)]
        out = self.samples[name_of("block_out", 18)]
        setup = bare.path_ps - bare.clk_to_q_ps
        address = self._excess_delay(name_of("block_in", _ADDER)) - self._excess_delay(
            name_of("add", _ADDER)
        )
        return {
            "clk_to_q_ps": round(bare.clk_to_q_ps),
            "setup_ps": round(setup),
            "block_out_ps": round(out.path_ps - setup),
            "block_setup_ps": round(address + setup),
        }

    def rows(self, kind: str, drawn: Sequence[Sizes]) -> list[list[float]]:
        """Rows of the table of a kind: sizes, delay and ripple in ps, LUTs, multipliers."""
        found = {sizes: self._row(kind, sizes) for sizes in drawn}
        known = {**self.other_rows.get(kind, {}), **found}
        return [[*sizes, *_monotone_row(known, sizes)] for sizes in found]

    def _row(self, kind: str, sizes: Sizes) -> Row:
        """Delay, ripple, LUTs and multipliers of one size."""
        sizes = _wider_first(kind, sizes)
        delay, ripple = self._single_delay(kind, sizes), 0.0
        if kind in _RIPPLE_PROBES:
            in_row = name_of(_RIPPLE_PROBES[kind], *sizes)
            ripple = delay + self._excess_delay(name_of("add", *sizes)) - self._excess_delay(in_row)
        counted = _CELL_PROBES.get(kind, kind)
        used = self.cells[name_of(counted, *sizes)]
        lut = max(0, used["LUT"]) / STAGES.get(counted, 1)
        return delay, min(max(0.0, ripple), delay), lut, used["DSP"]

    def _single_delay(self, kind: str, sizes: Sizes) -> float:
        """Delay of an operation, or of what one adds to a chain."""
        delay = self._excess_delay(name_of(kind, *sizes))
        if kind in STAGES:
            delay = delay / STAGES[kind] - self._stage_rest(kind, sizes[-1])
        return max(0.0, delay)

    def _stage_rest(self, kind: str, width: int) -> float:
        """Delay of what else a stage of a chain holds."""
        if kind not in _STAGE_REST:
            return 0.0
        rest = _STAGE_REST[kind]
        names = [name.split("_") for name in self.samples if name.startswith(f"{rest}_")]
        widths = sorted(int(size) for _, size in names)
        return float(np.interp(width, widths, [self._single_delay(rest, (one,)) for one in widths]))

    def _excess_delay(self, name: str) -> float:
        """Delay of a probe's path over that of a bare one."""
        return self.samples[name].path_ps - self.samples[name_of("bare", 8)].path_ps


def _monotone_row(rows: Mapping[Sizes, Row], sizes: Sizes) -> list[float]:
    """A row's values, its delays none less than that of a smaller operation."""
    smaller = [
        row for other, row in rows.items() if all(a <= b for a, b in zip(other, sizes, strict=True))
    ]
    delay, ripple, *_ = (max(values) for values in zip(*smaller, strict=True))
    *_, lut, dsp = rows[sizes]
    return [round(delay), round(ripple), round(lut, 2), round(dsp)]
