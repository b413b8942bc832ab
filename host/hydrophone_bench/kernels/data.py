"""Benchmark cases: kernels, sizes and synthetic data, the same on every machine."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Shape

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
SYSTEMS, CANDIDATES = 8, 16
"""Of a fusion, as in the preset ``default``."""
DECISIONS = 128
"""Decisions of a stream and of a series: few, so that a turn takes them several times. The first
time they are where the turn of a slow peer has left them, outside the caches."""
BINS = 16
"""Bins of which a stream's entropy counts the samples."""

DEFINITIONS = {
    "correlation": "Pearson's, of x and y",
    "haar": "orthonormal Haar transform, every level, coarsest first",
    "distance": "Euclidean, of x and y",
    "entropy": "Shannon's in bits: of the shares of weights w; of a stream, of its counts by bin",
    "moving_average": "mean",
    "variance": "of the population (ddof 0)",
    "fusion": "six combinations of what scoring systems give to candidates; a sample is a decision",
}
"""The kernels, and what each computes of a window."""
WINDOWED = [kernel for kernel in DEFINITIONS if kernel != "fusion"]
"""Kernels that see a window of samples."""
WHOLE = ("haar", "distance")
"""Kernels that see a series as one window."""


def cases(*, series: int = SERIES, pushes: int = PUSHES, decisions: int = DECISIONS) -> list[Case]:
    """Everything that is timed.

    Args:
        series: Samples of a series, a power of two.
        pushes: Pushes of one evaluation.
        decisions: Decisions of a stream or a series of fusions.
    """
    found: list[Case] = []
    for window in CALLS:
        data = _columns(window)
        found += [_case(kernel, Shape.CALL, window, 1, data) for kernel in WINDOWED]
    found.append(_fusion(Shape.CALL, 1))
    data = _streams(STREAM_WINDOW, pushes)
    found += [_case(kernel, Shape.STREAM, STREAM_WINDOW, pushes, data) for kernel in WINDOWED]
    found.append(_fusion(Shape.STREAM, decisions))
    data = _columns(series)
    for kernel in WINDOWED:
        window = series if kernel in WHOLE else STREAM_WINDOW
        found.append(_case(kernel, Shape.SERIES, window, series, data))
    return [*found, _fusion(Shape.SERIES, decisions)]


def after_large(case: Case) -> Case:
    """The case with columns whose first half is `LARGE` times as large."""
    scale = np.ones(case.length, np.float32)
    scale[: case.length // 2] = LARGE
    return replace(case, data={**case.data, **{name: case.data[name] * scale for name in "xy"}})


def _case(
    kernel: str, shape: Shape, window: int, length: int, data: Mapping[str, Any], size: str = ""
) -> Case:
    whole = f"{length:,}" if window == length else f"{window:,} of {length:,}"
    return Case(
        kernel=kernel,
        shape=shape,
        window=window,
        size=size or (whole if shape is Shape.SERIES else f"{window:,}"),
        length=length,
        definition=DEFINITIONS[kernel],
        data=data,
        tolerance=1e-4,
    )


def _columns(length: int) -> dict[str, Any]:
    """Two columns that vary together, weights, and numbers of bins."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal(length, np.float32)
    return {
        "x": x,
        "y": 0.5 * x + rng.standard_normal(length, np.float32),
        "w": rng.random(length, np.float32) + np.float32(0.001),
        "bins": np.clip(2 * x + BINS / 2, 0, BINS - 1).astype(np.uint8),
    }


def _streams(window: int, pushes: int) -> dict[str, Any]:
    """Numbers to push, after a history that fills the window."""
    columns = _columns(window + pushes)
    x, y, bins = (columns[name].tolist() for name in ("x", "y", "bins"))
    return {
        "history": x[:window], "values": x[window:],
        "other_history": y[:window], "others": y[window:],
        "bin_history": bins[:window], "bins": bins[window:],
    }  # fmt: skip


def _fusion(shape: Shape, decisions: int) -> Case:
    """Tables of scores; only of a single one is it known what the systems have shown."""
    rng = np.random.default_rng(SEED)
    tables = rng.standard_normal((decisions, SYSTEMS, CANDIDATES), np.float32)
    known = rng.random(SYSTEMS, np.float32) if shape is Shape.CALL else np.zeros(SYSTEMS, "f4")
    data = {"scores": tables[0] if shape is Shape.CALL else tables, "performance": known}
    size = f"{SYSTEMS} x {CANDIDATES}"
    return _case("fusion", shape, SYSTEMS * CANDIDATES, decisions, data, size)
