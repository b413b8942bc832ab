"""Numerical drift of sliding statistics: the error that remains after larger samples."""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hydrophone_bench.kernels.cases import Case, Maker
from hydrophone_bench.kernels.data import after_large
from hydrophone_bench.kernels.race import answer

Doubles = NDArray[np.float64]
_STRETCH = 1 << 14
"""Windows that are looked at together."""


def errors(case: Case, makers: Mapping[str, Maker]) -> dict[str, float]:
    """The largest error of each contender in the second half of a series, after a larger first.

    Args:
        case: A series of `TRUTHS`' kernels.
        makers: Contenders by name.

    Returns:
        By name, the largest difference from the formula in float64; of the variance as a
        share of the true one. Samples spread by about 1.
    """
    seen = after_large(case)
    found = {
        name: np.asarray(answer(seen, make(seen)), np.float64) for name, make in makers.items()
    }
    worst = dict.fromkeys(found, 0.0)
    columns = [seen.data[name].astype(np.float64) for name in "xy"]
    windows = seen.length - seen.window + 1
    for first in range(seen.length // 2, windows, _STRETCH):
        last = min(first + _STRETCH, windows)
        parts = [
            sliding_window_view(column[first : last + seen.window - 1], seen.window)
            for column in columns
        ]
        truth = TRUTHS[case.kernel](*parts)
        scale = truth if case.kernel == "variance" else 1.0
        for name, values in found.items():
            off = float(np.max(np.abs(values[first:last] - truth) / scale))
            # A value that is no number is as wrong as can be.
            worst[name] = np.inf if np.isnan(off) else max(worst[name], off)
    return worst


def _correlation(x: Doubles, y: Doubles) -> Doubles:
    dx, dy = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    return (dx * dy).mean(-1) / np.sqrt((dx * dx).mean(-1) * (dy * dy).mean(-1))


def _average(x: Doubles, _: Doubles) -> Doubles:
    return x.mean(-1)


def _variance(x: Doubles, _: Doubles) -> Doubles:
    return x.var(-1)


TRUTHS = {"correlation": _correlation, "moving_average": _average, "variance": _variance}
"""The formulas, over windows in the last dimension."""
