"""Detection experiment: every detector on every held-out tape, same whales, same alert budget."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hydrophone
from hydrophone.feeds.errors import MissingPackageError
from hydrophone_evaluate.detection.alert_calibration import (
    AlertCalibration,
    Prints,
    calibrated,
    one_headed,
)
from hydrophone_evaluate.detection.baselines import BASELINES, SLOW, columns_of, parent_z, quantised
from hydrophone_evaluate.detection.fit import copies_of
from hydrophone_evaluate.detection.metrics import Flags, Judged, average_precision, judged
from hydrophone_evaluate.detection.parents import TAKER_IDS, Parents, by_taker, by_timestamp
from hydrophone_evaluate.injection import Injection
from hydrophone_evaluate.tapes import Events, Purpose, Say, Tape, catalogued
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.records import Kind, ResultFlag
from hydrophone_model.whale.score import Evidence

OURS = "hydrophone"
SIZE_HEADS = (Kind.BLOCK, Kind.SWEEP)
"""The heads that hear how large an order is, and so rank real parents."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Size of the experiment: tapes, copies and events.

    Attributes:
        events_a_tape: Events of injected copies made of each tape.
        most: Prints used of each tape at most.
        slow_events: Events of injected copies that the slow baseline gets.
        slow_most: Prints of a clean tape that the slow baseline gets.
    """

    events_a_tape: int = 900_000
    most: int = 80_000
    slow_events: int = 200_000
    slow_most: int = 20_000


QUICK = Effort(events_a_tape=100_000, most=20_000, slow_events=0, slow_most=0)


@dataclass(frozen=True, kw_only=True)
class ParentRanking:
    """Average precision on the largest real parents of one tape.

    Attributes:
        tape: Name of the tape.
        truth: How its parents are known.
        parents: Their number.
        top: Number of those to be found.
        ours: Average precision of the pipeline's size heads.
        baseline: That of the running-parent z-score.
    """

    tape: str
    truth: str
    parents: int
    top: int
    ours: float
    baseline: float


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Results of the whole experiment.

    Attributes:
        budget: Share of events that may open an episode.
        device: What computed the pipeline's answers.
        fit_tapes: Tapes that detectors were fitted on.
        tapes: Tapes reported on, with their numbers of prints.
        judged: For each detector, what became of the whales of each tape it was run on.
        rankings: Real parents.
        missing: Detectors that could not be run, and why.
    """

    budget: float
    device: str
    fit_tapes: tuple[str, ...]
    tapes: dict[str, int]
    judged: dict[str, dict[str, Judged]]
    rankings: tuple[ParentRanking, ...]
    missing: dict[str, str]


Hears = Callable[[Events], tuple[Flags, Raw]]
"""A detector: events of one symbol in; which opened an episode and of which kind, out."""


def run(
    data: Path,
    config: DesignConfig,
    *,
    effort: Effort | None = None,
    injection: Injection | None = None,
    device: str = "auto",
    seed: int = 2_000_000,
    say: Say = lambda _: None,
) -> Experiment:
    """Measures the pipeline and the baselines.

    The pipeline runs as configured; baselines get their first ladder and threshold from the tapes
    to fit on, as the configuration did.

    Args:
        data: Folder of the tapes.
        config: The pipeline's configuration; its budget and alert block serve every detector.
        effort: How much to measure.
        injection: What to inject.
        device: Device that computes the pipeline's answers.
        seed: Makes the injection repeatable.
        say: Told what is being done, and what was found wrong with the tapes.

    Raises:
        FeedError: A tape is missing or cannot be read.
    """
    effort, injection = effort or Effort(), injection or Injection()
    learning = catalogued(data, Purpose.FIT, most=effort.most, say=say)
    reporting = catalogued(data, Purpose.REPORT, most=effort.most, say=say)
    with hydrophone.open(device, config) as session:
        name = session.device

        def ours(events: Events) -> tuple[Flags, Raw]:
            session.reset()
            results = session.process(np.ascontiguousarray(events))
            raised = (results["flags"] & ResultFlag.ALERT) != 0
            return raised, results["kind"].astype(np.int64)

        say(f"{OURS} on {name}")
        outcomes = {OURS: _judge_on_tapes(ours, reporting, injection, effort.events_a_tape, seed)}
        rankings = _rankings(data, reporting, session)
    missing: dict[str, str] = {}
    for baseline in BASELINES:
        slow = baseline == SLOW
        budget = effort.slow_events if slow else effort.events_a_tape
        if not budget:
            missing[baseline] = "left out of a quick run"
            continue
        say(baseline)
        cut = effort.slow_most if slow else effort.most
        try:
            hears = baseline_detector(baseline, config, _cut(learning, cut))
            outcomes[baseline] = _judge_on_tapes(
                hears, _cut(reporting, cut), injection, budget, seed
            )
        except MissingPackageError as absent:
            missing[baseline] = str(absent)
    return Experiment(
        budget=config.pipeline.alert.budget / 1e6,
        device=name,
        fit_tapes=tuple(tape.name for tape in learning),
        tapes={tape.name: int(tape.events.size) for tape in reporting},
        judged=outcomes,
        rankings=tuple(rankings),
        missing=missing,
    )


def baseline_detector(name: str, config: DesignConfig, learning: Sequence[Tape]) -> Hears:
    """One of `BASELINES` behind the pipeline's own alert calibration, with the whole budget."""
    score = BASELINES[name]
    calibration = calibrated(
        one_headed(config.pipeline.score, config.pipeline.alert),
        [_as_evidence(quantised(score(columns_of(tape.events)))) for tape in learning],
        [Prints.of(tape.events) for tape in learning],
    )
    return lambda events: _baseline_alerts(calibration, score(columns_of(events)), events)


def _baseline_alerts(
    calibration: AlertCalibration, scores: NDArray[np.float64], events: Events
) -> tuple[Flags, Raw]:
    tails = calibration.tails(_as_evidence(quantised(scores)))
    alerts = calibration.alerts(tails, Prints.of(events))
    return alerts.raised, np.full(events.size, -1, np.int64)


def _as_evidence(values: Raw) -> Raw:
    evidence = np.zeros((values.size, len(Evidence)), np.int64)
    evidence[:, Evidence.PRINT] = values
    return evidence


def _cut(tapes: Iterable[Tape], most: int) -> list[Tape]:
    return [replace(tape, events=tape.events[:most]) for tape in tapes]


def _judge_on_tapes(
    hears: Hears, tapes: Sequence[Tape], injection: Injection, events_a_tape: int, seed: int
) -> dict[str, Judged]:
    """A detector's outcomes on every tape; the same seed makes the same whales for each."""
    outcomes: dict[str, Judged] = {}
    for number, tape in enumerate(tapes):
        own_seed = seed + 1000 * number
        copies = [
            (injected, *hears(injected.events))
            for injected in copies_of(tape.events, injection, events_a_tape, own_seed)
        ]
        outcomes[tape.name] = judged(
            (tape.events["side"].astype(np.int64), hears(tape.events)[0]),
            copies,
            warm_up=injection.warm_up,
            seed=own_seed,
        )
    return outcomes


def _rankings(
    data: Path, tapes: Sequence[Tape], session: hydrophone.Session
) -> list[ParentRanking]:
    rankings: list[ParentRanking] = []
    if (data / TAKER_IDS).is_file():
        events, parents = by_taker(data / TAKER_IDS)
        rankings.append(_ranking("Bitstamp", "taker ids", events, parents, session))
    for tape in tapes:
        parents = by_timestamp(tape.events)
        rankings.append(_ranking(tape.name, "timestamps", tape.events, parents, session))
    return rankings


def _ranking(
    name: str, truth: str, events: Events, parents: Parents, session: hydrophone.Session
) -> ParentRanking:
    session.reset()
    results = session.process(np.ascontiguousarray(events))
    ours = results["heads"][:, list(SIZE_HEADS)].max(axis=1).astype(np.float64)
    theirs = parent_z(columns_of(events))
    return ParentRanking(
        tape=name,
        truth=truth,
        parents=int(parents.size.size),
        top=int(parents.top.sum()),
        ours=average_precision(parents.best(ours), parents.top),
        baseline=average_precision(parents.best(theirs), parents.top),
    )
