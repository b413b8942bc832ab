"""Arguments of every kind in every place: each call returns or raises, and the process lives.

python -m tests.host.scripts.hostile SEED CALLS; good arguments of the engines' and the kernels'
functions, some of them replaced or deformed.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from tests.host.tapes import random_tape

import hydrophone
from hydrophone import EVENT, DesignConfig, kernels
from hydrophone.engine import CpuEngine, FusionEngine, SignalPipelineEngine

CONFIG = DesignConfig.build(
    {"symbols": 4, "classes": 2, "fusion": {"candidates": 3}}, name="hostile"
)
ERRORS = (TypeError, ValueError, RuntimeError, OverflowError, MemoryError)
LONGEST = 10**6
"""Windows beyond take all memory there is, and are refused after that."""


class Pretender(np.ndarray):
    """What it says of itself is not so."""

    dtype: Any = property(lambda _: EVENT.dtype)
    shape: Any = property(lambda _: (10**9,))


class Interface:
    """An array by its interface alone, and at no address."""

    __array_interface__: ClassVar = {
        "shape": (10,),
        "typestr": "<f4",
        "data": (0, False),
        "version": 3,
    }
    dtype = EVENT.dtype


def strange(tape: np.ndarray) -> list[Any]:
    """Values that are wrong in most places."""
    everywhere = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (10**6,), (0,))
    return [
        None, 1, -1, 2**70, 1.5, float("nan"), "x", b"xx", [], [1], (), {}, np.ma.masked,
        tape, tape[0], tape.reshape(2, -1), np.zeros((), EVENT.dtype), memoryview(tape.tobytes()),
        tape.view(np.uint8).view(Pretender), Interface(), np.ma.array(tape), tape.astype(object),
        np.broadcast_to(tape[:1], LONGEST), everywhere, np.full((100, 3), 255, np.uint8).view(bool),
        *(np.zeros(100, kind) for kind in ("f4", "f8", "f2", "u1", "i2", ">i2", "M8[s]", "c16")),
        np.full((8, 3), np.nan), np.full(100, 255, np.uint8), np.zeros((3, 3, 3, 3), np.float32),
    ]  # fmt: skip


def good() -> list[tuple[Callable[..., object], list[Any]]]:
    rng = np.random.default_rng(1)
    tape = random_tape(1, 100, 4)
    session = hydrophone.open("cpu", CONFIG)
    engine, signal_pipeline, fusion = (
        CpuEngine(CONFIG.pipeline), SignalPipelineEngine(CONFIG), FusionEngine(CONFIG.fusion)
    )  # fmt: skip
    results = session.process(tape)
    said = results.copy()
    records = session.decide(tape, results).records
    raw = rng.integers(-9, 9, (100, 8, 3)).astype(np.int16)
    real, x = raw.astype(np.float32), rng.normal(size=128).astype(np.float32)
    bins, fixed = np.zeros(128, np.uint8), np.arange(128, dtype=np.int16)
    flags, outcome = np.ones((100, 3), np.bool_), np.zeros((100, 3), np.int16)
    fused = np.zeros((100, 6, 3), np.float32)
    systems = kernels.Fusion(8, 3)
    return [
        (engine.process, [tape, results]),
        (signal_pipeline.process, [tape, results, records]),
        (signal_pipeline.decide, [tape, said, records]),
        (fusion.process, [raw, records, flags, outcome, flags[:, 0].copy()]),
        (session.process, [tape, results]),
        (session.decide, [tape, said, records]),
        (lambda *a: session.fuse(a[0], **dict(zip(("present", "outcome", "scale"), a[1:]))),  # noqa: B905
         [raw, flags, outcome.astype(float), None]),
        (systems.push, [real[0], x[:3].copy(), flags[0].copy(), fused[0]]),
        (systems.push_many, [real, x[:100, None].repeat(3, 1).copy(), flags, fused]),
        (kernels.fuse, [real[0], x[:8].copy(), flags[0].copy(), fused[0]]),
        (kernels.moving_average, [x, 8, x.copy()]),
        (kernels.moving_correlation, [x, x[::-1].copy(), 8, x.copy()]),
        (kernels.moving_entropy, [bins, 8, x.copy()]),
        (kernels.moving_haar, [x, 8, np.zeros((128, 4), np.float32)]),
        (kernels.haar, [x, x.copy(), 3]),
        (kernels.correlation, [fixed, fixed]),
        (kernels.entropy, [bins]),
        (kernels.Average(8).push_many, [x, x.copy()]),
        (kernels.Distance(8, dtype=np.int16).push_many, [fixed, fixed, np.zeros(128, np.int64)]),
        (kernels.Entropy(8).push_many, [bins, x.copy()]),
        (kernels.Haar(8).push_many, [x, np.zeros((128, 4), np.float32)]),
        (kernels.Haar(8).push, [1.0]),
    ]  # fmt: skip


def deformed(array: Any, rng: np.random.Generator) -> Any:
    """The same array reversed, cut, strided, moved to an odd address, turned, swapped or masked."""
    moved = np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view(array.dtype)
    ways: list[Callable[[], Any]] = [
        lambda: array[::-1],
        lambda: array[: rng.integers(len(array))],
        lambda: array[::2],
        lambda: moved.reshape(array.shape),
        lambda: np.asfortranarray(array),
        lambda: array[np.newaxis],
        lambda: array.astype(array.dtype.newbyteorder()),
        lambda: np.ma.array(array),
        lambda: array.view(np.recarray) if array.dtype.names else array,
    ]
    return ways[rng.integers(len(ways))]()


def main() -> None:
    rng = np.random.default_rng(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    functions, others = good(), strange(random_tape(2, 100, 4))
    returned = 0
    for _ in range(int(sys.argv[2])):
        function, arguments = functions[rng.integers(len(functions))]
        given = list(arguments)
        for _ in range(rng.choice([0, 1, 1, 2])):
            place = rng.integers(len(given))
            value = given[place]
            whole = isinstance(value, np.ndarray) and value.ndim and value.dtype != object
            given[place] = (
                deformed(value, rng) if whole and rng.random() < 0.5
                else others[rng.integers(len(others))]
            )  # fmt: skip
        try:
            function(*given)
            returned += 1
        except ERRORS:
            pass
    print(f"{returned} calls returned")
    assert returned
    tape = random_tape(3, 200, 4)
    with hydrophone.open("cpu", CONFIG) as one, hydrophone.open("golden", CONFIG) as other:
        assert one.process(tape).tobytes() == other.process(tape).tobytes()


main()
