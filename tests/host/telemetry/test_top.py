"""``hydrophone top`` on a pseudo-terminal, and for programs."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from hydrophone.telemetry_file import TelemetryFile
from hydrophone_cli import main
from hydrophone_cli.commands.top.screen import duration

SIZES = ("COLUMNS", "LINES")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def shown(runtime, recorded):
    with TelemetryFile("mine", recorded.snapshot):
        yield


class Terminal:
    """A command on a terminal of a size."""

    def __init__(self, *words: str, width: int, height: int = 40) -> None:
        self.mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in SIZES}
        environment["TERM"] = "xterm-256color"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hydrophone_cli", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
            env=environment,
            # A shell that starts the tests in its background has SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        os.close(theirs)
        self.output = ""

    def read_until(self, text: str, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < until, self.output
            if not self._read():
                raise AssertionError(f"ended without {text!r}: {self.output}")

    def end(self) -> int:
        while self._read():
            pass
        os.close(self.mine)
        return self.process.wait()

    def _read(self) -> bool:
        if not select.select([self.mine], [], [], 20)[0]:
            return False
        try:
            data = os.read(self.mine, 1 << 16)
        except OSError:  # the other side is closed
            return False
        self.output += data.decode()
        return bool(data)


@pytest.mark.parametrize("width", [40, 80, 160])
def test_the_view_fits_its_terminal(shown, width):
    terminal = Terminal("top", "mine", "--once", width=width)
    assert terminal.end() == 0
    lines = [ESCAPES.sub("", line).rstrip() for line in terminal.output.split("\r\n")]
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for words in (
        "mine running",
        "skipped 3 time_backwards",
        "engine",
        "p99.99",
        "S10",
        "alert at",
    ):
        assert words in text, words
    # A name neither colours the terminal nor ends the line, and whole numbers are shown.
    assert "\x1b[31mred" not in terminal.output
    assert "…" not in re.sub(r"\\x1b.*…", "", text)
    assert ("price" in text) == (width >= 85)
    assert len([line for line in lines if line.startswith("S")]) >= 5


def test_q_ends_the_live_view_and_gives_the_terminal_back(shown):
    terminal = Terminal("top", "--interval", "0.1", width=80, height=24)
    terminal.read_until("engine")
    os.write(terminal.mine, b"q")
    assert terminal.end() == 0
    entered, left = terminal.output.find("\x1b[?1049h"), terminal.output.find("\x1b[?1049l")
    assert 0 <= entered < left


def test_ctrl_c_ends_it_in_order_too(shown):
    terminal = Terminal("top", "mine", width=80)
    terminal.read_until("engine")
    terminal.process.send_signal(2)
    assert terminal.end() == 0
    assert "\x1b[?1049l" in terminal.output


def test_programs_get_json(shown, capsys):
    assert main(["top", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counters"]["events"] == 20_000


def test_without_a_terminal_it_is_printed_once(shown, capsys):
    assert main(["top"]) == 0
    out = capsys.readouterr().out
    assert "mine running" in out
    assert "\x1b" not in out


def test_nothing_runs(runtime, capsys):
    assert main(["top"]) == 2
    assert capsys.readouterr().err == (
        "hydrophone: nothing runs: start `hydrophone listen --telemetry NAME …`\n"
    )


def test_durations_have_three_digits():
    assert [duration(ns) for ns in (0, 0.4, 9.999, 42.0, 99.96, 999.4, 999.6, 1e6, 5e9)] == [
        "0.00 ns", "0.40 ns", "10.0 ns", "42.0 ns", "100 ns", "999 ns", "1.00 µs", "1.00 ms",
        "5.00 s",
    ]  # fmt: skip
