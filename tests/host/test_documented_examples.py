"""The Python examples of the pages run as they stand, one after the other."""

import re
import runpy
import textwrap
from pathlib import Path

import numpy as np
import pytest

import hydrophone

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^(?: {4}.*)?\n)+", re.MULTILINE)


def examples(page: str) -> list[str]:
    """The Python of a page: fenced blocks, and indented ones that name the package."""
    text = (ROOT / page).read_text(encoding="utf-8")
    indented = [
        textwrap.dedent(block)
        for block in INDENTED.findall(FENCED.sub("", text))
        if re.search(r"^ +(import hydrophone$|.*\bhydrophone\.\w+\()", block, re.MULTILINE)
    ]
    return indented + FENCED.findall(text)


@pytest.mark.parametrize(("page", "count"), [("README.md", 2), ("docs/session.md", 5)])
def test_the_examples_of_a_page_run(page: str, count: int):
    found = examples(page)
    assert len(found) == count
    assert found[0].lstrip().startswith("import hydrophone\n")
    names: dict[str, object] = {}
    for example in found:
        exec(compile(example, page, "exec"), names)
    results = names["results"]
    assert isinstance(results, np.ndarray)
    assert results.dtype == hydrophone.RESULT.dtype
    assert len(results) == 3


def test_the_asyncio_example_hears_every_run_of_large_trades(capsys: pytest.CaptureFixture[str]):
    runpy.run_path(str(ROOT / "docs/examples/asyncio_alerts.py"), run_name="__main__")
    *alerts, last = capsys.readouterr().out.splitlines()
    seconds = [float(line.split()[0]) for line in alerts]
    assert [int(second * 2) / 2 for second in seconds] == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert last == "3000 trades, 0 alerts not taken in time"
