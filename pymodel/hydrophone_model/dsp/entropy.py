"""Shannon entropy of the sizes in a sliding window, over bins of one octave.

With counts c of a full window of W prints, ``H = log2 W - (1/W) sum c log2 c``. The table holds
``c log2 c`` rounded once, so the sum over the bins is exact however long the stream runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateError,
    StateField,
    by_symbol,
    symbol_format,
)
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.limits import parameter
from hydrophone_model.window import SlidingWindow, window_state

ENTROPY = Fixed(integer=3, fraction=8)
"""Bits, 0 to log2 of the number of bins."""
TABLE_FRACTION = 8

ERROR_BOUND = 1.2 * 2.0**-8
"""Largest distance from the true entropy: one step of cutting off, the rest rounds the table."""


@dataclass(frozen=True, kw_only=True)
class EntropyParams(Params):
    """Sizes of the entropy block."""

    name: ClassVar[str] = "entropy"
    derived: ClassVar[tuple[str, ...]] = ("table", "bin")
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "prints in the window", power_of_two=True)
    bins: int = parameter(32, 2, 32, "bins that prints are counted in", power_of_two=True)

    @property
    def bin(self) -> Fixed:
        """Format of a bin number."""
        return Fixed(integer=(self.bins - 1).bit_length())

    @property
    def inputs(self) -> Ports:
        """``symbol``, and the ``bin`` of the print's size."""
        return {"symbol": Port(symbol_format(self.symbols)), "bin": Port(self.bin)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The window of bins."""
        return window_state(self.window, bins=self.bin)

    @property
    def outputs(self) -> Ports:
        """``entropy`` in bits, and whether the window was ``full``; until then the entropy is 0."""
        return {"entropy": Port(ENTROPY), "full": Port(FLAG)}

    @cached_property
    def table(self) -> tuple[int, ...]:
        """Terms c log2 c for every count up to the window, with `TABLE_FRACTION` fraction bits."""
        counts = np.arange(self.window + 1, dtype=np.float64)
        terms = counts * np.log2(np.maximum(counts, 1)) * (1 << TABLE_FRACTION)
        return tuple(np.rint(terms).astype(np.int64).tolist())

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``terms``: what a bin with so many prints takes from the entropy, see `table`."""
        return {"terms": self.table}


class EntropyModel(Model):
    """Golden model of the entropy block.

    State:
        Of each symbol, a `SlidingWindow` of the last ``window`` bins, empty at first.

    Steps:
        1. The window takes in ``bin``.
        2. ``full`` is whether the window now holds ``window`` bins. If it does not, ``entropy`` is
           0.
        3. If it does, ``T`` is the sum of ``terms[c]`` over all bins, where ``c`` is how often the
           bin occurs in the window, and with ``L = log2 of window``, a whole number,
           ``entropy = (L << TABLE_FRACTION) - (T >> L)``, saturated to `ENTROPY`.

        ``terms[c]`` is ``c * log2 c * 2**TABLE_FRACTION`` rounded to the nearest, 0 for ``c = 0``.
    """

    def __init__(self, params: EntropyParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Empties every window."""
        self._window = SlidingWindow(
            symbols=self.params.symbols, length=self.params.window, columns=1
        )

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"filled": self._window.counts(), "bins": self._window.values()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        if np.any(state["bins"] >= self.params.bins):
            raise StateError(f"a bin is beyond {self.params.bins - 1}: take another state")
        self._window.put([state["bins"]], state["filled"])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Entropy of the window that ends with each print."""
        params, table = self.params, np.array(self.params.table)
        entropy = np.zeros_like(inputs["bin"])
        full = np.zeros_like(entropy)
        for symbol, places in by_symbol(inputs["symbol"]):
            history, filled = self._window.extend(symbol, inputs["bin"][places, None])
            terms = np.zeros(places.size, np.int64)
            for number in range(params.bins):
                hits = (history[:, 0] == number).astype(np.int64)
                terms += table[self._window.sums(hits)]
            bits = (params.window.bit_length() - 1) << TABLE_FRACTION
            whole = filled == params.window
            value = bits - (terms >> (params.window.bit_length() - 1))
            entropy[places] = np.where(whole, ENTROPY.saturate(value), 0)
            full[places] = whole
        return {"entropy": entropy, "full": full}
