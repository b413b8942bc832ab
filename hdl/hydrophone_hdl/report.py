"""The implementation report: estimates held against synthesis and routing, as a committed page."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hydrophone_hdl.block import ControlledBlock, StreamBlock
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.component import Component
from hydrophone_hdl.hls.estimate import Estimate, estimate
from hydrophone_hdl.synthesis import TARGETS, Progress, Result, synthesise
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.timing import Timing
from hydrophone_model.whale.pipeline import PipelineParams

WHOLE = "pipeline"
"""The block that stands for the whole design: it is built as the design top."""
ALONE = tuple(name for name in DATAPATHS if name not in (WHOLE, "pattern"))
"""The blocks to measure alone: those that are not put together from others."""
RESOURCES = ("LUT", "FF", "BRAM", "DSP")

_HEAD = """\
# What the hardware costs and how long it takes

Made by `make report`, from the design with the preset `{preset}`: {symbols} symbols, a window of
{window} parents, {flows} flows, {templates} templates. One event a clock, for ever.

Latency counts clocks from the edge that accepts an event to the edge that offers its result, and
follows from the schedule; no one types it. The early flag tells a loud parent. The MAC, the wire
and the feed's decoder are not in it.
"""

_NOTE = """
A clock *from place-and-route* is what nextpnr reaches on that part and speed grade with the
design's wide ports behind shift registers. A clock *from logic delay* is yosys's estimate without
routing or clock skew: a routed design of such a part will run slower. UltraScale+ is not in that
library at all: its cells take Artix-7's delays times 0.60, block RAMs times 0.526, the ratios of
the parts' published clock limits.
`hydrophone report` prints the slowest path of each.
"""

_BLOCKS = """
## Blocks alone on {target}: the schedule's estimate against synthesis

Estimate / measured. The estimate comes from the schedule alone, in a moment; what is measured is
what synthesis leaves, and for the clock period the same as above. The wanted period is
{wanted:.2f} ns. Synthesis merges neighbouring logic, which no sum over operations can know; and a
small block is not crowded, as the schedule expects of a whole design.
"""


@dataclass(frozen=True)
class Row:
    """One design on one target: what its schedule said and what the tools did.

    Attributes:
        period_ns: Clock period that the schedule's longest path needs.
    """

    block: str
    estimate: Estimate
    period_ns: float
    result: Result


def build(
    preset: str,
    targets: Sequence[str],
    work: Path,
    progress: Progress,
    *,
    blocks: Sequence[str] = ALONE,
    jobs: int | None = None,
) -> str:
    """The report as Markdown.

    Args:
        preset: Named design configuration.
        targets: Some of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.
        blocks: Those to measure alone, beside the whole design.
        jobs: Designs to synthesise at a time; one a processor unless given.
    """
    params = DesignConfig.preset(preset).pipeline
    rows: dict[tuple[str, str], Row] = {}
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        orders = {
            pool.submit(_measure, name, target, params, work): (name, target)
            # The whole design takes longest: it goes first.
            for name in (WHOLE, *blocks)
            for target in targets
        }
        for done in as_completed(orders):
            name, target = orders[done]
            row = rows[name, target] = done.result()
            progress(f"{len(rows)} of {len(orders)}: {name} for {target}")
            for hop in row.result.path if name == WHOLE else ():
                progress(f"    {hop}")
    return page(preset, params, rows, targets, blocks)


def page(
    preset: str,
    params: PipelineParams,
    rows: Mapping[tuple[str, str], Row],
    targets: Sequence[str],
    blocks: Sequence[str],
) -> str:
    """What was measured, by block and target, as Markdown."""
    parts = [
        _HEAD.format(
            preset=preset,
            symbols=params.symbols,
            window=params.volume.window,
            flows=params.pattern.distance.length,
            templates=len(params.pattern.distance.shapes),
        ),
        _whole([rows[WHOLE, target] for target in targets]),
        _NOTE,
    ]
    for target in targets:
        parts += [
            _BLOCKS.format(target=target, wanted=_timing(target).period_ps / 1e3),
            _alone([rows[name, target] for name in blocks]),
        ]
    return "\n".join(parts) + "\n"


def _timing(target: str) -> Timing:
    return Timing.of(target)


def _measure(name: str, target: str, pipeline: PipelineParams, work: Path) -> Row:
    params = pipeline.at(_timing(target))
    datapath = DATAPATHS[name](BLOCKS[name].params(params))

    def design() -> Component:
        if name == WHOLE:
            return WhaleTop(params)
        return ControlledBlock(datapath) if datapath.controls else StreamBlock(datapath)

    plan = datapath.plan
    return Row(
        block=name,
        estimate=estimate(plan),
        period_ns=(plan.critical[-1].at_ps + plan.clock.model.setup_ps) / 1e3,
        result=synthesise(design, target, work / f"{name}-{target}", progress=_quiet),
    )


def _quiet(_: str) -> None: ...


def _whole(rows: Sequence[Row]) -> str:
    lines = [
        "## Whole design: register bank, pipeline, alert queue\n",
        "| part | LUT | FF | BRAM (18 kbit) | DSP | asked | reached | from | score | early flag |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        result, target = row.result, row.result.target
        lines.append(
            f"| {TARGETS[target].part} "
            + "".join(f"| {result.resources[name]} " for name in RESOURCES)
            + f"| {_timing(target).clock_mhz:.0f} MHz | {result.frequency_mhz:.1f} MHz "
            f"| {'place-and-route' if result.routed else 'logic delay'} "
            f"| {_clocks(row.estimate.latency, target)} "
            f"| {_clocks(row.estimate.early_latency, target)} |"
        )
    lines.append("\nWhat the schedule alone said of the pipeline within, in a moment:\n")
    lines += [
        f"- {row.result.target}: {row.estimate}; a period of {row.period_ns:.2f} ns, where "
        f"{row.result.period_ns:.2f} ns was reached."
        for row in rows
    ]
    return "\n".join(lines)


def _clocks(count: int, target: str) -> str:
    """Clocks, and what they take at the clock that was asked for."""
    return f"{count} clocks, {count * _timing(target).period_ps / 1e3:.0f} ns"


def _alone(rows: Sequence[Row]) -> str:
    lines = [
        "| block | clocks | LUT | FF | BRAM | DSP | period, ns |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        guess = _resources(row.estimate)
        cells = (f"{guess[name]} / {row.result.resources[name]}" for name in RESOURCES)
        lines.append(
            f"| {row.block} | {row.estimate.latency} | {' | '.join(cells)} "
            f"| {row.period_ns:.2f} / {row.result.period_ns:.2f} |"
        )
    errors = [
        _errors("LUT", ((row.estimate.lut, row.result.resources["LUT"]) for row in rows)),
        _errors("FF", ((row.estimate.ff, row.result.resources["FF"]) for row in rows)),
        _errors("period", ((row.period_ns, row.result.period_ns) for row in rows)),
    ]
    return "\n".join([*lines, "", f"Estimate over measured: {'; '.join(errors)}."])


def _resources(guess: Estimate) -> dict[str, int]:
    return {"LUT": guess.lut, "FF": guess.ff, "BRAM": guess.bram, "DSP": guess.dsp}


def _errors(name: str, pairs: Iterable[tuple[float, float]]) -> str:
    ratios = [guess / real for guess, real in pairs if real]
    return f"{name} median {median(ratios):.2f}, {min(ratios):.2f} … {max(ratios):.2f}"
