"""The alert calibration that the pipeline and every baseline share: ladder, thresholds, episodes.

A baseline's score goes through the very score and alert blocks of the pipeline, as one head that
has the whole budget. So detectors differ in what they hear, not in how they spend the budget. The
blocks' C++ kernels do the work where they are built, the golden models elsewhere: both say the
same to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import Model, Params
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import HEAD, TAIL, WEIGHT
from hydrophone_model.limits import limits_of
from hydrophone_model.records import Kind
from hydrophone_model.whale.alert import AlertModel, AlertParams
from hydrophone_model.whale.parent import ParentModel, ParentParams
from hydrophone_model.whale.score import (
    HEADS,
    RUNG_LOG2,
    TERMS,
    Evidence,
    ScoreModel,
    ScoreParams,
    head_values,
)

FROZEN = max(limits_of(AlertParams)["rise"].high, 0)
"""A rise so small that thresholds stay where they begin while they are being set."""
ROUNDS = 24
"""Steps in which first thresholds approach the heads' shares."""
ONE_HEAD = (256, 0, 0, 0)
"""Shares of a detector with a single head."""


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """What a detector raised on a tape.

    Attributes:
        raised: Whether each event opened an episode, `bool`.
        kind: `Kind` that opened it; meaningless elsewhere.
    """

    raised: NDArray[np.bool_]
    kind: Raw


@dataclass(frozen=True, kw_only=True)
class Prints:
    """What the alert block knows of events beside their scores.

    Attributes:
        side: Aggressor sides.
        joined: Whether each print joined its parent.
    """

    side: Raw
    joined: Raw

    @classmethod
    def of(cls, events: NDArray[np.void]) -> Self:
        """Prints of events of symbol 0."""
        model = ParentModel(ParentParams(symbols=1))
        columns = {name: events[name].astype(np.int64) for name in model.params.inputs}
        return cls(side=columns["side"], joined=model.process(**columns)["joined"])


@dataclass(frozen=True, kw_only=True)
class AlertCalibration:
    """Score and alert block, from evidence to episodes, of one symbol."""

    score: ScoreParams
    alert: AlertParams

    def tails(self, evidence: Raw) -> Raw:
        """-log2 tail probability of each head, raw `TAIL`, shaped (events, heads)."""
        symbol = np.zeros(len(evidence), np.int64)
        return _block(self.score).process(symbol=symbol, evidence=evidence)["heads"]

    def alerts(self, tails: Raw, prints: Prints) -> Alerts:
        """Episodes that the tails open."""
        columns = {
            "symbol": np.zeros(len(tails), np.int64),
            "side": prints.side,
            "joined": prints.joined,
            "heads": tails,
        }
        out = _block(self.alert).process(**{name: columns[name] for name in self.alert.inputs})
        return Alerts(raised=out["alert"] != 0, kind=out["kind"])


def one_symbol(score: ScoreParams, alert: AlertParams) -> AlertCalibration:
    """The same blocks, for a tape of one symbol."""
    return AlertCalibration(
        score=replace(score, symbols=1, classes=1), alert=replace(alert, symbols=1, classes=1)
    )


def one_headed(score: ScoreParams, alert: AlertParams) -> AlertCalibration:
    """The same blocks with one head that weighs `Evidence.PRINT` alone and has the budget."""
    weights = (WEIGHT.one, *(0,) * (TERMS - 1))
    if HEADS[Kind(0)][0] is not Evidence.PRINT:
        raise AssertionError("the first term of the first head is the print")
    alone = one_symbol(score, alert)
    return AlertCalibration(
        score=replace(alone.score, weights=weights),
        alert=replace(alone.alert, shares=ONE_HEAD),
    )


def calibrated(
    calibration: AlertCalibration, evidence: Sequence[Raw], prints: Sequence[Prints]
) -> AlertCalibration:
    """The calibration with first rungs and first thresholds learned on clean tapes.

    A rung begins at the mean over the tapes of its quantile. First thresholds are those at which,
    left alone, each head opens its share of the episodes: a head that stays loud for long opens
    few, and may begin lower.

    Args:
        calibration: Weights, shares and everything else.
        evidence: For each tape, shaped (events, len(Evidence)).
        prints: For each tape, what the alert block knows of its events.
    """
    ladder = first_ladder(
        [head_values(rows, calibration.score) for rows in evidence], calibration.score.rungs
    )
    score = replace(calibration.score, ladder=ladder)
    alert = calibration.alert
    tails = [AlertCalibration(score=score, alert=alert).tails(rows) for rows in evidence]
    wanted = np.array(alert.shares) / 256 * alert.budget / 1e6
    margin = np.zeros(len(Kind))
    for _ in range(ROUNDS):
        trial = AlertCalibration(
            score=score, alert=replace(alert, margin=_margin(margin), rise=FROZEN)
        )
        rates = np.zeros(len(Kind))
        for rows, known in zip(tails, prints, strict=True):
            alerts = trial.alerts(rows, known)
            rates += np.bincount(alerts.kind[alerts.raised], minlength=len(Kind)) / len(rows)
        off = np.log2((rates / len(tails) + 1e-6) / (wanted + 1e-9))
        margin += np.where(wanted > 0, 0.7 * TAIL.one * np.clip(off, -1, 1), 0)
    return AlertCalibration(score=score, alert=replace(alert, margin=_margin(margin)))


def first_ladder(heads: Sequence[Raw], rungs: int) -> tuple[int, ...]:
    """Mean over tapes of the quantiles that the rungs follow, head after head, raw `HEAD`."""
    shares = 1 - 2.0 ** (-RUNG_LOG2 * np.arange(1, rungs + 1))
    ladder = np.mean([np.quantile(values, shares, axis=0).T for values in heads], axis=0)
    # Rungs that coincide would leave no interval to measure by.
    ladder = np.maximum.accumulate(ladder, axis=1) + np.arange(rungs)
    return tuple(HEAD.saturate(np.rint(ladder).astype(np.int64)).ravel().tolist())


def _margin(margin: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(np.clip(np.rint(margin), -TAIL.max, TAIL.max).astype(np.int64).tolist())


def _block(params: Params) -> Model:
    kernel = _kernel()
    if kernel is not None:
        return kernel(params)
    return ScoreModel(params) if isinstance(params, ScoreParams) else _alert_model(params)


def _alert_model(params: Params) -> Model:
    if not isinstance(params, AlertParams):
        raise TypeError(f"{params.name} has no alerts")
    return AlertModel(params)


@cache
def _kernel() -> type | None:
    """The C++ kernels' class, where they are built."""
    try:
        from hydrophone.engine import KernelBlock
    except ImportError:
        return None
    return KernelBlock
