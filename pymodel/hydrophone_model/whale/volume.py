"""Volume analysis: how unusual the sizes of a print and of its parent are for the symbol.

Three answers, each a number of deviations above the mean of log2 sizes, never negative:

- ``z_print``: the print against a long memory of prints;
- ``z_parent``: the running parent against a long memory of closed parents;
- ``z_window``: the running parent against the window of the last W closed parents, with mean and
  variance from exact running sums: ``z**2 = (n v - S)**2 / (n Q - S**2)``.

A long memory is a pair of exponential averages: of the value, and of its absolute deviation from
that average. Its rate falls from 1 to 2**-memory while the first values arrive, so a new symbol
settles as fast as a plain mean would.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    by_symbol,
    each,
    parameter,
    symbol_format,
)
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import LOG
from hydrophone_model.window import SlidingWindow

DEVIATIONS = Fixed(integer=4, fraction=6)
"""Deviations above the mean; a negative number is cut to 0."""


@dataclass(frozen=True, kw_only=True)
class VolumeParams(Params):
    """Sizes of the volume block."""

    name: ClassVar[str] = "volume"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 16, 1024, "closed parents in the window", power_of_two=True)
    memory: int = parameter(10, 4, 12, "long memory: its slowest rate is 2**-memory")
    minimum: int = parameter(8, 2, 16, "values below which nothing is unusual")
    floor: int = parameter(2, 0, 6, "least deviation is 2**-floor octaves")

    @property
    def average(self) -> Fixed:
        """Format of a long memory's averages."""
        return Fixed(integer=LOG.integer, fraction=LOG.fraction + self.memory)

    @property
    def inputs(self) -> Ports:
        """The ``symbol``; log2 of ``print`` and ``parent``; ``closed``: the parent before ended."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "print": Port(LOG),
            "parent": Port(LOG),
            "closed": Port(FLAG),
        }

    @property
    def outputs(self) -> Ports:
        """``z_print``, ``z_parent``, ``z_window``."""
        return {name: Port(DEVIATIONS) for name in ("z_print", "z_parent", "z_window")}


class LongMemory:
    """Exponential averages of a value and of its absolute deviation, per symbol."""

    def __init__(self, params: VolumeParams) -> None:
        self._shift = params.memory
        self._state = [(0, 0, 0)] * params.symbols

    def recall(self, symbol: int) -> tuple[int, int, int]:
        """Mean, deviation and number of values, the number saturated at 2**memory - 1."""
        return self._state[symbol]

    def learn(self, symbol: int, value: int) -> None:
        """Takes in a value given with LOG's fraction bits."""
        mean, deviation, count = self._state[symbol]
        rate = (count + 1).bit_length() - 1
        target = value << self._shift
        mean += (target - mean) >> rate
        deviation += (abs(target - mean) - deviation) >> rate
        self._state[symbol] = mean, deviation, min(count + 1, (1 << self._shift) - 1)


class VolumeModel(Model):
    """Golden model of the volume block.

    A print is measured before its memory learns it; a parent is learned when it closes. While a
    memory or window holds fewer than ``minimum`` values its answer is 0. A deviation below the
    floor counts as the floor, so that a tape of equal sizes does not cry at its first odd lot.
    """

    def __init__(self, params: VolumeParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every symbol."""
        params = self.params
        self._prints, self._parents = LongMemory(params), LongMemory(params)
        self._window = SlidingWindow(symbols=params.symbols, length=params.window, columns=2)
        self._last_parent = [0] * params.symbols

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Measures a batch of prints."""
        symbol, closed = inputs["symbol"], inputs["closed"]
        closing = np.zeros_like(symbol)
        remembered: list[tuple[int, int, int, int, int, int]] = []
        columns = (symbol, inputs["print"], inputs["parent"], closed)
        for place, (who, size, parent, closes) in enumerate(each(*columns)):
            if closes:
                closing[place] = self._last_parent[who]
                self._parents.learn(who, self._last_parent[who])
            remembered.append(self._prints.recall(who) + self._parents.recall(who))
            self._prints.learn(who, size)
            self._last_parent[who] = parent
        memory = np.array(remembered, np.int64).reshape(-1, 6).T
        return {
            "z_print": self._deviations(inputs["print"], *memory[:3]),
            "z_parent": self._deviations(inputs["parent"], *memory[3:]),
            "z_window": self._window_deviations(symbol, inputs["parent"], closed, closing),
        }

    def _deviations(self, value: Raw, mean: Raw, deviation: Raw, count: Raw) -> Raw:
        """Deviations of a value above the mean of a long memory."""
        params = self.params
        above = (value << params.memory) - mean
        least = 1 << (params.average.fraction - params.floor)
        exponent = log2(np.maximum(above, 0)) - log2(np.maximum(deviation, least))
        known = (count >= params.minimum) & (above > 0)
        return np.where(known, exp2(exponent, DEVIATIONS), 0)

    def _window_deviations(self, symbol: Raw, parent: Raw, closed: Raw, closing: Raw) -> Raw:
        """Deviations of the running parents above the mean of the last closed ones."""
        params, result = self.params, np.zeros_like(parent)
        for who, places in by_symbol(symbol):
            before = self._window.filled(who)
            closes = closed[places] != 0
            values = closing[places][closes]
            history, _ = self._window.extend(who, np.stack([values, values * values], axis=-1))
            # One more sum than closes: the first is that of the window as the batch found it.
            padded = np.concatenate([np.zeros((1, 2), np.int64), history])
            latest = np.cumsum(closes)
            sums, squares = self._window.sums(padded)[latest].T
            n = np.minimum(before + latest, params.window)
            v = parent[places]
            above = n * v - sums
            least = (n * n) << (2 * (LOG.fraction - params.floor))
            variance = np.maximum(n * squares - sums * sums, least)
            exponent = log2(np.maximum(above, 0)) - (log2(variance) >> 1)
            known = (n >= params.minimum) & (above > 0)
            result[places] = np.where(known, exp2(exponent, DEVIATIONS), 0)
        return result


assert LOG.fraction == FRACTION, "sizes and their ratios share the logarithm's resolution"
