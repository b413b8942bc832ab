"""Ranking metrics: rank information coefficient, hit rate, and their standard errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.ranks import ranked

Real = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Mean:
    """A mean over settlements and its standard error."""

    value: float
    error: float

    @property
    def t(self) -> float:
        """The mean in units of its error; 0 where it has none."""
        return self.value / self.error if self.error > 0 else 0.0

    def __str__(self) -> str:
        return f"{self.value:+.3f} ± {self.error:.3f}"


def coefficients(keys: Raw, present: Flags, outcome: Raw) -> Real:
    """Rank information coefficient of each settlement: Spearman's, with mean ranks for ties.

    Args:
        keys: What candidates are ordered by, larger is better, shape (settlements, candidates).
        present: Who takes part, of the same shape.
        outcome: What became of them, of the same shape.

    Returns:
        Shape (settlements,); 0 where the keys tell no candidate from another, NaN where the
        outcomes do not.
    """
    ours, theirs = (_centred(ranked(column, present)[0], present) for column in (keys, outcome))
    covariance = (ours * theirs).sum(axis=-1)
    energy, wanted = np.square(ours).sum(axis=-1), np.square(theirs).sum(axis=-1)
    scale = np.sqrt(energy * wanted)
    correlation = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
    return np.where(wanted > 0, correlation, np.nan)


def _centred(half: Raw, present: Flags) -> Real:
    count = np.maximum(present.sum(axis=-1, keepdims=True), 1)
    mean = np.where(present, half, 0).sum(axis=-1, keepdims=True) / count
    return np.where(present, half - mean, 0.0)


def hits(keys: Raw, present: Flags, outcome: Raw) -> tuple[Real, Real]:
    """Whether the best candidate did better than the mean, and how likely any candidate would.

    Equal to the mean is half a hit; of several best candidates each counts its share.

    Returns:
        Two arrays of shape (settlements,); NaN where the outcomes tell no candidate from another.
    """
    count = np.maximum(present.sum(axis=-1, keepdims=True), 1)
    mean = np.where(present, outcome, 0).sum(axis=-1, keepdims=True) / count
    better = (np.sign(outcome - mean) + 1) / 2
    half = ranked(keys, present)[0]
    best = present & (half == np.where(present, half, half.max() + 1).min(axis=-1, keepdims=True))
    decisive = np.any(present & (outcome != mean), axis=-1)
    hit, chance = (
        np.where(who, better, 0).sum(axis=-1) / np.maximum(who.sum(axis=-1), 1)
        for who in (best, present)
    )
    return np.where(decisive, hit, np.nan), np.where(decisive, chance, np.nan)


def mean_of(values: Real) -> Mean:
    """Mean of the settlements that tell something, with the error of Newey and West (1987).

    Settlements that follow one another may resemble each other: their covariances count up to the
    usual lag, ``4 (T / 100)**(2/9)``, with Bartlett's weights.
    """
    known = values[~np.isnan(values)]
    if known.size < 2:
        return Mean(value=float(known.mean()) if known.size else 0.0, error=0.0)
    away = known - known.mean()
    lags = min(known.size - 1, int(4 * (known.size / 100) ** (2 / 9)))
    variance = float(away @ away)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(away[lag:] @ away[:-lag])
    return Mean(value=float(known.mean()), error=float(np.sqrt(max(variance, 0.0))) / known.size)


def pooled(means: list[Mean]) -> Mean:
    """Mean of independent means, each of the same weight."""
    error = float(np.sqrt(sum(mean.error**2 for mean in means))) / len(means)
    return Mean(value=float(np.mean([mean.value for mean in means])), error=error)
