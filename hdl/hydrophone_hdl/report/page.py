"""The implementation report: estimates held against synthesis and routing, as a committed page."""

from collections.abc import Iterable, Sequence
from statistics import median

from hydrophone_hdl.fusion.folded import SIDE_BY_SIDE
from hydrophone_hdl.hls.estimate import Estimate
from hydrophone_hdl.report.fusion_table import fusion_table
from hydrophone_hdl.report.measurements import SMALLER, WHOLE, Row, Rows
from hydrophone_model.config import DesignConfig
from hydrophone_model.target import LogicDelays
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing

LABELS = {name: f"{name} {p.systems} x {p.candidates}" for name, p in SMALLER.items()}
"""What blocks are called that are measured in another size than the preset's."""
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
routing or clock skew: a routed design of such a part will run slower.
{origins}
`hydrophone report` prints the slowest path of each.
"""

_BLOCKS = """
## Blocks alone on {target}: the schedule's estimate against synthesis

Estimate / measured. The estimate comes from the schedule alone, in a moment; what is measured is
what synthesis leaves, and for the clock period the same as above. The wanted period is
{wanted:.2f} ns. Synthesis merges neighbouring logic, which no sum over operations can know; and a
small block is not crowded, as the schedule expects of a whole design.
"""

_FUSION = """
### The fusion on {target}, by its schedules alone

Systems x candidates. Folded, one system, pair or candidate follows the other through one pipeline
of each kind; of those the resources are told, without the scores and results that are stored. A
decision of more than {most} scores is folded by itself.

"""


def page(preset: str, rows: Rows, targets: Sequence[str], blocks: Sequence[str]) -> str:
    """What was measured of a preset, as Markdown; it names the rows that are not there.

    Args:
        preset: Named design configuration.
        rows: Of these blocks and `WHOLE`.
        targets: Some of `TARGETS`.
        blocks: Those measured alone.
    """
    params = DesignConfig.preset(preset).pipeline
    parts = [
        _HEAD.format(
            preset=preset,
            symbols=params.symbols,
            window=params.volume.window,
            flows=params.pattern.distance.length,
            templates=len(params.pattern.distance.shapes),
        ),
        _whole_design([rows[WHOLE, target] for target in targets if (WHOLE, target) in rows]),
        _NOTE.format(origins=_delay_origins(targets)),
    ]
    for target in targets:
        alone = [rows[name, target] for name in blocks if (name, target) in rows]
        if alone:
            wanted = Timing.of(target).period_ps / 1e3
            parts += [_BLOCKS.format(target=target, wanted=wanted), _blocks_alone(alone)]
        if "fusion" in blocks:
            head = _FUSION.format(target=target, most=SIDE_BY_SIDE)
            parts.append(head + fusion_table(Timing.of(target)))
        missing = [name for name in (WHOLE, *blocks) if (name, target) not in rows]
        if missing:
            parts.append(f"\nNot measured on {target}: {', '.join(missing)}.")
    return "\n".join(parts) + "\n"


def _delay_origins(targets: Sequence[str]) -> str:
    """Where the delays of each target are from that is not routed, a line each."""
    timings = [(TARGETS[target].part, TARGETS[target].timing) for target in targets]
    lines = [
        f"The delays of {part} are {timing.origin}."
        for part, timing in timings
        if isinstance(timing, LogicDelays)
    ]
    return "\n".join(lines)


def _whole_design(rows: Sequence[Row]) -> str:
    """The section on the whole design: a row a target."""
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
            + f"| {Timing.of(target).clock_mhz:.0f} MHz | {result.frequency_mhz:.1f} MHz "
            f"| {'place-and-route' if result.routed else 'logic delay'} "
            f"| {_clocks_and_time(row.estimate.latency, row)} "
            f"| {_clocks_and_time(row.estimate.early_latency, row)} |"
        )
    lines.append("\nWhat the schedule alone said of the pipeline within, in a moment:\n")
    lines += [
        f"- {row.result.target}: {row.estimate}; a period of {row.period_ns:.2f} ns, where "
        f"{row.result.period_ns:.2f} ns was reached."
        for row in rows
    ]
    return "\n".join(lines)


def _clocks_and_time(count: int, row: Row) -> str:
    """Clocks, and what they take at the clock that was asked for, or at that reached if slower."""
    asked_ns = Timing.of(row.result.target).period_ps / 1e3
    return f"{count} clocks, {count * max(asked_ns, row.result.period_ns):.0f} ns"


def _blocks_alone(rows: Sequence[Row]) -> str:
    """A table of blocks on one target, estimate beside measurement, and the estimate's errors."""
    lines = [
        "| block | clocks | LUT | FF | BRAM | DSP | period, ns |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        guess = _resources(row.estimate)
        cells = (f"{guess[name]} / {row.result.resources[name]}" for name in RESOURCES)
        lines.append(
            f"| {LABELS.get(row.block, row.block)} | {row.estimate.latency} | {' | '.join(cells)} "
            f"| {row.period_ns:.2f} / {row.result.period_ns:.2f} |"
        )
    errors = [
        _estimate_error("LUT", ((row.estimate.lut, row.result.resources["LUT"]) for row in rows)),
        _estimate_error("FF", ((row.estimate.ff, row.result.resources["FF"]) for row in rows)),
        _estimate_error("period", ((row.period_ns, row.result.period_ns) for row in rows)),
    ]
    return "\n".join([*lines, "", f"Estimate over measured: {'; '.join(errors)}."])


def _resources(guess: Estimate) -> dict[str, int]:
    return {"LUT": guess.lut, "FF": guess.ff, "BRAM": guess.bram, "DSP": guess.dsp}


def _estimate_error(name: str, pairs: Iterable[tuple[float, float]]) -> str:
    """Median and range of estimate over measured."""
    ratios = [guess / real for guess, real in pairs if real]
    return f"{name} median {median(ratios):.2f}, {min(ratios):.2f} … {max(ratios):.2f}"
