"""The page of definitions suffices: every block written from it alone gives the models' results."""

import ast
from pathlib import Path

import pytest
from tests.page.vectors import BLOCKS as WRITTEN
from tests.page.vectors import answer

from hydrophone_model.blocks import BLOCKS
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


def test_what_is_written_from_the_page_knows_nothing_of_the_models():
    for path in Path(__file__).parent.glob("*.py"):
        if path.name != Path(__file__).name:
            names = {
                node.module or ""
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom)
            }
            assert not [name for name in names if name.startswith(("hydrophone", "numpy"))]
    assert list(WRITTEN) == list(BLOCKS)
