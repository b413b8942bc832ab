"""The engine compiled with AddressSanitizer and UndefinedBehaviorSanitizer, under these tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.kernels.test_neon import KERNELS

HERE = Path(__file__).parent
SANITIZERS = "address,undefined"
LEFT_OUT = {
    "test_cross_library.py",
    "test_library_example.py",
    "test_neon.py",
    Path(__file__).name,
}
"""Tests of programs of their own."""

RUN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("hydrophone._kernels", sys.argv[1])
sys.modules["hydrophone._kernels"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""
"""Tests of a module that takes the installed one's place."""


def runtime(compiler: str, library: str) -> str:
    """A run-time library of the compiler's; skips, and says what to install, where it has none."""
    asked = [compiler, f"-print-file-name={library}"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(found).is_absolute():
        pytest.skip(f"{compiler} has no {library}: install GCC's run-time libraries, libgcc-*-dev")
    return found


def sanitized_module(compiler: str, folder: Path) -> Path:
    """The extension, compiled in the folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    cmake, ninja = (shutil.which(name, path=path) for name in ("cmake", "ninja"))
    if cmake is None or ninja is None:
        pytest.skip("no cmake and ninja: `make setup` installs them")
    options = [
        f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DCMAKE_MAKE_PROGRAM={ninja}",
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-DHYDROPHONE_SANITIZE={SANITIZERS}",
        "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    subprocess.run([cmake, "-G", "Ninja", "-S", KERNELS, "-B", folder, *options], check=True)
    subprocess.run([cmake, "--build", folder, "--target", "_kernels"], check=True)
    return next(folder.glob("_kernels*.so"))


@pytest.mark.nightly
@pytest.mark.timeout(3 * 3600)
def test_engine_and_library_make_no_mistake_that_sanitizers_see(tmp_path: Path):
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++: on Debian, apt-get install g++")
    libraries = [runtime(compiler, f"lib{name}.so") for name in ("asan", "ubsan", "stdc++")]
    module = sanitized_module(compiler, tmp_path)
    tests = sorted(str(path) for path in HERE.glob("test_*.py") if path.name not in LEFT_OUT)
    environment = {
        **os.environ,
        "LD_PRELOAD": ":".join(libraries),
        "PYTHONMALLOC": "malloc",
        # Python frees little when it ends.
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--capture=sys"]
    subprocess.run(
        [sys.executable, "-c", RUN, str(module), *options, *tests],
        env=environment,
        cwd=HERE.parents[1],
        check=True,
    )
