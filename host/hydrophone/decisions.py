"""Decisions of a session's fusion, in real numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone.fusion_checks import Flags, Reals
from hydrophone_model.fusion.combine import RANKED_FRACTION, Combination
from hydrophone_model.fusion.diversity import DIVERSITY
from hydrophone_model.fusion.normal import NORMAL
from hydrophone_model.fusion.performance import PERFORMANCE


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
