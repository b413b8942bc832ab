"""Delay model: what operations cost on a device family, the numbers a scheduler adds up.

They are measured by ``hydrophone characterise`` and kept beside this file, one JSON file a target.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import product
from math import ceil, prod
from typing import Any, NoReturn

from hydrophone_model.errors import ConfigError
from hydrophone_model.target import Target
from hydrophone_model.targets import TARGETS

KINDS: dict[str, tuple[str, ...]] = {
    "add": ("width",),
    "compare": ("width",),
    "equal": ("width",),
    "logic": ("width",),
    "mux": ("width",),
    "any": ("width",),
    "shift": ("width", "bits of the amount"),
    "leading": ("width",),
    "multiply": ("bits of a", "bits of b"),
    "lookup": ("index bits", "entry width"),
    "choose": ("ways", "width"),
    "read": ("depth", "width"),
}
"""The kinds of operations and what sizes each takes.

`add` is also a subtraction; `compare` is a < b; `logic` takes two inputs a bit; `mux` selects one
of two by a bit; `any` is the OR of all bits; `shift` is a barrel shifter; `leading` tells the
position of the highest one; `multiply` takes signed operands, an unsigned one counts one bit more;
`lookup` is a table of constants in logic; `choose` picks one of n by an index; `read` is an
asynchronous read of a distributed memory, whose cells it counts.
"""

FOLDER = files("hydrophone_hdl.hls") / "delays"
"""Where the delay files are."""

Row = tuple[float, ...]
"""Delay and ripple in ps, LUTs, multipliers."""


@dataclass(frozen=True)
class Cost:
    """What one operation takes.

    Attributes:
        delay_ps: From its operands, all there, to its result; registers excluded.
        ripple_ps: The part of the delay that runs along a carry chain, from the lowest bit to the
            highest. Chained operations pay it once: the chains run side by side.
        lut: Look-up tables.
        dsp: Multipliers.
        bram: Block RAMs of 18 kbit.
    """

    delay_ps: int
    ripple_ps: int
    lut: float
    dsp: int
    bram: int


@dataclass(frozen=True)
class Table:
    """The measured sizes of one kind, a full grid.

    Attributes:
        rows: The measurement at each combination of sizes.
    """

    rows: Mapping[tuple[int, ...], Row]

    @cached_property
    def axes(self) -> tuple[tuple[int, ...], ...]:
        """The measured values of each size, ascending."""
        return tuple(tuple(sorted(set(values))) for values in zip(*self.rows, strict=True))

    @classmethod
    def read(cls, kind: str, rows: Sequence[Sequence[float]]) -> "Table":
        """Takes a table from its JSON rows, of two sizes at least along each axis.

        Raises:
            ConfigError: A combination of sizes is missing.
        """
        sizes = len(KINDS[kind])
        table = cls({tuple(int(n) for n in row[:sizes]): tuple(row[sizes:]) for row in rows})
        missing = [key for key in product(*table.axes) if key not in table.rows]
        if missing:
            raise ConfigError(f"delays of {kind!r}: no row for {missing[0]}")
        return table

    def at(self, sizes: Sequence[int]) -> Row:
        """Linear between measured sizes and beyond the largest; below the smallest, like it.

        Beyond the grid delays grow as on its steepest edge, so that they never fall with a size;
        cells grow with the product of the sizes.
        """
        within = [min(size, axis[-1]) for size, axis in zip(sizes, self.axes, strict=True)]
        delay, ripple, _, _ = self._between(within)
        for number, (size, inside) in enumerate(zip(sizes, within, strict=True)):
            steep = self._edges[number]
            delay += (size - inside) * steep[0]
            ripple += (size - inside) * steep[1]
        _, _, lut, dsp = self._between(sizes)
        return delay, ripple, lut, dsp

    @cached_property
    def _edges(self) -> tuple[tuple[float, float], ...]:
        """Along each axis the steepest slopes of delay and ripple between its two largest sizes."""
        slopes: list[tuple[float, float]] = []
        for number, axis in enumerate(self.axes):
            last, before = axis[-1], axis[-2]
            found = [
                [(a - b) / (last - before) for a, b in zip(row[:2], lower[:2], strict=True)]
                for at, row in self.rows.items()
                if at[number] == last
                for lower in [self.rows[(*at[:number], before, *at[number + 1 :])]]
            ]
            slopes.append((max(delay for delay, _ in found), max(ripple for _, ripple in found)))
        return tuple(slopes)

    def _between(self, sizes: Sequence[int]) -> Row:
        corners: list[tuple[tuple[int, float], tuple[int, float]]] = []
        for size, axis in zip(sizes, self.axes, strict=True):
            low = max(0, min(bisect_right(axis, size) - 1, len(axis) - 2))
            step = axis[low + 1] - axis[low]
            share = max(0.0, (size - axis[low]) / step)
            corners.append(((axis[low], 1 - share), (axis[low + 1], share)))
        total = [0.0] * 4
        for corner in product(*corners):
            weight = prod(share for _, share in corner)
            row = self.rows[tuple(size for size, _ in corner)]
            total = [sum_ + weight * value for sum_, value in zip(total, row, strict=True)]
        return tuple(total)


@dataclass(frozen=True)
class DelayModel:
    """Delays and cells of one family; `load` gives it.

    Attributes:
        target: The family; its record has the derating.
        clk_to_q_ps: Clock to output of a flip-flop.
        setup_ps: Set-up of a flip-flop, and the way to it.
        block_out_ps: Clock to data of a block RAM without output register.
        block_setup_ps: Set-up of a block RAM, address or data, and the way to it.
        tables: The measured sizes of each kind.
    """

    target: Target
    clk_to_q_ps: int
    setup_ps: int
    block_out_ps: int
    block_setup_ps: int
    tables: Mapping[str, Table]

    @classmethod
    def load(cls, target: str) -> "DelayModel":
        """The committed model of a target.

        Raises:
            ConfigError: There is no target of that name, or no whole delay file of it.
        """
        if target not in TARGETS:
            raise ConfigError(f"no delays for target {target!r}: use one of {', '.join(TARGETS)}")
        return _load(target)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "DelayModel":
        """The model in the content of a delay file."""
        return cls(
            target=TARGETS[content["target"]],
            clk_to_q_ps=content["clk_to_q_ps"],
            setup_ps=content["setup_ps"],
            block_out_ps=content["block_out_ps"],
            block_setup_ps=content["block_setup_ps"],
            tables={kind: Table.read(kind, content["kinds"][kind]) for kind in KINDS},
        )

    def cost(self, kind: str, *sizes: int) -> Cost:
        """What an operation costs.

        Args:
            kind: One of `KINDS`.
            sizes: As many as the kind takes, each at least 1.

        Raises:
            ConfigError: No such kind, or not its sizes.
        """
        if kind not in KINDS:
            raise ConfigError(f"no operation {kind!r}: use one of {', '.join(KINDS)}")
        if len(sizes) != len(KINDS[kind]) or min(sizes) < 1:
            _refuse_sizes(kind, sizes)
        delay, ripple, lut, dsp = self.tables[kind].at(sizes)
        return Cost(
            delay_ps=round(delay * self.target.derating.factor),
            ripple_ps=round(ripple * self.target.derating.factor),
            lut=round(lut, 2),
            dsp=ceil(dsp - 1e-6),
            bram=0,
        )

    def block_rams(self, depth: int, width: int) -> int:
        """Block RAMs that hold a memory, used in their best shape."""
        shapes = self.target.block_ram.shapes
        return min(ceil(depth / d) * ceil(width / w) for d, w in shapes)


def has_delays(target: str) -> bool:
    """Whether a target has a delay file; a new one has none until it is characterised."""
    return (FOLDER / f"{target}.json").is_file()


def committed(target: str) -> dict[str, Any]:
    """The committed delay file of a target, as read.

    Raises:
        ConfigError: There is none, or it is no JSON.
    """
    file = FOLDER / f"{target}.json"
    if not has_delays(target):
        raise ConfigError(
            f"target {target!r} has no delay file {file}: measure it with "
            f"hydrophone characterise --target {target} --out {file}"
        )
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unusable(target, error) from error


@cache
def _load(target: str) -> DelayModel:
    content = committed(target)
    try:
        if content["target"] != target:
            raise ConfigError(f"it is that of {content['target']}")
        return DelayModel.of(content)
    except (ConfigError, KeyError, TypeError, ValueError, IndexError) as error:
        raise _unusable(target, f"no {error}" if isinstance(error, KeyError) else error) from error


def _unusable(target: str, reason: object) -> ConfigError:
    """The error of a delay file that is there, and is not one of the target."""
    file = FOLDER / f"{target}.json"
    return ConfigError(
        f"the delay file {file} cannot be used ({reason}): remove it, and measure it again with "
        f"hydrophone characterise --target {target} --out {file}"
    )


def _refuse_sizes(kind: str, sizes: Sequence[int]) -> NoReturn:
    wanted = ", ".join(KINDS[kind])
    raise ConfigError(f"{kind!r} takes {wanted}, each at least 1, not {sizes}")
