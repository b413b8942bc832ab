"""Exponential averages per symbol, which settle as fast as a plain mean does.

The rate falls from 1 to 2**-memory while the first values arrive, and stays there.
"""

import numpy as np

from hydrophone_model.block import State, StateError, StateField, each
from hydrophone_model.fixed import Fixed, Raw


def average_state(name: str, value: Fixed, memory: int) -> dict[str, StateField]:
    """Fields of an average's state: its mean, and the number of its values."""
    mean = Fixed(signed=value.signed, integer=value.integer + value.fraction + memory)
    return {
        f"{name}_mean": StateField(format=mean),
        f"{name}_count": StateField(format=Fixed(integer=memory)),
    }


class ExponentialAverage:
    """Exponential average of integers, per symbol.

    State:
        Of each symbol ``mean``, ``memory`` bits wider than the values, and ``count``, ``memory``
        bits wide, both 0 at first.

    Steps:
        To take in a value ``v``, with the ``memory`` that the block names:

        1. ``rate = bits(count + 1) - 1``.
        2. ``mean = mean + (((v << memory) - mean) >> rate)``: it has ``memory`` fraction bits.
        3. ``count = min(count + 1, 2**memory - 1)``.

        It has *settled* once ``count == 2**memory - 1``; the value that makes it so counts.

    Args:
        symbols: Number of symbols.
        memory: The slowest rate is 2**-memory; the average has as many fraction bits more than the
            values.
    """

    def __init__(self, *, symbols: int, memory: int) -> None:
        self._shift = memory
        self._state = [(0, 0)] * symbols

    def recall(self, symbol: int) -> tuple[int, int]:
        """Mean and number of values, the number saturated at 2**memory - 1."""
        return self._state[symbol]

    def learn(self, symbol: int, value: int) -> None:
        """Takes in a value."""
        mean, count = self._state[symbol]
        rate = (count + 1).bit_length() - 1
        mean += ((value << self._shift) - mean) >> rate
        self._state[symbol] = mean, min(count + 1, (1 << self._shift) - 1)

    def state(self, name: str) -> dict[str, Raw]:
        """Its fields, see `average_state`."""
        means, counts = np.array(self._state, np.int64).reshape(-1, 2).T
        return {f"{name}_mean": means.copy(), f"{name}_count": counts.copy()}

    def set_state(self, name: str, state: State) -> None:
        """Takes over what `state` gave.

        Raises:
            StateError: It has a mean without values.
        """
        means, counts = state[f"{name}_mean"], state[f"{name}_count"]
        if np.any((counts == 0) & (means != 0)):
            raise StateError(f"{name}_mean is not 0 where {name}_count is: take another state")
        self._state = list(zip(means.tolist(), counts.tolist(), strict=True))

    def follow(self, symbol: Raw, values: Raw) -> tuple[Raw, Raw]:
        """Takes in a value an event; means, and whether the rate has settled, with each of them."""
        rows: list[tuple[int, int]] = []
        for who, value in each(symbol, values):
            self.learn(who, value)
            rows.append(self._state[who])
        means, counts = np.array(rows, np.int64).reshape(-1, 2).T
        return means, counts == (1 << self._shift) - 1
