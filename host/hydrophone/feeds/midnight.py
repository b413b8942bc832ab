"""Midnight of a trading day, for formats that count time from it."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hydrophone.feeds.errors import FeedError


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
