"""What is timed: the seven kernels, each in the shapes in which a user meets them.

A case fixes the definition and the data. Whoever takes part, ours and every peer, answers it with a
`Contender`: an expression whose value must agree with ours before it is timed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 20240808
CALLS = (64, 1024)
"""Windows of single calls."""
STREAM_WINDOW = 64
"""Window that slides, with pushes and over series."""
PUSHES = 4096
"""Pushes of one evaluation."""
SERIES = 1 << 20
"""Samples of a series."""
LARGE = 1_000_000
"""How much larger samples were before, when it is told how far results are off."""
BINS = 16
"""Bins of which a stream's entropy counts the samples."""

DEFINITIONS = {
    "correlation": "Pearson's, of x and y",
    "haar": "orthonormal Haar transform, every level, coarsest first",
    "distance": "Euclidean, of x and y",
    "entropy": "Shannon's in bits: of the shares of weights w; of a stream, of its counts by bin",
    "moving_average": "mean",
    "variance": "of the population (ddof 0)",
}
"""The kernels, and what each computes of a window."""
WHOLE = ("haar", "distance")
"""Kernels that see a series as one window."""


class Shape(StrEnum):
    """How a kernel is used."""

    CALL = "call"  # one window, from memory to result
    STREAM = "stream"  # one sample a push, a result for each
    SERIES = "series"  # a whole series in one call


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to compute.

    Attributes:
        kernel: Name of the kernel.
        shape: How it is used.
        window: Samples of a window.
        length: Samples for which one evaluation of a contender's expression pays: 1 for a call.
        definition: The formula.
        data: Arrays and lists by the names under which expressions know them.
        tolerance: Largest difference of two answers, of the largest magnitude among them.
    """

    kernel: str
    shape: Shape
    window: int
    length: int
    definition: str
    data: Mapping[str, Any]
    tolerance: float

    @property
    def key(self) -> tuple[str, Shape]:
        """By which contenders are registered."""
        return self.kernel, self.shape

    @property
    def size(self) -> str:
        """What it works on, in words."""
        window = f"{self.window:,}"
        if self.shape is not Shape.SERIES:
            return window
        return f"{self.length:,}" if self.window == self.length else f"{window} of {self.length:,}"

    @property
    def unit(self) -> str:
        """Unit of what is measured."""
        return {Shape.CALL: "ns/call", Shape.STREAM: "ns/push", Shape.SERIES: "ns/sample"}[
            self.shape
        ]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to compute a case.

    Attributes:
        code: The expression that is timed. It knows the case's data and ``names``.
        names: What it knows beside, or instead.
        answer: From the expression's value to the case's answer; not timed.
        aside: What a reader should know, such as that it drifts.
    """

    code: str
    names: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    answer: Callable[[Any], Any] = _as_it_is
    aside: str = ""


Maker = Callable[[Case], Contender]
"""Makes the contender for a case."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one library has.

    Attributes:
        contenders: By case.
        natives: Addresses of its kernels for C++,
            ``void (const float *x, const float *y, size_t n, double *result)``.
        held: What must live as long as these addresses are used.
    """

    contenders: Mapping[tuple[str, Shape], Maker]
    natives: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    held: object = None


def always(code: str, *, aside: str = "", **names: Any) -> Maker:
    """The same contender for every case."""
    return lambda case: Contender(code=code, names=names, aside=aside)


def agree(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two answers are equal but for ``tolerance`` of the largest magnitude among them."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
        return False
    scale = max(float(np.nanmax(np.abs(b), initial=0.0)), np.finfo(np.float64).tiny)
    return bool(np.nanmax(np.abs(a - b), initial=0.0) <= tolerance * scale)


def cases(*, series: int = SERIES, pushes: int = PUSHES) -> list[Case]:
    """Everything that is timed.

    Args:
        series: Samples of a series, a power of two.
        pushes: Pushes of one evaluation.
    """
    found: list[Case] = []
    for window in CALLS:
        data = _columns(window)
        found += [_case(kernel, Shape.CALL, window, 1, data) for kernel in DEFINITIONS]
    data = _streams(STREAM_WINDOW, pushes)
    found += [_case(kernel, Shape.STREAM, STREAM_WINDOW, pushes, data) for kernel in DEFINITIONS]
    data = _columns(series)
    for kernel in DEFINITIONS:
        window = series if kernel in WHOLE else STREAM_WINDOW
        found.append(_case(kernel, Shape.SERIES, window, series, data))
    return found


def _case(kernel: str, shape: Shape, window: int, length: int, data: Mapping[str, Any]) -> Case:
    return Case(
        kernel=kernel,
        shape=shape,
        window=window,
        length=length,
        definition=DEFINITIONS[kernel],
        data=data,
        tolerance=1e-4,
    )


def _columns(length: int) -> dict[str, Any]:
    """Two columns that vary together, weights, and scores."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal(length, np.float32)
    return {
        "x": x,
        "y": 0.5 * x + rng.standard_normal(length, np.float32),
        "w": rng.random(length, np.float32) + np.float32(0.001),
        "bins": _binned(x),
    }


def after_large(case: Case) -> Case:
    """The case with columns whose first half is `LARGE` times as large."""
    scale = np.ones(case.length, np.float32)
    scale[: case.length // 2] = LARGE
    return replace(case, data={**case.data, **{name: case.data[name] * scale for name in "xy"}})


def _binned(x: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The bins of samples, two to a unit."""
    return np.clip(2 * x + BINS / 2, 0, BINS - 1).astype(np.uint8)


def _streams(window: int, pushes: int) -> dict[str, Any]:
    """Numbers to push, after a history that fills the window."""
    columns = _columns(window + pushes)
    x, y = columns["x"].tolist(), columns["y"].tolist()
    bins = columns["bins"].tolist()
    return {
        "history": x[:window], "values": x[window:],
        "other_history": y[:window], "others": y[window:],
        "bin_history": bins[:window], "bins": bins[window:],
    }  # fmt: skip
