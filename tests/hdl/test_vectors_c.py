"""Vectors from C: the example compiles, reads them, and is right; a wrong one is caught."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hydrophone_cli import main
from hydrophone_model.blocks import BLOCKS
from hydrophone_sim.tiny import tiny
from hydrophone_sim.vectors.write import write

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "parent.c"
STRICT = ["cc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror"]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors") / "tiny"
    write(folder, tiny(), ["parent"], 500, 11)
    return folder


def run(vectors: Path, folder: Path, *options: str) -> Path:
    """Results of the example, compiled with some options."""
    program, results = folder / "parent", folder / "results"
    (results / "parent" / "outputs").mkdir(parents=True)
    command = [*STRICT, *options, "-I", str(vectors / "parent"), str(EXAMPLE), "-o", str(program)]
    subprocess.run(command, check=True)
    subprocess.run([program, vectors, results], check=True)
    return results


def test_the_example_in_c_is_equal(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = run(vectors, tmp_path)
    assert main(["verify", "--vectors", "check", str(vectors), str(results)]) == 0
    events = json.loads((vectors / "manifest.json").read_text())["blocks"]["parent"]["events"]
    assert capsys.readouterr().out == f"parent: {events:,} events equal\n"


def test_a_wrong_one_is_caught_where_it_is_wrong(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = run(vectors, tmp_path, "-DBROKEN")
    assert main(["verify", "--vectors", "check", str(vectors), str(results)]) == 1
    said = capsys.readouterr().out
    assert "  section late: " in said
    assert "  section gap: " not in said
    assert "  port joined: " in said
    assert "  port late: " not in said


@pytest.mark.parametrize("name", BLOCKS)
def test_every_header_is_c(name: str, tmp_path: Path) -> None:
    write(tmp_path, tiny(), [name], 20, 1)
    told: dict[str, Any] = json.loads((tmp_path / "manifest.json").read_text())["blocks"][name]
    program = tmp_path / "count.c"
    program.write_text(
        """#include <stdio.h>
        #include "vectors.h"
        #define SIZE_OF(name, type, elements, file) \\
          printf("%s %d\\n", file, (int)(VECTORS_EVENTS * elements * sizeof(type)));
        int main(void) {
          VECTORS_INPUTS(SIZE_OF)
          VECTORS_OUTPUTS(SIZE_OF)
          for (int k = 0; k < VECTORS_SECTIONS; ++k)
            printf("%s %ld %ld\\n", vectors_sections[k].label, vectors_sections[k].begin,
                   vectors_sections[k].count);
          return 0;
        }
        """
    )
    compiler = [*STRICT[:5], "-Werror", "-I", str(tmp_path / name), str(program)]
    subprocess.run([*compiler, "-o", str(tmp_path / "count")], check=True)
    done = subprocess.run([tmp_path / "count"], check=True, capture_output=True, text=True)
    wanted = [
        f"{port['file']} {(tmp_path / port['file']).stat().st_size}"
        for port in told["inputs"] + told["outputs"]
    ]
    wanted += [f"{s['label']} {s['begin']} {s['count']}" for s in told["sections"]]
    assert done.stdout.splitlines() == wanted
