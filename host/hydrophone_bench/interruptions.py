"""Scheduling noise of the machine: time that a busy loop does not get of its processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from hydrophone import _kernels

LONGER_THAN_US = 1.0
"""Microseconds between two readings of the clock that count as an interruption."""


@dataclass(frozen=True, kw_only=True)
class Interruptions:
    """What a loop that only read the cycle counter did not get of its processor.

    Attributes:
        watched_s: Seconds that it ran.
        longer_than_us: The shortest gap between two readings that counts, in microseconds.
        share: Part of the time that lay in such gaps, 0 to 1.
        per_second: Gaps a second.
        p50_us: Their median, in microseconds; 0 where there was none.
        longest_us: The longest; 0 where there was none.
    """

    watched_s: float
    longer_than_us: float
    share: float
    per_second: float
    p50_us: float
    longest_us: float

    @classmethod
    def here(cls, *, seconds: float) -> Self:
        """Watches the processor that this thread runs on, without a pause, for so long."""
        watched_ns, gaps_ns = _kernels.interruptions(seconds * 1e9, LONGER_THAN_US * 1e3)
        return cls.of(watched_ns, gaps_ns)

    @classmethod
    def of(cls, watched_ns: float, gaps_ns: Sequence[float]) -> Self:
        """From the gaps, each longer than `LONGER_THAN_US`, in nanoseconds as the whole time."""
        return cls(
            watched_s=watched_ns / 1e9,
            longer_than_us=LONGER_THAN_US,
            share=sum(gaps_ns) / watched_ns,
            per_second=len(gaps_ns) * 1e9 / watched_ns,
            p50_us=float(np.median(gaps_ns or [0])) / 1e3,
            longest_us=max(gaps_ns, default=0) / 1e3,
        )

    def __str__(self) -> str:
        lost = f"an empty loop lost {100 * self.share:.2g} % of {self.watched_s:.2g} s"
        if not self.per_second:
            return f"{lost}: no interruption longer than {self.longer_than_us:g} us"
        return (
            f"{lost} to {self.per_second:,.0f} interruptions a second longer than "
            f"{self.longer_than_us:g} us, p50 {self.p50_us:.2g} us, "
            f"longest {self.longest_us:,.0f} us"
        )
