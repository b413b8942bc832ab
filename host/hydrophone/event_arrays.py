"""Event arrays: made of columns, and cut down to the alerts of their results."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.checks import unmasked
from hydrophone_drivers.errors import EventError
from hydrophone_model.records import EVENT, ResultFlag, Side

_RANGES: Mapping[str, tuple[int, int]] = {
    **{field.name: (0, 2**field.element_width - 1) for field in EVENT.fields},
    "price": (1, 2**32 - 1),
    "size": (1, 2**32 - 1),
    "side": (min(Side), max(Side)),
}
"""Smallest and largest value of each field."""


def events(
    *,
    time_ns: ArrayLike,
    price: ArrayLike,
    size: ArrayLike,
    symbol: ArrayLike = 0,
    side: ArrayLike = Side.BUY,
    sequence: ArrayLike | None = None,
    flags: ArrayLike = 0,
) -> Events:
    """Makes an event array of columns of integers, which it checks and copies.

    A column is a sequence of n integers, or one integer for all events.
    ``np.zeros(n, hydrophone.EVENT)`` makes such an array to be filled in place.

    Args:
        time_ns: Exchange timestamps, nanoseconds since the Unix epoch.
        price: Ticks, at least 1.
        size: Lots, at least 1.
        symbol: Indices of symbols.
        side: Aggressor sides, see `hydrophone_model.records.Side`.
        sequence: Positions in the stream; by default 0, 1, 2, …
        flags: Bits of `hydrophone_model.records.EventFlag`.

    Returns:
        Shape (n,), dtype `hydrophone_model.records.EVENT`, contiguous.

    Raises:
        EventError: A value is out of range; it names the event, the field and what is allowed. A
            session may allow less: its configuration has fewer symbols.
        TypeError: A column is not of integers.
        ValueError: A column has another length than the others, two dimensions, or a mask.
    """
    given = {
        "time_ns": time_ns, "price": price, "size": size, "symbol": symbol, "side": side,
        "flags": flags, **({} if sequence is None else {"sequence": sequence}),
    }  # fmt: skip
    columns = {name: _checked_column(name, values) for name, values in given.items()}
    lengths = {name: len(column) for name, column in columns.items() if column.ndim}
    count = next(iter(lengths.values()), 1)
    for name, length in lengths.items():
        if length != count:
            first = next(iter(lengths))
            raise ValueError(
                f"{name} has {length} values and {first} has {count}: give as many, or one for all"
            )
    array = np.zeros(count, EVENT.dtype)
    array["sequence"] = np.arange(count)
    for name, column in columns.items():
        array[name] = column
    return array


def _checked_column(name: str, values: ArrayLike) -> NDArray[Any]:
    """The values of a field, of one dimension or none, every one within the field's range."""
    unmasked(name, values, "its .filled(value), or its .data")
    try:
        column = np.asarray(values)
    except ValueError as error:  # sequences of several lengths
        raise ValueError(f"{name} has no shape: give one value an event") from error
    if column.ndim > 1:
        raise ValueError(f"{name} has shape {column.shape}: give one value an event")
    if column.size and column.dtype.kind not in "iu":
        column = _integers(name, column.dtype, values)
    low, high = _RANGES[name]
    if column.size and not low <= int(column.min()) <= int(column.max()) <= high:
        index, value = next(
            (i, v) for i, v in enumerate(column.reshape(-1).tolist()) if not low <= v <= high
        )
        raise EventError(index=index, field=name, value=value, low=low, high=high)
    return column


def _integers(name: str, dtype: np.dtype[Any], values: ArrayLike) -> NDArray[np.object_]:
    """Python's integers, of which NumPy makes floats or objects where no one type holds them all.

    Raises:
        TypeError: The values are something else.
    """
    column = np.asarray(values, object)
    if dtype.kind not in "fO" or not all(type(value) is int for value in column.reshape(-1)):
        raise TypeError(f"{name} has dtype {dtype}: give integers")
    return column


def alerts(results: Results) -> Results:
    """Those results that opened an alert episode, as an array of their own."""
    return results[(results["flags"] & ResultFlag.ALERT) != 0]
