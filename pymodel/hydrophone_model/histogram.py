"""Log-bucketed latency histogram (as HdrHistogram's): constant relative error, constant memory.

Each doubling of the value has ``2**SUB_BITS`` buckets of equal width, so that a quantile is never
below the exact one and at most ``2**-SUB_BITS`` of it above. Values are picoseconds: a stage that
takes some tens of nanoseconds an event is resolved as finely as one that takes a second.

The memory of a histogram is one array of uint64: the buckets, and behind them sum, least and
largest value. The C++ recorder (``host/kernels/core/histogram.hpp``) writes to the same layout;
its constants are generated from here.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

SUB_BITS = 6
"""Binary logarithm of the buckets of a doubling."""
VALUE_BITS = 50
"""Bits of the largest value, some 19 minutes; what is larger is counted as this."""
BUCKETS = (VALUE_BITS - SUB_BITS + 1) << SUB_BITS
SUM = BUCKETS
"""Place of the sum of all values."""
LEAST = BUCKETS + 1
"""Place of the least value, all ones where there is none."""
MOST = BUCKETS + 2
"""Place of the largest value."""
WORDS = BUCKETS + 3
"""Length of the memory."""

QUANTILES = (0.5, 0.9, 0.99, 0.999, 0.9999)
"""What `LogHistogram.record_of` tells."""
_LARGEST = (1 << VALUE_BITS) - 1
_NONE = 2**64 - 1
PS_PER_NS = 1000

Memory = NDArray[np.uint64]


def bucket_of(values: ArrayLike) -> NDArray[np.int64]:
    """Index of the bucket of each value; values are picoseconds of at least 0."""
    clipped = np.minimum(np.asarray(values, np.uint64), np.uint64(_LARGEST))
    # Doubles hold integers of 50 bits exactly, and frexp tells their width.
    width = np.frexp(clipped.astype(np.float64))[1].astype(np.int64)
    shift = np.maximum(width - (SUB_BITS + 1), 0)
    return (shift << SUB_BITS) + (clipped >> shift.astype(np.uint64)).astype(np.int64)


def upper_bounds() -> Memory:
    """Largest value of each bucket, shape (BUCKETS,)."""
    index = np.arange(BUCKETS, dtype=np.int64)
    shift = np.maximum((index >> SUB_BITS) - 1, 0)
    return (((index - (shift << SUB_BITS) + 1) << shift) - 1).astype(np.uint64)


_UPPER = upper_bounds()


class LogHistogram:
    """Latency histogram: counts of events by the picoseconds that each took.

    Args:
        memory: What it counts in, shape (WORDS,), uint64; an empty one if left out.

    Attributes:
        memory: The same.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        if memory is None:
            memory = np.zeros(WORDS, np.uint64)
            memory[LEAST] = _NONE
        elif memory.shape != (WORDS,) or memory.dtype != np.uint64:
            raise ValueError(f"memory has {memory.shape} of {memory.dtype}: give {WORDS} of uint64")
        self.memory = memory

    @classmethod
    def of(cls, memory: bytes) -> Self:
        """A copy of what was exported as bytes."""
        return cls(np.frombuffer(memory, np.uint64).copy())

    @classmethod
    def of_sparse(cls, buckets: Sequence[Sequence[int]]) -> Self:
        """From `sparse`; sum and extremes are those of the buckets."""
        histogram = cls()
        for place, events in buckets:
            histogram.record_many([int(_UPPER[place])], [events])
        return histogram

    def sparse(self) -> list[list[int]]:
        """Buckets that are not empty: index and events of each."""
        filled = np.flatnonzero(self.memory[:BUCKETS])
        return [[int(place), int(self.memory[place])] for place in filled]

    @property
    def count(self) -> int:
        """Events."""
        return int(self.memory[:BUCKETS].sum())

    @property
    def total(self) -> int:
        """Sum of all values, in picoseconds."""
        return int(self.memory[SUM])

    @property
    def least(self) -> int:
        """Least value in picoseconds; 0 where there is none."""
        least = int(self.memory[LEAST])
        return 0 if least == _NONE else least

    @property
    def most(self) -> int:
        """Largest value in picoseconds; 0 where there is none."""
        return int(self.memory[MOST])

    def record(self, value: int, events: int = 1) -> None:
        """Counts ``events`` events that took so many picoseconds each."""
        self.record_many([value], [events])

    def record_many(self, values: ArrayLike, events: ArrayLike = 1) -> None:
        """Counts events by the picoseconds that each took.

        Args:
            values: Shape (n,), at least 0.
            events: How many took each value, shape (n,) or one number for all.
        """
        values = np.minimum(np.asarray(values, np.uint64), np.uint64(_LARGEST))
        weights = np.broadcast_to(np.asarray(events, np.uint64), values.shape)
        values, weights = values[weights > 0], weights[weights > 0]
        if not values.size:
            return
        np.add.at(self.memory, bucket_of(values), weights)
        self.memory[SUM] += (values * weights).sum(dtype=np.uint64)
        self.memory[LEAST] = min(self.memory[LEAST], values.min())
        self.memory[MOST] = max(self.memory[MOST], values.max())

    def merge(self, other: "LogHistogram") -> None:
        """Adds all that another one has counted."""
        self.memory[:LEAST] += other.memory[:LEAST]
        self.memory[LEAST] = min(self.memory[LEAST], other.memory[LEAST])
        self.memory[MOST] = max(self.memory[MOST], other.memory[MOST])

    def since(self, before: "LogHistogram") -> Self:
        """What was counted after a copy was made; least and largest are those of the buckets."""
        memory = self.memory.copy()
        memory[:LEAST] -= before.memory[:LEAST]
        filled = np.flatnonzero(memory[:BUCKETS])
        memory[LEAST] = _UPPER[filled[0]] if filled.size else _NONE
        memory[MOST] = min(_UPPER[filled[-1]], self.memory[MOST]) if filled.size else 0
        return type(self)(memory)

    def copy(self) -> Self:
        """A copy as it is now."""
        return type(self)(self.memory.copy())

    def reset(self) -> None:
        """Forgets everything."""
        self.memory[:] = 0
        self.memory[LEAST] = _NONE

    def quantile(self, q: float) -> int:
        """The least value that at least ``q`` of the events do not pass, in picoseconds.

        It is the exact one (NumPy's ``inverted_cdf``) or above it by less than its bucket's width;
        0 of an empty histogram.

        Raises:
            ValueError: ``q`` is not within 0 … 1.
        """
        if not 0 <= q <= 1:
            raise ValueError(f"q = {q} is not allowed: use 0 … 1")
        sums = np.cumsum(self.memory[:BUCKETS])
        count = int(sums[-1])
        if not count:
            return 0
        rank = min(max(int(np.ceil(q * count)), 1), count)
        place = int(np.searchsorted(sums, rank))
        return max(min(int(_UPPER[place]), self.most), self.least)

    def at_most(self, bounds: Sequence[int]) -> list[int]:
        """Events that took at most each bound, in picoseconds, as Prometheus counts them.

        Those of the bucket that holds a bound count as above it, unless it is the bucket's last
        value.
        """
        sums = np.concatenate(([0], np.cumsum(self.memory[:BUCKETS])))
        return [int(sums[np.searchsorted(_UPPER, bound, side="right")]) for bound in bounds]

    def record_of(self) -> dict[str, Any]:
        """Figures for programs (JSON), in nanoseconds an event: quantiles, mean, extremes."""
        count = self.count
        return {
            "unit": "ns per event",
            "events": count,
            "mean": round(self.total / count / PS_PER_NS, 3) if count else 0.0,
            "min": self.least / PS_PER_NS,
            **{f"p{100 * q:g}": self.quantile(q) / PS_PER_NS for q in QUANTILES},
            "max": self.most / PS_PER_NS,
        }
