"""The worked example of docs/own-block.md runs as it stands there."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.plan import ScheduleError
from hydrophone_model.timing import Timing
from hydrophone_sim.own import prove
from hydrophone_sim.stimulus import random_inputs

DOCS = Path(__file__).parents[2] / "docs"
SOURCES = [DOCS / "examples" / name for name in ("imbalance.py", "own_desk.py")]


def quiet(_: str) -> None: ...


def loaded(source: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(source.stem, source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, source.stem, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return loaded(SOURCES[0], monkeypatch)


@pytest.fixture
def desk(example: Any, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    assert example
    return loaded(SOURCES[1], monkeypatch)


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


def test_the_example_feeds_the_fusion(desk: Any, seed: int) -> None:
    params = desk.OwnDeskParams().at(Timing.of("xcup"))
    model = desk.OwnDeskModel(params)
    datapath = desk.OwnDesk(params)
    assert prove(datapath, model, events=20_000, seed=seed, engine="verilated", say=quiet) is None
    decided = model.process(**random_inputs(params.inputs, 2000, seed))
    assert decided["used"].mean(axis=0).min() > 0.1
    assert decided["performance"][-1].all()


def test_forgotten_settings_of_a_part_are_named(desk: Any) -> None:
    class Forgetful(desk.OwnDesk):
        controls = Datapath.controls

    text = r"Forgetful\.controls lacks the run-time setting 'combination': have it give those of"
    with pytest.raises(ValueError, match=text):
        _ = Forgetful(desk.OwnDeskParams()).plan


def test_the_page_shows_the_examples_as_they_are() -> None:
    page = (DOCS / "own-block.md").read_text()
    sources = "\n".join(source.read_text() for source in SOURCES)
    blocks = [shown.split("```")[0].strip() for shown in page.split("```python\n")[1:]]
    # The third is what one types, and stands in no file.
    for code in (*blocks[:2], *blocks[3:]):
        assert code in sources, f"docs/own-block.md shows what no example says any longer:\n{code}"
    assert len(blocks) == 4
