"""Fusion table of the report: cost and latency of each preset, by its schedules alone."""

from hydrophone_hdl.fusion.folded import folded
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_hdl.hls.estimate import estimate
from hydrophone_model.fusion.fusion import FUSION_PRESETS
from hydrophone_model.timing import Timing


def fusion_table(timing: Timing) -> str:
    """The presets on a target and clock, as a Markdown table."""
    lines = [
        "| fusion | latency | a decision every | LUT | FF | DSP |",
        "|---|---|---|---|---|---|",
    ]
    for preset in FUSION_PRESETS.values():
        params = preset.at(timing)
        size = f"{params.systems} x {params.candidates}"
        if not folded(params):
            cost = estimate(Fusion(params).schedule)
            lines.append(
                f"| {size} | {_clocks_and_time(cost.latency, timing)} | clock "
                f"| {cost.lut:,} | {cost.ff:,} | {cost.dsp:,} |"
            )
        phases = Phases(params)
        costs = [estimate(phase.step.schedule) for phase in phases.all]
        lut, ff, dsp = (
            sum(column)
            for column in zip(*((cost.lut, cost.ff, cost.dsp) for cost in costs), strict=True)
        )
        lines.append(
            f"| {size}, folded | {_clocks_and_time(phases.latency, timing)} "
            f"| {phases.initiation_interval} clocks "
            f"| {lut:,} | {ff:,} | {dsp:,} |"
        )
    return "\n".join(lines) + "\n"


def _clocks_and_time(clocks: int, timing: Timing) -> str:
    return f"{clocks} clocks, {clocks * timing.period_ps / 1e3:,.0f} ns"
