"""Vectors as an outsider reads them: JSON and arrays, nothing of ours."""

import json
from pathlib import Path
from typing import Any

import numpy as np


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def from_manifest(folder: Path, port: dict[str, Any]) -> np.ndarray:
    """An array as an outsider reads it."""
    values = np.fromfile(folder / port["file"], port["dtype"], offset=port["offset"])
    return values.reshape(port["shape"])


def named(ports: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(port for port in ports if port["name"] == name)


def change(folder: Path, file: str, dtype: str, place: int, value: int) -> int:
    """Puts a value into an array; returns the one that was there."""
    column = np.fromfile(folder / file, dtype)
    before, column[place] = int(column[place]), value
    column.tofile(folder / file)
    return before
