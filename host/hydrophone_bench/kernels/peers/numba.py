"""numba: the loops one would write, compiled for this processor with ``fastmath``."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Maker, Offer, Shape, always
from hydrophone_bench.kernels.data import BINS, CANDIDATES, SYSTEMS
from hydrophone_bench.kernels.peers import numba_loops as loops
from hydrophone_bench.kernels.peers.numba_fusion import fuse
from hydrophone_bench.kernels.peers.numba_native import natives
from hydrophone_bench.kernels.peers.streams import pushed

Function = Callable[..., Any]
_DRIFTS = "running sums, which drift"


def load() -> Offer:
    """What one writes with numba.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    numba: Any = import_module("numba")

    def compiled(function: Function) -> Function:
        return numba.njit(fastmath=True, error_model="numpy")(function)

    def window(code: str, function: Function) -> Maker:
        return always(code, aside="sums in float32", **{function.__name__: compiled(function)})

    def series(code: str, function: Function) -> Maker:
        def contender(case: Case) -> Contender:
            out = np.zeros(case.length, np.float32)
            names = {function.__name__: compiled(function), "out": out, "n": case.window}
            return Contender(
                code=code,
                names=names,
                answer=lambda _: out[case.window - 1 :].copy(),
                aside=_DRIFTS,
            )

        return contender

    def stream(function: Function, state: int, *columns: str, aside: str = _DRIFTS) -> Maker:
        def contender(case: Case) -> Contender:
            step = compiled(function)
            ring, sums = np.zeros((2, case.window)), np.zeros(state)
            if function is loops.push_entropy:
                sums[1:3] = case.window * np.log2(case.window), case.window

            def push(*sample: float) -> float:
                return step(ring, sums, *sample)

            return pushed(case, push, *columns, aside=aside)

        return contender

    def haar_into(case: Case) -> Contender:
        out, scratch = np.zeros((2, case.data["x"].size), np.float32)
        names = {"haar": compiled(loops.haar), "out": out, "scratch": scratch}
        return Contender(code="haar(x, out, scratch)", names=names, answer=lambda _: np.array(out))

    def fusion(case: Case) -> Contender:
        tables = case.data["scores"].reshape(-1, SYSTEMS, CANDIDATES)
        out = np.zeros((len(tables), 6, CANDIDATES), np.float32)
        names = {
            "fuse": compiled(fuse), "tables": tables, "out": out,
            "scratch": np.zeros((3, SYSTEMS, CANDIDATES + 1), np.float32),
        }  # fmt: skip
        return Contender(
            code="fuse(tables, performance, out, scratch)",
            names=names,
            answer=lambda _: np.squeeze(out.copy()),
        )

    functions = natives(numba)
    distance = window("distance(x, y)", loops.distance)
    return Offer(
        contenders={
            ("correlation", Shape.CALL): window("correlation(x, y)", loops.correlation),
            ("distance", Shape.CALL): distance,
            ("distance", Shape.SERIES): distance,
            ("entropy", Shape.CALL): window("entropy(w)", loops.entropy),
            ("moving_average", Shape.CALL): window("average(x)", loops.average),
            ("variance", Shape.CALL): window("variance(x)", loops.variance),
            ("haar", Shape.CALL): haar_into,
            ("haar", Shape.SERIES): haar_into,
            ("fusion", Shape.CALL): fusion,
            ("fusion", Shape.SERIES): fusion,
            ("moving_average", Shape.SERIES): series(
                "moving_average(x, n, out)", loops.moving_average
            ),
            ("variance", Shape.SERIES): series("moving_variance(x, n, out)", loops.moving_variance),
            ("correlation", Shape.SERIES): series(
                "moving_correlation(x, y, n, out)", loops.moving_correlation
            ),
            ("entropy", Shape.SERIES): series("moving_entropy(bins, n, out)", loops.moving_entropy),
            ("moving_average", Shape.STREAM): stream(loops.push_average, 2, "values"),
            ("variance", Shape.STREAM): stream(loops.push_variance, 3, "values"),
            ("correlation", Shape.STREAM): stream(loops.push_correlation, 6, "values", "others"),
            ("distance", Shape.STREAM): stream(loops.push_distance, 2, "values", "others"),
            ("entropy", Shape.STREAM): stream(loops.push_entropy, 2 + BINS, "bins"),
        },
        natives={name: function.address for name, function in functions.items()},
        held=functions,
    )
