"""Measures probes: runs a target's tools for the slowest path of each, and for its cells."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeVar

from hydrophone_hdl.characterisation.probes import Probe, probe, source
from hydrophone_hdl.synthesis.errors import SynthesisError
from hydrophone_hdl.synthesis.place_and_route import routing_report
from hydrophone_hdl.synthesis.static_timing import arrival_times, timing_report, untimed_cells
from hydrophone_hdl.synthesis.synthesise import Progress
from hydrophone_hdl.synthesis.yosys import Yosys, count_cells, quoted, synth_command
from hydrophone_model.target import LogicDelays, PlaceAndRoute
from hydrophone_model.targets import TARGETS

SEEDS = (1, 2, 3)
"""Of placement, or of the order in which synthesis meets chains; the median of them counts."""


@dataclass(frozen=True)
class Sample:
    """One measured probe.

    Attributes:
        path_ps: Slowest path from register to register, clock to output and set-up included.
        clk_to_q_ps: The part of it that is a register's clock to output.
        spread: How far seeds were from the median, relative.
    """

    path_ps: float
    clk_to_q_ps: float
    spread: float


def measure_paths(
    probes: Sequence[Probe], target: str, work: Path, progress: Progress
) -> dict[str, Sample]:
    """Paths of probes: a sample of each by its name.

    Args:
        probes: What to measure.
        target: One of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.

    Raises:
        SynthesisError: A tool failed, or knows no delay of a cell.
    """
    work.mkdir(parents=True, exist_ok=True)
    timing = TARGETS[target].timing
    if isinstance(timing, PlaceAndRoute):
        return _in_batches(
            probes, target, progress, lambda batch: route_probes(batch, target, timing, work)
        )

    def estimated(probes: Sequence[Probe]) -> dict[str, Sample]:
        return _in_batches(
            probes, target, progress, lambda batch: _estimate_probes(batch, target, timing, work)
        )

    chains = [one for one in probes if one.chained]
    runs = [estimated(Random(seed).sample(chains, len(chains))) for seed in SEEDS]
    samples = estimated([one for one in probes if not one.chained])
    return samples | {one.name: _median([run[one.name] for run in runs]) for one in chains}


def measure_cells(
    probes: Sequence[Probe], target: str, work: Path, progress: Progress
) -> dict[str, Mapping[str, int]]:
    """Cells of probes by name and resource, counted with something longer beside each.

    Args:
        probes: What to count.
        target: One of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.

    Raises:
        SynthesisError: A tool failed.
    """
    work.mkdir(parents=True, exist_ok=True)
    empty = probe("bare", 1)

    def counted(batch: Sequence[Probe]) -> dict[str, Mapping[str, int]]:
        _, used = _synthesise_probes([*batch, empty], target, work, clocks=False, beside=True)
        beside = used[empty.name]
        return {
            one.name: {name: count - beside[name] for name, count in used[one.name].items()}
            for one in batch
        }

    return _in_batches(probes, target, progress, counted)


T = TypeVar("T")


def _in_batches(
    probes: Sequence[Probe],
    target: str,
    progress: Progress,
    run: Callable[[Sequence[Probe]], Mapping[str, T]],
) -> dict[str, T]:
    """What a run finds of the probes, a batch at a time, by their names."""
    found: dict[str, T] = {}
    size = TARGETS[target].characterisation.batch
    for start in range(0, len(probes), size):
        batch = probes[start : start + size]
        progress(f"{target}: probes {start + 1} to {start + len(batch)} of {len(probes)}")
        found.update(run(batch))
    return found


def _median(samples: Sequence[Sample]) -> Sample:
    """The median of samples of one probe, and how far they spread."""
    path_ps = median(one.path_ps for one in samples)
    return Sample(
        path_ps=path_ps,
        clk_to_q_ps=median(one.clk_to_q_ps for one in samples),
        spread=max(abs(one.path_ps / path_ps - 1) for one in samples),
    )


def route_probes(
    probes: Sequence[Probe],
    target: str,
    router: PlaceAndRoute,
    work: Path,
    *,
    seeds: Sequence[int] = SEEDS,
) -> dict[str, Sample]:
    """Samples of one batch of probes, placed and routed, each on a clock of its own.

    Args:
        probes: What to measure, at most a batch.
        target: One of `TARGETS`.
        router: Its router.
        work: Folder for the tools' files.
        seeds: Of placement.

    Raises:
        SynthesisError: A tool failed.
    """
    flow, _ = _synthesise_probes(probes, target, work, clocks=True)
    netlist = work / "probes-netlist.json"
    flow.run(
        "setattr -mod -unset keep_hierarchy *",
        "flatten",
        "opt_clean",
        f"write_json {quoted(netlist)}",
    )
    report = work / "probes-report.json"
    runs = [_routed_paths(routing_report(netlist, report, router, seed)) for seed in seeds]
    return {
        one.name: _median([Sample(*run[number], spread=0.0) for run in runs])
        for number, one in enumerate(probes)
    }


def _synthesise_probes(
    probes: Sequence[Probe], target: str, work: Path, *, clocks: bool, beside: bool = False
) -> tuple[Yosys, Mapping[str, Mapping[str, int]]]:
    """The probes as cells, and the resources of each."""
    text, statistics = work / "probes.v", work / "probes.json"
    text.write_text(source(probes, clocks=clocks, beside=beside))
    flow = Yosys(work / f"{target}.log")
    flow.run(
        f"read_verilog {quoted(text)}",
        synth_command(target),
        f"tee -q -o {quoted(statistics)} stat -json",
    )
    modules = json.loads(statistics.read_text())["modules"]
    return flow, {one.name: count_cells(modules[f"\\{one.name}"], target) for one in probes}


def _estimate_probes(
    probes: Sequence[Probe], target: str, delays: LogicDelays, work: Path
) -> dict[str, Sample]:
    """Samples of one batch of probes, by the delays of cells alone."""
    flow, _ = _synthesise_probes(probes, target, work, clocks=False)
    report = timing_report(flow, target, delays, work)
    if untimed := untimed_cells(report):
        raise SynthesisError(f"no delays of {', '.join(untimed)}")
    found = arrival_times(report)
    # Set-up times of flip-flops are zero here: what is left of a bare path is clock to output.
    return {
        one.name: Sample(
            path_ps=float(found[one.name]),
            clk_to_q_ps=float(found[one.name]),
            spread=0.0,
        )
        for one in probes
    }


def _routed_paths(report: Any) -> dict[int, tuple[float, float]]:
    """Length and clock to output of the slowest path on each clock, in ps."""
    paths: dict[int, tuple[float, float]] = {}
    for critical in report["critical_paths"]:
        clock = re.search(r"clk\[(\d+)\]", critical["from"])
        if clock is None or critical["from"] != critical["to"]:
            continue
        hops = [(hop["type"], 1e3 * hop["delay"]) for hop in critical["path"]]
        first = sum(delay for type_, delay in hops if type_ == "clk-to-q")
        paths[int(clock[1])] = sum(delay for _, delay in hops), first
    return paths
