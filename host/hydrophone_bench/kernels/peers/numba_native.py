"""numba's loops as functions for C++."""

from collections.abc import Callable, Mapping
from typing import Any

from hydrophone_bench.kernels.peers import numba_loops as loops


def natives(numba: Any) -> Mapping[str, Any]:
    """The loops over windows, each as an object with its ``address``."""
    types = numba.types
    floats = types.CPointer(types.float32)
    signature = types.void(floats, floats, types.intp, types.CPointer(types.float64))

    def exported(call: Callable[..., None]) -> Any:
        return numba.cfunc(signature, fastmath=True, error_model="numpy")(call)

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        return numba.njit(fastmath=True, error_model="numpy")(function)

    def of_one(function: Callable[..., Any]) -> Any:
        inner = compiled(function)

        def call(x: Any, _: Any, n: int, result: Any) -> None:
            result[0] = inner(numba.carray(x, n))

        return exported(call)

    def of_two(function: Callable[..., Any]) -> Any:
        inner = compiled(function)

        def call(x: Any, y: Any, n: int, result: Any) -> None:
            result[0] = inner(numba.carray(x, n), numba.carray(y, n))

        return exported(call)

    return {
        "correlation": of_two(loops.correlation),
        "distance": of_two(loops.distance),
        "entropy": of_one(loops.entropy),
        "moving_average": of_one(loops.average),
        "variance": of_one(loops.variance),
    }
