"""Timestamps that users give, as nanoseconds since the Unix epoch, exactly."""

from datetime import UTC, datetime, timedelta
from operator import index
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

Time = SupportsIndex | datetime | np.datetime64
"""Nanoseconds since the Unix epoch, a datetime with its time zone, or a datetime64 in UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(time: Time) -> int:
    """A time as nanoseconds since the Unix epoch, exactly.

    Raises:
        TypeError: It is something else.
        ValueError: A datetime without its time zone, or no time at all.
    """
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise ValueError(f"time {time} has no time zone: give one, such as timezone.utc")
        return (time - _EPOCH) // timedelta(microseconds=1) * 1000
    if isinstance(time, np.datetime64):
        if np.isnat(time):
            raise ValueError("time is NaT: give a time")
        return int(time.astype("datetime64[ns]").astype(np.int64))
    return index(time)


def all_nanoseconds(times: NDArray[Any]) -> NDArray[Any]:
    """An array of times, or one, as integers.

    Raises:
        TypeError: A value is something else.
        ValueError: One is no time, or has no time zone.
    """
    if times.dtype.kind == "M":
        if np.isnat(times).any():
            raise ValueError("time has a NaT: give a time for each trade")
        return times.astype("datetime64[ns]").astype(np.int64)
    if times.dtype == object:
        counted = [nanoseconds(time) for time in times.reshape(-1).tolist()]
        return np.array(counted, np.int64).reshape(times.shape)
    return times
