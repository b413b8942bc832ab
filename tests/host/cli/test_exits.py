"""How commands end: one line and an exit code, whatever the system refuses."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
import pytest

import hydrophone
from hydrophone.feeds.errors import DamagedInputError, MissingPackageError, OptionValueError
from hydrophone.feeds.optional_imports import extras_of, import_optional
from hydrophone_cli import main
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.commands import devices
from hydrophone_cli.ending import explained
from hydrophone_cli.sample_tapes import SampleError
from hydrophone_drivers.errors import DeviceError
from hydrophone_evaluate.detection import fit
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_hdl.synthesis.errors import SynthesisError
from hydrophone_model.errors import ConfigError, ToolError
from hydrophone_toolchain.tools import MissingToolError

DEVICES = [sys.executable, "-m", "hydrophone_cli", "devices", "--json"]


def run(
    command: Sequence[str], stdout: IO[str] | int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Runs a command as users do: Python buffers what is no terminal."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize("arguments", [["devices", "--json"], ["--help"], ["--version"]])
def test_a_full_output_is_said(arguments: list[str]):
    with Path("/dev/full").open("w") as full:
        done = run([*DEVICES[:-2], *arguments], stdout=full)
    assert done.returncode == Exit.OUTPUT
    assert done.stderr == (
        "hydrophone: cannot write to the standard output: No space left on device; send it "
        "elsewhere\n"
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_output_is_said(unbuffered: str):
    script = f'PYTHONUNBUFFERED={unbuffered} exec "$@" >&-'
    done = run(["sh", "-c", script, "sh", *DEVICES])
    assert done.returncode == Exit.OUTPUT
    assert done.stderr.startswith("hydrophone: cannot write to the standard output: Bad file desc")


def test_without_any_standard_stream_the_code_still_tells():
    assert run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *DEVICES]).returncode == Exit.OUTPUT


def test_a_closed_input_is_said():
    done = run(["sh", "-c", 'exec "$@" <&-', "sh", *DEVICES[:-2], "listen", "-", "--json"])
    assert done.returncode == Exit.INPUT
    assert done.stderr.startswith("hydrophone: standard input is closed: give it a pipe")


def test_names_that_are_no_unicode_are_written_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tape, table = tmp_path / "t\udcff.csv", tmp_path / "s.parquet"
    tape.write_text("time,price,size\n1700000000,10,1\n1700000001,10,2\n")
    assert main(["listen", str(tape), "--json", "--scores", str(table)]) == Exit.DONE
    assert pq.read_table(table)["symbol"].to_pylist() == ["T\\udcff"] * 2


def test_a_closed_standard_error_changes_nothing():
    done = run(["sh", "-c", 'exec "$@" 2>&-', "sh", *DEVICES], stdout=subprocess.PIPE)
    assert done.returncode == Exit.DONE
    assert done.stdout.startswith("[")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_error_ends_no_run(unbuffered: str, tmp_path: Path):
    scores = tmp_path / "s.csv"
    scores.write_text(
        "time,system,candidate,score\n2024-01-01T00:00:00Z,a,x,1\n2024-01-01T00:00:00Z,a,y,2\n"
    )
    script = f'PYTHONUNBUFFERED={unbuffered} exec "$@" 2>/dev/full'
    command = [*DEVICES[:-2], "fuse", str(scores)]
    done = run(["sh", "-c", script, "sh", *command], stdout=subprocess.PIPE)
    assert done.returncode == Exit.DONE
    assert done.stdout.startswith("2024-01-01T00:00:00.000000000  used  1 of  1")


def test_who_leaves_early_is_told_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(DEVICES, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.UNREAD, "")


def test_an_encoding_that_lacks_letters_gets_them_escaped():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [*DEVICES[:-2], "listen", "--help"], capture_output=True, env=environment, check=False
    )
    assert done.returncode == Exit.DONE
    assert rb"NAME=COLUMN,\u2026" in done.stdout


def of_kind(name: str) -> OSError:
    return OSError(getattr(errno, name), os.strerror(getattr(errno, name)), "some/place")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CommandError("no", Exit.INPUT), Exit.INPUT, "no"),
        (ConfigError("no"), Exit.USAGE, "no"),
        (DeviceError("no"), Exit.USAGE, "no"),
        (MissingPackageError("no"), Exit.USAGE, "no"),
        (DamagedInputError("no\x1b[31m"), Exit.INPUT, r"no\x1b[31m"),
        (OptionValueError("no"), Exit.USAGE, "no"),
        (ScheduleError("too fast:\na path"), Exit.USAGE, "too fast:\na path"),
        (SampleError("no index"), Exit.INPUT, "no index"),
        (SynthesisError("yosys failed"), Exit.SYSTEM, "yosys failed"),
        (MissingToolError("no g++"), Exit.USAGE, "no g++"),
        (ToolError("g++ failed:\nwhy"), Exit.SYSTEM, "g++ failed:\nwhy"),
        (MemoryError(), Exit.SYSTEM, "out of memory: use fewer"),
        (of_kind("ENOSPC"), Exit.OUTPUT, "the system refused: some/place: No space left"),
        (of_kind("EACCES"), Exit.SYSTEM, "the system refused: some/place: Permission denied"),
        (of_kind("EMFILE"), Exit.SYSTEM, "the system refused: some/place: Too many open files"),
        (RuntimeError("can't start new thread"), Exit.SYSTEM, "the system refused: can't start"),
        (ImportError("libx.so: failed to map"), Exit.SYSTEM, "a library cannot be loaded: libx"),
        (ValueError("why"), Exit.INTERNAL, "unexpected ValueError: why; this is a defect of"),
    ],
)
def test_each_kind_of_error_has_a_line_and_a_code(error: Exception, code: Exit, line: str):
    told, given = explained(error)
    assert given == code
    assert told.startswith(line)


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("amaranth", ["schedule", "log2"], "hdl"),
        ("amaranth", ["verify", "log2"], "hdl"),
        ("pyosys", ["report"], "synth"),
        ("rich", ["listen", "t.csv"], "cli"),
        ("pyarrow", ["listen", "t.csv"], "feeds"),
        ("pyarrow", ["fuse", "t.csv"], "feeds"),
        ("matplotlib", ["listen", "t.csv", "--json", "--picture", "p.png"], "plot"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    package: str,
    arguments: list[str],
    extra: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    tape = "time,price,size\n" + "".join(f"2024-01-02T10:00:{i:02}Z,10.{i},1\n" for i in range(40))
    Path("t.csv").write_text(tape)
    ours = (
        "hydrophone_hdl",
        "hydrophone_sim",
        "hydrophone_evaluate",
        "hydrophone_cli.listening.picture",
    )
    for module in [name for name in sys.modules if name.startswith((package, *ours))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    code = main(arguments)
    said = capsys.readouterr().err
    assert f"needs {package}, which is not installed: pip install 'hydrophone[{extra}]'" in said
    assert code == Exit.USAGE


def test_a_package_of_two_extras_is_named_with_that_of_its_importer(
    monkeypatch: pytest.MonkeyPatch,
):
    assert extras_of("scipy") == ["hdl", "eval"]
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingPackageError, match=r"fitting weights needs scipy, .*\[eval\]'"):
        fit._regression([], [])


def test_a_module_that_this_python_lacks_is_not_to_be_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(MissingPackageError, match="needs lzma, which this Python was built with"):
        import_optional("lzma", purpose="reading .xz")


def test_what_a_command_did_not_foresee_is_a_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(devices, "run", failing(ZeroDivisionError("odd")))
    assert main(["devices"]) == Exit.INTERNAL
    assert "unexpected ZeroDivisionError: odd; this is a defect" in capsys.readouterr().err


def failing(error: Exception) -> Callable[[object], int]:
    def command(_: object) -> int:
        raise error

    return command


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]):
    from importlib import metadata

    assert hydrophone.__version__ == metadata.version("hydrophone")
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"hydrophone {hydrophone.__version__}\n"
