"""Volume analysis: how unusual the sizes of a print and of its parent are for the symbol.

Four answers, never negative:

- ``above_print``: octaves of the print above half the mean size of prints;
- ``above_parent``: octaves of the running parent above half the mean size of closed parents;
- ``z_window``: deviations of the running parent's log2 size above the mean of the last W closed
  parents', with mean and variance from exact running sums:
  ``z**2 = (n v - S)**2 / (n Q - S**2)``;
- ``loud``: whether ``above_parent`` reaches a threshold.

The first two look back far: on an exponential average of sizes in lots, whose rate falls from 1
to 2**-memory while the first values arrive, so that a new symbol settles as fast as a plain mean
would. Octaves above a mean in lots mean the same on every tape: the print that a thousand others
stay below lies 4 to 6 octaves above the mean of stocks, futures and coins alike, while its
number of deviations differs threefold.

What a parent is measured against was there ``lag`` events of the symbol before, so that hardware
has worked out by then from which size on a parent is loud: one comparison of sizes decides, and
a whale is flagged long before its score is known, with one event of the symbol on every clock.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    Setting,
    State,
    StateError,
    StateField,
    by_symbol,
    each,
    symbol_format,
)
from hydrophone_model.dsp.antilog import antilog
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import EVIDENCE, LOG, SIZE
from hydrophone_model.limits import parameter
from hydrophone_model.window import SlidingWindow, window_state

DEVIATIONS = Fixed(integer=4, fraction=6)
"""Deviations above the mean; a negative number is cut to 0."""
OCTAVES = EVIDENCE
"""Octaves above half the mean; a negative number is cut to 0."""
REFERENCE = Fixed(signed=True, integer=5, fraction=LOG.fraction)
"""log2 of half a mean. The largest stands for too few values: no size lies a step above it."""
STEP = LOG.fraction - OCTAVES.fraction
"""Fraction bits of a logarithm that octaves above a mean leave out."""


@dataclass(frozen=True, kw_only=True)
class VolumeParams(Params):
    """Sizes of the volume block."""

    name: ClassVar[str] = "volume"
    own_settings: ClassVar[Mapping[str, Setting]] = {
        "loud": Setting(
            format=OCTAVES,
            doc="octaves above half the mean parent that make one loud; 0 for none",
            unit="octaves",
        )
    }
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 16, 1024, "closed parents in the window", power_of_two=True)
    memory: int = parameter(10, 7, 12, "exponential average: its slowest rate is 2**-memory")
    minimum: int = parameter(64, 2, 64, "values below which nothing is unusual, at most window")
    floor: int = parameter(2, 0, 6, "least deviation is 2**-floor octaves")
    lag: int = parameter(
        16, 8, 32, "events of the symbol that a parent's reference lags behind", power_of_two=True
    )
    loud: int = parameter(
        384,
        0,
        OCTAVES.max,
        f"octaves that make a parent loud, steps of 2**-{OCTAVES.fraction}; 0 for none",
        runtime=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.within_window(self.minimum, self.window)

    @property
    def inputs(self) -> Ports:
        """What was printed, and whether the parent before it ended.

        ``size`` and ``parent_size`` in lots, the running parent with this print; ``print`` is
        ``log2(size)`` and ``parent`` is ``log2(parent_size)``, logarithms and always these;
        ``closed``: the parent before ended.
        """
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "size": Port(SIZE),
            "parent_size": Port(SIZE),
            "print": Port(LOG),
            "parent": Port(LOG),
            "closed": Port(FLAG),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Two averages, a window of closed parents, and what the last ``lag`` events left.

        Of a mean that came of fewer than ``minimum`` values the lag holds 0, and no threshold.
        """
        window = window_state(self.window, log=LOG)
        mean = StateField(format=Fixed(integer=SIZE.width + self.memory), count=self.lag)
        return {
            **average_state("prints", SIZE, self.memory),
            **average_state("parents", SIZE, self.memory),
            **{f"window_{name}": field for name, field in window.items()},
            "last_size": StateField(format=SIZE),
            "last_log": StateField(format=LOG),
            "lag_mean": mean,
            "lag_threshold": StateField(format=OCTAVES, count=self.lag),
        }

    @property
    def outputs(self) -> Ports:
        """``above_print``, ``above_parent``, ``z_window``, ``loud``."""
        return {
            "above_print": Port(OCTAVES),
            "above_parent": Port(OCTAVES),
            "z_window": Port(DEVIATIONS),
            "loud": Port(FLAG),
        }


def reference(params: VolumeParams, mean: Raw, count: Raw) -> Raw:
    """References of exponential averages: log2 of half their means, raw `REFERENCE`."""
    half = log2(mean) - ((params.memory + 1) << LOG.fraction)
    return np.where(count >= params.minimum, half, REFERENCE.max)


def first_loud(reference: Raw, loud: Raw) -> Raw:
    """The smallest parents, in lots, that are loud: ``SIZE.max + 1`` where none is.

    The quick form of the block's ``loud``: a parent of at least that size is, and no other.

    Args:
        reference: What parents are measured against, raw `REFERENCE`.
        loud: Octaves above it that make a parent loud, raw `OCTAVES`; 0 for none.
    """
    # From 33 octaves on no size reaches the limit.
    size = antilog(np.minimum(reference + (loud << STEP), (SIZE.width + 1) << LOG.fraction))
    return np.where(loud > 0, np.minimum(size, SIZE.max + 1), SIZE.max + 1)


def octaves_above(params: VolumeParams, value: Raw, mean: Raw, count: Raw) -> Raw:
    """Octaves of a log2 size above half the mean of an `ExponentialAverage`, raw `OCTAVES`.

    Steps:
        1. ``reference = log2(mean) - ((memory + 1) << LOG.fraction)``; but `REFERENCE.max` where
           ``count < minimum``. ``log2(SIZE.max)`` is a raw step above that: the result is 0 then.
        2. The result is ``max(value - reference, 0) >> STEP``, saturated to `OCTAVES`.
    """
    above = np.maximum(value - reference(params, mean, count), 0) >> STEP
    return OCTAVES.saturate(above)


class VolumeModel(Model):
    """Golden model of the volume block.

    A print is measured before its memory learns it; a parent is learned when it closes. While a
    memory or window holds fewer than ``minimum`` values its answer is 0. A deviation below the
    floor counts as the floor, so that a tape of equal sizes does not cry at its first odd lot.

    An event takes the reference and the threshold that the symbol's event ``lag`` before it left,
    and leaves those of its own time, a parent that it closed included: another ``loud`` in a
    running design is heard of ``lag`` events later. The first events of a symbol find none.

    State:
        Of each symbol: two `ExponentialAverage` with ``memory``, ``prints`` and ``parents``; a
        `SlidingWindow` of the log2 sizes of the last ``window`` closed parents, empty;
        ``last_size`` and ``last_log``, what ``parent_size`` and ``parent`` were at the symbol's
        last event, 0 at first; and a ring of what the symbol's last ``lag`` events left, each a
        mean, a count and a threshold, all 0 at first. A mean has ``SIZE.width + memory`` bits, a
        count ``memory`` bits, ``last_size`` and ``last_log`` those of their ports.

    Steps:
        1. If ``closed``: ``parents`` takes in ``last_size``, and the window takes in ``last_log``.
        2. ``above_print = octaves_above(print, mean, count)``, here and below with ``memory`` and
           ``minimum`` of this block, and with ``mean`` and ``count`` that ``prints`` has now; then
           ``prints`` takes in ``size``.
        3. The entry that the event ``lag`` before left is taken off the ring: ``mean``, ``count``
           and ``threshold``. In its place comes what ``parents`` has now, mean and count, with the
           setting ``loud``.
        4. ``above_parent = octaves_above(parent, mean, count)`` with what was taken off.
           ``loud`` is ``threshold > 0`` and ``above_parent >= threshold``.
        5. ``n`` values are in the window, ``S`` is their sum, ``Q`` that of their squares, and
           ``above = n * parent - S``. ``z_window`` is 0 where ``n < minimum`` or ``above <= 0``.
        6. Else ``least = (n * n) << (2 * (LOG.fraction - floor))``,
           ``variance = max(n * Q - S * S, least)``, and
           ``z_window = exp2(log2(above) - (log2(variance) >> 1), DEVIATIONS)``.
        7. ``last_size`` and ``last_log`` become ``parent_size`` and ``parent``.

    Settings:
        ``loud`` is left on the ring, so that an event meets the one of ``lag`` events of its symbol
        before.
    """

    def __init__(self, params: VolumeParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every symbol."""
        params = self.params
        self._prints, self._parents = (
            ExponentialAverage(symbols=params.symbols, memory=params.memory) for _ in range(2)
        )
        self._window = SlidingWindow(symbols=params.symbols, length=params.window, columns=2)
        self._last_parent = [(0, 0)] * params.symbols
        self._lagged = [deque([(0, 0, 0)] * params.lag, params.lag) for _ in range(params.symbols)]

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        last = np.array(self._last_parent, np.int64).T
        means, counts, thresholds = np.moveaxis(np.array(self._lagged, np.int64), -1, 0)
        known = counts >= self.params.minimum
        return {
            **self._prints.state("prints"),
            **self._parents.state("parents"),
            "window_filled": self._window.counts(),
            "window_log": self._window.values(),
            "last_size": last[0].copy(),
            "last_log": last[1].copy(),
            "lag_mean": np.where(known, means, 0),
            "lag_threshold": np.where(known, thresholds, 0),
        }

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        params, log = self.params, state["window_log"]
        if np.any((state["lag_mean"] == 0) & (state["lag_threshold"] != 0)):
            raise StateError("lag_threshold is not 0 where lag_mean is: take another state")
        self._window.put([log, log * log], state["window_filled"])
        self._prints.set_state("prints", state)
        self._parents.set_state("parents", state)
        self._last_parent = [
            (size, log) for size, log in each(state["last_size"], state["last_log"])
        ]
        rows = zip(state["lag_mean"].tolist(), state["lag_threshold"].tolist(), strict=True)
        self._lagged = [
            deque(
                [(m, params.minimum if m else 0, loud) for m, loud in zip(*row, strict=True)],
                params.lag,
            )
            for row in rows
        ]

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Measures a batch of prints."""
        symbol, closed = inputs["symbol"], inputs["closed"]
        closing = np.zeros_like(symbol)
        remembered: list[tuple[int, ...]] = []
        columns = (inputs["size"], inputs["parent_size"], inputs["parent"], closed)
        for place, (who, size, parent, log, closes) in enumerate(each(symbol, *columns)):
            if closes:
                ended, closing[place] = self._last_parent[who]
                self._parents.learn(who, ended)
            ring = self._lagged[who]
            remembered.append(self._prints.recall(who) + ring[0])
            ring.append((*self._parents.recall(who), self.params.loud))
            self._prints.learn(who, size)
            self._last_parent[who] = parent, log
        memory = np.array(remembered, np.int64).reshape(-1, 5).T
        threshold = memory[4]
        above_parent = octaves_above(self.params, inputs["parent"], *memory[2:4])
        return {
            "above_print": octaves_above(self.params, inputs["print"], *memory[:2]),
            "above_parent": above_parent,
            "z_window": self._window_deviations(symbol, inputs["parent"], closed, closing),
            "loud": ((threshold > 0) & (above_parent >= threshold)).astype(np.int64),
        }

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


ensure(LOG.fraction == FRACTION, "sizes and their ratios share the logarithm's resolution")
