"""Makes the delay files: measures operations on a target's tools and solves for what each costs."""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import product
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

from hydrophone_hdl.characterisation.grids import GRIDS, Grid, Sizes
from hydrophone_hdl.characterisation.measure import SEEDS, measure_cells, measure_paths
from hydrophone_hdl.characterisation.probes import probe
from hydrophone_hdl.characterisation.solve import Solution, cell_probes, path_probes
from hydrophone_hdl.hls.delays import KINDS, Row, Table, committed
from hydrophone_hdl.synthesis.synthesise import Progress
from hydrophone_model.target import PlaceAndRoute, Target
from hydrophone_model.targets import TARGETS

_CHAINS = (
    "; logic, mux, equal, any and choose are what one adds to a chain of several, where look-up "
    "tables are shared, without routing the median of three orders of synthesis; ripple from two "
    "adders in a row, and from a comparison behind an adder; "
    "no delay is less than that of a smaller operation of the kind; cells are those of synthesis "
    "with a longer path beside the operation"
)


def characterise(
    target: str, work: Path, progress: Progress, *, share: float = 1.0, seed: int = 1
) -> dict[str, Any]:
    """The content of a target's delay file, measured.

    Args:
        target: One of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.
        share: Of the sizes of each kind, to measure no others: enough for `deviation`, no file.
        seed: Draws them.

    Raises:
        SynthesisError: A tool failed.
    """
    family = TARGETS[target]
    axes = GRIDS[family.characterisation.grid]
    grid = {kind: list(product(*sizes)) for kind, sizes in axes.items()}
    drawn = _drawn_sizes(grid, share, seed)
    timed = [probe(kind, *sizes) for kind, sizes in path_probes(grid, drawn)]
    counted = [probe(kind, *sizes) for kind, sizes in cell_probes(drawn)]
    solution = Solution(
        measure_paths(timed, target, work, progress),
        measure_cells(counted, target, work, progress),
        {} if share == 1 else {kind: _other_rows(target, kind, drawn[kind]) for kind in KINDS},
    )
    return {
        "target": target,
        "part": family.part,
        "origin": {
            "tools": {tool: version(tool) for tool in family.tools},
            "command": f"hydrophone characterise --target {target}",
            "method": method(family),
        },
        **solution.registers(),
        "kinds": {kind: solution.rows(kind, drawn[kind]) for kind in KINDS},
    }


def method(family: Target) -> str:
    """How the delays of a family are measured, in words."""
    synth, *_ = family.synth.split()
    if isinstance(family.timing, PlaceAndRoute):
        how = (
            f"{synth} of yosys, then nextpnr's routed path of each operation between registers "
            "with a clock enable; median of placements with the seeds "
            f"{', '.join(map(str, SEEDS))}; routing to the operation is in it"
        )
    else:
        how = (
            f"{synth} and sta of yosys on each operation between registers with a clock enable; no "
            f"routing in it; delays are {family.timing.origin}"
        )
    return how + _CHAINS


def _drawn_sizes(grid: Grid, share: float, seed: int) -> Grid:
    """So large a share of each kind's sizes, at least one."""
    random = Random(seed)
    return {
        kind: [sizes[n] for n in sorted(random.sample(range(len(sizes)), ceil(share * len(sizes))))]
        for kind, sizes in grid.items()
    }


def _other_rows(target: str, kind: str, drawn: Sequence[Sizes]) -> dict[Sizes, Row]:
    """The committed rows of a kind that are not measured anew."""
    table = Table.read(kind, committed(target)["kinds"][kind])
    return {sizes: row for sizes, row in table.rows.items() if sizes not in drawn}


def as_json(content: Mapping[str, Any]) -> str:
    """A delay file's content as JSON, one row a line."""
    spread_out = json.dumps(content, indent=1)
    rows = re.compile(r"\[\s+([-\d.,\s]+?)\s+\]")
    return rows.sub(lambda row: f"[{' '.join(row[1].split())}]", spread_out) + "\n"
