"""The example of docs/custom-block.md runs as it stands there: model, hardware, kernel, use."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.host.test_contract import opened

from hydrophone.custom import CustomKernel
from hydrophone.engine import isas
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_model import cheader
from hydrophone_model.fixed import FormatError
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.signals.size_entropy import SizeEntropyParams
from hydrophone_model.timing import Timing
from hydrophone_sim.custom import prove
from hydrophone_sim.stimulus import random_inputs

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
KERNEL = EXAMPLES / "imbalance.hpp"
NAMES = ("imbalance", "imbalance_hdl", "custom_signal_pipeline", "custom_decisions")
SOURCES = [KERNEL, *(EXAMPLES / f"{name}.py" for name in NAMES)]


def quiet(_: str) -> None: ...


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples import one another, as those of one folder do."""
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture
def example() -> Any:
    return import_module("imbalance")


@pytest.fixture
def hardware() -> Any:
    return import_module("imbalance_hdl")


@pytest.fixture
def signal_pipeline() -> Any:
    return import_module("custom_signal_pipeline")


@pytest.mark.parametrize(("target", "symbols"), [("ecp5", 64), ("xcup", 100)])
def test_the_example_is_proved(
    example: Any, hardware: Any, target: str, symbols: int, seed: int
) -> None:
    params = example.ImbalanceParams(timing=Timing.of(target), symbols=symbols)
    model = example.ImbalanceModel(params)
    found = prove(hardware.Imbalance(params), model, events=40_000, seed=seed, say=quiet)
    assert found is None, str(found)


def test_a_wrong_example_is_caught(example: Any, hardware: Any, seed: int) -> None:
    params = example.ImbalanceParams()

    class Leaky(example.ImbalanceModel):
        def process(self, **inputs: Any) -> Any:
            sums = super().process(**inputs)["imbalance"]
            sums[-1] += 1
            return {"imbalance": sums}

    found = prove(hardware.Imbalance(params), Leaky(params), events=800, seed=seed, say=quiet)
    assert found is not None
    assert found.expected == found.actual + 1
    assert found.field == "imbalance"


def test_its_loop_has_a_fastest_clock(example: Any, hardware: Any) -> None:
    params = example.ImbalanceParams(timing=Timing("ecp5", 230))
    with pytest.raises(ScheduleError, match=r"of state 'sums'(?s:.*)imbalance_hdl\.py:\d+ build"):
        _ = hardware.Imbalance(params).schedule


def test_its_page_shows_what_it_is_refused_with_unless_it_wraps(example: Any) -> None:
    """The same source without its last word."""
    source = EXAMPLES / "imbalance_hdl.py"
    text, names = source.read_text().replace(".wrap(SUM)", ""), dict[str, Any]()
    exec(compile(text, source, "exec"), names)
    with pytest.raises(FormatError) as caught:
        names["Imbalance"](example.ImbalanceParams()).describe()
    assert str(caught.value) in " ".join((DOCS / "custom-block.md").read_text().split())


@pytest.mark.parametrize("isa", [isas().compiled[0], isas().chosen])
@pytest.mark.parametrize("symbols", [4, 64])
def test_its_kernel_equals_the_model(example: Any, symbols: int, isa: str, seed: int) -> None:
    params = example.ImbalanceParams(symbols=symbols)
    kernel, model = CustomKernel(params, KERNEL, isa=isa), example.ImbalanceModel(params)
    for batch, events in enumerate((1, 31, 32, 33, 5000)):
        inputs = random_inputs(params.inputs, events, seed + batch)
        wanted = model.process(**inputs)["imbalance"]
        assert np.array_equal(kernel.process(**inputs)["imbalance"], wanted)
        if batch == 2:
            kernel.reset()
            model.reset()


def test_a_kernel_follows_its_source_and_its_model(
    example: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    params, source = example.ImbalanceParams(), tmp_path / "leak.hpp"
    print_ = {name: np.full(2, 1, np.int64) for name in params.inputs}
    print_ = {**print_, "size": np.full(2, 320, np.int64), "side": np.zeros(2, np.int64)}
    source.write_text(KERNEL.read_text())
    first = CustomKernel(params, source)
    assert first.process(**print_)["imbalance"].tolist() == [320, 620]
    monkeypatch.setattr(example, "LEAK", 3)
    assert CustomKernel(params, source).process(**print_)["imbalance"].tolist() == [320, 600]
    source.write_text(KERNEL.read_text().replace("+= static_cast", "-= static_cast"))
    assert CustomKernel(params, source).process(**print_)["imbalance"][0] == -320
    # Two libraries at once do not mix, although their names are the same.
    first.reset()
    assert first.process(**print_)["imbalance"].tolist() == [320, 620]


def test_what_a_kernel_lacks_is_told(
    example: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    params, source = example.ImbalanceParams(), tmp_path / "empty.hpp"
    short = {"symbol": np.zeros(3, int), "size": np.zeros(2, int), "side": np.zeros(3, int)}
    with pytest.raises(ValueError, match=r"size has shape \(2,\): give 1 for each of 3 events"):
        CustomKernel(params, KERNEL).process(**short)
    source.write_text('#include "custom.h"\n')
    with pytest.raises(RuntimeError, match=r"failed:\n(?s:.*)make_custom"):
        CustomKernel(params, source)
    with pytest.raises(ValueError, match="isa = 'mmx' is not available here: use one of scalar"):
        CustomKernel(params, source, isa="mmx")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(
        RuntimeError,
        match=r"no-such-compiler is not there: install a C\+\+ compiler",
    ):
        CustomKernel(params, source)


def test_parts_have_structs_of_their_own() -> None:
    custom_signal_pipeline = import_module("custom_signal_pipeline")
    text = cheader.custom_header(custom_signal_pipeline.CustomSignalPipelineParams())
    assert len(re.findall("^struct ", text, re.MULTILINE)) == 2
    assert text.index("struct ImbalanceParams") < text.index("struct CustomSignalPipelineParams")
    assert "    ReversionParams reversion;" in text
    assert "using Params = CustomSignalPipelineParams;" in text


def test_a_name_of_ours_is_free_to_use() -> None:
    class Mine(import_module("imbalance").ImbalanceParams):
        name = SizeEntropyParams.name

    assert "EntropyParams" in cheader.header()
    assert "EntropyParams" not in cheader.custom_header(Mine())


@pytest.mark.parametrize("device", ["golden", "cpu"])
def test_every_device_decides_with_the_example(device: str, seed: int) -> None:
    own = import_module("custom_decisions")
    events = own.random_prints(2000, seed)
    with opened("golden", own.CONFIG) as session:
        wanted = own.CustomDecisions(session).decide(events)
    with opened(device, own.CONFIG) as session:
        own_decisions = own.CustomDecisions(session)
        halves = [own_decisions.decide(half) for half in (events[:700], events[700:])]
    records = np.concatenate([half.records for half in halves])
    assert records.dtype == decision_dtype(own.CONFIG.fusion)
    assert np.array_equal(records, wanted.records)
    assert wanted.used[:, -1].mean() > 0.3
    assert wanted.performance[-1].all()


def test_the_example_runs_by_itself_without_hardware_tools() -> None:
    code = "import runpy, sys; sys.argv[1:] = ['golden', 'cpu']; sys.path.insert(0, '.')\n"
    code += "runpy.run_path('custom_decisions.py', run_name='__main__')\n"
    code += "print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=EXAMPLES, capture_output=True, text=True, check=True
    )
    golden, cpu, loaded = done.stdout.splitlines()
    assert golden.removeprefix("golden") == cpu.removeprefix("cpu")
    assert "hydrophone" in loaded.split()
    assert not {"amaranth", "hydrophone_hdl", "hydrophone_sim"} & set(loaded.split())


def test_the_example_feeds_the_fusion(signal_pipeline: Any, seed: int) -> None:
    params = signal_pipeline.CustomSignalPipelineParams().at(Timing.of("xcup"))
    model = signal_pipeline.CustomSignalPipelineModel(params)
    datapath = signal_pipeline.CustomSignalPipeline(params)
    assert prove(datapath, model, events=20_000, seed=seed, engine="verilated", say=quiet) is None
    decided = model.process(**random_inputs(params.inputs, 2000, seed))
    assert decided["used"].mean(axis=0).min() > 0.1
    assert decided["performance"][-1].all()


def test_forgotten_settings_of_a_part_are_named(signal_pipeline: Any) -> None:
    class Forgetful(signal_pipeline.CustomSignalPipeline):
        controls = property(lambda self: {})  # pyright: ignore[reportAssignmentType]

    text = r"Forgetful\.controls lacks the run-time setting 'combination': have it give those of"
    with pytest.raises(ValueError, match=text):
        _ = Forgetful(signal_pipeline.CustomSignalPipelineParams()).schedule


def test_the_page_shows_the_examples_as_they_are_and_what_it_types_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = (DOCS / "custom-block.md").read_text()
    sources = "\n".join(source.read_text() for source in SOURCES)
    shown = re.findall(r"```(?:python|cpp)\n(.*?)```", page, re.DOTALL)
    typed = [code for code in shown if code.startswith("from ")]
    assert (len(shown), len(typed)) == (8, 3)
    for code in shown:
        if code not in typed:
            assert code in sources, f"docs/custom-block.md shows what no example says:\n{code}"
    monkeypatch.chdir(EXAMPLES)
    exec("".join(typed), {})
