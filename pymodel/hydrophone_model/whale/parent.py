"""Parent reconstruction: which prints belong to one order.

Consecutive prints of a symbol with the same aggressor side, no further apart than the gap, are
children of one running parent order. Nothing waits: each print is told the parent so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    Setting,
    State,
    StateError,
    StateField,
    each,
    symbol_format,
)
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import PRICE, PRICE_MOVE, SIZE, TIME
from hydrophone_model.limits import parameter

GAP = Fixed(integer=32)
"""Nanoseconds between two prints."""


@dataclass(frozen=True, kw_only=True)
class ParentParams(Params):
    """Sizes and the gap of the parent block."""

    name: ClassVar[str] = "parent"
    own_settings: ClassVar[Mapping[str, Setting]] = {
        "gap_ns": Setting(format=GAP, doc="longest time between prints of one parent", unit="ns")
    }
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    gap_ns: int = parameter(
        1_000_000, 0, GAP.max, "longest time between prints of one parent, ns", runtime=True
    )

    @property
    def inputs(self) -> Ports:
        """The event's ``symbol``, ``time_ns``, ``price``, ``size`` and ``side``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "time_ns": Port(TIME),
            "price": Port(PRICE),
            "size": Port(SIZE),
            "side": Port(FLAG),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Of each symbol's last print; 0 before the first."""
        return {
            "known": StateField(format=FLAG),
            "last_time": StateField(format=TIME),
            "last_price": StateField(format=PRICE),
            "last_side": StateField(format=FLAG),
            "parent": StateField(format=SIZE),
        }

    @property
    def outputs(self) -> Ports:
        """What is known of the print's parent.

        ``parent_size`` so far, this print included, saturated; ``joined``: 1 if the print
        joined the running parent, 0 if it began one; ``closed``: the parent before it ended, 0 for
        a symbol's first print; ``late``: its time lies before the symbol's last;
        ``move``: the price's change since the symbol's last print.
        """
        return {
            "parent_size": Port(SIZE),
            "joined": Port(FLAG),
            "closed": Port(FLAG),
            "late": Port(FLAG),
            "move": Port(PRICE_MOVE),
        }


class ParentModel(Model):
    """Golden model of the parent block.

    A late print, one whose time lies before that of its symbol's last, counts as no time apart.
    The first print of a symbol begins a parent and closes none; its move is 0.

    State:
        Of each symbol: ``known``, whether it has had a print (1 bit, 0 at first); of its last print
        ``last_time``, ``last_price`` and ``last_side``, as wide as the ports; and ``parent``, the
        size of the parent so far, as wide as ``parent_size``. The first print writes all but
        ``known`` before any step reads them: their first values do not matter.

    Steps:
        1. If the symbol is not ``known``: ``parent_size = size``, and ``joined``, ``closed``,
           ``late`` and ``move`` are 0. Continue with 6.
        2. ``elapsed = time_ns - last_time``, with its sign. ``late`` is ``elapsed < 0``.
        3. ``joined`` is ``side == last_side`` and ``elapsed <= gap_ns``. Equal times and late
           prints always meet the second condition; the side must still be the same. ``closed`` is
           1 where ``joined`` is 0.
        4. ``parent_size`` is ``min(parent + size, SIZE.max)`` if ``joined``, else ``size``.
        5. ``change = price - last_price``; ``move`` is ``bits(change)`` where that is above 0,
           ``-bits(-change)`` where below, and 0 where it is 0: -32 … 32.
        6. ``known`` becomes 1; ``last_time``, ``last_price``, ``last_side`` and ``parent`` become
           ``time_ns``, ``price``, ``side`` and ``parent_size``, also of a late print, which so sets
           the clock of its symbol back.

    Settings:
        ``gap_ns`` is compared when the later print comes.
    """

    def __init__(self, params: ParentParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every symbol's last print and parent."""
        self._last: list[tuple[int, int, int, int] | None] = [None] * self.params.symbols

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        rows = [(0, 0, 0, 0, 0) if last is None else (1, *last) for last in self._last]
        table = np.array(rows, np.int64)
        return {name: table[:, place].copy() for place, name in enumerate(self.params.own_state)}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        rows = list(each(*state.values()))
        for known, *last in rows:
            if not known and any(last):
                raise StateError("a symbol that is not known has a last print: take another state")
            if known and not (last[1] and last[3]):
                raise StateError("last_price or parent is 0 of a known symbol: take another state")
        self._last = [
            (time, price, side, parent) if known else None
            for known, time, price, side, parent in rows
        ]

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Joins a batch of prints to parents."""
        columns = (inputs[name] for name in self.params.inputs)
        gap, last = self.params.gap_ns, self._last
        rows: list[tuple[int, int, int, int, int]] = []
        for symbol, time, price, size, side in each(*columns):
            before = last[symbol]
            if before is None:
                parent, row = size, (size, 0, 0, 0, 0)
            else:
                before_time, before_price, before_side, parent = before
                elapsed = time - before_time
                joined = side == before_side and elapsed <= gap
                parent = min(parent + size, SIZE.max) if joined else size
                change = price - before_price
                move = change.bit_length() if change > 0 else -(-change).bit_length()
                row = (parent, int(joined), int(not joined), int(elapsed < 0), move)
            last[symbol] = (time, price, side, parent)
            rows.append(row)
        table = np.array(rows, np.int64).reshape(-1, len(self.params.outputs))
        return {name: table[:, i].copy() for i, name in enumerate(self.params.outputs)}
