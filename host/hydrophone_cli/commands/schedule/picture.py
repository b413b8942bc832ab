"""Picture of a schedule: time from left to right, the source's modules from top to bottom.

One column is one clock. An operation stands where its result is there within the clock, so the
room at the right of a column is slack. Operations that would hide each other share a mark, whose
area grows with their number.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydrophone.feeds.optional_imports import import_optional
from hydrophone_cli.commands.schedule.sheet import LANE, Row, Sheet, label
from hydrophone_report.drawing import drawing

if TYPE_CHECKING:
    from hydrophone_hdl.hls.view import Loop, View

_INK, _FAINT, _GRID = "#26323d", "#8a96a1", "#e6eaee"
_BAND, _TIGHT = "#f4f6f8", "#c8321e"
_COLOUR = {
    "ARITHMETIC": "#0072b2",
    "MULTIPLY": "#d55e00",
    "CHOICE": "#56b4e9",
    "SHIFT": "#b0579a",
    "LOGIC": "#a9b4be",
    "TABLE": "#e0a100",
    "MEMORY": "#009e73",
}
"""By the name of a family."""
_INCHES, _LEFT, _RIGHT = 17.0, 0.085, 0.985
"""Width of the sheet, and the part of it that the columns take."""
_ROW = 0.46
"""Inches of a row's unit of height."""


def draw(view: "View", path: Path, *, name: str, form: str) -> None:
    """Draws a schedule.

    Args:
        view: The schedule.
        path: File to write.
        name: Of the block.
        form: ``svg`` or ``png``.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    sheet = Sheet(view, _INCHES * (_RIGHT - _LEFT))
    more = {"svg.fonttype": "none", "svg.hashsalt": name, "axes.grid": False}
    with drawing(ink=_INK, faint=_FAINT, grid=_GRID, more=more) as plt:
        body = sheet.height * _ROW
        height = body + 2.75
        figure = plt.figure(figsize=(_INCHES, height), dpi=130, facecolor="white")
        parts = figure.add_gridspec(
            3, 1, height_ratios=[0.38, body, 0.72], hspace=0.0, left=_LEFT, right=_RIGHT,
            top=1 - 1.25 / height, bottom=0.4 / height,
        )  # fmt: skip
        slack, rows, bits = (figure.add_subplot(parts[part]) for part in range(3))
        for axes in (slack, rows, bits):
            _columns(axes, sheet.clocks)
        _draw_slack(slack, view)
        _draw_rows(rows, view, sheet)
        _draw_bits(bits, view)
        _head(figure, view, name, height)
        figure.savefig(path, format=form, metadata={"Date": None} if form == "svg" else None)
        plt.close(figure)


def _head(figure: Any, view: "View", name: str, height: float) -> None:
    schedule = view.schedule
    nanoseconds = schedule.latency * schedule.timing.period_ps / 1e3
    clocks = f"{schedule.latency} clock{'s' * (schedule.latency != 1)}, {nanoseconds:.1f} ns"
    figure.text(
        _LEFT, 1 - 0.45 / height, f"{name} on {schedule.timing}: {clocks}",
        fontsize=20, fontweight="bold",
    )  # fmt: skip
    facts = [str(view.estimate), f"{len(view.operations):,} operations"]
    if view.loops:
        facts.append(f"{len(view.loops)} states")
    if schedule.early_latency:
        facts.append(f"early results after {schedule.early_latency} clocks")
    figure.text(_LEFT, 1 - 0.76 / height, "   ·   ".join(facts), fontsize=11, color=_FAINT)
    handles = _legend(view)
    figure.legend(
        handles=handles, loc="upper left", ncol=len(handles), frameon=False, fontsize=9.5,
        bbox_to_anchor=(_LEFT - 0.008, 1 - 0.86 / height), handletextpad=0.4, columnspacing=1.4,
        borderaxespad=0.0,
    )  # fmt: skip


def _legend(view: "View") -> list[Any]:
    line = import_optional("matplotlib.lines", purpose="drawing a picture").Line2D
    families = Counter(operation.family for operation in view.operations)
    handles = [
        line(
            [], [], linestyle="", marker="o", color=_COLOUR[family.name], markersize=8,
            label=f"{family.value} ({count:,})",
        )
        for family, count in families.most_common()
    ]  # fmt: skip
    handles.append(line([], [], color=_INK, linewidth=1.2, label="longest way"))
    handles.append(line([], [], color=_TIGHT, linewidth=2.6, label="its tightest clock"))
    if view.loops:
        memory = _COLOUR["MEMORY"]
        handles.append(line([], [], color=memory, linewidth=1.2, label="state (slack in ns)"))
    return handles


def _columns(axes: Any, clocks: int) -> None:
    """The clocks as columns."""
    axes.set_xlim(0, clocks)
    axes.set_yticks([])
    axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    for clock in range(clocks + 1):
        axes.axvline(clock, color=_FAINT, linewidth=0.7, zorder=1)


def _draw_slack(axes: Any, view: "View") -> None:
    """For each clock its longest path as a bar, and what is left of it."""
    for stage in view.stages:
        share = 1 - stage.slack_ps / view.schedule.timing.period_ps
        tight = stage is view.tightest
        axes.barh(
            0, share, left=stage.clock, height=0.36, color=_TIGHT if tight else _FAINT,
            alpha=1.0 if tight else 0.6, linewidth=0,
        )  # fmt: skip
        axes.text(
            stage.clock + 0.5, 0.28, f"clock {stage.clock}: {stage.slack_ps / 1e3:.2f}",
            ha="center", va="bottom", fontsize=9, color=_TIGHT if tight else _INK,
        )  # fmt: skip
    axes.set_ylim(-0.3, 1.0)
    _name(axes, 0, "slack, ns")


def _draw_bits(axes: Any, view: "View") -> None:
    """The registers between the clocks."""
    stages = view.stages
    most, width = max(stage.leaving for stage in stages) or 1, 0.016 * len(stages)
    for stage in stages:
        last = stage.clock == len(stages) - 1
        axes.bar(
            stage.clock + 1, stage.leaving / most, width=-width if last else width, color=_INK,
            alpha=0.75, align="edge" if last else "center", linewidth=0, zorder=2,
        )  # fmt: skip
        axes.text(
            stage.clock + 1, stage.leaving / most + 0.06, f"{stage.leaving:,}",
            ha="right" if last else "center", va="bottom", fontsize=9, zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
    axes.set_ylim(0, 1.6)
    _name(axes, 0.4, "register bits")


def _draw_rows(axes: Any, view: "View", sheet: Sheet) -> None:
    """Modules with their operations, states and the longest way."""
    axes.set_ylim(sheet.height, 0)
    for place, row in enumerate(sheet.rows):
        if place % 2 == 0:
            axes.axhspan(row.top, row.top + row.height, color=_BAND, linewidth=0, zorder=0)
        _name(axes, row.top + row.marks_height / 2, row.name)
        _draw_marks(axes, sheet, row)
        for lane, loops in enumerate(row.lanes):
            for loop in loops:
                _draw_loop(axes, sheet, loop, row.top + row.marks_height + LANE * (lane + 0.35))
    _draw_way(axes, view, sheet)


def _draw_marks(axes: Any, sheet: Sheet, row: Row) -> None:
    spots: dict[tuple[float, float], tuple[str, int]] = {}
    for operation in row.operations:
        count = row.spots[sheet.place(operation)][operation.family]
        spots[sheet.where[operation.node]] = _COLOUR[operation.family.name], count
    axes.scatter(
        [x for x, _ in spots],
        [y for _, y in spots],
        s=[9 + 5 * min(count, 14) for _, count in spots.values()],
        c=[colour for colour, _ in spots.values()],
        linewidth=0,
        zorder=3,
    )


def _draw_loop(axes: Any, sheet: Sheet, loop: "Loop", y: float) -> None:
    """A hairpin from the entry to its successor and back, with the state's name."""
    paths = import_optional("matplotlib.path", purpose="drawing a picture")
    patches = import_optional("matplotlib.patches", purpose="drawing a picture")
    begin, end, beyond = sheet.hairpin(loop)
    low, high = y - LANE / 5, y + LANE / 5
    points = [
        (begin, low), (end, low), (beyond, low), (beyond, high), (end, high), (begin, high)
    ]  # fmt: skip
    move, line, curve = paths.Path.MOVETO, paths.Path.LINETO, paths.Path.CURVE4
    hairpin = paths.Path(points, [move, line, curve, curve, curve, line])
    colour = _COLOUR["MEMORY"]
    axes.add_patch(
        patches.PathPatch(hairpin, facecolor="none", edgecolor=colour, linewidth=1.2, zorder=2)
    )
    axes.plot(begin, high, marker="<", color=colour, markersize=4, zorder=2)
    left = sheet.label_is_left(loop)
    axes.text(
        begin - sheet.gap if left else beyond, y, label(loop),
        ha="right" if left else "left", va="center", fontsize=7.5, zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
    )  # fmt: skip


def _draw_way(axes: Any, view: "View", sheet: Sheet) -> None:
    """The longest way through all clocks, over the marks of what it passes."""
    where = sheet.where
    way = [node for node in view.longest() if node in where]
    tight = [step.node for step in view.tightest.path if step.node in where]
    for nodes, colour, width in ((way, _INK, 1.5), (tight, _TIGHT, 2.6)):
        axes.plot(
            [where[node][0] for node in nodes], [where[node][1] for node in nodes],
            color=colour, linewidth=width, solid_joinstyle="round", zorder=4, alpha=0.85,
        )  # fmt: skip


def _name(axes: Any, y: float, text: str) -> None:
    """A name at the left of the columns."""
    axes.text(
        -0.006, y, text, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=10
    )
