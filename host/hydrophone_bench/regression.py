"""Change detection between benchmark runs: what is beyond the noise of this machine.

A sample is one process's median, for what differs between processes (where their memory lies, say)
is noise too. Two things must hold of a figure that is flagged: the samples differ by the two-sided
Mann-Whitney test, whose p-values are corrected for the number of figures by Holm's procedure; and
their medians differ by more than `LEAST`, and by more than `SPREADS` standard deviations of what
earlier runs' medians differ among themselves.

Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947); Holm, Scandinavian Journal of
Statistics 6 (1979).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.01
"""Share of runs without a change in which any figure is flagged, at most."""
LEAST = 0.03
"""Smallest relative change that is flagged."""
SPREADS = 3.0
_CONSISTENT = 1.4826
"""Standard deviation of a normal distribution by its median absolute deviation."""
_ENOUGH = 3
"""Earlier runs from which the spread of their medians can be told."""

Samples = Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure beside what it was.

    Attributes:
        name: Of the figure.
        before: Median of the earlier runs.
        after: Median of this run.
        p: Corrected p-value.
        least: Relative change that counts.
    """

    name: str
    before: float
    after: float
    p: float
    least: float

    @property
    def relative(self) -> float:
        """By how much it grew, as a share."""
        return self.after / self.before - 1

    @property
    def flagged(self) -> bool:
        """Whether the change is beyond the noise."""
        return self.p < ALPHA and abs(self.relative) > self.least

    @property
    def slower(self) -> bool:
        """Whether it is flagged and takes longer."""
        return self.flagged and self.relative > 0


def changes(
    earlier: Sequence[Mapping[str, Samples]], latest: Mapping[str, Samples]
) -> list[Change]:
    """What became of each figure that an earlier run has, too.

    Args:
        earlier: Samples by figure, one mapping a run.
        latest: Those of the run that is judged.
    """
    from scipy.stats import mannwhitneyu

    names = [name for name in latest if any(name in run for run in earlier)]
    pooled = {name: [x for run in earlier for x in run.get(name, ())] for name in names}
    p = [float(mannwhitneyu(pooled[name], latest[name]).pvalue) for name in names]
    return [
        Change(
            name=name,
            before=float(np.median(pooled[name])),
            after=float(np.median(latest[name])),
            p=corrected,
            least=max(LEAST, SPREADS * _spread([run[name] for run in earlier if name in run])),
        )
        for name, corrected in zip(names, holm(p), strict=True)
    ]


def holm(p: Sequence[float]) -> list[float]:
    """P-values corrected for their number: any below a level is a mistake at most so often."""
    corrected = [0.0] * len(p)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min((len(p) - rank) * p[place], 1.0))
        corrected[place] = largest
    return corrected


def _spread(runs: Sequence[Samples]) -> float:
    """Relative standard deviation of the runs' medians; 0 of too few."""
    if len(runs) < _ENOUGH:
        return 0.0
    medians = np.array([np.median(samples) for samples in runs])
    middle = np.median(medians)
    return float(_CONSISTENT * np.median(np.abs(medians - middle)) / middle)
