"""Figure of the detection experiment: lift by kind and by tape, recall by strength."""

from pathlib import Path
from typing import Any

import numpy as np

from hydrophone_evaluate.detection.baselines import SLOW
from hydrophone_evaluate.detection.experiment import OURS, Experiment
from hydrophone_evaluate.detection.metrics import detection_figures
from hydrophone_evaluate.detection.report import STRENGTH_NAMES
from hydrophone_evaluate.detection.summary import rows
from hydrophone_model.records import Kind
from hydrophone_report.drawing import drawing

_INK, _FAINT, _GRID = "#22303c", "#6b7884", "#e6eaee"
_OURS = "#0b6e99"
_OTHERS = ("#b8860b", "#8c5fa8", "#c1553b", "#5b8c5a", "#9aa5b1")
_KINDS = ("#0b6e99", "#c1553b", "#5b8c5a", "#8c5fa8")


def draw(experiment: Experiment, path: Path) -> None:
    """Draws the picture into a PNG file.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    with drawing(ink=_INK, faint=_FAINT, grid=_GRID, more={"axes.grid.axis": "y"}) as plt:
        figure = plt.figure(figsize=(14, 10), dpi=120, facecolor="white")
        grid = figure.add_gridspec(
            2, 2, height_ratios=[1.25, 1], width_ratios=[1.9, 1], hspace=0.36, wspace=0.16,
            left=0.06, right=0.98, top=0.87, bottom=0.08,
        )  # fmt: skip
        _draw_lifts(figure.add_subplot(grid[0, :]), experiment)
        _draw_tapes(figure.add_subplot(grid[1, 0]), experiment)
        _draw_strengths(figure.add_subplot(grid[1, 1]), experiment)
        _head(figure, experiment)
        figure.savefig(path, format="png")
        plt.close(figure)


def _head(figure: Any, experiment: Experiment) -> None:
    whales = sum(len(judged.outcomes) for judged in experiment.judged[OURS].values())
    figure.text(
        0.06, 0.955, "Does it hear? Whales in tapes it was not fitted on", fontsize=19,
        fontweight="bold",
    )  # fmt: skip
    figure.text(
        0.06,
        0.925,
        f"{whales:,} whales injected into {len(experiment.tapes)} real tapes   ·   one budget of "
        f"{experiment.budget:g} of events for all kinds   ·   lift is recall less chance",
        fontsize=11,
        color=_FAINT,
    )


def _draw_lifts(axes: Any, experiment: Experiment) -> None:
    table = rows(experiment)
    width = 0.84 / len(table)
    for number, row in enumerate(table):
        place = np.arange(len(Kind)) + (number - (len(table) - 1) / 2) * width
        lifts = [row.figures[kind].lift for kind in Kind]
        colour = _OURS if row.detector == OURS else _OTHERS[(number - 1) % len(_OTHERS)]
        axes.bar(
            place, lifts, width * 0.92, color=colour, label=row.detector,
            yerr=[row.error[kind] for kind in Kind], error_kw={"ecolor": _FAINT, "elinewidth": 1},
        )  # fmt: skip
        for at, lift, kind in zip(place.tolist(), lifts, Kind, strict=True):
            axes.annotate(
                f"{lift:.2f}", (at, max(lift, 0) + row.error[kind]), xytext=(0, 4),
                textcoords="offset points", ha="center", fontsize=9,
                color=_INK if row.detector == OURS else _FAINT,
                fontweight="bold" if row.detector == OURS else "normal",
            )  # fmt: skip
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    axes.set_xticks(range(len(Kind)), [kind.name.lower() for kind in Kind], fontsize=12)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("lift over chance")
    axes.set_ylim(-0.12, 1.1)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 0.98), ncol=len(table), frameon=False,
        columnspacing=1.4, handlelength=1.2,
    )  # fmt: skip
    axes.set_title("Mean lift over the tapes, with its standard error", loc="left", fontsize=12)


def _draw_tapes(axes: Any, experiment: Experiment) -> None:
    tapes = list(experiment.tapes)
    width = 0.84 / len(Kind)
    for kind in Kind:
        place = np.arange(len(tapes)) + (kind - (len(Kind) - 1) / 2) * width
        ours, best = np.empty(len(tapes)), np.empty(len(tapes))
        for number, tape in enumerate(tapes):
            lifts = {
                name: detection_figures(o for o in judged[tape].outcomes if o.kind is kind).lift
                for name, judged in experiment.judged.items()
                if tape in judged and name != SLOW
            }
            ours[number] = lifts.pop(OURS)
            best[number] = max(lifts.values(), default=np.nan)
        axes.bar(place, ours, width * 0.9, color=_KINDS[kind], label=kind.name.lower())
        axes.scatter(
            place, best, marker="_", s=90, color="black", linewidth=1.6, zorder=3,
            label="best quick baseline" if kind is Kind.SLICED else None,
        )  # fmt: skip
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    axes.set_xticks(range(len(tapes)), tapes)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(-0.2, 1.1)
    axes.set_ylabel("lift over chance")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 0.98), ncol=5, frameon=False, fontsize=9,
        columnspacing=1.0, handlelength=1.0,
    )  # fmt: skip
    axes.set_title(f"{OURS}, tape by tape", loc="left", fontsize=12)


def _draw_strengths(axes: Any, experiment: Experiment) -> None:
    outcomes = [o for judged in experiment.judged[OURS].values() for o in judged.outcomes]
    for kind in Kind:
        recall = [
            detection_figures(o for o in outcomes if o.kind is kind and o.strength == strength)
            for strength in range(len(STRENGTH_NAMES))
        ]
        axes.plot(
            STRENGTH_NAMES, [figures.recall for figures in recall], marker="o",
            color=_KINDS[kind], linewidth=2, label=kind.name.lower(),
        )  # fmt: skip
        axes.plot(
            STRENGTH_NAMES, [figures.chance for figures in recall], color=_KINDS[kind],
            linewidth=1, linestyle=":",
        )  # fmt: skip
    axes.set_ylim(0, 1.05)
    axes.set_title(f"{OURS}: recall by strength; dotted, chance", loc="left", fontsize=12)
