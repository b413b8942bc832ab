"""Summary of the detection experiment: figures by detector and kind, and acceptance goals."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from hydrophone_evaluate.detection.baselines import SLOW
from hydrophone_evaluate.detection.experiment import OURS, Experiment
from hydrophone_evaluate.detection.metrics import DetectionFigures, detection_figures
from hydrophone_model.records import Kind

LEAST_ICEBERG_LIFT = 0.3
"""Icebergs are chance to simple detectors; this is what we ask of ourselves."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One detector: means over the tapes, so that a long tape weighs no more than a short one.

    Attributes:
        detector: Its name.
        figures: Figures of each kind.
        error: Standard error of each kind's lift, from the spread over the whales.
        false: Episodes that met no whale, in 10,000 events of injected tapes.
        clean: Episodes in 10,000 events of the clean tapes.
    """

    detector: str
    figures: Mapping[Kind, DetectionFigures]
    error: Mapping[Kind, float]
    false: float
    clean: float


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Acceptance goal: a figure of the pipeline and the least it should be.

    Attributes:
        name: What is asked.
        ours: What was reached.
        wanted: What was to be reached.
        error: Standard error of the difference; 0 where it is not known.
    """

    name: str
    ours: float
    wanted: float
    error: float = 0.0

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.ours >= self.wanted

    @property
    def missed(self) -> bool:
        """Whether it lies out of reach by more than two standard errors."""
        return self.wanted - self.ours > 2 * self.error

    @property
    def verdict(self) -> str:
        """In a word: a tie is a goal that is not met by less than its error tells apart."""
        return "yes" if self.met else "no" if self.missed else "a tie"


def rows(experiment: Experiment) -> list[Row]:
    """A row for each detector, the pipeline first."""
    return [_row(experiment, detector) for detector in experiment.judged]


def _row(experiment: Experiment, detector: str) -> Row:
    tapes = list(experiment.judged[detector].values())
    figures: dict[Kind, DetectionFigures] = {}
    errors: dict[Kind, float] = {}
    for kind in Kind:
        parts = [detection_figures(o for o in tape.outcomes if o.kind is kind) for tape in tapes]
        parts = [part for part in parts if part.whales]
        delays = [part.delay for part in parts if not np.isnan(part.delay)]
        figures[kind] = DetectionFigures(
            whales=sum(part.whales for part in parts),
            recall=float(np.mean([part.recall for part in parts])),
            chance=float(np.mean([part.chance for part in parts])),
            named=float(np.mean([part.named for part in parts])),
            delay=float(np.median(delays)) if delays else float("nan"),
        )
        spread = [part.recall * (1 - part.recall) / part.whales for part in parts]
        errors[kind] = float(np.sqrt(np.sum(spread))) / max(len(parts), 1)
    return Row(
        detector=detector,
        figures=figures,
        error=errors,
        false=1e4 * float(np.mean([tape.false for tape in tapes])),
        clean=1e4 * float(np.mean([tape.clean for tape in tapes])),
    )


def goals(experiment: Experiment) -> list[Goal]:
    """Acceptance goals of the pipeline, kind by kind, and of its ranking of real parents.

    The slow baseline is no rival: it ran on shorter tapes, with other whales.
    """
    ours, *others = (row for row in rows(experiment) if row.detector != SLOW)
    asked: list[Goal] = []
    for kind in Kind:
        lift = ours.figures[kind].lift
        if kind is Kind.ICEBERG:
            asked.append(
                Goal(
                    name="lift on icebergs",
                    ours=lift,
                    wanted=LEAST_ICEBERG_LIFT,
                    error=ours.error[kind],
                )
            )
        elif others:
            best = max(others, key=lambda row: row.figures[kind].lift)
            asked.append(
                Goal(
                    name=f"lift on {kind.name.lower()}, beside {best.detector}",
                    ours=lift,
                    wanted=best.figures[kind].lift,
                    error=float(np.hypot(ours.error[kind], best.error[kind])),
                )
            )
    if experiment.rankings:
        asked.append(
            Goal(
                name="average precision on real parents, beside parent z",
                ours=float(np.mean([ranking.ours for ranking in experiment.rankings])),
                wanted=float(np.mean([ranking.baseline for ranking in experiment.rankings])),
            )
        )
    return asked


def record(experiment: Experiment) -> dict[str, object]:
    """The experiment as plain values for JSON; absent figures are null."""

    def plain(figures: DetectionFigures, error: float) -> dict[str, object]:
        values: dict[str, object] = {**asdict(figures), "lift": figures.lift, "lift_error": error}
        values["delay"] = None if np.isnan(figures.delay) else figures.delay
        return values

    def kinds(detector: str) -> dict[str, object]:
        row = _row(experiment, detector)
        by_tape = {
            tape: {
                kind.name.lower(): plain(
                    detection_figures(o for o in judged.outcomes if o.kind is kind), float("nan")
                )
                | {"lift_error": None}
                for kind in Kind
            }
            for tape, judged in experiment.judged[detector].items()
        }
        return {
            "kinds": {k.name.lower(): plain(row.figures[k], row.error[k]) for k in Kind},
            "false_per_10000": row.false,
            "clean_per_10000": row.clean,
            "tapes": by_tape,
        }

    return {
        "budget": experiment.budget,
        "device": experiment.device,
        "fit_tapes": list(experiment.fit_tapes),
        "tapes": experiment.tapes,
        "detectors": {detector: kinds(detector) for detector in experiment.judged},
        "real_parents": [asdict(ranking) for ranking in experiment.rankings],
        "missing": experiment.missing,
        "goals": [
            {**asdict(goal), "met": goal.met, "verdict": goal.verdict} for goal in goals(experiment)
        ],
        "ours": OURS,
    }
