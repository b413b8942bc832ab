"""The NEON kernels, cross-compiled and run under an emulator where both are present."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.kernels.stimulus import TASTES, Taste, columns
from tests.kernels.test_blocks import VARIANTS, assert_equal

from hydrophone_model import cheader
from hydrophone_model.fixed import Raw

KERNELS = Path(__file__).parents[2] / "host" / "kernels"
EVENTS = 333


def tool(*names: str) -> str:
    """The first of these programs that is installed, or skips the test and says how to get one."""
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"no {names[0]}: on Debian, apt-get install g++-aarch64-linux-gnu qemu-user-static")


@pytest.fixture(scope="module")
def neon(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Command that runs `cross.cpp` with the NEON kernels."""
    compiler = tool("aarch64-linux-gnu-g++")
    emulator = tool("qemu-aarch64-static", "qemu-aarch64")
    folder = tmp_path_factory.mktemp("neon")
    (folder / "hydrophone_model.h").write_text(cheader.header())
    program = folder / "cross"
    sources = [
        Path(__file__).with_name("cross.cpp"),
        *sorted(KERNELS.glob("isa/*.cpp")),
        *sorted(KERNELS.glob("core/*.cpp")),
    ]
    subprocess.run(
        [
            compiler,
            *("-std=c++20", "-O2", "-static", "-Wall", "-Wextra", "-Werror"),
            *("-Wno-maybe-uninitialized", "-DHYDROPHONE_ISA=neon", f"-I{KERNELS}", f"-I{folder}"),
            *map(str, sources),
            *("-o", str(program)),
        ],
        check=True,
    )
    return [emulator, str(program)]


def request(name: str, inputs: dict[str, Raw]) -> bytes:
    params = VARIANTS[name]
    letters = list(params.name.encode())
    head = [len(letters), *letters, *cheader.flattened(params), EVENTS]
    ports = [port.count for port in params.inputs.values()]
    results = [port.count for port in params.outputs.values()]
    values = [inputs[port].ravel() for port in params.inputs]
    numbers = [[*head, len(ports), *ports], *values, [len(results), *results]]
    return np.concatenate(numbers, dtype=np.int64).tobytes()


@pytest.mark.parametrize(
    ("variant", "taste"),
    [(variant, TASTES[0]) for variant in VARIANTS]
    + [(variant, taste) for variant in ("pipeline", "pattern", "alert") for taste in TASTES[1:]],
    ids=lambda given: given if isinstance(given, str) else given.name,
)
def test_neon_equals_model(variant: str, taste: Taste, neon: list[str], seed: int):
    params = VARIANTS[variant]
    rng = np.random.default_rng([seed, *variant.encode()])
    inputs = columns(rng, params, EVENTS, taste)
    told = subprocess.run(neon, input=request(variant, inputs), capture_output=True, check=True)
    values = np.frombuffer(told.stdout, np.int64)
    got: dict[str, Raw] = {}
    for name, port in params.outputs.items():
        column, values = np.split(values, [EVENTS * port.count])
        got[name] = column if port.count == 1 else column.reshape(EVENTS, port.count)
    assert values.size == 0
    assert_equal(params, "neon", inputs, got)
