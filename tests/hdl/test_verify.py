"""`hydrophone verify` runs the proof and ends in an exit code."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.hdl.test_mutations import GAP_OFF_BY_ONE, mutated

from hydrophone_cli import main
from hydrophone_hdl import blocks
from hydrophone_hdl.blocks import stream_block
from hydrophone_hdl.whale.parent import Parent
from hydrophone_model.block import Model
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_sim import engines, named
from hydrophone_sim.benches import run
from hydrophone_sim.benches.run import Failure
from hydrophone_sim.compare import Waveform
from hydrophone_sim.compiled import to_stderr
from hydrophone_sim.engines import ENGINES
from hydrophone_sim.implementations import HardwareImplementation, hardware
from hydrophone_sim.named import Named
from hydrophone_sim.tiny import tiny
from hydrophone_sim.verify import Plan, Proof
from hydrophone_sim.waves import leave_waveform

TINY = ["--config", "tiny", "--events", "20000"]


pytestmark = pytest.mark.usefixtures("scratch")


def test_equal_implementations_end_in_0(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    def proved(*arguments: str) -> set[tuple[str, ...]]:
        assert main(["verify", *arguments, *TINY, "--seed", str(seed)]) == 0
        lines = capsys.readouterr().out.splitlines()
        return {tuple(line.split()[:2]) for line in lines if line.endswith("equal")}

    implementations = {"kernel", *(f"{e}/{t}" for e in ENGINES for t in TARGETS)}
    assert proved("exp2") == {("exp2", implementation) for implementation in implementations}
    some = proved("exp2", "log2", "--engine", "cxxrtl", "--target", "ecp5")
    assert some >= {(block, "cxxrtl/ecp5") for block in ("exp2", "log2")}


def test_a_difference_ends_in_1_with_a_waveform(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    kind = mutated(Parent, *GAP_OFF_BY_ONE)
    monkeypatch.setitem(blocks.DATAPATHS, "parent", kind)
    arguments = ["--engine", "cxxrtl", "--target", "xcup", "--clock", "300"]
    code = main(["verify", "parent", *TINY, *arguments, "--seed", str(seed)])
    said = capsys.readouterr().out
    assert code == 1
    assert "hardware for xcup at 300.0 MHz\n" in said
    assert f"mismatch: parent on cxxrtl/xcup: seed {seed}, " in said
    assert "DIFFERS" in said
    waveform = Path(said.split("waveform: ")[1].split()[0])
    assert waveform.read_text(encoding="utf-8").startswith("$version")


def test_cocotb_by_the_command(capsys: pytest.CaptureFixture[str], seed: int) -> None:
    arguments = ["--engine", "cocotb", "--config", "tiny", "--events", "300", "--target", "ecp5"]
    assert main(["verify", "persistence", *arguments, "--seed", str(seed)]) == 0
    said = capsys.readouterr().out
    assert "cocotb: 6 benches of 1 blocks for ecp5 at 64.0 MHz, 0 failed" in said
    assert "design top" not in said


def test_cocotb_benches_the_design_top_with_the_pipeline(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # The benches themselves run elsewhere; here the command runs them and minds their verdict.
    def none(*_: Any, **__: Any) -> tuple[int, list[Failure]]:
        return 6, []

    def one(config: DesignConfig, *, events: int, **__: Any) -> tuple[int, list[Failure]]:
        assert config == tiny().at(config.pipeline.timing)
        assert events >= 1000
        return 10, [Failure("full_queue", "register alerts is 1", Waveform("dump.vcd"))]

    monkeypatch.setattr(named, "stream_block", none)
    monkeypatch.setattr(run, "bench_blocks", none)
    monkeypatch.setattr(run, "bench_top", one)
    arguments = ["--engine", "cocotb", "--config", "tiny", "--events", "300"]
    assert main(["verify", "pipeline", *arguments, "--seed", str(seed)]) == 1
    said = capsys.readouterr().out
    for target, family in TARGETS.items():
        benched = f"the design top for {target} at {family.clock_mhz} MHz"
        assert f"cocotb: 10 benches of {benched}, 1 failed" in said
    assert "mismatch: full_queue: register alerts is 1" in said


def test_cocotb_without_the_shared_library_of_python_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("find_libpython.find_libpython", lambda: None)
    arguments = ["--engine", "cocotb", "--config", "tiny", "--target", "ecp5"]
    assert main(["verify", "persistence", *arguments]) == 2
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (told,) = (line for line in capsys.readouterr().err.splitlines() if "hydrophone:" in line)
    assert told.startswith(f"hydrophone: cocotb needs libpython{version}, ")
    assert f"apt install libpython{version}" in told


@pytest.mark.usefixtures("empty_cache")
def test_a_compiler_that_is_not_there_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "COMPILER", "no-such-compiler")
    arguments = ["--engine", "cxxrtl", "--config", "tiny", "--target", "ecp5"]
    assert main(["verify", "exp2", *arguments]) == 2
    assert "no-such-compiler is not there: install a C++ compiler" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["volumes"], 2, "no block 'volumes': use log2, exp2"),
        (["--config", "huge"], 2, "no configuration 'huge'"),
        (
            ["--target", "asic"],
            2,
            f"target = 'asic' is not allowed: use one of {', '.join(TARGETS)}",
        ),
        (["alert", "--clock", "900"], 2, "slow the clock or shorten the path"),
        (["--vectors", "write"], 2, "--vectors takes: write DIR [BLOCK…], or: check VECTORS"),
        (["--data", "nowhere.csv"], 3, "nowhere.csv is not there"),
    ],
)
def test_wrong_options_are_named(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments]) == code
    assert said in capsys.readouterr().err


def test_the_large_fusion_is_proved_and_its_desk_refused_in_hardware(
    capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    large = ["--config", "large", "--events", "300", "--seed", str(seed)]
    assert main(["verify", "fusion", "signal_pipeline", *large, "--engine", "kernel"]) == 0
    assert capsys.readouterr().out.count("equal\n") == 2
    assert main(["verify", "log2", "signal_pipeline", *large, "--engine", "cxxrtl"]) == 2
    assert (
        "fusion.candidates = 64 is not allowed for a signal pipeline in hardware"
        in capsys.readouterr().err
    )


class _Liar(Model):
    """An implementation that is right until its thousandth event."""

    def __init__(self, model: Model) -> None:
        self._model, self._seen = model, 0

    def reset(self) -> None:
        self._model.reset()
        self._seen = 0

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        outputs = self._model.process(**inputs)
        for port in outputs.values():
            place = 1000 - self._seen
            if 0 <= place < len(port):
                port[place] ^= 1
        self._seen += len(next(iter(inputs.values())))
        return outputs


def test_a_implementation_without_clocks_is_held_to_the_same(seed: int) -> None:

    def lying(block: Named, config: Any) -> Model:
        return _Liar(block.model(block.params(config)))

    plan = Plan(
        config=tiny(),
        blocks=["alert"],
        implementations={"liar": lying, "cxxrtl": hardware("cxxrtl", seed, to_stderr)},
        events=5000,
        seed=seed,
        waveform=lambda implementation, fault: leave_waveform(
            implementation, fault, Path("w"), to_stderr
        ),
    )
    result = Proof(plan, lambda _what, _done, _total: None).run()
    (mismatch,) = result.mismatches
    assert f"alert on liar: seed {seed}, own random event 1000, symbol " in str(mismatch)
    assert result.events["alert", "cxxrtl"] == 10_000


class _Hasty(HardwareImplementation):
    """Hardware whose hundredth early flag is wrong."""

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        outputs = super().process(**inputs)
        if len(self.history) == 1:
            self.early["loud"][100] ^= 1
        return outputs


def test_a_wrong_early_flag_is_a_difference(seed: int) -> None:
    block = stream_block("pipeline", tiny().at(Timing.of("xcup")))

    def hasty(_block: Named, _config: Any) -> Model:
        return _Hasty(block, engine="verilated", seed=seed, say=to_stderr)

    plan = Plan(
        config=tiny(), blocks=["pipeline"], implementations={"hasty": hasty}, events=5000, seed=seed
    )
    result = Proof(plan, lambda _what, _done, _total: None).run()
    (mismatch,) = result.mismatches
    cycle = block.clear_cycles + 100 + block.early_latency
    told = f"pipeline on hasty: seed {seed}, random event 100, cycle {cycle}, symbol "
    assert told in str(mismatch)
    assert ": early.loud is " in str(mismatch)


def test_kernels_are_proved_with_what_devices_accept(
    capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    blocks = ["realised", "signals", "signal_pipeline"]
    arguments = ["--engine", "kernel", "--events", "6000", "--seed", str(seed)]
    assert main(["verify", *blocks, *arguments]) == 0
    assert capsys.readouterr().out.count("equal\n") == len(blocks)
