"""Combinatorial fusion evaluated directly from its papers' formulas, one decision at a time.

Hsu, Chung, Kristal: Combinatorial Fusion Analysis, 2006 (rank-score functions, combinations); Hsu,
Kristal, Schweikert: Rank-Score Characteristics Function and Cognitive Diversity, 2010 (diversity
of rank-score functions, diversity strength). Nothing of the package is used here. Ranks and sums
are exact fractions, roots are float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

Scores = Sequence[Sequence[float | None]]
"""Systems' scores of the candidates; None is missing."""
Row = list[Fraction]


@dataclass
class Truth:
    """One decision; candidates are the present ones, systems the used ones, in their order."""

    systems: list[int]
    candidates: list[int]
    normal: list[Row]
    ranks: list[Row]
    functions: list[Row]
    strength: list[float]

    def average(self, rows: list[Row]) -> Row:
        return [sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True)]

    def weighted(self, rows: list[Row], weights: Sequence[float]) -> list[float]:
        exact = [Fraction(weight) for weight in weights]
        return [
            float(sum(w * x for w, x in zip(exact, column, strict=True)) / sum(exact))
            for column in zip(*rows, strict=True)
        ]

    def score_combination(self, weights: Sequence[float]) -> list[float]:
        """Weighted by the weights; the average where all are zero."""
        if not any(weights):
            return list(map(float, self.average(self.normal)))
        return self.weighted(self.normal, weights)

    def rank_combination(self, weights: Sequence[float], least: float) -> list[float]:
        """Weighted by the reciprocals of the weights, none of which counts less than ``least``."""
        if not any(weights):
            return list(map(float, self.average(self.ranks)))
        return self.weighted(self.ranks, [1 / max(weight, least) for weight in weights])


def mean_ranks(values: Sequence[float]) -> Row:
    """Descending: the largest has rank 1, equal ones share the mean of their ranks."""
    ranks: Row = []
    for value in values:
        first = 1 + sum(other > value for other in values)
        last = first + sum(other == value for other in values) - 1
        ranks.append(Fraction(first + last, 2))
    return ranks


def diversity(f: Row, g: Row) -> float:
    """CD(A, B) = sqrt(sum_i (f_A(i) - f_B(i))**2 / n)."""
    return sqrt(sum((a - b) ** 2 for a, b in zip(f, g, strict=True)) / len(f))


def spearman(ranks: Row, others: Row) -> float:
    """1 - 6 sum d**2 / (n (n**2 - 1)), as published for ranks without ties."""
    n = len(ranks)
    squares = sum((a - b) ** 2 for a, b in zip(ranks, others, strict=True))
    return float(1 - 6 * squares / (n * (n * n - 1)))


def evaluate(scores: Scores, present: Sequence[bool]) -> Truth:
    """Ranks, normal scores, rank-score functions and diversity strengths of one decision."""
    candidates = [place for place, there in enumerate(present) if there]
    systems: list[int] = []
    normal: list[Row] = []
    ranks: list[Row] = []
    for number, system in enumerate(scores):
        known = [value for place in candidates if (value := system[place]) is not None]
        if len(known) < len(candidates) or len(set(known)) < 2:
            continue
        low, high = Fraction(min(known)), Fraction(max(known))
        systems.append(number)
        normal.append([(Fraction(value) - low) / (high - low) for value in known])
        ranks.append(mean_ranks(known))
    functions = [sorted(row, reverse=True) for row in normal]
    strength = [
        sum(diversity(f, g) for g in functions) / max(len(functions) - 1, 1) for f in functions
    ]
    return Truth(systems, candidates, normal, ranks, functions, strength)


def learned(
    performance: Sequence[float],
    before: Truth | None,
    outcome: Sequence[float] | None,
    rate: int,
) -> list[float]:
    """Performances after the outcomes of a decision: an average that forgets by 2**-rate."""
    after = list(performance)
    if before is None or outcome is None:
        return after
    known = [outcome[place] for place in before.candidates]
    if len(set(known)) < 2:
        return after
    truth = mean_ranks(known)
    for system, ranks in zip(before.systems, before.ranks, strict=True):
        after[system] += (spearman(ranks, truth) - after[system]) / 2**rate
    return after
