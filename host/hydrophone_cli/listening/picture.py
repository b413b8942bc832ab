"""Picture of a run: price, volume and alerts, and a close look at the largest whale.

Drawn with Matplotlib from what `EventCollector` holds, without a display. The axes run evenly over
prints, not over time: nights take no room, and busy minutes get the room they need.
"""

from pathlib import Path
from typing import Any

import numpy as np

from hydrophone.feeds.optional_imports import import_optional
from hydrophone_cli.listening.picture_labels import label_times, short_size, short_tick, utc_time
from hydrophone_cli.listening.scene import MAX_EVENTS, EventCollector, Reals, Scene, Units, scene_of
from hydrophone_model.records import Kind, Side
from hydrophone_report.drawing import drawing

_COLUMNS = 1600
_BARS = 260
_NEAR = 160
_INK, _FAINT, _GRID = "#26323d", "#8a96a1", "#e6eaee"
_COLOUR = {
    Kind.BLOCK: "#0072b2",
    Kind.SWEEP: "#d55e00",
    Kind.ICEBERG: "#009e73",
    Kind.SLICED: "#b0579a",
}
_MARK = {Side.BUY: "^", Side.SELL: "v"}
_WORD = {Side.BUY: "bought", Side.SELL: "sold"}
_SIDE_COLOUR = {Side.BUY: "#5aa469", Side.SELL: "#c8553d"}


def draw(
    collected: EventCollector, units: Units, path: Path, *, title: str | None = None, device: str
) -> None:
    """Draws the symbol with the largest whale into a PNG file, whatever the file's ending.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    figure = compose(collected, units, title=title, device=device)
    figure.savefig(path, format="png")
    import_optional("matplotlib.pyplot", purpose="drawing a picture").close(figure)


def compose(
    collected: EventCollector, units: Units, *, title: str | None = None, device: str
) -> Any:
    """The picture as a Matplotlib figure.

    Args:
        collected: The run.
        units: The tape, for names and units.
        title: Replaces the usual title.
        device: Name of the device that heard.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    scene = scene_of(collected, units)
    with drawing(ink=_INK, faint=_FAINT, grid=_GRID) as plt:
        figure = plt.figure(figsize=(15, 10.5), dpi=120, facecolor="white")
        rows = figure.add_gridspec(
            3, 1, height_ratios=[5, 1.5, 3.4], hspace=0.3, left=0.065, right=0.945, top=0.872,
            bottom=0.05,
        )  # fmt: skip
        tape, volume, near = (figure.add_subplot(rows[row]) for row in range(3))
        _draw_tape(tape, scene)
        _draw_volume(volume, scene)
        if len(scene.alerts):
            _draw_near(near, tape, scene)
        else:
            near.axis("off")
            near.text(0.5, 0.5, "no alert was raised", ha="center", transform=near.transAxes)
        _head(figure, scene, units, collected, title, device)
    return figure


def _head(
    figure: Any,
    scene: Scene,
    units: Units,
    collected: EventCollector,
    title: str | None,
    device: str,
) -> None:
    others = len(units.symbols) - 1
    figure.text(
        0.065, 0.955, title or f"Whales heard in {scene.symbol}", fontsize=20, fontweight="bold"
    )
    facts = [
        f"{len(scene.time):,} prints of {scene.symbol}",
        f"{utc_time(int(scene.time[0]))} – {utc_time(int(scene.time[-1]))} UTC",
        f"{len(scene.alerts):,} alert{'s' if len(scene.alerts) != 1 else ''}",
        f"device {device}",
    ]
    if others:
        facts.append(f"{others} more symbol{'s' if others > 1 else ''} heard")
    if collected.processed > len(collected.events):
        facts.append(f"first {MAX_EVENTS:,} of {collected.processed:,} events drawn")
    if scene.inferred:
        facts.append("sides by the tick rule")
    figure.text(0.065, 0.926, "   ·   ".join(facts), fontsize=11, color=_FAINT)


def _draw_tape(axes: Any, scene: Scene) -> None:
    prints = len(scene.time)
    starts = np.unique(np.linspace(0, prints, _COLUMNS, endpoint=False).astype(np.int64))
    low = np.minimum.reduceat(scene.price, starts)
    high = np.maximum.reduceat(scene.price, starts)
    axes.fill_between(starts, low, high, color="#c3ccd5", linewidth=0)
    axes.plot(starts, scene.price[starts], color="#6b7884", linewidth=0.9)
    _mark_alerts(axes, scene)
    axes.set_ylabel("price")
    axes.ticklabel_format(axis="y", useOffset=False)
    label_times(axes, scene, 0, prints, 9)
    axes.margins(y=0.09)
    _legend(axes, scene)


def _areas(parents: Reals, largest: float) -> Reals:
    """Areas of bubbles, in square points: proportional to the parent, yet never invisible."""
    return 22.0 + 560.0 * parents / (largest or 1.0)


def _mark_alerts(axes: Any, scene: Scene) -> None:
    at = scene.alerts
    if not len(at):
        return
    area = _areas(scene.parent[at], float(scene.parent[at].max()))
    for row in np.argsort(-area):
        spot = at[row]
        axes.scatter(
            spot,
            scene.price[spot],
            s=area[row],
            marker=_MARK[Side(int(scene.side[spot]))],
            facecolor=_COLOUR[Kind(int(scene.kind[spot]))],
            edgecolor="white",
            linewidth=0.7,
            alpha=0.86,
            zorder=3,
        )


def _legend(axes: Any, scene: Scene) -> None:
    lines = import_optional("matplotlib.lines", purpose="drawing a picture")
    counts = np.bincount(scene.kind[scene.alerts], minlength=len(Kind))

    def mark(marker: str, colour: str, label: str, size: float = 9.0) -> Any:
        return lines.Line2D(
            [], [], linestyle="", marker=marker, color=colour, markersize=size, label=label,
            markeredgecolor="white",
        )  # fmt: skip

    handles = [mark("o", _COLOUR[kind], f"{kind.name.lower()} ({counts[kind]})") for kind in Kind]
    handles += [mark(_MARK[side], _FAINT, _WORD[side]) for side in Side]
    if len(scene.alerts):
        largest = float(scene.parent[scene.alerts].max())
        for share in (0.1, 1.0):
            parent = float(f"{largest * share:.1g}")
            size = float(np.sqrt(_areas(np.array([parent]), largest)[0]))
            handles.append(mark("^", "#c3ccd5", f"parent of {short_size(parent)}", size))
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.008, 1.0), ncol=len(handles),
        frameon=False, fontsize=10, handletextpad=0.4, columnspacing=1.6, borderaxespad=0.2,
    )  # fmt: skip


def _draw_volume(axes: Any, scene: Scene) -> None:
    prints = len(scene.time)
    edges = np.unique(np.linspace(0, prints, _BARS + 1).astype(np.int64))
    for side, sign in ((Side.BUY, 1.0), (Side.SELL, -1.0)):
        own = np.where(scene.side == side, scene.size, 0.0)
        volume = sign * np.add.reduceat(own, edges[:-1])
        axes.bar(
            edges[:-1], volume, width=np.diff(edges), align="edge", linewidth=0,
            color=_SIDE_COLOUR[side],
        )  # fmt: skip
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    axes.set_ylabel("volume")
    axes.yaxis.set_major_formatter(short_tick)
    for side, height, where in ((Side.BUY, 1.0, "top"), (Side.SELL, 0.0, "bottom")):
        axes.text(
            1.006,
            height,
            _WORD[side],
            color=_SIDE_COLOUR[side],
            transform=axes.transAxes,
            va=where,
        )
    label_times(axes, scene, 0, prints, 9)


def _draw_near(axes: Any, tape: Any, scene: Scene) -> None:
    whale = scene.largest
    first, last = scene.whole(whale)
    start, stop = max(first - _NEAR, 0), min(last + _NEAR, len(scene.time))
    own = slice(start, stop)
    place = np.arange(start, stop)
    axes.plot(place, scene.price[own], color="#c3ccd5", linewidth=1.0, drawstyle="steps-post")
    biggest = float(scene.size[own].max())
    for side in Side:
        rows = np.flatnonzero(scene.side[own] == side)
        axes.scatter(
            place[rows],
            scene.price[own][rows],
            s=9 + 420 * scene.size[own][rows] / biggest,
            facecolor=_SIDE_COLOUR[side],
            edgecolor="white",
            linewidth=0.5,
            alpha=0.8,
            zorder=2,
        )
    side, kind = Side(int(scene.side[whale])), Kind(int(scene.kind[whale]))
    colour = _COLOUR[kind]
    axes.axvspan(first - 0.5, last + 0.5, color=colour, alpha=0.13, linewidth=0)
    axes.axvline(whale, color=colour, linewidth=1.4)
    _draw_parent(axes, scene, first, last)
    prints = int(np.count_nonzero(scene.side[first : last + 1] == side))
    caption = (
        f"{kind.name.lower()}, {_WORD[side]} {short_size(scene.parent[last])} "
        f"in {prints:,} print{'s' if prints > 1 else ''}\n"
        f"heard at {short_size(scene.parent[whale])}, score {scene.score[whale]:.1f}, "
        f"{utc_time(int(scene.time[whale]), 'fine')} UTC"
    )
    left = whale - start > (stop - start) / 2
    axes.annotate(
        caption,
        (whale, 0.95),
        xycoords=("data", "axes fraction"),
        xytext=(-12 if left else 12, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        color=colour,
        fontweight="bold",
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2},
        zorder=5,
    )
    axes.set_title(
        "The largest whale, print by print (bubbles: size of a print; green bought, red sold)",
        loc="left",
        fontsize=11.5,
        color=_INK,
    )
    axes.set_ylabel("price")
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.margins(y=0.25)
    label_times(axes, scene, start, stop, 7, fine=True)
    above = side is Side.SELL
    tape.annotate(
        "the largest",
        (whale, scene.price[whale]),
        xytext=(0, 46 if above else -46),
        textcoords="offset points",
        ha="center",
        va="center",
        color=colour,
        fontweight="bold",
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 1.2},
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2},
        zorder=6,
    )


def _draw_parent(axes: Any, scene: Scene, first: int, last: int) -> None:
    """Growth of the parent order, on an axis of its own."""
    own = first + np.flatnonzero(scene.side[first : last + 1] == scene.side[first])
    grown = axes.twinx()
    place = np.append(own, last + 1)
    parent = np.append(scene.parent[own], scene.parent[last])
    grown.fill_between(place, parent, step="post", color=_INK, alpha=0.10, linewidth=0)
    grown.plot(place, parent, color=_INK, linewidth=1.1, drawstyle="steps-post", alpha=0.6)
    grown.set_ylim(0, 1.15 * float(parent.max()))
    grown.set_ylabel("parent so far")
    grown.yaxis.set_major_formatter(short_tick)
    grown.grid(False)
    # Prints and words stand in front of the parent.
    axes.set_zorder(grown.get_zorder() + 1)
    axes.patch.set_visible(False)
    grown.spines["right"].set_visible(True)
