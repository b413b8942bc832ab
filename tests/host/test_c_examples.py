"""The C and C++ examples, compiled by CMake and by pkg-config against the installed library.

The quick tests use the library as it is installed here, editable: wheels install the same files by
the same rules; the nightly one builds the wheel and installs it into an environment of its own.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
FLAGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


def output_of(*command: str | Path, **options: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, env=options
        or None,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def path_of(python: str | Path, name: str) -> str:
    return output_of(python, "-m", "hydrophone.paths", f"--{name}").strip()


def by_cmake(python: str | Path, example: str, folder: Path) -> Path:
    """Builds an example as its CMakeLists.txt says."""
    tool = shutil.which("cmake", path=Path(sys.executable).parent) or shutil.which("cmake")
    if tool is None:
        pytest.skip("no cmake: make setup, or on Debian, apt-get install cmake")
    where = path_of(python, "cmake-dir")
    output_of(tool, "-S", EXAMPLES / example, "-B", folder, f"-Dhydrophone_DIR={where}")
    output_of(tool, "--build", folder)
    return folder / "listen"


def by_pkg_config(python: str | Path, source: Path, program: Path) -> Path:
    """Builds an example with what pkg-config says."""
    tool = shutil.which("pkg-config")
    compiler = shutil.which("g++" if source.suffix == ".cpp" else "gcc")
    if tool is None or compiler is None:
        pytest.skip("no gcc and pkg-config: on Debian, apt-get install g++ pkgconf")
    where = path_of(python, "pkgconfig-dir")
    said = output_of(tool, "--cflags", "--libs", "hydrophone", PKG_CONFIG_PATH=where).split()
    rpath = f"-Wl,-rpath,{path_of(python, 'library-dir')}"
    output_of(compiler, *FLAGS, source, "-o", program, *said, rpath)
    return program


def check_listen(program: Path, folder: Path) -> None:
    """The C example hears its own whale, and reads a tape with a wrong print in it."""
    lines = output_of(program).splitlines()
    assert any(line.startswith("alert 9000 symbol 0 sweep of 30000 lots") for line in lines)
    assert lines[-2].startswith("symbol 0: ")
    assert lines[-1].startswith("9100 events, ")
    tape = folder / "tape.txt"
    tape.write_text("1700000000000000000 5 10 0 0\n1700000000000000001 0 1 0 0\n")
    done = subprocess.run([program, tape], capture_output=True, text=True, check=True)
    assert done.stderr == (
        "print: HYDROPHONE_ERROR_EVENT: price = 0 is not allowed: use 1 ... 4294967295\n"
    )
    assert done.stdout == "symbol 0: bought parent of 10 lots at 5\n1 events, 0 alerts, 0 late\n"


def check_cpp(program: Path) -> None:
    lines = output_of(program).splitlines()
    assert "alert 9000 of 30000 lots" in lines
    assert lines[-1] == "average 2.50"


def test_the_c_example_by_cmake(tmp_path: Path):
    check_listen(by_cmake(sys.executable, "c", tmp_path), tmp_path)


def test_the_cpp_example_by_pkg_config(tmp_path: Path):
    check_cpp(by_pkg_config(sys.executable, EXAMPLES / "cpp/listen.cpp", tmp_path / "listen"))


@pytest.mark.nightly
def test_the_examples_against_the_installed_wheel(tmp_path: Path):
    wheels = tmp_path / "wheels"
    output_of(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation",
              "--wheel-dir", wheels)  # fmt: skip
    (wheel,) = wheels.iterdir()
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    output_of(python, "-m", "pip", "install", wheel)
    assert path_of(python, "library").startswith(str(tmp_path))
    check_listen(by_cmake(python, "c", tmp_path / "c"), tmp_path)
    check_cpp(by_cmake(python, "cpp", tmp_path / "cpp"))
    c_program = by_pkg_config(python, EXAMPLES / "c/listen.c", tmp_path / "c-listen")
    check_listen(c_program, tmp_path)
    check_cpp(by_pkg_config(python, EXAMPLES / "cpp/listen.cpp", tmp_path / "cpp-listen"))
