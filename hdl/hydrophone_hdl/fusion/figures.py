"""What the fusion costs and how long it takes in each size, by its schedules alone."""

from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.fusion.phases import Phases
from hydrophone_hdl.hls.estimate import estimate
from hydrophone_model.fusion.fusion import FUSION_PRESETS
from hydrophone_model.timing import Timing

SIDE_BY_SIDE = ("small", "default")
"""Presets that may be worked out in one clock; the largest is folded alone."""


def scheduled(timing: Timing) -> str:
    """A table of the presets, for a target and clock."""
    lines = [
        "| fusion | latency | a decision every | LUT | FF | DSP |",
        "|---|---|---|---|---|---|",
    ]
    for name, preset in FUSION_PRESETS.items():
        params = preset.at(timing)
        size = f"{params.systems} x {params.candidates}"
        if name in SIDE_BY_SIDE:
            cost = estimate(Fusion(params).plan)
            lines.append(
                f"| {size} | {_time(cost.latency, timing)} | clock "
                f"| {cost.lut:,} | {cost.ff:,} | {cost.dsp:,} |"
            )
        phases = Phases(params)
        costs = [estimate(step.plan) for step in phases.steps]
        lut, ff, dsp = (
            sum(column)
            for column in zip(*((cost.lut, cost.ff, cost.dsp) for cost in costs), strict=True)
        )
        lines.append(
            f"| {size}, folded | {_time(phases.latency, timing)} | {phases.latency + 1} clocks "
            f"| {lut:,} | {ff:,} | {dsp:,} |"
        )
    return "\n".join(lines) + "\n"


def _time(clocks: int, timing: Timing) -> str:
    return f"{clocks} clocks, {clocks * timing.period_ps / 1e3:,.0f} ns"
