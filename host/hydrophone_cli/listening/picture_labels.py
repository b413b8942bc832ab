"""Labels of a picture: sizes and times as a person reads them, and the time axis."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from hydrophone_cli.listening.scene import Scene


def label_times(
    axes: Any, scene: Scene, start: int, stop: int, count: int, *, fine: bool = False
) -> None:
    """Limits an axis of prints to ``start`` … ``stop`` and labels it with their times."""
    places = np.unique(np.linspace(start, stop - 1, count).astype(np.int64))
    axes.set_xlim(start - 0.5, stop - 0.5)
    hours = (int(scene.time[stop - 1]) - int(scene.time[start])) / 3.6e12
    form = "fine" if fine else "%H:%M:%S" if hours < 2 else "%d %b %H:%M"
    axes.set_xticks(places, [utc_time(int(scene.time[place]), form) for place in places])
    labels = axes.get_xticklabels()
    labels[0].set_ha("left")
    labels[-1].set_ha("right")


def short_tick(value: float, place: int | None) -> str:
    """A tick's label: the size, however its axis is turned."""
    del place
    return short_size(abs(value))


def utc_time(time_ns: int, form: str = "%d %b %Y %H:%M") -> str:
    """A time in UTC; the form ``fine`` shows milliseconds."""
    seconds, rest = divmod(time_ns, 10**9)
    when = datetime.fromtimestamp(seconds, UTC)
    return f"{when:%H:%M:%S}.{rest // 10**6:03d}" if form == "fine" else when.strftime(form)


def short_size(value: float) -> str:
    """A size with as many digits as one reads at a glance."""
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    if value >= 10_000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"
