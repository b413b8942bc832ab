"""Waveform of a fault: the same batches once more, in a simulation that writes them."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from hydrophone_model.block import Params, Ports, Values
from hydrophone_model.fixed import FormatError
from hydrophone_sim.annotate import Annotated, HasStreams, ModelSample, Pins
from hydrophone_sim.compare import Fault, Waveform
from hydrophone_sim.compiled import Run, TracedBlock, period_ps
from hydrophone_sim.engines import Say
from hydrophone_sim.fst import to_fst
from hydrophone_sim.implementations import HardwareImplementation
from hydrophone_sim.ports import pack
from hydrophone_sim.scoreboard import integers
from hydrophone_sim.viewer import write_gtkw, write_surfer

BEFORE = 200
"""Clocks shown before the one that went wrong, beside the block's latency."""
AFTER = 20


def leave_waveform(
    implementation: HardwareImplementation, fault: Fault, folder: Path, say: Say
) -> Waveform:
    """Runs an implementation's batches since reset again and writes the clocks around a fault.

    Verilator writes it, whichever engine found the fault.

    Args:
        implementation: Whose batches.
        fault: When and what.
        folder: Where to.
        say: Told what takes long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    params, cycle = implementation.block.params, fault.cycle
    name = f"{params.name}-{params.timing.target}-{implementation.compiled.engine}-{cycle}.vcd"
    path = (folder / name).resolve()
    raw = path.with_suffix(".raw")
    first = max(0, cycle - implementation.block.latency - BEFORE)
    traced = TracedBlock(implementation.block, path=raw, first=first, last=cycle + AFTER, say=say)
    done, begun, run = 0, 0, None
    for inputs, traffic in implementation.history:
        left = cycle + AFTER + 1 - done
        if left <= 0:
            break
        run, _ = traced.attempt(inputs, traffic=traffic, abandon_after=left)
        begun, done = done, done + run.clocks
    traced.close()
    if run is None:
        raise ValueError("a fault is shown after a batch")
    period = period_ps(params.timing)
    clocks = range(max(first, begun), cycle + AFTER + 1)
    samples = _samples(run, params, fault, clocks, begun, period)
    title = f"{fault.field or 'fault'} of {params.name} at clock {cycle}"
    return finish(
        raw, path, params, Pins(), samples, time=_middle(cycle, period), period=period, title=title
    )


def finish(
    raw: Path,
    path: Path,
    streams: HasStreams,
    pins: Pins,
    samples: Sequence[ModelSample],
    *,
    time: int,
    period: float,
    title: str,
) -> Waveform:
    """Makes of a simulator's VCD file one with the block's ports, and a viewer's state beside it.

    Args:
        raw: What the simulator wrote; removed.
        path: The VCD file to write; FST, if it can be had, and the viewers' files go beside it.
        streams: Of the block.
        pins: What its signals are called.
        samples: What the model says.
        time: Of the fault, in picoseconds.
        period: Of the clock, in picoseconds.
        title: What is wrong, for the viewer.
    """
    annotated = Annotated(streams, pins, samples)
    annotated.write(raw, path)
    raw.unlink()
    viewer, commands = path.with_suffix(".gtkw"), path.with_suffix(".sucl")
    write_gtkw(
        viewer,
        path,
        pins=pins,
        traces=annotated.traces,
        time=time,
        period=period,
        title=title,
    )
    write_surfer(commands, path, pins=pins, traces=annotated.traces, time=time)
    fst = to_fst(path)
    return Waveform(str(path), str(viewer), str(fst) if fst else "")


def _middle(clock: int, period: float) -> int:
    """When a clock's inputs and outputs are there, half a period after its edge."""
    return round((clock + 0.5) * period)


def _samples(
    run: Run, params: Params, fault: Fault, clocks: range, begun: int, period: float
) -> list[ModelSample]:
    """What the model says on each clock of the batch with the fault.

    Args:
        run: The batch, whose first clock is ``begun``.
        params: Of the block.
        fault: Has the model's outputs.
        clocks: Since reset.
        begun: See above.
        period: Of a clock.
    """
    outputs = payloads(params.outputs, fault.expected)
    early = payloads(params.early, params.early_of(fault.expected) if fault.expected else None)
    inside = np.array(clocks) - begun
    offered = np.searchsorted(run.accepted, inside, side="left")
    result, flagged = (
        np.searchsorted(shown, inside, side="right") - 1 for shown in (run.offered, run.flagged)
    )
    return [
        ModelSample(
            time=round(clock * period),
            offered=fault.start + int(i),
            result=fault.start + int(o),
            expected=_at(outputs, int(o)),
            flagged=fault.start + int(e),
            early=_at(early, int(e)),
        )
        for clock, i, o, e in zip(clocks, offered, result, flagged, strict=True)
    ]


def payloads(ports: Ports, columns: Values | None) -> list[int]:
    """The payloads of columns; none where there are none, or one leaves its format."""
    if not ports or columns is None:
        return []
    with suppress(FormatError):
        return integers(pack(ports, columns))
    return []


def _at(values: Sequence[int], place: int) -> int | None:
    return values[place] if 0 <= place < len(values) else None
