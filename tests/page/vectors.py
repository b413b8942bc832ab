"""Runs blocks that were written from the page on the files of vectors, and writes their answers."""

import array
import json
from pathlib import Path
from typing import Any

from tests.page import dsp, fusion, signals, whale
from tests.page.arithmetic import Block, block_name

BLOCKS: dict[str, type[Block]] = {
    block_name(kind): kind
    for module in (dsp, whale, signals, fusion)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Block) and kind.__module__ == module.__name__
    if not name.startswith("_")
}
"""Every block that is written there, by its name."""
CODES = {"u1": "B", "u2": "H", "u4": "I", "u8": "Q", "i1": "b", "i2": "h", "i4": "i", "i8": "q"}
"""Type codes of Python's `array` by those of the manifest."""


def answer(vectors: Path, results: Path, name: str) -> None:
    """Runs a block, section by section, and writes its outputs."""
    told = json.loads((vectors / "manifest.json").read_text(encoding="utf-8"))["blocks"][name]
    columns = {port["name"]: _rows(vectors, port) for port in told["inputs"]}
    block = BLOCKS[name](told["parameters"], told["sections"][0]["settings"])
    answers: list[dict[str, Any]] = []
    for section in told["sections"]:
        block.configure(section["settings"])
        if section["before"] == "reset":
            block.reset()
        answers += [
            block.take({name: own[event] for name, own in columns.items()})
            for event in range(section["begin"], section["begin"] + section["count"])
        ]
    for port in told["outputs"]:
        values = [own[port["name"]] for own in answers]
        flat = values if len(port["shape"]) == 1 else [part for own in values for part in own]
        path = results / port["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(array.array(CODES[port["dtype"][1:]], flat).tobytes())


def _rows(vectors: Path, port: dict[str, Any]) -> list[Any]:
    content = (vectors / port["file"]).read_bytes()
    flat = array.array(CODES[port["dtype"][1:]], content).tolist()
    if len(port["shape"]) == 1:
        return flat
    rows, elements = port["shape"]
    return [flat[row * elements : (row + 1) * elements] for row in range(rows)]
