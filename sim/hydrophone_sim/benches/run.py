"""Builds a design for cocotb with Verilator and runs benches on it.

Only the pins of the top are visible to cocotb, so that Verilator still optimises what is inside;
the build goes without make and perl. When a bench fails it runs once more in a build that writes
a waveform.
"""

import json
import os
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hydrophone_hdl.block import StreamComponent
from hydrophone_hdl.component import Component
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.cache import built, digest
from hydrophone_model.config import DesignConfig
from hydrophone_model.tools import MissingToolError, ToolError, run_tool
from hydrophone_sim import generate
from hydrophone_sim.benches.zoo import Zoo
from hydrophone_sim.engines import COMPILER, FAST, SLOW, Say, gather, verilator_root

PLAN_VARIABLE = "HYDROPHONE_BENCH"
TOP = "bench_top"
LIBPYTHON = "LIBPYTHON_LOC"
"""Environment variable by which cocotb finds Python's shared library."""


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """What a bench inside the simulator needs to know.

    Attributes:
        config: TOML of the design.
        blocks: Blocks to bench, each with its latency, its early latency, its initiation interval
            and the clocks of its sweep.
        events: Events of each scenario.
        seed: Of everything random.
    """

    config: str
    blocks: dict[str, tuple[int, int, int, int]]
    events: int
    seed: int

    @classmethod
    def current(cls) -> "BenchPlan":
        """The plan that this simulator was started with."""
        return cls(**json.loads(os.environ[PLAN_VARIABLE]))

    def design(self) -> DesignConfig:
        """The design."""
        return DesignConfig.build(tomllib.loads(self.config), name="bench")


@dataclass(frozen=True)
class Failure:
    """A bench that failed.

    Attributes:
        test: Its name.
        message: What it said.
        waveform: VCD file of it.
    """

    test: str
    message: str
    waveform: str

    def __str__(self) -> str:
        return f"{self.test}: {self.message}; waveform: {self.waveform}"


def run_benches(
    design: Component,
    plan: BenchPlan,
    *,
    module: str,
    folder: Path,
    say: Say,
    ports: generate.Flat | None = None,
    only: str = "",
) -> tuple[int, list[Failure]]:
    """Builds a design and runs the benches of a module on it.

    Args:
        design: The top.
        plan: For the benches.
        module: Python module that holds them.
        folder: Where logs and waveforms of failures go.
        say: Told what takes long, and of failures.
        ports: Flat pins of the design, by default its own.
        only: Regular expression that a bench's name must match.

    Returns:
        Number of benches that ran, and those that failed.

    Raises:
        ToolError: A tool is missing or failed, or the simulator broke off.
    """
    check_libpython()
    verilog = generate.to_verilog(design, ports, TOP)
    folder.mkdir(parents=True, exist_ok=True)
    results = _simulate(_build(verilog, waves=False, say=say), plan, module, folder, only)
    failures: list[Failure] = []
    for name, message in results.items():
        if message is None:
            continue
        # Once more, alone and with every signal written down.
        say(f"{name} failed; running it again for a waveform")
        again = folder / name
        traced = _build(verilog, waves=True, say=say)
        _simulate(traced, plan, module, again, f"{name}$", waves=True)
        failures.append(Failure(name, message, str((again / "dump.vcd").resolve())))
    return len(results), failures


def bench_blocks(
    blocks: Mapping[str, StreamComponent],
    config: DesignConfig,
    *,
    events: int,
    seed: int,
    folder: Path,
    say: Say,
    only: str = "",
) -> tuple[int, list[Failure]]:
    """Runs the benches of `hydrophone_sim.benches.stream` on blocks; see `run_benches`.

    Args:
        blocks: The hardware, by the names of the models to hold it against.
        config: The design they are of.
        events: Events of each scenario.
        seed: Of everything random.
        folder: Where logs and waveforms go.
        say: Told what takes long, and of failures.
        only: Regular expression that a bench's name must match.
    """
    plan = BenchPlan(
        config=config.to_toml(),
        blocks={name: _clocks(block) for name, block in blocks.items()},
        events=events,
        seed=seed,
    )
    module = "hydrophone_sim.benches.stream"
    return run_benches(Zoo(blocks), plan, module=module, folder=folder, say=say, only=only)


def bench_top(
    config: DesignConfig, *, events: int, seed: int, folder: Path, say: Say, only: str = ""
) -> tuple[int, list[Failure]]:
    """Runs the benches of `hydrophone_sim.benches.whale` on the design top; see `bench_blocks`."""
    top = WhaleTop(config.pipeline)
    plan = BenchPlan(
        config=config.to_toml(),
        blocks={"whale": (top.latency, top.early_latency, 1, top.clear_cycles)},
        events=events,
        seed=seed,
    )
    module = "hydrophone_sim.benches.whale"
    return run_benches(top, plan, module=module, folder=folder, say=say, only=only)


def _clocks(design: StreamComponent) -> tuple[int, int, int, int]:
    return (
        design.latency,
        design.early_latency,
        design.initiation_interval,
        design.clear_cycles,
    )


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


def _build(verilog: str, *, waves: bool, say: Say) -> Path:
    """Folder of the simulator of a design."""
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
        (folder / "top.v").write_text(verilog)
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
        # The main program includes the design's header, so its object cannot be shared.
        shared = built("sim", runtime_name, build_shared)
        objects = [str(shared / f"{Path(name).stem}.o") for name in runtime]
        libraries = [
            f"-Wl,-rpath,{cocotb.libs_dir}",
            f"-L{cocotb.libs_dir}",
            "-lcocotbvpi_verilator",
        ]
        objects.append(Path(SLOW).with_suffix(".o").name)
        run_tool([*common, "-I.", FAST, str(main), *objects, *libraries, "-o", TOP], folder)
        for path in folder.iterdir():
            if path.name != TOP:
                path.unlink()

    def build_shared(folder: Path) -> None:
        run_tool([*common, "-c", *(str(root / "include" / name) for name in runtime)], folder)

    recipe = [*common, *runtime, main.read_bytes(), str(cocotb.libs_dir), str(root)]
    runtime_name = f"cocotb-runtime-{digest(recipe)}"
    return built("sim", f"cocotb-{digest([verilog, *recipe])}", build)


def _simulate(
    build: Path, plan: BenchPlan, module: str, folder: Path, only: str, *, waves: bool = False
) -> dict[str, str | None]:
    """Runs benches; what each that failed said, by name."""
    from cocotb_tools.runner import get_runner

    folder.mkdir(parents=True, exist_ok=True)
    runner, results, log = get_runner("verilator"), folder / "results.xml", folder / "bench.log"
    # Under pytest the runner exits when a bench failed; what failed is read below.
    with suppress(SystemExit):
        runner.test(
            test_module=module,
            hdl_toplevel=TOP,
            hdl_toplevel_lang="verilog",
            build_dir=build,
            test_dir=folder,
            results_xml=str(results.resolve()),
            extra_env={
                PLAN_VARIABLE: json.dumps(asdict(plan)),
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            seed=plan.seed,
            waves=waves,
            log_file=log,
            test_filter=only or None,
        )
    if not results.is_file():
        raise ToolError(f"the simulator left no results; its last words are in {log}")
    return _outcomes(results)


def _outcomes(results: Path) -> dict[str, str | None]:
    outcomes: dict[str, str | None] = {}
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        problems = [*case.iter("failure"), *case.iter("error")]
        message: str | None = None
        if problems:
            message = problems[0].get("error_msg") or problems[0].get("message") or "failed"
        outcomes[case.get("name", "")] = message
    return outcomes
