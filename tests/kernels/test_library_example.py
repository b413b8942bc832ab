"""The library's header: the documented example runs, and C compiles it."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from hydrophone import kernels
from hydrophone.engine import isas

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("isa", isas().available)
def test_the_example_says_what_python_says(isa: str):
    tag = f"cp{sysconfig.get_config_var('py_version_nodot')}"
    built = sorted(ROOT.glob(f"build/{tag}-*/example"))
    if not built:
        pytest.skip("the example is built only with an editable installation: make setup")
    told = subprocess.run(
        [str(built[0])], env={"HYDROPHONE_ISA": isa}, capture_output=True, text=True, check=True
    ).stdout
    places = np.arange(256)
    prices = (100 + places * places % 17).astype(np.float32)
    variance = kernels.moving_variance(prices, 64)[-1]
    fused = kernels.fuse(np.array([[3, 1, 2], [10, 30, 20]], np.float32))[0]
    assert told.splitlines() == [
        f"average {kernels.average(prices[:64]):.6f}",
        f"variance {variance:.6f} {variance:.6f}",
        "fused " + " ".join(f"{score:.6f}" for score in fused),
    ]


def test_the_example_names_what_it_cannot_run_on():
    built = sorted(ROOT.glob("build/*/example"))
    if not built:
        pytest.skip("the example is built only with an editable installation: make setup")
    done = subprocess.run(
        [str(built[0])], env={"HYDROPHONE_ISA": "mmx"}, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "HYDROPHONE_ISA" in done.stderr


def test_the_header_is_plain_c():
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc: on Debian, apt-get install gcc")
    header = ROOT / "host" / "kernels" / "hydrophone_kernels.h"
    flags = ["-x", "c", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
    subprocess.run([compiler, *flags, str(header)], check=True)
