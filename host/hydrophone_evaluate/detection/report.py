"""Tables of the detection experiment, as Markdown that reads well on a terminal too."""

from collections.abc import Sequence

import numpy as np

from hydrophone_evaluate.detection.baselines import SLOW
from hydrophone_evaluate.detection.experiment import OURS, Experiment
from hydrophone_evaluate.detection.metrics import detection_figures
from hydrophone_evaluate.detection.summary import Row, goals, rows
from hydrophone_evaluate.injection import STRENGTHS
from hydrophone_model.records import Kind
from hydrophone_report.markdown import table

STRENGTH_NAMES = ("weak", "medium", "strong")


def tables(experiment: Experiment) -> str:
    """Every table, one after the other."""
    parts = [
        _head(experiment),
        _lifts(rows(experiment)),
        _details(rows(experiment)),
        _strengths(experiment),
        _tapes(experiment),
        _parents(experiment),
        _goals(experiment),
    ]
    return "\n\n".join(part for part in parts if part)


def _head(experiment: Experiment) -> str:
    whales = sum(len(judged.outcomes) for judged in experiment.judged[OURS].values())
    named = ", ".join(experiment.tapes)
    lines = [
        f"One budget of {experiment.budget:g} of events for all kinds together.",
        f"{whales:,} whales, four kinds, three strengths, in prints not fitted on: {named}.",
        f"Fitted on {', '.join(experiment.fit_tapes)}. Device: {experiment.device}.",
    ]
    lines += [f"{name}: {why}." for name, why in experiment.missing.items()]
    return "\n".join(lines)


def _lifts(measured: Sequence[Row]) -> str:
    lines = [["detector", *(f"{kind.name.lower()} lift" for kind in Kind), "false / 10,000"]]
    lines += [
        [
            row.detector,
            *(f"{row.figures[kind].lift:+.2f} ± {row.error[kind]:.2f}" for kind in Kind),
            f"{row.false:.1f}",
        ]
        for row in measured
    ]
    return "### Lift over chance, mean of the tapes\n\n" + table(lines)


def _details(measured: Sequence[Row]) -> str:
    lines = [
        [
            "detector",
            *(f"{kind.name.lower()}" for kind in Kind),
            "clean / 10,000",
        ]
    ]
    for row in measured:
        cells: list[str] = []
        for kind in Kind:
            figures = row.figures[kind]
            delay = "–" if np.isnan(figures.delay) else f"{figures.delay:.0f}"
            cells.append(f"{figures.recall:.2f} / {figures.chance:.2f} / {delay}")
        lines.append([row.detector, *cells, f"{row.clean:.1f}"])
    return "### Recall / chance / events until detection\n\n" + table(lines)


def _strengths(experiment: Experiment) -> str:
    lines = [["kind", *STRENGTH_NAMES, "kind named rightly"]]
    outcomes = [o for judged in experiment.judged[OURS].values() for o in judged.outcomes]
    for kind in Kind:
        own = [o for o in outcomes if o.kind is kind]
        cells = [kind.name.lower()]
        for strength in range(len(STRENGTHS[kind])):
            figures = detection_figures(o for o in own if o.strength == strength)
            cells.append(f"{figures.recall:.2f} ({STRENGTHS[kind][strength]:g})")
        lines.append([*cells, f"{detection_figures(own).named:.2f}"])
    return f"### Recall of {OURS} by strength (size in local volumes)\n\n" + table(lines)


def _tapes(experiment: Experiment) -> str:
    lines = [["tape", "prints", *(f"{kind.name.lower()}" for kind in Kind), "clean / 10,000"]]
    for tape, prints in experiment.tapes.items():
        cells = [tape, f"{prints:,}"]
        for kind in Kind:
            lifts = {
                name: detection_figures(o for o in judged[tape].outcomes if o.kind is kind).lift
                for name, judged in experiment.judged.items()
                if tape in judged
            }
            rivals = [lift for name, lift in lifts.items() if name not in (OURS, SLOW)]
            best = max(rivals, default=float("nan"))
            cells.append(f"{lifts[OURS]:+.2f} ({best:+.2f})")
        lines.append([*cells, f"{1e4 * experiment.judged[OURS][tape].clean:.1f}"])
    return f"### Lift of {OURS} (of the best of the quick baselines there)\n\n" + table(lines)


def _parents(experiment: Experiment) -> str:
    if not experiment.rankings:
        return ""
    lines = [["tape", "truth", "parents", "to find", OURS, "parent z"]]
    lines += [
        [r.tape, r.truth, f"{r.parents:,}", f"{r.top}", f"{r.ours:.2f}", f"{r.baseline:.2f}"]
        for r in experiment.rankings
    ]
    ours = np.mean([r.ours for r in experiment.rankings])
    theirs = np.mean([r.baseline for r in experiment.rankings])
    lines.append(["mean", "", "", "", f"{ours:.2f}", f"{theirs:.2f}"])
    return "### Average precision on the top 1 % of real parents\n\n" + table(lines)


def _goals(experiment: Experiment) -> str:
    lines = [["goal", "reached", "wanted", "error", "met"]]
    lines += [
        [
            goal.name,
            f"{goal.ours:.3f}",
            f"{goal.wanted:.3f}",
            f"{goal.error:.3f}" if goal.error else "–",
            goal.verdict,
        ]
        for goal in goals(experiment)
    ]
    return "### Goals\n\n" + table(lines)
