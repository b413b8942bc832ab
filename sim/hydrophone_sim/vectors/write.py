"""Vector writer: random events and labelled corners, and what the model answers."""

from collections.abc import Sequence
from pathlib import Path

from hydrophone_model.config import DesignConfig
from hydrophone_sim.vectors.corners.sections import stimulus
from hydrophone_sim.vectors.form import HEADER, MANIFEST, VectorError
from hydrophone_sim.vectors.header import c_header
from hydrophone_sim.vectors.manifest import BlockVectors, Manifest


def write(
    folder: Path, config: DesignConfig, blocks: Sequence[str], events: int, seed: int
) -> Manifest:
    """Writes stimulus and expected results of blocks.

    The manifest is written last: a folder without one is not finished.

    Args:
        folder: Where to; made if it is not there. Vectors in it are replaced.
        config: The design.
        blocks: Names of `hydrophone_model.blocks.BLOCKS`.
        events: Events of each random section.
        seed: Of the random stimulus.

    Raises:
        VectorError: The folder holds something else.
        OSError: It cannot be written.
    """
    manifest = folder / MANIFEST
    if folder.is_dir() and any(folder.iterdir()) and not manifest.is_file():
        raise VectorError(f"{folder} is not empty and holds no vectors: name a new folder")
    manifest.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: _write_block(folder, name, config, events, seed) for name in blocks}
    whole = Manifest(config=config, seed=seed, blocks=written)
    whole.write(folder)
    return whole


def _write_block(
    folder: Path, name: str, config: DesignConfig, events: int, seed: int
) -> BlockVectors:
    made = stimulus(name, config, events, seed)
    block: BlockVectors = BlockVectors.of(name, config, made.sections, left_out=made.left_out)
    written = BlockVectors(
        name=name,
        events=block.events,
        inputs=[array.written(folder, made.inputs[array.name]) for array in block.inputs],
        outputs=[array.written(folder, made.outputs[array.name]) for array in block.outputs],
        status=[array.written(folder, made.status[array.name]) for array in block.status],
        sections=block.sections,
        left_out=block.left_out,
    )
    (folder / name / HEADER).write_text(c_header(written, config), encoding="utf-8")
    return written
