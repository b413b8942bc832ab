"""The NEON kernels, cross-compiled and run under an emulator where both are present."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.kernels.cross_build import KERNELS, cross_compiled, neon_tools
from tests.kernels.stimulus import TASTES, Taste, columns
from tests.kernels.test_blocks import VARIANTS, assert_equal

from hydrophone_model import cheader
from hydrophone_model.fixed import Raw

EVENTS = 333


@pytest.fixture(scope="module")
def neon(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Command that runs `cross.cpp` with the NEON kernels."""
    compiler, run = neon_tools()
    program = tmp_path_factory.mktemp("neon") / "cross"
    blocks = [
        path for folder in ("isa", "core") for path in sorted(KERNELS.glob(f"{folder}/*.cpp"))
    ]
    cross_compiled(compiler, [Path(__file__).with_name("cross.cpp"), *blocks], program)
    return [*run, str(program)]


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
