"""Who gets colours and moving lines: by the stream, NO_COLOR, FORCE_COLOR and TERM."""

import io
import sys
from pathlib import Path

import pytest
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli import main
from hydrophone_cli.commands.verify.progress import ProgressLines

STYLE, MOVE = "\x1b[2m", "\x1b[?25l"
"""Dim text; a hidden cursor."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("environment", "stream", "styled", "moves"),
    [
        ({}, Terminal, True, True),
        ({"NO_COLOR": ""}, Terminal, True, True),
        ({"NO_COLOR": "1"}, Terminal, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal, False, True),
        ({"TERM": "dumb"}, Terminal, False, False),
        ({"FORCE_COLOR": "0"}, Terminal, False, True),
        ({}, io.StringIO, False, False),
        ({"FORCE_COLOR": "1"}, io.StringIO, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, io.StringIO, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, io.StringIO, False, False),
    ],
)
def test_escape_sequences_go_where_they_are_wanted(
    environment: dict[str, str],
    stream: type[io.StringIO],
    styled: bool,
    moves: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    tape = write(tmp_path / "t.csv", HEADER, *(row(i) for i in range(20)))
    out, err = stream(), stream()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["listen", str(tape), "--device", "golden"]) == 0
    said = out.getvalue()
    assert (STYLE in said) == styled
    assert (MOVE in said) == moves
    if not (styled or moves):
        assert "\x1b" not in said
    lines = ProgressLines()
    lines.progress("block", 1, 2)
    lines.print_line("done")
    assert ("\x1b[K" in err.getvalue()) == moves
