"""Sliding windows per symbol, carried from batch to batch."""

import numpy as np

from hydrophone_model.fixed import Raw


class SlidingWindow:
    """The last values of each symbol, in several columns.

    Slots that no value has reached yet hold zeros, which add nothing to a sum.

    State:
        Of each symbol the last ``length`` values that it took in, none at first.

    Steps:
        It takes in a value as its newest; if it holds ``length`` already, it first drops the
        oldest. It is *full* when it holds ``length``. A sum is that of the values it holds.

    Args:
        symbols: Number of symbols.
        length: Values a window holds.
        columns: Numbers kept of each value.
    """

    def __init__(self, *, symbols: int, length: int, columns: int) -> None:
        self.length = length
        self._values = np.zeros((symbols, length, columns), np.int64)
        self._filled = np.zeros(symbols, np.int64)

    def filled(self, symbol: int) -> int:
        """Values in the symbol's window now."""
        return int(self._filled[symbol])

    def extend(self, symbol: int, values: Raw) -> tuple[Raw, Raw]:
        """Appends values of one symbol, oldest first.

        Args:
            symbol: Whose window.
            values: Shaped (events, columns).

        Returns:
            The window before, followed by the new values, shaped (length + events, columns); and
            how many values each window holds that ends with a new one, shaped (events,).
        """
        before = int(self._filled[symbol])
        history = np.concatenate([self._values[symbol], values])
        self._values[symbol] = history[-self.length :]
        self._filled[symbol] = min(self.length, before + len(values))
        filled = np.minimum(before + 1 + np.arange(len(values)), self.length)
        return history, filled

    def sums(self, history: Raw) -> Raw:
        """Sum of each window that ends with a new value, along the first axis of `extend`'s."""
        zero = np.zeros((1, *history.shape[1:]), np.int64)
        running = np.concatenate([zero, np.cumsum(history, axis=0)])
        return running[self.length + 1 :] - running[1 : -self.length]
