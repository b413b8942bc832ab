"""Bench runner: each bench that fails runs once more in a build that writes a waveform."""

import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hydrophone_hdl.block import StreamComponent
from hydrophone_hdl.component import Component
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ToolError
from hydrophone_model.records import EARLY, EVENT, RESULT
from hydrophone_sim import generate
from hydrophone_sim.annotate import HasStreams, Pins, Streams
from hydrophone_sim.benches.build import TOP, build_simulator, check_libpython
from hydrophone_sim.benches.fault import BenchFault
from hydrophone_sim.benches.multi_block_top import MultiBlockTop
from hydrophone_sim.benches.plan import PLAN_VARIABLE, BenchPlan
from hydrophone_sim.compare import NO_WAVEFORM, Waveform
from hydrophone_sim.compiled import period_ps
from hydrophone_sim.engines import Say
from hydrophone_sim.ports import record_ports
from hydrophone_sim.waves import finish

TOP_PINS = Pins(
    input=("s_axis_tdata", "s_axis_tvalid", "s_axis_tready"),
    output=("m_axis_tdata", "m_axis_tvalid", "m_axis_tready"),
    early=("early_tdata", "early_tvalid"),
)
WatchedStream = tuple[HasStreams, Pins]
"""Ports of a block's streams, and what its pins are called."""


@dataclass(frozen=True)
class Failure:
    """A bench that failed.

    Attributes:
        test: Its name.
        message: What it said.
        waveform: Files that show it.
        block: The name of its pins; empty of the design top.
        event: Number of the event, if it is about one.
        cycle: Clock of the bench, likewise.
        field: What is wrong, likewise.
        expected: What it should be, likewise.
        actual: What it is, likewise.
    """

    test: str
    message: str
    waveform: Waveform = NO_WAVEFORM
    block: str = ""
    event: int | None = None
    cycle: int | None = None
    field: str | None = None
    expected: int | None = None
    actual: int | None = None

    def __str__(self) -> str:
        return f"{self.test}: {self.message}{self.waveform}"


def run_benches(
    design: Component,
    plan: BenchPlan,
    *,
    module: str,
    folder: Path,
    say: Say,
    watched: Mapping[str, WatchedStream],
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
        watched: Ports and pins of the streams that are watched, by name.
        ports: Flat pins of the design, by default its own.
        only: Regular expression that a bench's name must match.

    Returns:
        Number of benches that ran, and those that failed.

    Raises:
        ToolError: A tool is missing or failed, or the simulator broke off.
    """
    check_libpython()
    rtlil = generate.to_rtlil(design, ports, TOP)
    folder.mkdir(parents=True, exist_ok=True)
    results = _simulate(build_simulator(rtlil, waves=False, say=say), plan, module, folder, only)
    failures: list[Failure] = []
    for name, message in results.items():
        if message is None:
            continue
        # Once more, alone and with every signal written down.
        say(f"{name} failed; running it again for a waveform")
        again = folder / name
        traced = build_simulator(rtlil, waves=True, say=say)
        _simulate(traced, plan, module, again, f"{name}$", waves=True)
        failures.append(_failure(name, message, again.resolve(), plan, watched))
    return len(results), failures


def _failure(
    test: str, message: str, folder: Path, plan: BenchPlan, watched: Mapping[str, WatchedStream]
) -> Failure:
    """A bench that failed, with its waveform made ready for a viewer."""
    dump, fault = folder / "dump.vcd", BenchFault.read(folder)
    if fault is None or not dump.is_file():
        waveform = Waveform(str(dump)) if dump.is_file() else NO_WAVEFORM
        return Failure(test, message, waveform, _block_of(test, plan))
    streams, pins = watched[fault.stream]
    waveform = finish(
        dump.rename(folder / "dump.raw"),
        dump,
        streams,
        pins,
        fault.samples,
        time=fault.time,
        period=plan.period_ps,
        title=f"{fault.field} of {test} at clock {fault.cycle}",
    )
    return Failure(
        test,
        message,
        waveform,
        _block_of(test, plan),
        event=fault.event,
        cycle=fault.cycle,
        field=fault.field,
        expected=fault.expected,
        actual=fault.actual,
    )


def _block_of(test: str, plan: BenchPlan) -> str:
    """The block that a bench's name tells, by its name or its place."""
    found = re.search(r"/block=([^/]+)", test)
    if found is None:
        return ""
    names = list(plan.blocks)
    return names[int(found[1])] if found[1].isdigit() else found[1]


def bench_blocks(
    blocks: Mapping[str, StreamComponent],
    config: DesignConfig,
    *,
    events: int,
    seed: int,
    folder: Path,
    say: Say,
    only: str = "",
    custom: Mapping[str, tuple[str, str]] | None = None,
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
        custom: References to custom blocks and to their models, empty for the usual one; see
            `hydrophone_sim.named.named`.
    """
    plan = BenchPlan(
        config=config.to_toml(),
        blocks={name: _clocks(block) for name, block in blocks.items()},
        events=events,
        seed=seed,
        period_ps=_period(config),
        custom={
            name: (_absolute(block), _absolute(model))
            for name, (block, model) in (custom or {}).items()
        },
    )
    module = "hydrophone_sim.benches.stream"
    watched = {name: (block.params, Pins().of(name)) for name, block in blocks.items()}
    return run_benches(
        MultiBlockTop(blocks),
        plan,
        module=module,
        folder=folder,
        say=say,
        only=only,
        watched=watched,
    )


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
        period_ps=_period(config),
    )
    module = "hydrophone_sim.benches.whale"
    streams = Streams(record_ports(EVENT), record_ports(RESULT), record_ports(EARLY))
    watched = {"whale": (streams, TOP_PINS)}
    return run_benches(top, plan, module=module, folder=folder, say=say, only=only, watched=watched)


def _period(config: DesignConfig) -> int:
    """Picoseconds of a configuration's clock, even: the simulator halves them."""
    return 2 * round(period_ps(config.timing) / 2)


def _absolute(reference: str) -> str:
    """A reference that leads to the same from another folder."""
    home, colon, name = reference.rpartition(":")
    return f"{Path(home).resolve()}:{name}" if home.endswith(".py") else home + colon + name


def _clocks(design: StreamComponent) -> tuple[int, int, int, int]:
    return (
        design.latency,
        design.early_latency,
        design.initiation_interval,
        design.clear_cycles,
    )


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
