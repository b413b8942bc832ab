"""Static timing: when results are there within a clock.

A value's bits do not arrive at once: an adder's lowest bit is there long before its highest, and
the next adder begins with it. So an arrival is two times, of the lowest bit and of the highest,
and each operation says how it takes them on: `Rule`. All rules are sums and maxima, so the arrival
of a result is the longest of the paths that lead to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, reduce
from typing import TypeVar

import numpy as np

from hydrophone_hdl.hls.delays import Cost, DelayModel
from hydrophone_hdl.hls.graph import Kind, Lookup, Node, Slice
from hydrophone_model.fixed import Raw

Arrival = tuple[int, int]
"""Picoseconds after the clock's edge at which the lowest and the highest bit are there."""

T = TypeVar("T", int, Raw)

FREE = Cost(delay_ps=0, ripple_ps=0, lut=0, dsp=0, bram=0)


class Rule(Enum):
    """How an operation's result follows its operands."""

    BITWISE = "each bit waits for its own"
    CARRY = "bits come one after the other"
    DECISION = "one bit comes after the carry"
    WHOLE = "every bit waits for all"


RULES: dict[Kind, Rule] = {
    Kind.ADD: Rule.CARRY,
    Kind.SUBTRACT: Rule.CARRY,
    Kind.COMPARE: Rule.DECISION,
    **dict.fromkeys((Kind.AND, Kind.OR, Kind.XOR, Kind.NOT, Kind.RESIZE), Rule.BITWISE),
}
"""Rules by kind; any other is `Rule.WHOLE`, a `Kind.MUX` only towards its condition."""


@dataclass(frozen=True)
class Clock:
    """A clock on a device family.

    Attributes:
        model: The family's delays.
        period_ps: Of the clock.
    """

    model: DelayModel
    period_ps: int

    @property
    def launch(self) -> Arrival:
        """When a register's value is there."""
        return self.model.clk_to_q_ps, self.model.clk_to_q_ps

    @property
    def end(self) -> int:
        """When a value has to be there to be taken by a register."""
        return self.period_ps - self.model.setup_ps


def cost_of(node: Node, model: DelayModel) -> Cost:
    """What an operation costs on a family."""
    kind, widths = node.kind, [operand.format.width for operand in node.operands]
    fixed = any(operand.kind is Kind.CONSTANT for operand in node.operands)
    match kind:
        case Kind.ADD | Kind.SUBTRACT:
            return model.cost("add", node.format.width)
        case Kind.COMPARE:
            return model.cost("compare", max(widths))
        case Kind.EQUAL:
            return model.cost("any" if fixed else "equal", max(widths))
        case Kind.AND | Kind.OR | Kind.XOR:
            return FREE if fixed else model.cost("logic", node.format.width)
        case Kind.MUX:
            return model.cost("mux", node.format.width)
        case Kind.CHOOSE:
            return model.cost("choose", len(node.operands) - 1, node.format.width)
        case Kind.MERGE:
            gates, one = len(node.operands) - 1, model.cost("logic", node.format.width)
            return replace(one, delay_ps=one.delay_ps * gates.bit_length(), lut=one.lut * gates)
        case Kind.ANY | Kind.LEADING:
            return model.cost(kind.value, widths[0])
        case Kind.SHIFT_LEFT | Kind.SHIFT_RIGHT:
            return model.cost("shift", node.format.width, widths[1])
        case Kind.MULTIPLY:
            return model.cost("multiply", *(signed_width(o) for o in node.operands))
        case Kind.LOOKUP if isinstance(node, Lookup):
            cost = model.cost("lookup", widths[0], node.format.width)
            share = varied(node.table, node.format.width, widths[0], model.target.lut_inputs)
            return replace(cost, lut=round(cost.lut * share, 2))
        case Kind.SLICE:
            return replace(FREE, ripple_ps=model.cost("add", widths[0]).ripple_ps)
        case _:
            return FREE


@cache
def varied(table: tuple[int, ...], width: int, index: int, inputs: int) -> float:
    """Share of a table's pieces, a bit of the entries each, that are not all zeros or all ones.

    Measured tables are random. Those of functions have bits that stay the same over whole pieces;
    such a piece needs no cell.

    Args:
        table: Of raw integers; the last stands for those beyond the end.
        width: Bits of an entry.
        index: Bits of the index.
        inputs: Index bits within a piece, as many as a look-up table has inputs.
    """
    entries = 1 << index
    filled = np.array([*table, *[table[-1]] * (entries - len(table))][:entries])
    pieces = filled.reshape(-1, min(entries, 1 << inputs))
    bits = (pieces[..., None] >> np.arange(width)) & 1
    return float((bits != bits[:, :1]).any(axis=1).mean())


def signed_width(node: Node) -> int:
    """Bits of a multiplier's operand, which is signed; an unsigned one takes one bit more."""
    return node.format.width + int(not node.format.signed)


def arrival(
    node: Node,
    cost: Cost,
    operands: Sequence[tuple[T, T]],
    later: Callable[[T, T], T] = max,
) -> tuple[T, T]:
    """When the result is there, given when the operands are.

    Args:
        node: The operation.
        cost: What it costs.
        operands: Arrivals, or arrays of as many arrivals.
        later: The later of two; of arrays, of each two.
    """
    near = cost.delay_ps - cost.ripple_ps
    if isinstance(node, Slice):
        return _sliced(node, cost, operands[0], later)
    low, high = (reduce(later, times) for times in zip(*operands, strict=True))
    match RULES.get(node.kind, Rule.WHOLE):
        case Rule.BITWISE:
            return low + near, high + near
        case Rule.CARRY:
            return low + near, later(high + near, low + near + cost.ripple_ps)
        case Rule.DECISION:
            both = later(high + near, low + near + cost.ripple_ps)
            return both, both
        case Rule.WHOLE if node.kind is Kind.MUX:
            return later(low, operands[0][1]) + near, high + near
        case Rule.WHOLE:
            return high + near, high + near


def _sliced(
    node: Slice, cost: Cost, operand: tuple[T, T], later: Callable[[T, T], T]
) -> tuple[T, T]:
    """Bits before the highest arrive before it, as a carry runs."""
    (low, high), highest = operand, node.operands[0].format.width - 1
    first, last = node.first, node.first + node.format.width - 1
    step = cost.ripple_ps // max(1, highest)
    return later(low, high - (highest - first) * step), later(low, high - (highest - last) * step)
