"""Programs over the shared-memory sources, with or without a fault, kept in the build cache."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrophone_model import cheader, shared_memory
from hydrophone_toolchain.cache import built, digest

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "host" / "kernels" / "shared"
LOCK, READER, WRITER = "sequence_lock.hpp", "hydrophone_shared.h", "writer.cpp"
"""The writer's and the reader's side of the protocol, and what uses the first."""
WARNINGS = ("-Wall", "-Wextra", "-Werror")


def sources(faults: Mapping[str, tuple[str, str]] | None = None) -> dict[str, str]:
    """Texts of the shared-memory sources by name, each fault's first text replaced by its second.

    Args:
        faults: By name of a source, what is replaced, which stands there once.
    """
    names = (LOCK, READER, WRITER, "writer.hpp")
    texts = {name: (SHARED / name).read_text(encoding="utf-8") for name in names}
    for name, (right, wrong) in (faults or {}).items():
        assert texts[name].count(right) == 1, f"{name} has not one {right!r}"
        texts[name] = texts[name].replace(right, wrong)
    return texts


def compiled(
    program: Path, *flags: str, faults: Mapping[str, tuple[str, str]] | None = None
) -> Path:
    """A program of C or C++ that includes the sources, or skips the test without a compiler."""
    variable, command = ("CC", "gcc") if program.suffix == ".c" else ("CXX", "g++")
    compiler = shutil.which(os.environ.get(variable) or command)
    if compiler is None:
        pytest.skip(f"no {command}: on Debian, apt-get install {command}")
    texts = {f"shared/{name}": text for name, text in sources(faults).items()}
    texts["hydrophone_model.h"] = cheader.header()
    texts["hydrophone_shared_layout.h"] = shared_memory.c_header()
    texts[program.name] = program.read_text(encoding="utf-8")
    options = [*flags, *WARNINGS, "-pthread"]
    version = subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout

    def build(folder: Path) -> None:
        (folder / "shared").mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        places = [f"-I{folder}", f"-I{folder / 'shared'}", "-o", str(folder / "program")]
        subprocess.run([compiler, *options, str(folder / program.name), *places], check=True)

    name = digest([version, *options, *(part for pair in texts.items() for part in pair)])
    return built("custom", f"shared-{program.stem}-{name}", build) / "program"
