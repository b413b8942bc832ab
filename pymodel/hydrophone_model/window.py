"""Sliding windows per symbol, carried from batch to batch."""

from collections.abc import Sequence

import numpy as np

from hydrophone_model.block import StateError, StateField
from hydrophone_model.fixed import Fixed, Raw


def window_state(length: int, **columns: Fixed) -> dict[str, StateField]:
    """Fields of a window's state: how many values it holds, and each of its columns by age."""
    filled = StateField(format=Fixed.spanning(0, length))
    return {
        "filled": filled,
        **{name: StateField(format=format, count=length) for name, format in columns.items()},
    }


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

    def values(self, column: int = 0) -> Raw:
        """A number of every symbol's window, shaped (symbols, length), the newest last."""
        return self._values[:, :, column].copy()

    def counts(self) -> Raw:
        """Values in each symbol's window, shaped (symbols,)."""
        return self._filled.copy()

    def put(self, columns: Sequence[Raw], filled: Raw | None = None) -> None:
        """Takes over what `values` and `counts` gave of every column.

        Args:
            columns: Each shaped (symbols, length).
            filled: Shaped (symbols,); full windows if left out.

        Raises:
            StateError: A value stands where none has come.
        """
        values = np.stack(columns, axis=-1)
        if filled is not None:
            empty = np.arange(self.length) < self.length - filled[:, None]
            if np.any(values[empty] != 0):
                raise StateError("a window holds more values than it says: take another state")
            self._filled[:] = filled
        else:
            self._filled[:] = self.length
        self._values[:] = values

    def sums(self, history: Raw) -> Raw:
        """Sum of each window that ends with a new value, along the first axis of `extend`'s."""
        zero = np.zeros((1, *history.shape[1:]), np.int64)
        running = np.concatenate([zero, np.cumsum(history, axis=0)])
        return running[self.length + 1 :] - running[1 : -self.length]
