"""The C library on another processor: the C++ example for aarch64 says what it says here."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.host.test_c_examples import EXAMPLES, by_pkg_config
from tests.kernels.cross_build import KERNELS, cross_compiled, neon_tools

from hydrophone_model import c_config


@pytest.mark.large
def test_the_example_says_on_aarch64_what_it_says_here(tmp_path: Path):
    compiler, run = neon_tools()
    presets = tmp_path / "presets.cpp"
    presets.write_text(c_config.source())
    example = EXAMPLES / "cpp" / "listen.cpp"
    sources = [
        path for part in ("isa", "core", "capi") for path in sorted(KERNELS.glob(f"{part}/*.cpp"))
    ]
    sources += [KERNELS / "engine" / name for name in ("dispatch.cpp", "library.cpp")]
    cross_compiled(compiler, [example, presets, *sources], tmp_path / "listen")
    there = subprocess.run([*run, tmp_path / "listen"], capture_output=True, text=True, check=True)
    here = by_pkg_config(sys.executable, example, tmp_path / "here")
    said = subprocess.run([here], capture_output=True, text=True, check=True).stdout
    assert there.stdout == said
    assert "alert 9000 of 30000 lots" in said
