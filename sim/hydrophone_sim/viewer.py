"""Viewer files that open a waveform at a fault: GTKWave's save file, Surfer's commands."""

import math
from collections.abc import Sequence
from pathlib import Path

from vcd.gtkw import GTKWSave

from hydrophone_sim.annotate import Pins, Trace

CLOCKS = 40
"""Clocks on the screen, about."""
_FRAME = 200
"""Pixels of what GTKWave's zoom is told for: 2**-zoom units of time."""
_WIDTH = 1200
"""Pixels that the waves are supposed to have."""


def write_gtkw(
    path: Path,
    waveform: Path,
    *,
    pins: Pins,
    traces: Sequence[Trace],
    time: int,
    period: float,
    title: str,
) -> None:
    """Writes a save file of GTKWave: a block's ports, a marker at the fault, the clocks around it.

    Args:
        path: Where to.
        waveform: The VCD file.
        pins: What the block's signals are called there.
        traces: Its ports.
        time: Of the fault, in the waveform's unit.
        period: A clock in that unit.
        title: Shown first.
    """
    with path.open("w", encoding="utf-8") as file:
        save = GTKWSave(file)
        save.dumpfile(str(waveform.resolve()), abspath=False)
        save.savefile(str(path.resolve()), abspath=False)
        save.timestart(max(0, int(time - CLOCKS / 2 * period)))
        save.zoom_markers(-math.log2(CLOCKS * period * _FRAME / _WIDTH), time)
        save.size(_WIDTH + 400, 900)
        save.sst_expanded(False)
        save.comment(title)
        save.trace(f"{pins.top}.{pins.clock}")
        for names in (pins.input, pins.output):
            for name in names[1:]:
                save.trace(f"{pins.top}.{name}")
        for scope in dict.fromkeys(trace.scope for trace in traces):
            inside = [trace for trace in traces if trace.scope == scope]
            if not scope:
                for trace in inside:
                    save.trace(trace.path)
                continue
            with save.group(scope):
                for trace in inside:
                    save.trace(trace.path, datafmt="signed" if trace.format.signed else "dec")


def write_surfer(
    path: Path, waveform: Path, *, pins: Pins, traces: Sequence[Trace], time: int
) -> None:
    """Writes commands for Surfer (``surfer --command-file``): the ports, the cursor at the fault.

    Args:
        path: Where to.
        waveform: The VCD file.
        pins: What the block's signals are called there.
        traces: Its ports.
        time: Of the fault, in the waveform's unit.
    """
    names = [f"{pins.top}.{name}" for name in (pins.clock, *pins.input[1:], *pins.output[1:])]
    names += [trace.path.partition("[")[0] for trace in traces]
    lines = [f"load_file {waveform.resolve()}", *(f"variable_add {name}" for name in names)]
    lines += [f"cursor_set {time}", "goto_cursor"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
