"""Cross builds of the kernels: compiled for another processor, once for the same sources."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hydrophone_model import c_records, cheader
from hydrophone_toolchain.cache import built, digest

KERNELS = Path(__file__).parents[2] / "host" / "kernels"
FLAGS = ("-std=c++20", "-O2", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror")
GENERATED = {
    "hydrophone_model.h": cheader.header,
    "hydrophone_records.h": c_records.header,
    "hydrophone_isas.h": lambda: "#define HYDROPHONE_ISAS(X) X(neon)\n",
}
"""Headers that a build writes, by name."""


def neon_tools() -> tuple[list[str], list[str]]:
    """Commands of the compiler and of what runs its programs, or skips the test and says why."""
    compiler = _tool("aarch64-linux-gnu-g++")
    emulator = _tool("qemu-aarch64-static", "qemu-aarch64")
    return [compiler, "-static", "-Wno-maybe-uninitialized", "-DHYDROPHONE_ISA=neon"], [emulator]


def _tool(*names: str) -> str:
    """The first of these programs that is installed, or skips the test and says how to get one."""
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"no {names[0]}: on Debian, apt-get install g++-aarch64-linux-gnu qemu-user-static")


def cross_compiled(compiler: list[str], sources: list[Path], program: Path) -> None:
    """Makes a program of these sources; each is compiled once and kept in the build cache.

    Args:
        compiler: Its command, with what is said to it beside `FLAGS`.
        sources: What the program consists of.
        program: Where it goes.
    """
    written = {name: text() for name, text in GENERATED.items()}
    version = subprocess.run([compiler[0], "--version"], capture_output=True, check=True).stdout
    headers = [path for kind in ("h", "hpp") for path in sorted(KERNELS.rglob(f"*.{kind}"))]
    shared = [
        *compiler,
        *FLAGS,
        version,
        *written.values(),
        *(path.read_bytes() for path in headers),
    ]
    objects: list[str] = []
    for source in sources:

        def build(folder: Path, source: Path = source) -> None:
            for name, text in written.items():
                (folder / name).write_text(text)
            places = [
                f"-I{KERNELS}",
                f"-I{KERNELS / 'capi'}",
                f"-I{folder}",
                "-o",
                str(folder / "object.o"),
            ]
            subprocess.run([*compiler, *FLAGS, "-c", str(source), *places], check=True)

        name = f"cross-{source.stem}-{digest([*shared, source.read_bytes()])}"
        objects.append(str(built("custom", name, build) / "object.o"))
    subprocess.run([*compiler, *FLAGS, *objects, "-o", str(program)], check=True)
