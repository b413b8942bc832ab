"""`hydrophone verify --data`: which tapes were read is said, and no tape is not a success."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hydrophone import feeds
from hydrophone.feeds.errors import DamagedInputError, MissingPackageError
from hydrophone_cli import main
from hydrophone_model.records import EVENT

pytest.importorskip("hydrophone_sim.tiny")
pytest.importorskip("hydrophone.engine")

VERIFY = ["verify", "log2", "--config", "tiny", "--engine", "kernel", "--events", "300"]
TAPE = "DateTime,Price,Volume\n" + "".join(
    f"2013-09-01 17:{i // 60:02d}:{i % 60:02d}.083,{1640 + i % 7 / 4},{i % 5 + 1}\n"
    for i in range(200)
)


@pytest.fixture(autouse=True)
def no_tapes(scratch: Path) -> None:
    (scratch / "tapes").mkdir()


def test_what_is_no_tape_is_said_beside_one_that_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("tapes/README").write_text("no tape\n")
    Path("tapes/es.csv").write_text(TAPE)
    assert main([*VERIFY, "--data", "tapes"]) == 0
    said = capsys.readouterr()
    assert "200 real events through the model" in said.out
    assert "tapes/README is passed over: " in said.err


@pytest.mark.parametrize("files", [[], ["README"]])
def test_named_tapes_without_an_event_are_no_success(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in files:
        Path("tapes", name).write_text("no tape\n")
    assert main([*VERIFY, "--data", "tapes"]) == 3
    said = capsys.readouterr().err
    assert "no real event was proved: nothing in tapes could be read as a tape" in said


def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise MissingPackageError("reading Parquet needs pyarrow")

    monkeypatch.setattr(feeds, "open_tape", missing)
    Path("tapes/es.parquet").write_text("x")
    assert main([*VERIFY, "--data", "tapes"]) == 2
    assert "tapes/es.parquet: reading Parquet needs pyarrow" in capsys.readouterr().err


def test_a_tape_that_breaks_off_is_said_and_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged(*_: object, **__: object) -> Iterator[NDArray[np.void]]:
        events = np.zeros(50, EVENT.dtype)
        events["price"] = events["size"] = 1
        yield events
        raise DamagedInputError("the archive ends early")

    monkeypatch.setattr(feeds, "open_tape", damaged)
    Path("tapes/es.csv").write_text("x")
    assert main([*VERIFY, "--data", "tapes"]) == 0
    said = capsys.readouterr()
    assert "50 real events through the model" in said.out
    assert "tapes/es.csv broke off: the archive ends early" in said.err


def test_a_missing_kernel_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    block = Path(__file__).parents[3] / "docs/examples/imbalance_hdl.py"
    assert main(["verify", f"{block}:Imbalance", "--kernel", "no.hpp", "--engine", "kernel"]) == 2
    assert "no.hpp cannot be read: No such file or directory" in capsys.readouterr().err


def test_tapes_that_no_engine_reads_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "log2", "--engine", "cocotb", "--data", "tapes"]) == 2
    assert "cocotb reads no tape: leave out --data" in capsys.readouterr().err
