"""The worked example of docs/own-block.md runs as it stands there."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hydrophone_hdl.hls.plan import ScheduleError
from hydrophone_model.timing import Timing
from hydrophone_sim.own import prove

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = DOCS / "examples" / "imbalance.py"


def quiet(_: str) -> None: ...


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("imbalance", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "imbalance", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("target", ["ecp5", "xcup"])
def test_the_example_is_proved(example: Any, target: str, seed: int) -> None:
    params = example.ImbalanceParams(timing=Timing.of(target))
    model = example.ImbalanceModel(params)
    found = prove(example.Imbalance(params), model, events=40_000, seed=seed, say=quiet)
    assert found is None, str(found)


def test_a_wrong_example_is_caught(example: Any, seed: int) -> None:
    params = example.ImbalanceParams()

    class Leaky(example.ImbalanceModel):
        def process(self, **inputs: Any) -> Any:
            sums = super().process(**inputs)["imbalance"]
            sums[-1] += 1
            return {"imbalance": sums}

    found = prove(example.Imbalance(params), Leaky(params), events=800, seed=seed, say=quiet)
    assert found is not None
    assert found.expected == found.actual + 1
    assert found.field == "imbalance"


def test_its_loop_has_a_fastest_clock(example: Any) -> None:
    params = example.ImbalanceParams(timing=Timing("ecp5", 230))
    with pytest.raises(ScheduleError, match=r"loop of state 'sums'(?s:.*)imbalance\.py:\d+ build"):
        _ = example.Imbalance(params).plan


def test_the_page_shows_the_example_as_it_is() -> None:
    page, source = (DOCS / "own-block.md").read_text(), SOURCE.read_text()
    shown = page.split("```python\n")[1:]
    assert len(shown) >= 3
    for block in shown[:2]:
        code = block.split("```")[0].strip()
        assert code in source, f"docs/own-block.md shows what {SOURCE.name} no longer says:\n{code}"
