"""Time zones: local times, or times since a trading day's midnight, as nanoseconds of the epoch."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError, OptionValueError
from hydrophone.feeds.trades import Mask
from hydrophone_model.errors import shown

_QUARTER = 900 * 10**9
_TWO_DAYS = 48 * 3600 * 10**9


def midnight_ns(date: str, zone_name: str) -> int:
    """Nanoseconds since the epoch at the start of a day, ``YYYYMMDD``, in a time zone.

    Raises:
        FeedError: The date does not exist, or the zone is not known.
    """
    try:
        start = datetime.strptime(date, "%Y%m%d").replace(tzinfo=zone(zone_name))
    except ValueError as error:
        raise FeedError(f"date {date!r}: {error}; expected is YYYYMMDD") from error
    return int(start.timestamp()) * 10**9


def to_utc(local: NDArray[np.int64], zone_name: str) -> NDArray[np.int64]:
    """Times of a zone's clock as times since the epoch; an hour that comes twice is its first.

    Raises:
        FeedError: The zone is not known.
    """
    info = zone(zone_name)
    # No zone changes its offset within a quarter of an hour.
    quarters, place = np.unique(local // _QUARTER, return_inverse=True)
    offsets = np.empty(len(quarters), dtype=np.int64)
    for row, quarter in enumerate(quarters):
        clock = datetime.fromtimestamp(int(quarter) * 900, UTC).replace(tzinfo=info)
        offset = clock.utcoffset()
        offsets[row] = int(offset.total_seconds()) * 10**9 if offset is not None else 0
    return local - offsets[place]


def zone(name: str) -> tzinfo:
    """The time zone of a name; UTC is known also where no others are.

    Raises:
        OptionValueError: The zone is not known.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    # A folder of zones, such as America, and a name that no file can have are OSErrors.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise OptionValueError(
            f"time zone {shown(name)} is not known here: use a name such as America/New_York; if "
            "no zone is known, pip install tzdata"
        ) from error


def since_midnight(
    values: NDArray[np.float64], unit: int, midnight: int
) -> tuple[NDArray[np.int64], Mask]:
    """Times counted from midnight in units of ``unit`` nanoseconds, and which of them can be.

    Nanoseconds of a day lie far enough apart in `float64` to be exact after rounding.
    """
    usable = (values >= 0) & (values < _TWO_DAYS / unit)
    return np.rint(np.where(usable, values, 0) * unit).astype(np.int64) + midnight, usable
