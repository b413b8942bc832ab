"""Stimulus and expected results as files, for implementations that are not ours.

`write` leaves a folder: for each block ``BLOCK.vectors.npz`` with the inputs (``i_PORT``) and the
expected outputs (``o_PORT``) as int64 columns, and ``manifest.json``, which says what every port's
raw integers mean. An implementation runs each block's events in order from reset and writes the
``o_PORT`` columns into a file of its own, ``BLOCK.npz`` or ``BLOCK.anything.npz``, into that folder
or one below; `check` names the first difference.
"""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydrophone_model.block import Params, Port, Ports
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_sim.compare import Mismatch, first_difference
from hydrophone_sim.stimulus import random_inputs

FORMAT_VERSION = 1
MANIFEST = "manifest.json"


class VectorError(ValueError):
    """A vector file that cannot be read or checked; the message names file and remedy."""


def write(
    folder: Path, config: DesignConfig, blocks: Sequence[str], events: int, seed: int
) -> None:
    """Writes stimulus and expected results of blocks.

    Args:
        folder: Where to; made if it is not there.
        config: The design.
        blocks: Names of `hydrophone_model.blocks.BLOCKS`.
        events: Events of each block.
        seed: Of the stimulus.
    """
    folder.mkdir(parents=True, exist_ok=True)
    described: dict[str, Any] = {}
    for name in blocks:
        params = BLOCKS[name].params(config)
        gap = config.pipeline.parent.gap_ns
        inputs = random_inputs(params.inputs, events, seed, gap=gap)
        outputs = BLOCKS[name].model(params).process(**inputs)
        columns = {f"i_{port}": column for port, column in inputs.items()}
        columns |= {f"o_{port}": column for port, column in outputs.items()}
        path = folder / f"{name}.vectors.npz"
        np.savez_compressed(path, allow_pickle=False, **columns)
        described[name] = {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "parameters": repr(params),
            "inputs": _described(params.inputs),
            "outputs": _described(params.outputs),
        }
    manifest = {
        "format_version": FORMAT_VERSION,
        "config": config.name,
        "config_toml": config.to_toml(),
        "seed": seed,
        "events": events,
        "blocks": described,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _described(ports: Ports) -> list[dict[str, Any]]:
    """Ports in the order in which a packed payload holds them, the first in the lowest bits."""
    return [_port(name, port) for name, port in ports.items()]


def _port(name: str, port: Port) -> dict[str, Any]:
    return {
        "name": name,
        "count": port.count,
        "signed": port.format.signed,
        "integer": port.format.integer,
        "fraction": port.format.fraction,
        "width": port.format.width,
    }


@dataclass(frozen=True)
class Checked:
    """One file held against the expected results.

    Attributes:
        block: Whose results it claims to be.
        events: Events compared.
        mismatch: The first difference, if there is one.
    """

    block: str
    events: int
    mismatch: Mismatch | None


def check(path: Path) -> Checked:
    """Holds an implementation's results against the golden model's.

    The expected results are computed anew from the stimulus, not read: they cannot be stale.

    Args:
        path: The implementation's results.

    Raises:
        VectorError: A file is missing, broken, or not of these vectors.
    """
    homes = [folder for folder in path.resolve().parents[:2] if (folder / MANIFEST).is_file()]
    if not homes:
        raise VectorError(f"no {MANIFEST} in the folder of {path}: put it beside the vectors")
    vectors = homes[0]
    manifest = _manifest(vectors)
    name = path.name.split(".")[0]
    if name not in manifest["blocks"]:
        known = ", ".join(manifest["blocks"])
        raise VectorError(f"{path}: no block {name!r} in {vectors}: name the file after {known}")
    stimulus = vectors / manifest["blocks"][name]["file"]
    if hashlib.sha256(stimulus.read_bytes()).hexdigest() != manifest["blocks"][name]["sha256"]:
        raise VectorError(f"{stimulus} is not the file its manifest describes: write it again")
    params = BLOCKS[name].params(_design(manifest))
    inputs = _columns(stimulus, "i_", params.inputs)
    expected = BLOCKS[name].model(params).process(**inputs)
    actual = _columns(path, "o_", params.outputs)
    return Checked(
        name,
        manifest["events"],
        _mismatch(name, path, params, manifest["seed"], inputs, expected, actual),
    )


def _mismatch(
    name: str,
    path: Path,
    params: Params,
    seed: int,
    inputs: dict[str, Raw],
    expected: dict[str, Raw],
    actual: dict[str, Raw],
) -> Mismatch | None:
    different = first_difference(params.outputs, expected, actual)
    if different is None:
        return None
    symbols = inputs.get("symbol")
    inside = symbols is not None and different.event < len(symbols)
    return Mismatch(
        block=name,
        face=str(path),
        source="vector",
        seed=seed,
        event=different.event,
        cycle=None,
        symbol=int(symbols[different.event]) if symbols is not None and inside else None,
        field=different.field,
        expected=different.expected,
        actual=different.actual,
    )


def _design(manifest: dict[str, Any]) -> DesignConfig:
    """The design that vectors were written for."""
    return DesignConfig.build(tomllib.loads(manifest["config_toml"]), name=manifest["config"])


def _manifest(vectors: Path) -> dict[str, Any]:
    path = vectors / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VectorError(f"{path} cannot be read ({error}): write the vectors first") from error
    if manifest.get("format_version") != FORMAT_VERSION:
        raise VectorError(
            f"{path} has format version {manifest.get('format_version')}, this is "
            f"{FORMAT_VERSION}: write the vectors again"
        )
    return manifest


def _columns(path: Path, prefix: str, ports: Ports) -> dict[str, Raw]:
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise VectorError(f"{path} cannot be read as npz: {error}") from error
    columns: dict[str, Raw] = {}
    for name, port in ports.items():
        key = prefix + name
        if key not in held:
            raise VectorError(f"{path} has no column {key}: it has {', '.join(held) or 'none'}")
        column = held[key]
        want = "(events,)" if port.count == 1 else f"(events, {port.count})"
        if column.dtype.kind not in "iu" or column.shape[1:] != (
            () if port.count == 1 else (port.count,)
        ):
            raise VectorError(
                f"{path}: {key} is {column.dtype} of shape {column.shape}: use integers {want}"
            )
        columns[name] = column.astype(np.int64)
    return columns
