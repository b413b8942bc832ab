"""Score tables in, decisions out: a session's fusion of a user's own scoring systems.

Only the order of a system's scores and their distances relative to one another count, so that real
scores need no common scale: see `raw_scores`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone.fusion_checks import (
    Flags,
    checked_outcome,
    checked_present,
    checked_records,
    checked_scale,
    checked_scores,
)
from hydrophone_drivers.exclusive_use import NativeEngine, Work, native_engine
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.combine import RANKED_FRACTION, Combination
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.diversity import DIVERSITY
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.normal import NORMAL
from hydrophone_model.fusion.performance import PERFORMANCE

BATCH = 1 << 8
"""Decisions that are converted and taken at once: their tables stay in the cache."""
SPAN = SCORE.max - SCORE.min - 1
"""Largest distance of two raw scores, neither of them missing."""
LARGE = 2.0**1022
"""Numbers up to this have distances that are floats."""

Reals = NDArray[np.float64]
Run = Callable[[NativeEngine | None, "Decisions", Work], "Decisions"]


@dataclass(frozen=True)
class Decisions:
    """What a session decided, in real numbers; ``…`` is (decisions,), or nothing for one alone.

    Attributes:
        records: The raw records, dtype `hydrophone_model.fusion.decision.decision_dtype`; the
            array given as ``out`` if there was one.
    """

    records: NDArray[np.void]

    def __getitem__(self, event: int) -> "Decisions":
        """One decision of several."""
        return Decisions(self.records[event, ...])

    @property
    def decided(self) -> Flags:
        """Whether any system could be used, shape (…)."""
        return self.records["decided"]

    @property
    def best(self) -> NDArray[np.int64]:
        """The first candidate, of equal ones the lowest; -1 where nothing is decided; shape (…)."""
        return np.where(self.decided, self.records["best"].astype(np.int64), -1)

    @property
    def rank(self) -> Reals:
        """Rank of each candidate by the configured combination, shape (…, candidates).

        From 1 on, ties share the mean; NaN for who does not take part, or nothing is decided.
        """
        raw = self.records["rank"]
        return np.where(raw > 0, raw / 2, np.nan)

    def fused(self, combination: Combination | int) -> Reals:
        """One of the combinations, shape (…, candidates); NaN as in `rank`.

        Combined scores lie within 0 … 1 and larger is better; combined ranks are ranks.
        """
        side, place = divmod(int(Combination(combination)), len(Combination) // 2)
        name, fraction = (("fused_scores", NORMAL.fraction), ("fused_ranks", RANKED_FRACTION))[side]
        raw = self.records[name][..., place, :]
        return np.where(
            self.records["rank"] > 0, np.ldexp(raw.astype(np.float64), -fraction), np.nan
        )

    @property
    def used(self) -> Flags:
        """Which systems were used, shape (…, systems): none that lacks a score or is constant."""
        return self.records["used"]

    @property
    def diversity(self) -> Reals:
        """Diversity strength of each system, 0 … 1, shape (…, systems)."""
        return DIVERSITY.to_real(self.records["diversity"])

    @property
    def performance(self) -> Reals:
        """Running rank information coefficient of each system, -1 … 1, shape (…, systems)."""
        return PERFORMANCE.to_real(self.records["performance"])


class Fusion:
    """The fusion behind a session: checks and converts what a user gives, and keeps the state.

    Args:
        fusion_device: The device's.
        params: Its sizes.
        run: Does the work of a call, whole or not at all, and returns its result; see
            `hydrophone_drivers.exclusive_use.ExclusiveUse.run`.
    """

    def __init__(self, fusion_device: FusionDevice, params: FusionParams, run: Run) -> None:
        self._fusion_device = fusion_device
        self._native = native_engine(fusion_device)
        self._run = run
        self.params = params
        self._dtype = decision_dtype(params)
        self._judged: Flags | None = None

    def reset(self) -> None:
        """Forgets what the systems have shown, and the previous decision."""
        self._fusion_device.reset()
        self._judged = None

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._fusion_device.reconfigure(params)
        self.params = params

    def fuse(
        self,
        scores: ArrayLike,
        *,
        present: ArrayLike | None = None,
        outcome: ArrayLike | None = None,
        scale: float | None = None,
        out: NDArray[np.void] | None = None,
    ) -> Decisions:
        """See `hydrophone.Session.fuse`."""
        table = checked_scores(scores, self.params)
        lead, count = table.shape[:-2], table[..., 0, 0].size
        sizes = self.params.systems, self.params.candidates
        scale = checked_scale(scale, table)
        there = checked_present(present, lead, self.params)
        after = checked_outcome(outcome, lead, self.params)
        records = checked_records(out, self._dtype, lead, scores=table)
        table, flat = table.reshape(count, *sizes), records.reshape(count)
        there, after = there.reshape(count, sizes[1]), after.reshape(count, sizes[1])

        def decide() -> None:
            for start in range(0, count, BATCH):
                cut = slice(start, start + BATCH)
                self._decide(table[cut], there[cut], after[cut], flat[cut], scale)

        return self._run(self._native if count <= BATCH else None, Decisions(records), decide)

    def _decide(
        self,
        scores: NDArray[Any],
        present: Flags,
        outcome: Reals,
        decisions: NDArray[np.void],
        scale: float | None,
    ) -> None:
        """Decides a batch."""
        learn, judged = self._learning(present, outcome)
        raw = scores if scores.dtype == np.int16 else raw_scores(scores, present, scale)
        before = self._native and self._native.batches
        try:
            self._fusion_device.process(
                np.ascontiguousarray(raw),
                decisions,
                np.ascontiguousarray(present),
                ordered(outcome),
                learn,
            )
        except BaseException:
            # A signal handler raises when the native call is done: then it has learned.
            if self._native is None or self._native.batches == before:
                raise
            self._judged = judged
            raise
        self._judged = judged

    def _learning(self, present: Flags, outcome: Reals) -> tuple[Flags, Flags | None]:
        """Which decisions judge the last one that learned, and are the next to be judged.

        The first one of all, and whoever knows what became of every candidate that took part then.

        Returns:
            Those decisions, and who took part in the last of them.
        """
        known = np.isfinite(outcome)
        learn: Flags = np.asarray(known.all(axis=-1))
        some: Flags = np.asarray(known.any(axis=-1))
        if self._judged is None:
            learn[:1] = True
        for event in np.flatnonzero(some & ~learn):
            last = np.flatnonzero(learn[:event])
            before = present[last[-1]] if last.size else self._judged
            if before is None:
                raise RuntimeError("of what is judged for the first time, all is learned")
            learn[event] = bool(np.all(known[event] | ~before))
        judged = present[np.flatnonzero(learn)[-1]].copy() if np.any(learn) else self._judged
        return learn, judged


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
    some = scores.copy()
    known = np.isfinite(some)
    complete = known.all()
    if not complete:
        some[~known] = 0.0
    with np.errstate(over="ignore"):
        steps = (
            _spread(some, known & present[:, None, :])
            if scale is None
            else some * scale * SCORE.one
        )
    np.rint(steps, out=steps)
    np.clip(steps, MISSING + 1, SCORE.max, out=steps)
    raw = steps.astype(np.int16)
    if not complete:
        raw[~known] = MISSING
    return raw


def _spread(scores: Reals, asked: Flags) -> Reals:
    """Scores in raw steps from the lowest one of those who are asked."""
    low = np.where(asked, scores, np.inf).min(axis=-1, keepdims=True)
    high = np.where(asked, scores, -np.inf).max(axis=-1, keepdims=True)
    some = high > low
    low, high = np.where(some, low, 0.0), np.where(some, high, 1.0)
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


def ordered(outcome: Reals) -> NDArray[np.int16]:
    """Outcomes as small integers in the same order; only the order counts.

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
