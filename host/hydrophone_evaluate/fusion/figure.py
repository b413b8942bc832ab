"""Figure of the fusion experiment: diversity against gain, as in the literature, and all means.

Hsu, Chung and Kristal (2006) expect fusing to pay where two systems are both good and diverse: the
second panel puts diversity against the ratio of the poorer system's performance to the better's and
marks who gained.
"""

from pathlib import Path
from typing import Any

import numpy as np

from hydrophone_evaluate.fusion.experiment import MAIN, Experiment
from hydrophone_evaluate.fusion.metrics import Real
from hydrophone_evaluate.fusion.tables import CONTROLS, combined, overall, systems
from hydrophone_report.drawing import drawing

_INK, _FAINT, _GRID = "#22303c", "#6b7884", "#e6eaee"
_SCORE, _RANK, _LOSS = "#0b6e99", "#c1553b", "#9aa5b1"
_MARKERS = "osD^vP"


def draw(experiment: Experiment, path: Path) -> None:
    """Draws the picture into a PNG file.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    with drawing(ink=_INK, faint=_FAINT, grid=_GRID) as plt:
        figure = plt.figure(figsize=(14, 10.5), dpi=110, facecolor="white")
        grid = figure.add_gridspec(
            2, 2, height_ratios=[1.3, 1], hspace=0.3, wspace=0.17,
            left=0.07, right=0.98, top=0.88, bottom=0.14,
        )  # fmt: skip
        _draw_gain(figure.add_subplot(grid[0, 0]), experiment)
        _draw_conditions(figure.add_subplot(grid[0, 1]), experiment)
        _draw_means(figure.add_subplot(grid[1, :]), experiment)
        figure.text(
            0.07, 0.955, "Does fusing help? Two systems, and all of them", fontsize=19,
            fontweight="bold",
        )  # fmt: skip
        figure.text(
            0.07, 0.925,
            f"{len(experiment.pairs)} pairs of systems in {len(_markets(experiment))} real markets"
            f"   ·   settled every {MAIN} events   ·   walking forward",
            fontsize=11, color=_FAINT,
        )  # fmt: skip
        figure.savefig(path, format="png")
        plt.close(figure)


def _draw_gain(axes: Any, experiment: Experiment) -> None:
    diversity = np.array([pair.diversity for pair in experiment.pairs])
    for name, colour, reached in (
        ("average score", _SCORE, [pair.by_score for pair in experiment.pairs]),
        ("average rank", _RANK, [pair.by_rank for pair in experiment.pairs]),
    ):
        gain = np.array(reached) - [pair.better for pair in experiment.pairs]
        for number, market in enumerate(_markets(experiment)):
            own = np.array([pair.market == market for pair in experiment.pairs])
            axes.scatter(
                diversity[own], gain[own], s=26, color=colour, alpha=0.65, linewidths=0,
                marker=_MARKERS[number % len(_MARKERS)],
                label=f"{name}, {market}" if name == "average score" else None,
            )  # fmt: skip
        slope, offset = np.polyfit(diversity, gain, 1)
        ends = np.array([diversity.min(), diversity.max()])
        axes.plot(
            ends, slope * ends + offset, color=colour, linewidth=1.5,
            label=f"{name}: {np.mean(gain > 0):.0%} of pairs gain, "
            f"r = {_correlation(diversity, gain):+.2f}",
        )  # fmt: skip
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    axes.set_xlabel("cognitive diversity of the two")
    axes.set_ylabel("coefficient over the better of the two")
    axes.set_title("Diversity against gain, a mark a pair", loc="left", fontsize=12)
    _make_room(axes)
    axes.legend(frameon=False, fontsize=8.5, loc="lower left", ncol=2)


def _draw_conditions(axes: Any, experiment: Experiment) -> None:
    ratio, diversity, gains = _conditions(experiment)
    for gained, marker, colour, name in (
        (False, "x", _LOSS, "the better of the two stays ahead"),
        (True, "o", _SCORE, "the average score is better than both"),
    ):
        own = gains == gained
        axes.scatter(
            ratio[own], diversity[own], s=32, marker=marker, color=colour,
            label=f"{name}: {np.count_nonzero(own)}",
        )  # fmt: skip
    axes.set_xlim(-0.05, 1.05)
    axes.set_xlabel("performance of the poorer over the better, both from 0 to 1 in their market")
    axes.set_ylabel("cognitive diversity of the two")
    axes.set_title("When it pays: both good, and diverse?", loc="left", fontsize=12)
    _make_room(axes)
    axes.legend(frameon=False, fontsize=9, loc="lower left")


def _conditions(experiment: Experiment) -> tuple[Real, Real, "np.ndarray[Any, Any]"]:
    """Performance ratio and diversity of each pair, and whether its average score gained.

    The better system of a pair may be the poorest of its market: then there is no ratio, and the
    pair is left out.
    """
    ratio: list[float] = []
    diversity: list[float] = []
    gains: list[bool] = []
    for market in _markets(experiment):
        pairs = [pair for pair in experiment.pairs if pair.market == market]
        low = min((pair.worse for pair in pairs), default=0.0)
        for pair in pairs:
            if pair.better > low:
                ratio.append((pair.worse - low) / (pair.better - low))
                diversity.append(pair.diversity)
                gains.append(pair.by_score > pair.better)
    return np.array(ratio), np.array(diversity), np.array(gains)


def _draw_means(axes: Any, experiment: Experiment) -> None:
    names = [*systems(), *combined(), *CONTROLS]
    means = [overall(experiment, MAIN, name) for name in names]
    colours = [
        _SCORE if name.startswith("score ") and name in combined()
        else _RANK if name in combined()
        else _LOSS
        for name in names
    ]  # fmt: skip
    axes.bar(
        range(len(names)), [mean.value for mean in means], 0.72, color=colours,
        yerr=[mean.error for mean in means], error_kw={"ecolor": _INK, "elinewidth": 1},
    )  # fmt: skip
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    for place in (len(systems()) - 0.5, len(systems()) + len(combined()) - 0.5):
        axes.axvline(place, color=_GRID, linewidth=1.5)
    axes.set_xticks(
        range(len(names)), [name.replace(" ", "\n", 1) for name in names], fontsize=8.5,
        rotation=35, ha="right", rotation_mode="anchor",
    )  # fmt: skip
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("rank information coefficient")
    axes.set_title(
        "Systems, combinations, and what they are held against; with standard errors",
        loc="left", fontsize=12,
    )  # fmt: skip


def _make_room(axes: Any) -> None:
    """Lowers the lower end, so that a legend stands below all marks."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.2 * (high - low), high)


def _markets(experiment: Experiment) -> list[str]:
    """Those with pairs."""
    return list(dict.fromkeys(pair.market for pair in experiment.pairs))


def _correlation(a: Real, b: Real) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
