"""The page of definitions suffices: every block written from it alone gives the models' results."""

import ast
import random
from pathlib import Path
from typing import Any

import pytest
from tests.page.vectors import BLOCKS as WRITTEN
from tests.page.vectors import answer

from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_sim.tiny import tiny
from hydrophone_sim.vectors.check import check
from hydrophone_sim.vectors.write import write


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_from_the_page_is_equal(name: str, tmp_path: Path, seed: int):
    vectors, results = tmp_path / "vectors", tmp_path / "results"
    write(vectors, tiny(), [name], 200, seed)
    answer(vectors, results, name)
    (checked,) = check(vectors, results).blocks
    assert checked.first is None, str(checked.first)


def odd_design(draw: random.Random) -> DesignConfig:
    """A small design with parameters at the ends of what is allowed."""
    pick = draw.choice
    symbols = pick([1, 2, 4, 16])
    tables: dict[str, dict[str, Any]] = {
        "parent": {"gap_ns": pick([0, 1, 2**32 - 1])},
        "volume": {
            "window": 16,
            "minimum": pick([2, 16]),
            "memory": 7,
            "lag": pick([8, 32]),
            "floor": pick([0, 6]),
            "loud": pick([0, 1, 4095]),
        },
        "entropy": {"window": 8, "bins": pick([2, 32])},
        "correlation": {"window": 8, "minimum": pick([2, 8])},
        "repeat": {"slots": pick([4, 256]), "half_life": 3, "joined": pick([0, 16])},
        "persistence": {
            "base": pick([0, 16]),
            "most": pick([0, 255]),
            "joined": pick([0, 7]),
            "leak": pick([4, 12]),
        },
        "score": {
            "step": pick([0, 4, 12]),
            "ladder": [pick([0, 150, 65535]) for _ in range(24)],
            "weights": [pick([0, 255]) for _ in range(13)],
        },
        "alert": {
            "budget": pick([5000, 100_000]),
            "hold": pick([1, 100]),
            "rise": pick([0, 4]),
            "hysteresis": pick([0, 2047]),
            "shares": pick([[64] * 4, [256, 0, 0, 0]]),
        },
        "momentum": {"window": 8},
        "reversion": {"memory": 3},
        "imbalance": {"window": 8},
        "volume_surprise": {"fast": pick([1, 6]), "memory": 7},
        "size_entropy": {"window": 8, "bins": 2, "memory": 2},
        "impact": {"window": 8, "minimum": 2, "memory": 2},
        "trend": {"length": pick([4, 32])},
        "whale_flow": {"memory": 2, "floor": pick([0, 2047])},
        "realised": {"horizon": pick([1, 2, 64])},
        "fusion": {
            "systems": 2,
            "candidates": pick([2, 5]),
            "rate": pick([1, 6]),
            "combination": pick(range(6)),
        },
    }
    shared = {"symbols": symbols, "classes": pick([c for c in (1, 2, 4) if c <= symbols])}
    return DesignConfig.build({**shared, **tables}, name="odd")


@pytest.mark.fuzz(3)
def test_blocks_of_odd_designs_are_equal(tmp_path: Path, fuzz_seed: int):
    draw = random.Random(fuzz_seed)
    names = draw.sample(list(BLOCKS), 5)
    vectors, results = tmp_path / "vectors", tmp_path / "results"
    write(vectors, odd_design(draw), names, 80, fuzz_seed)
    for name in names:
        answer(vectors, results, name)
    for checked in check(vectors, results).blocks:
        assert checked.first is None, str(checked.first)


def test_what_is_written_from_the_page_knows_nothing_of_the_models():
    for path in Path(__file__).parent.glob("*.py"):
        if not path.name.startswith("test_"):
            names = {
                node.module or ""
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom)
            }
            assert not [name for name in names if name.startswith(("hydrophone", "numpy"))]
    assert set(WRITTEN) == set(BLOCKS)
