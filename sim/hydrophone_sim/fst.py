"""FST, the compact form of a waveform, from VCD: where the headers of LZ4 and zlib are there."""

import shutil
import subprocess
from pathlib import Path

from hydrophone_sim.engines import COMPILER, verilator_root
from hydrophone_toolchain.cache import built, digest
from hydrophone_toolchain.tools import run_tool

SOURCE = Path(__file__).with_name("fst.cpp")
PROGRAM = "fst"
_LIBRARIES = ("-llz4", "-lz")
_PROBE = "#include <lz4.h>\n#include <zlib.h>\nint main() {}\n"


def to_fst(waveform: Path) -> Path | None:
    """Writes a VCD file again as FST, beside it.

    Returns:
        The FST file; None where the libraries are not there.
    """
    if not _libraries():
        return None
    path = waveform.with_suffix(".fst")
    run_tool([str(_program()), str(waveform), str(path)], waveform.parent)
    return path


def _libraries() -> bool:
    """Whether LZ4 and zlib can be compiled and linked with."""
    command = [COMPILER, "-x", "c++", "-", "-o", "/dev/null", *_LIBRARIES]
    if shutil.which(COMPILER) is None:
        return False
    return not subprocess.run(
        command, input=_PROBE, capture_output=True, text=True, check=False
    ).returncode


def _program() -> Path:
    include = verilator_root() / "include"
    writer = sorted((include / "fstcpp").iterdir())

    def build(folder: Path) -> None:
        flags = ["-std=c++20", "-O1", "-w", f"-I{include}"]
        run_tool([COMPILER, *flags, str(SOURCE), "-o", PROGRAM, *_LIBRARIES], folder)

    parts = [path.read_bytes() for path in (SOURCE, *writer)]
    return built("sim", f"fst-{digest([COMPILER, *parts])}", build) / PROGRAM
