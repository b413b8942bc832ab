"""A new block is its own files, an entry in the list and a field of what it is part of.

A ninth signal is added to a copy of the sources as docs/adding-a-block.md says. Whatever still
lists blocks or signals by itself does not know it, and fails here.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hydrophone_drivers.golden import GoldenDevice
from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_model.block import Setting
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed
from hydrophone_model.limits import LIMITS, limits_of
from hydrophone_model.registers import whale_registers
from hydrophone_model.whale.repeat import RepeatParams

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("pymodel", "hdl", "sim", "drivers", "host")

MODEL = '''"""Streak: prints of one side more than of the other, in steps."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, each, symbol_format
from hydrophone_model.limits import parameter
from hydrophone_model.fixed import FLAG, Raw
from hydrophone_model.formats import SCORE

STREAK_UNIT = 77


@dataclass(frozen=True, kw_only=True)
class StreakParams(Params):
    """Sizes of the streak block."""

    name: ClassVar[str] = "streak"
    derived: ClassVar[tuple[str, ...]] = ("twice",)
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    step: int = parameter(16, 1, 64, "what a print counts")

    @property
    def twice(self) -> int:
        return 2 * self.step

    @property
    def inputs(self) -> Ports:
        """``symbol`` and aggressor's ``side`` of a print."""
        return {"symbol": Port(symbol_format(self.symbols)), "side": Port(FLAG)}

    @property
    def outputs(self) -> Ports:
        """``score``."""
        return {"score": Port(SCORE)}


class StreakModel(Model):
    """Golden model of the streak block.

    State:
        Of each symbol a ``sum``, raw `SCORE`, 0 at first.

    Steps:
        1. ``sum`` becomes ``sum + step``, or ``sum - step`` where ``side`` is 1, saturated.
    """

    def __init__(self, params: StreakParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        self._sums = [0] * self.params.symbols

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        scores = []
        for symbol, side in each(inputs["symbol"], inputs["side"]):
            moved = self._sums[symbol] + (-self.params.step if side else self.params.step)
            self._sums[symbol] = min(max(moved, SCORE.min), SCORE.max)
            scores.append(self._sums[symbol])
        return {"score": np.array(scores, np.int64)}
'''
HARDWARE = """from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import number, select
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import SCORE

RAW = Fixed(signed=True, integer=SCORE.width - 1)


class Streak(Datapath):
    def build(self, inputs):
        (symbol,), (sells,) = inputs["symbol"], inputs["side"]
        sums = State("streak", address=symbol, depth=self.params.symbols, members=[(RAW, 0)])
        (before,) = sums.read
        step = number(self.params.step)
        after = (before + select(sells, -step, step)).to(RAW)
        sums.write(after)
        return {"score": [after.read_as(SCORE)]}
"""
EDITS = {
    "blocks.py": {
        "from hydrophone_model.signals.trend import TrendModel\n": (
            "from hydrophone_model.signals.streak import StreakModel\n"
        ),
        '    "score_matrix": Block(': (
            '    "streak": Block(lambda c: c.signals.streak, StreakModel),\n'
        ),
    },
    "signals/signals.py": {
        "from hydrophone_model.signals.trend import TrendParams\n": (
            "from hydrophone_model.signals.streak import StreakParams\n"
        ),
        "\n\n@dataclass(frozen=True, kw_only=True)\nclass SignalsParams": "    STREAK = 8\n",
        "\n    def __post_init__": (
            "    streak: StreakParams = field(default_factory=StreakParams)\n"
        ),
    },
}
"""Text that goes before the first place of each."""

# Editable installs find packages by a hook of their own, before the path.
WITHOUT_INSTALLED = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with a ninth signal."""
    folder = tmp_path_factory.mktemp("sources")
    for root in SOURCES:
        shutil.copytree(
            ROOT / root,
            folder / root,
            ignore=lambda path, names: [
                name
                for name in names
                if not (name.endswith((".py", ".hpp", ".json")) or (Path(path) / name).is_dir())
            ],
        )
    model = folder / "pymodel/hydrophone_model"
    (model / "signals/streak.py").write_text(MODEL)
    (folder / "hdl/hydrophone_hdl/signals/streak.py").write_text(HARDWARE)
    for name, edits in EDITS.items():
        text = (model / name).read_text()
        for place, added in edits.items():
            assert place in text
            text = text.replace(place, added + place, 1)
        (model / name).write_text(text)
    return folder


def run(sources: Path, code: str) -> str:
    """What a Python prints that sees nothing but these sources."""
    paths = os.pathsep.join(str(sources / root) for root in SOURCES)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_INSTALLED + code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_kernels_header_has_it(sources: Path):
    text = run(sources, "from hydrophone_model.cheader import header\nprint(header())")
    assert "X(streak, StreakParams, Streak)" in text
    assert "struct StreakParams {\n    std::int64_t symbols;\n    std::int64_t step;\n" in text
    assert 'visit("twice", twice);' in text
    assert "namespace streak {\ninline constexpr std::int64_t STREAK_UNIT = 77;" in text
    assert "    STREAK = 8,\n" in text


def test_a_configuration_has_its_table(sources: Path):
    shown = run(
        sources,
        "from hydrophone_model.catalogue import catalogue, table_doc\n"
        "from hydrophone_model.config import DesignConfig\n"
        "config = DesignConfig.build({'symbols': 32, 'streak': {'step': 3}}, name='new')\n"
        "print(config.signals.streak.symbols, config.signals.streak.step)\n"
        "print(config.to_toml())\n"
        "print([entry.name for entry in catalogue(config)], table_doc('streak'))\n",
    )
    assert shown.startswith("32 3\n")
    assert "[streak]\nstep = 3\n" in shown
    assert "'streak.step'" in shown
    assert "Streak: prints of one side more than of the other, in steps" in shown


def test_the_page_of_definitions_and_the_list_of_proofs_have_it(sources: Path):
    shown = run(
        sources,
        "from hydrophone_cli.commands.verify.listing import listing\n"
        "from hydrophone_model.config import DesignConfig\n"
        "from hydrophone_model.definitions import document\n"
        "print(document(DesignConfig.preset()))\n"
        "print(listing(())['blocks'])\n",
    )
    assert "[streak](#streak)" in shown
    assert "| `step` | 16 | 1 … 64 | what a print counts |" in shown
    assert "'whale_flow', 'streak', 'score_matrix'" in shown


def test_model_and_hardware_of_the_whole_have_it(sources: Path):
    shown = run(
        sources,
        "import numpy as np\n"
        "from hydrophone_hdl.blocks import DATAPATHS\n"
        "from hydrophone_model.blocks import BLOCKS\n"
        "from hydrophone_model.config import DesignConfig\n"
        "config = DesignConfig.preset('small')\n"
        "params = BLOCKS['signals'].params(config)\n"
        "print(DATAPATHS['streak'].__name__, params.outputs['column'].count)\n"
        "inputs = {name: np.ones(3, np.int64) for name in params.inputs}\n"
        "print(BLOCKS['signals'].model(params).process(**inputs)['column'][:, 8].tolist())\n"
        "DATAPATHS['streak'](params.streak).describe()\n"
        "DATAPATHS['signals'](params).describe()\n",
    )
    assert shown == "Streak 9\n[-16, -32, -48]\n"


def test_its_hardware_is_proved_without_being_told_of_it(sources: Path):
    shown = run(
        sources,
        "from hydrophone_cli import main\n"
        "words = 'verify streak --engine cxxrtl --target xc7 --events 2000'.split()\n"
        "print('ends with', main(words))\n",
    )
    assert "ends with 0" in shown


def test_a_parameter_that_no_member_can_be_named_after_is_refused(sources: Path):
    code = MODEL.replace("twice", "double")
    (sources / "own_streak.py").write_text(code)
    shown = run(
        sources,
        f"import sys\nsys.path.insert(0, {str(sources)!r})\n"
        "from hydrophone_model.cheader import custom_header\n"
        "from own_streak import StreakParams\n"
        "try:\n    custom_header(StreakParams())\n"
        "except ValueError as error:\n    print(error)\n",
    )
    assert "parameter 'double' of streak is no name in C++" in shown


def test_a_parameter_that_is_marked_is_taken_over(monkeypatch: pytest.MonkeyPatch):
    before = DesignConfig.build({"repeat": {"joined": 2}}, name="before")
    after = DesignConfig.build({"repeat": {"joined": 5}}, name="after")
    with pytest.raises(ConfigError, match=r"repeat\.joined = 5 needs another design"):
        check_reconfiguration(before, after)

    spec = RepeatParams.__dataclass_fields__["joined"]
    marked = replace(limits_of(RepeatParams)["joined"], runtime=True)
    monkeypatch.setattr(spec, "metadata", {LIMITS: marked})
    setting = Setting(format=Fixed(integer=5), doc="what a joining print counts")
    monkeypatch.setattr(RepeatParams, "own_settings", {"joined": setting})
    check_reconfiguration(before, after)
    assert whale_registers(after.pipeline)["joined"].reset == (5,)
    device = GoldenDevice(before)
    device.reconfigure(after)
    assert device._opened.pattern.repeat.params.joined == 5
