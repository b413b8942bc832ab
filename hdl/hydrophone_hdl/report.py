"""The implementation report: latency, cost and clock of the whale detector, as a committed page."""

from collections.abc import Sequence
from pathlib import Path

from hydrophone_hdl.block import rehearse
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.synthesis import TARGETS, Progress, Result, synthesise
from hydrophone_hdl.top import WhaleTop
from hydrophone_hdl.whale.pipeline import Pipeline
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig

_HEAD = """\
# What the hardware costs and how long it takes

Made by `make report`, from the design with the preset `{preset}`: {symbols} symbols, a window of
{window} parents, {flows} flows, {templates} templates. One event a clock, for ever.

Latency counts clocks from the edge that accepts an event to the edge that offers its result, and
follows from the design; no one types it. The MAC, the wire and the feed's decoder are not in it.
"""

_CLOCKS = """\
## Whole design: register bank, pipeline, alert queue

| part | LUT | FF | BRAM (18 kbit) | DSP | clock | from | latency |
|---|---|---|---|---|---|---|---|
"""

_NOTE = """
A clock *from place-and-route* is what nextpnr reaches on that part and speed grade with the
design's wide ports behind shift registers. A clock *from logic delay* is yosys's estimate without
routing and clock skew: a routed design of such a part will run slower. Delays of UltraScale+ are
those of Artix-7, scaled by the ratio of published clock limits. `hydrophone report` prints the
slowest path of each.
"""


def build(preset: str, targets: Sequence[str], work: Path, progress: Progress) -> str:
    """The report as Markdown.

    Args:
        preset: Named design configuration.
        targets: Some of `TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.
    """
    pipeline = DesignConfig.preset(preset).pipeline
    latency, _ = rehearse(Pipeline(pipeline))
    head = _HEAD.format(
        preset=preset,
        symbols=pipeline.symbols,
        window=pipeline.volume.window,
        flows=pipeline.pattern.distance.length,
        templates=len(pipeline.pattern.distance.shapes),
    )
    rows: list[str] = []
    for target in targets:
        result = synthesise(lambda: WhaleTop(pipeline), target, work, progress)
        for hop in result.path:
            progress(f"    {hop}")
        rows.append(_row(result, latency))
    blocks: list[str] = []
    for name, datapath in DATAPATHS.items():
        clocks, _ = rehearse(datapath(BLOCKS[name].params(pipeline)))
        blocks.append(f"| {name} | {clocks} |")
    return "\n".join(
        [
            head,
            _CLOCKS + "\n".join(rows),
            _NOTE,
            "## Latency of each block alone\n",
            "| block | clocks |",
            "|---|---|",
            *blocks,
            "",
        ]
    )


def _row(result: Result, latency: int) -> str:
    origin = "place-and-route" if result.routed else "logic delay"
    used = result.resources
    return (
        f"| {TARGETS[result.target].part} | {used['LUT']} | {used['FF']} | {used['BRAM']} "
        f"| {used['DSP']} | {result.frequency_mhz:.1f} MHz | {origin} "
        f"| {latency} clocks, {latency * result.period_ns:.0f} ns |"
    )
