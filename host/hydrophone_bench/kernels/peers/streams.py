"""Contenders that push a stream; libraries without state are given the window from a ring."""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Maker

HISTORY = {"values": "history", "others": "other_history", "bins": "bin_history"}
"""By the name of a column to push, what fills the window before."""


def pushed(
    case: Case, push: Callable[..., Any], *columns: str, last: bool = False, aside: str = ""
) -> Contender:
    """A contender whose ``push`` takes a number of each column; its window is filled here.

    Args:
        case: What is pushed.
        push: Takes a sample, returns the window's result.
        columns: Names of the columns.
        last: Whether only the last result is kept, as where all are one and the same array.
        aside: What to know.
    """
    for sample in zip(*(case.data[HISTORY[name]] for name in columns), strict=True):
        push(*sample)
    results = f"map(push, {', '.join(columns)})"
    return Contender(
        code=f"deque({results}, 1)[0]" if last else f"list({results})",
        names={"push": push, "deque": deque},
        aside=aside,
    )


def recomputed(statistic: Callable[..., Any], *columns: str, dtype: Any = np.float32) -> Maker:
    """A contender that pushes into rings and asks for the statistic of all that they hold."""

    def contender(case: Case) -> Contender:
        rings = [np.zeros(case.window, dtype) for _ in columns]
        place = 0

        def push(*sample: float) -> Any:
            nonlocal place
            for ring, value in zip(rings, sample, strict=True):
                ring[place] = value
            place = (place + 1) % case.window
            return statistic(*rings)

        return pushed(case, push, *columns, aside="the window computed anew")

    return contender
