"""A waveform of what went wrong: the same batches once more, in a simulation that writes them."""

from pathlib import Path

from hydrophone_sim.compiled import TracedBlock
from hydrophone_sim.engines import Say
from hydrophone_sim.faces import HardwareFace

BEFORE = 200
"""Clocks shown before the one that went wrong, beside the pipeline's latency."""
AFTER = 20


def leave_waveform(face: HardwareFace, cycle: int, folder: Path, say: Say) -> str:
    """Runs a face's batches since reset again and writes the clocks around ``cycle``.

    Returns:
        Path of the VCD file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    params = face.block.params
    name = f"{params.name}-{params.timing.target}-{face.compiled.engine}-{cycle}.vcd"
    path = (folder / name).resolve()
    first = cycle - face.block.latency - BEFORE
    traced = TracedBlock(face.block, path=path, first=first, last=cycle + AFTER, say=say)
    done = 0
    for inputs, traffic in face.history:
        left = cycle + AFTER + 1 - done
        if left <= 0:
            break
        done += traced.run(inputs, traffic=traffic, abandon_after=left).clocks
    traced.close()
    return str(path)
