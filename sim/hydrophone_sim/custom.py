"""Proof of a custom block: its hardware against its model."""

from dataclasses import replace
from pathlib import Path

from hydrophone_hdl.block import Datapath, StreamBlock
from hydrophone_model.block import Model
from hydrophone_sim.compare import Fault, Mismatch, first_difference
from hydrophone_sim.compiled import to_stderr
from hydrophone_sim.engines import Say
from hydrophone_sim.implementations import HardwareImplementation, traffic_of
from hydrophone_sim.stimulus import random_inputs, symbols_of
from hydrophone_sim.waves import leave_waveform


def prove(
    datapath: Datapath,
    model: Model,
    *,
    events: int = 100_000,
    seed: int = 1,
    engine: str = "cxxrtl",
    say: Say = to_stderr,
    waveforms: Path | None = None,
) -> Mismatch | None:
    """Holds a block's compiled hardware against its model, on every clock.

    Events are random over the whole range of the ports, symbols below `params.symbols` where the
    parameters have it, and come with gaps, stalls and at full speed in turn.

    Args:
        datapath: The hardware; its parameters say for which device and clock.
        model: What it has to equal; it is reset first.
        events: To compare.
        seed: Of everything random.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long.
        waveforms: Folder that a difference leaves its waveform in, and what opens it in a viewer.

    Returns:
        The first difference, None where there is none.

    Raises:
        SimulationError: The hardware broke the rules of its streams or its latency.
    """
    params = datapath.params
    block = StreamBlock(datapath)
    implementation = HardwareImplementation(block, engine=engine, seed=seed, say=say)
    model.reset()
    batches = len(traffic_of(seed))
    for batch in range(batches):
        inputs = random_inputs(
            params.inputs,
            events // batches,
            seed * batches + batch,
            symbols=symbols_of(params),
        )
        expected, actual = model.process(**inputs), implementation.process(**inputs)
        different = first_difference(params.outputs, expected, actual)
        different = different or implementation.early_difference(expected)
        if different is None:
            continue
        cycle = implementation.clock_of(different)
        mismatch = Mismatch.of(
            different,
            inputs,
            block=params.name,
            implementation=engine,
            source=f"random batch {batch}",
            seed=seed,
            cycle=cycle,
        )
        if waveforms is None or cycle is None:
            return mismatch
        fault = Fault(cycle=cycle, expected=expected, field=different.field)
        return replace(mismatch, waveform=leave_waveform(implementation, fault, waveforms, say))
    return None
