"""Fuzzer of `hydrophone.kernels`: any lengths, windows and numbers, on every instruction set."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hydrophone import kernels
from hydrophone.kernels import Library, isas

Floats = NDArray[np.float32]

ISAS = isas().available
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1e-45, 3.4e38, -3.4e38], np.float32)


def column(rng: np.random.Generator, n: int) -> Floats:
    """Numbers of any size, some equal, some not finite, at any place in memory."""
    memory = np.empty(n + rng.integers(16), np.float32)
    values = memory[len(memory) - n :]
    with np.errstate(over="ignore"):
        values[:] = rng.normal(size=n) * np.exp2(rng.integers(-150, 127))
        values += rng.choice([0.0, 1.0, 1e6, 1e38])
    kind = rng.integers(4)
    if kind == 0:
        values[rng.random(n) < 0.02] = rng.choice(SPECIAL)
    elif kind == 1:
        values[:] = rng.choice(values, n) if n else values
    elif kind == 2:
        values[:] = np.float32(rng.normal())
    return values


def results(library: Library, x: Floats, y: Floats, window: int) -> dict[str, NDArray[Any]]:
    """Every kernel's, by name."""
    n = len(x)
    bins = (x.view(np.uint32) >> 20).astype(np.uint8)
    shorts = x.view(np.int16)[:n], y.view(np.int16)[:n]
    power = 1 << (max(window, 2).bit_length() - 1)
    levels = (n & -n).bit_length() - 1 if n else 3
    found: dict[str, Any] = {
        "average": library.average(x),
        "variance": library.variance(x),
        "correlation": library.correlation(x, y),
        "distance": library.distance(x, y),
        "entropy": library.entropy(np.abs(x)),
        "haar": library.haar(x, levels=levels),
        "moving average": library.moving_average(x, window),
        "moving variance": library.moving_variance(x, window),
        "moving correlation": library.moving_correlation(x, y, window),
        "moving distance": library.moving_distance(x, y, window),
        "moving entropy": library.moving_entropy(bins, power),
        "moving haar": library.moving_haar(x, power),
        "fixed average": library.average(shorts[0]),
        "fixed variance": library.variance(shorts[0]),
        "fixed correlation": library.correlation(*shorts),
        "fixed distance": library.distance(*shorts),
        "fixed moving variance": library.moving_variance(shorts[0], window),
        "fixed moving correlation": library.moving_correlation(*shorts, window),
    }
    return {name: np.asarray(value) for name, value in found.items()}


@pytest.mark.fuzz(4)
def test_any_numbers_have_the_same_bits_everywhere(fuzz_seed: int):
    rng = np.random.default_rng([20260, fuzz_seed])
    for _ in range(10):
        n = int(rng.choice([rng.integers(0, 40), rng.integers(0, 400), rng.integers(0, 6000)]))
        window = int(rng.integers(1, max(2, min(2 * n, 700))))
        x, y = column(rng, n), column(rng, n)
        wanted = results(Library("scalar"), x, y, window)
        for isa in ISAS[1:]:
            for name, value in results(Library(isa), x, y, window).items():
                assert value.tobytes() == wanted[name].tobytes(), (name, isa, n, window)
        if n:
            streams = {
                "moving average": kernels.Average(window, isa=ISAS[-1]).push_many(x),
                "moving variance": kernels.Variance(window, isa=ISAS[-1]).push_many(x),
                "moving correlation": kernels.Correlation(window, isa=ISAS[-1]).push_many(x, y),
                "moving distance": kernels.Distance(window, isa=ISAS[-1]).push_many(x, y),
            }
            for name, value in streams.items():
                assert value.tobytes() == wanted[name].tobytes(), (name, n, window)


@pytest.mark.fuzz(4)
def test_any_scores_are_fused_the_same_everywhere(fuzz_seed: int):
    rng = np.random.default_rng([20261, fuzz_seed])
    for _ in range(10):
        systems, candidates = (int(rng.integers(2, most + 1)) for most in (16, 64))
        if rng.random() < 0.5:
            systems, candidates = 8, 16
        fusions = {
            isa: kernels.Fusion(systems, candidates, rate=int(rng.integers(1, 11)), isa=isa)
            for isa in ISAS
        }
        for _ in range(5):
            scores = column(rng, systems * candidates).reshape(systems, candidates)
            outcome = column(rng, candidates)
            found = {isa: fusion.push(scores, outcome).copy() for isa, fusion in fusions.items()}
            for isa in ISAS:
                alone = Library(isa).fuse(scores)
                assert np.isfinite(found[isa]).all()
                assert alone.tobytes() == Library("scalar").fuse(scores).tobytes(), isa
