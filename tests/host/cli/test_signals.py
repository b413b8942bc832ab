"""Signals at awkward moments: in a library, while files are opened, while they are published."""

import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.host.feeds.tools import HEADER, row, write

import hydrophone
from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_cli.listening.run import Cycles
from hydrophone_cli.outputs import drafts
from hydrophone_cli.signals import Stopped, handled, raise_held


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write(tmp_path / "t.csv", HEADER, *(row(i, size=i % 5 + 1) for i in range(600)))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def signalling(do: Callable[..., Any]) -> Callable[..., Any]:
    """The same, and a signal comes as it returns."""

    def done(*args: Any, **options: Any) -> Any:
        result = do(*args, **options)
        signal.raise_signal(signal.SIGTERM)
        return result

    return done


def test_a_signal_that_a_library_swallows_is_obeyed_at_the_next_occasion():
    with handled():
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped, match="SIGTERM"):
            raise_held()


def test_a_signal_in_the_body_of_a_class_is_no_defect(
    tape: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Field:
        def __set_name__(self, owner: type, name: str) -> None:
            signal.raise_signal(signal.SIGTERM)

    def imported(*_: object, **__: object) -> None:
        type("Params", (), {"field": Field()})

    monkeypatch.setattr(hydrophone, "open", imported)
    assert main(["listen", str(tape)]) == 128 + signal.SIGTERM
    assert capsys.readouterr().err == "hydrophone: ended by SIGTERM\n"


@pytest.mark.parametrize("option", ["--alerts", "--scores", "--picture"])
def test_a_signal_while_a_file_is_opened_leaves_no_draft(
    option: str, tape: Path, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "mkstemp", signalling(tempfile.mkstemp))
    assert main(["listen", str(tape), "--json", option, str(out / "file")]) == 128 + signal.SIGTERM
    assert not list(out.iterdir())


def test_a_signal_while_files_are_published_leaves_no_half_of_them(
    tape: Path, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drafts, "sync_folder", signalling(drafts.sync_folder))
    files = ["--alerts", str(out / "a.jsonl"), "--scores", str(out / "s.parquet")]
    assert main(["listen", str(tape), "--json", *files]) == Exit.DONE
    assert sorted(file.name for file in out.iterdir()) == ["a.jsonl", "s.parquet"]


def test_a_signal_behind_the_last_event_does_not_say_that_nothing_came(
    tape: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(Cycles, "record", signalling(Cycles.record))
    scores = out / "s.parquet"
    code = main(["listen", str(tape), "--json", "--scores", str(scores)])
    assert code == 128 + signal.SIGTERM
    said = f"hydrophone: ended by SIGTERM at its end; written up to there: {scores}\n"
    assert capsys.readouterr().err == said
