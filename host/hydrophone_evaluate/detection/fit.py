"""Training: logistic regression for the score's weights; first ladder rungs and thresholds.

Whales are injected into every tape. Each head gets a logistic regression of its own evidence, on
prints of its kind of whale against the clean tapes. Its weights are not negative, for size never
speaks against a block, and have an L1 penalty, so that what adds little is left out. Every whale
and every tape counts the same, however many prints it has. The weights are then scaled so that all
heads have ladders of like height, and quantised; rungs and first thresholds follow from the clean
tapes, see `hydrophone_evaluate.detection.alert_calibration`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone_evaluate.detection.alert_calibration import AlertCalibration, Prints, calibrated
from hydrophone_evaluate.detection.baselines import columns_of
from hydrophone_evaluate.injection import Injected, Injection, inject
from hydrophone_evaluate.tapes import Events, Tape
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import HEAD, WEIGHT
from hydrophone_model.records import Kind
from hydrophone_model.whale.pipeline import PipelineModel
from hydrophone_model.whale.score import HEADS, RUNG_LOG2

Reals = NDArray[np.float64]

EVENTS_A_TAPE = 300_000
"""Events of injected copies made of each tape."""
MAX_COPIES = 64
PENALTY = 0.02
"""Price of a unit of weight on standardised evidence: what adds little gets no weight at all."""
SCALE_RUNG = 5
"""The rung that all heads' ladders are scaled to share."""
SCALE_HEIGHT = 16 * HEAD.one
"""Where that rung lies."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Evidence of one tape.

    Attributes:
        clean: Of the tape as it is, shaped (events, evidence).
        prints: What the alert block knows of the clean tape's events.
        whales: For each kind the evidence of its whales, an array a whale.
    """

    clean: Raw
    prints: Prints
    whales: dict[Kind, list[Raw]]


def fitted(
    config: DesignConfig,
    tapes: Sequence[Tape],
    *,
    injection: Injection | None = None,
    events_a_tape: int = EVENTS_A_TAPE,
    seed: int = 1,
) -> DesignConfig:
    """The configuration with learned weights, first ladder and first thresholds.

    Args:
        config: Everything that is not learned: formats, shares, budget, memories.
        tapes: Clean tapes of one symbol each.
        injection: What to inject.
        events_a_tape: Events of injected copies made of each tape; at least one copy is made.
        seed: Makes the injection repeatable.

    Raises:
        ValueError: A tape is too short to inject whales into.
        FeedError: The tapes are too short for a whale of some kind.
        MissingPackageError: SciPy is not installed.
    """
    pipeline = config.pipeline
    model = PipelineModel(pipeline)
    examples = [
        examples_of(model, tape, injection or Injection(), events_a_tape, seed + 1000 * number)
        for number, tape in enumerate(tapes)
    ]
    weights: list[int] = []
    for kind, terms in HEADS.items():
        columns = list(terms)
        clean = [rows.clean[:, columns].astype(np.float64) for rows in examples]
        whales = [whale[:, columns] for rows in examples for whale in rows.whales[kind]]
        if not whales:
            raise FeedError(_no_whale(kind, tapes))
        weights += _quantised(_regression(clean, whales), clean).tolist()
    calibration = AlertCalibration(
        score=replace(pipeline.score, weights=tuple(weights), symbols=1, classes=1),
        alert=replace(pipeline.alert, symbols=1, classes=1),
    )
    learned = calibrated(
        calibration, [rows.clean for rows in examples], [rows.prints for rows in examples]
    )
    return replace(
        config,
        pipeline=replace(
            pipeline,
            score=replace(
                pipeline.score, weights=learned.score.weights, ladder=learned.score.ladder
            ),
            alert=replace(pipeline.alert, margin=learned.alert.margin),
        ),
    )


def _no_whale(kind: Kind, tapes: Sequence[Tape]) -> str:
    """Why the weights of a kind cannot be learned, and what would help."""
    longest = max(tapes, key=lambda tape: tape.events.size)
    return (
        f"no {kind.name.lower()} whale found room in the tapes, the longest of which is "
        f"{longest.name} with {longest.events.size:,} prints, so its weights cannot be learned: "
        "give a longer tape, or ask for more events of injected copies"
    )


def examples_of(
    model: PipelineModel, tape: Tape, injection: Injection, events_a_tape: int, seed: int
) -> Examples:
    """Evidence of a tape, clean and with whales."""
    whales: dict[Kind, list[Raw]] = {kind: [] for kind in Kind}
    for injected in copies_of(tape.events, injection, events_a_tape, seed):
        evidence = evidence_of(model, injected.events)
        for whale in injected.whales:
            place = np.arange(whale.first, whale.last + 1)
            prints = place[~injected.own[place]]
            # A whale is a whale from its first print, but nobody can know before half of it.
            whales[whale.kind].append(evidence[prints[prints.size // 2 :]])
    return Examples(
        clean=evidence_of(model, tape.events),
        prints=Prints.of(tape.events),
        whales=whales,
    )


def copies_of(
    events: Events, injection: Injection, events_a_tape: int, seed: int
) -> list[Injected]:
    """Injected copies of a tape, as many as reach a number of events, each with its own seed."""
    count = int(np.clip(round(events_a_tape / events.size), 1, MAX_COPIES))
    return [inject(events, injection, seed=seed + copy) for copy in range(count)]


def evidence_of(model: PipelineModel, events: Events) -> Raw:
    """Evidence of each event, from reset, shaped (events, len(Evidence))."""
    model.reset()
    columns = columns_of(events)
    return model.evidence(**{name: columns[name] for name in model.params.inputs})[-1]


def _regression(clean: Sequence[Reals], whales: Sequence[Raw]) -> Reals:
    """Non-negative coefficients of a logistic regression of whales against clean tapes."""
    optimize: Any = import_optional("scipy.optimize", purpose="fitting weights")
    rows = np.concatenate([*clean, *whales]).astype(np.float64)
    spread = np.maximum(rows.std(axis=0), 1e-9)
    rows /= spread
    shares = [np.full(len(part), 0.5 / len(part) / len(clean)) for part in clean]
    shares += [np.full(len(part), 0.5 / len(part) / len(whales)) for part in whales]
    share = np.concatenate(shares)
    sign = np.ones(len(rows))
    sign[: sum(map(len, clean))] = -1.0

    def loss(point: Reals) -> tuple[float, Reals]:
        weights, offset = point[:-1], point[-1]
        margin = sign * (rows @ weights + offset)
        value = share @ np.logaddexp(0, -margin) + PENALTY * weights.sum()
        pull = -share * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        return float(value), np.append(rows.T @ pull + PENALTY, pull.sum())

    start = np.append(np.full(rows.shape[1], 0.1), -1.0)
    bounds = [(0.0, None)] * rows.shape[1] + [(None, None)]
    found = optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x[:-1], np.float64) / spread


def _quantised(weights: Reals, clean: Sequence[Reals]) -> Raw:
    """Raw `WEIGHT` of one head, scaled so that its ladder has the common height.

    A head whose evidence never spoke for its whales keeps its first term alone.
    """
    if not weights.max() > 0:
        weights = np.eye(weights.size)[0]
    rare = 1 - 2.0 ** (-RUNG_LOG2 * SCALE_RUNG)
    height = float(np.mean([np.quantile(rows @ weights, rare) for rows in clean]))
    scale = SCALE_HEIGHT * WEIGHT.one / max(height, 1e-9)
    scale = min(scale, WEIGHT.max / float(weights.max()))
    return WEIGHT.saturate(np.rint(weights * scale).astype(np.int64))
