"""A signal of one's own: order-flow imbalance, the leaking sum of signed sizes of each symbol.

A sixteenth of the sum leaks away with each print; a buy adds its size, a sell takes it away.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, each, symbol_format
from hydrophone_model.fixed import FLAG, Fixed, Raw

SIZE = Fixed(integer=16)
SUM = Fixed(signed=True, integer=20)
LEAK = 4
"""A print takes 2**-LEAK of the sum away."""
DOWN = 6
"""Bits of the sum that a score leaves out."""


@dataclass(frozen=True, kw_only=True)
class ImbalanceParams(Params):
    """Parameters: names and formats of the ports, for model, hardware and kernel alike."""

    name: ClassVar[str] = "imbalance"
    symbols: int = 64

    @property
    def inputs(self) -> Ports:
        """A print."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "size": Port(SIZE),
            "side": Port(FLAG),
        }

    @property
    def outputs(self) -> Ports:
        """The sum, this print included."""
        return {"imbalance": Port(SUM)}


class ImbalanceModel(Model):
    """Golden model: what is computed, in integers."""

    def __init__(self, params: ImbalanceParams) -> None:
        self._sums = [0] * params.symbols

    def reset(self) -> None:
        """Forgets every symbol."""
        self._sums = [0] * len(self._sums)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """One sum a print."""
        sums: list[int] = []
        for symbol, size, sells in each(inputs["symbol"], inputs["size"], inputs["side"]):
            total = self._sums[symbol]
            self._sums[symbol] = total - (total >> LEAK) + (-size if sells else size)
            sums.append(self._sums[symbol])
        return {"imbalance": np.array(sums, np.int64)}
