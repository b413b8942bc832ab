"""Results of the kernels' benchmark as data."""

from dataclasses import asdict, dataclass, field
from typing import Any

from hydrophone_bench.kernels.cases import Shape
from hydrophone_bench.machine import Machine

MARKS = {
    "correlation": (50, 100, 150),
    "haar": (50, 100, 150),
    "distance": (25, 50, 100),
    "fusion": (200, 200, 300),
    "entropy": (100, 150, 200),
    "moving_average": (100, 100, 150),
    "variance": (100, 100, 150),
}
"""Nanoseconds of a call that were claimed before there was a measurement, without a window: what
has to be beaten on AVX-512, AVX2 and NEON."""
MARKED = ("avx512", "avx2", "neon")
"""Instruction sets of the marks."""


@dataclass(frozen=True, kw_only=True)
class PeerTime:
    """A peer in one case.

    Attributes:
        ns: Median time, in the row's unit.
        ratio: Median, over the rounds, of its time by ours of the same round.
        code: The expression that was timed.
        aside: What to know about it.
    """

    ns: float
    ratio: float
    code: str
    aside: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case.

    Attributes:
        kernel: Name.
        shape: How it is used.
        window: Samples of a window.
        size: What it works on, in words.
        length: Samples or pushes of one evaluation.
        definition: The formula.
        unit: Of every time.
        ns: Our median time.
        code: The expression of ours that was timed.
        peers: By name; empty where no peer computes this.
    """

    kernel: str
    shape: Shape
    window: int
    size: str
    length: int
    definition: str
    unit: str
    ns: float
    code: str
    peers: dict[str, PeerTime] = field(default_factory=dict[str, PeerTime])

    @property
    def nearest(self) -> str:
        """The peer that takes the least time; empty where there is none."""
        return min(self.peers, key=lambda name: self.peers[name].ratio, default="")

    @property
    def ahead(self) -> list[str]:
        """Peers that are faster than ours."""
        return [name for name, peer in self.peers.items() if peer.ratio < 1]


@dataclass(frozen=True, kw_only=True)
class Native:
    """A kernel called from C++.

    Attributes:
        kernel: Name.
        window: Samples of the window; 0 of a fusion.
        size: What it works on, in words.
        throughput: Median nanoseconds of calls back to back, by instruction set or peer.
        latency: The same of calls that each wait for the result before.
    """

    kernel: str
    window: int
    size: str
    throughput: dict[str, float]
    latency: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far a sliding kernel is off that has seen larger samples.

    Attributes:
        kernel: Name.
        window: Samples of the window.
        size: What it works on, in words.
        errors: The largest error of ours and of each peer.
    """

    kernel: str
    window: int
    size: str
    errors: dict[str, float]


@dataclass(kw_only=True)
class KernelReport:
    """All of one run.

    Attributes:
        machine: Where.
        isa: Instruction set of the rows.
        versions: Of the peers that took part.
        missing: Peers that are not installed.
        rows: Calls, pushes and series from Python.
        native: Calls from C++.
        drifts: Errors of what slides over a series.
        native_work: How those were timed.
        notes: What could not be measured, and why.
    """

    machine: Machine
    isa: str
    versions: dict[str, str]
    missing: list[str]
    rows: list[Row] = field(default_factory=list[Row])
    native: list[Native] = field(default_factory=list[Native])
    drifts: list[Drift] = field(default_factory=list[Drift])
    native_work: str = ""
    notes: list[str] = field(default_factory=list[str])

    def of(self, shape: Shape) -> list[Row]:
        """The rows of one shape."""
        return [row for row in self.rows if row.shape is shape]

    @property
    def behind(self) -> list[str]:
        """Where a peer is ahead of ours, a sentence each."""
        return [
            f"{name} is ahead of ours: {row.kernel}, {row.shape}, {row.size}, "
            f"{row.peers[name].ratio:.2f} times ours"
            for row in self.rows
            for name in row.ahead
        ] + [
            f"{name} is ahead of ours from C++: {native.kernel}, {native.size}, "
            f"{ns:.3g} ns where ours takes {native.throughput[self.isa]:.3g}"
            for native in self.native
            for name, ns in native.throughput.items()
            if name in self.versions and ns < native.throughput[self.isa]
        ]

    @property
    def missed(self) -> list[str]:
        """Marks that ours misses at the smallest window, a sentence each."""
        smallest = min((native.window for native in self.native if native.window), default=0)
        return [
            f"ours misses a mark: {native.kernel}, {native.size}, {isa}, "
            f"{native.latency[isa]:.3g} ns where {mark} is claimed"
            for native in self.native
            for isa, mark in zip(MARKED, MARKS[native.kernel], strict=True)
            if native.window in (0, smallest) and native.latency.get(isa, 0) > mark
        ]

    def record(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return asdict(self)
