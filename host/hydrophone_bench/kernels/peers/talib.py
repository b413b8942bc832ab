"""TA-Lib: indicators over float64 series, and handles that carry one forward."""

from importlib import import_module
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Maker, Offer, Shape

_FUNCTIONS = {"moving_average": "SMA", "variance": "VAR", "correlation": "CORREL"}


def load() -> Offer:
    """What TA-Lib offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    talib: Any = import_module("talib")
    handles: Any = import_module("talib.stream")
    offered: dict[tuple[str, Shape], Maker] = {}
    for kernel, name in _FUNCTIONS.items():
        function, handle = getattr(talib, name), getattr(handles, name)
        offered[kernel, Shape.CALL] = _call(name, function, kernel)
        offered[kernel, Shape.SERIES] = _series(name, function, kernel)
        offered[kernel, Shape.STREAM] = _stream(handle, kernel)
    return Offer(contenders=offered)


def _inputs(kernel: str, x: str, y: str) -> str:
    return f"{x}, {y}" if kernel == "correlation" else x


def _doubles(case: Case, *names: str) -> list[Any]:
    return [np.asarray(case.data[name], np.float64) for name in names if name in case.data]


def _call(name: str, function: Any, kernel: str) -> Maker:
    def contender(case: Case) -> Contender:
        columns = dict(zip("xy", _doubles(case, "x", "y"), strict=False))
        names = {**columns, name: function, "n": case.window}
        return Contender(code=f"{name}({_inputs(kernel, 'x', 'y')}, n)[-1]", names=names)

    return contender


def _series(name: str, function: Any, kernel: str) -> Maker:
    def contender(case: Case) -> Contender:
        columns = dict(zip("xy", _doubles(case, "x", "y"), strict=False))
        names = {**columns, name: function, "n": case.window}
        return Contender(
            code=f"{name}({_inputs(kernel, 'x', 'y')}, n)",
            names=names,
            answer=lambda value: value[case.window - 1 :],
            aside="float64",
        )

    return contender


def _stream(handle: Any, kernel: str) -> Maker:
    def contender(case: Case) -> Contender:
        histories = _doubles(case, "history", "other_history")
        begun = handle(*histories[: 2 if kernel == "correlation" else 1], case.window)
        return Contender(
            code=f"list(map(push, {_inputs(kernel, 'values', 'others')}))",
            names={"push": begun.update},
            aside="float64",
        )

    return contender
