"""Midnight of a trading day, for formats that count time from it."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.trades import Mask

_TWO_DAYS = 48 * 3600 * 10**9


def midnight_ns(date: str, zone: str) -> int:
    """Nanoseconds since the epoch at the start of a day, ``YYYYMMDD``, in a time zone.

    Raises:
        FeedError: The date does not exist, or the system knows no time zones.
    """
    try:
        start = datetime.strptime(date, "%Y%m%d").replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise FeedError(f"date {date!r}: {error}; expected is YYYYMMDD") from error
    except ZoneInfoNotFoundError as error:
        raise FeedError(
            f"time zone {zone!r} is not known here: install your system's tzdata, or pip install "
            "tzdata"
        ) from error
    return int(start.timestamp()) * 10**9


def since_midnight(
    values: NDArray[np.float64], unit: int, midnight: int
) -> tuple[NDArray[np.int64], Mask]:
    """Times counted from midnight in units of ``unit`` nanoseconds, and which of them can be.

    Nanoseconds of a day lie far enough apart in `float64` to be exact after rounding.
    """
    usable = (values >= 0) & (values < _TWO_DAYS / unit)
    return np.rint(np.where(usable, values, 0) * unit).astype(np.int64) + midnight, usable
