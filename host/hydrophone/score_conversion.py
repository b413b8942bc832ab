"""Score conversion: real scores and outcomes as the raw integers that a fusion takes.

Only the order of a system's scores and their distances relative to one another count, so that real
scores need no common scale: see `raw_scores`.
"""

import numpy as np
from numpy.typing import NDArray

from hydrophone.fusion_checks import Flags, Reals
from hydrophone_model.formats import MISSING, SCORE

SPAN = SCORE.max - SCORE.min - 1
"""Largest distance of two raw scores, neither of them missing."""
LARGE = 2.0**1022
"""Numbers up to this have distances that are floats."""


def raw_scores(scores: Reals, present: Flags, scale: float | None = None) -> NDArray[np.int16]:
    """Real scores as the fusion takes them; what is not finite is missing.

    Without a scale each system is spread anew in every decision, over the present candidates: its
    lowest score becomes the lowest raw one, and a power of two stretches the rest as far as the
    format allows. The fusion normalises each system just so: adding a constant to a system's
    scores or doubling them changes nothing, neither past nor future enters, and two candidates tie
    only if they differ by less than a 32,000th of their system's range.

    Args:
        scores: Shape (decisions, systems, candidates).
        present: Who takes part, shape (decisions, candidates).
        scale: What to multiply all scores with instead, before they become
            `hydrophone_model.formats.SCORE` from -128 to 128 in steps of 1/256: beyond, they
            saturate.
    """
    # Of a copy: others may write to the caller's scores meanwhile.
    reals = scores.copy()
    known = np.isfinite(reals)
    complete = known.all()
    if not complete:
        reals[~known] = 0.0
    with np.errstate(over="ignore"):
        steps = (
            _spread_steps(reals, known & present[:, None, :])
            if scale is None
            else reals * scale * SCORE.one
        )
    np.rint(steps, out=steps)
    np.clip(steps, MISSING + 1, SCORE.max, out=steps)
    raw = steps.astype(np.int16)
    if not complete:
        raw[~known] = MISSING
    return raw


def _spread_steps(scores: Reals, counted: Flags) -> Reals:
    """Scores in raw steps above the lowest of those that are counted."""
    low = np.where(counted, scores, np.inf).min(axis=-1, keepdims=True)
    high = np.where(counted, scores, -np.inf).max(axis=-1, keepdims=True)
    varies = high > low
    low, high = np.where(varies, low, 0.0), np.where(varies, high, 1.0)
    # Halves of the largest numbers, whose distance has no float; halves of the smallest would tie.
    if high.max(initial=0.0) > LARGE or low.min(initial=0.0) < -LARGE:
        half = np.where(np.maximum(high, -low) > LARGE, 0.5, 1.0)
        scores, low, high = scores * half, low * half, high * half
    span = high - low
    places = 16 - np.frexp(span)[1]
    places -= np.ldexp(span, places) > SPAN
    steps = scores - low
    # Two factors, for one may be too large for a float.
    steps *= np.ldexp(1.0, places // 2)
    steps *= np.ldexp(1.0, places - places // 2)
    steps += MISSING + 1
    return steps


def dense_ranks(outcome: Reals) -> NDArray[np.int16]:
    """Dense ranks of outcomes, from 0: small integers in the same order, which alone counts.

    Args:
        outcome: Shape (decisions, candidates).
    """
    order = np.argsort(outcome, axis=-1)
    values = np.take_along_axis(outcome, order, axis=-1)
    places = np.zeros(outcome.shape, np.int16)
    np.cumsum(values[:, 1:] > values[:, :-1], axis=-1, out=places[:, 1:])
    result = np.empty_like(places)
    np.put_along_axis(result, order, places, axis=-1)
    return result
