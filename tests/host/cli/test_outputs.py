"""Files that cannot be written: exit code 4, one line, and nothing half done left behind."""

import errno
import os
import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli import main
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.outputs.files import STDOUT, writing
from hydrophone_cli.outputs.files import write as write_text


@contextmanager
def full_disk(limit: int) -> Generator[None]:
    """Lets no file grow beyond ``limit`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def tape_path(tmp_path: Path) -> Path:
    lines = [row(i, size=900 if i == 2000 else i % 5 + 1) for i in range(3000)]
    return write(tmp_path / "t.csv", HEADER, *lines)


@pytest.mark.parametrize("option", ["--alerts", "--scores", "--picture"])
def test_a_full_disk_ends_with_4_and_leaves_nothing(
    option: str, tape_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out" / "file"
    out.parent.mkdir()
    args = ["listen", str(tape_path), "--device", "golden", "--json", "--alert-budget", "0.01"]
    with full_disk(16):
        code = main([*args, option, str(out)])
    assert code == Exit.OUTPUT
    assert capsys.readouterr().err.startswith(f"hydrophone: cannot write {out}: ")
    assert not list(out.parent.iterdir())


def test_a_device_is_not_replaced_by_a_file(tape_path: Path, capsys: pytest.CaptureFixture[str]):
    null, args = Path("/dev/null"), ["listen", str(tape_path), "--json"]
    assert main([*args, "--scores", str(null)]) == Exit.OUTPUT
    assert "/dev/null is a device or a pipe: name a file" in capsys.readouterr().err
    assert main([*args, "--alerts", str(null)]) == Exit.DONE
    assert null.is_char_device()


def test_what_was_there_stays_when_a_text_cannot_be_written(tmp_path: Path):
    path = write(tmp_path / "page.md", "old")
    with full_disk(16), pytest.raises(CommandError, match="cannot write"):
        write_text(path, "new" * 16)
    assert path.read_text() == "old\n"
    assert [file.name for file in tmp_path.iterdir()] == ["page.md"]


@pytest.mark.parametrize("option", ["--alerts", "--scores"])
def test_a_symbolic_link_stays_one_and_its_target_gets_the_output(
    option: str, tape_path: Path, tmp_path: Path
):
    target, link, loop = tmp_path / "far" / "target", tmp_path / "link", tmp_path / "loop"
    target.parent.mkdir()
    write(target, "old")
    target.chmod(0o640)
    link.symlink_to("far/target")
    loop.symlink_to("loop")
    args = ["listen", str(tape_path), "--device", "golden", "--json", option]
    assert main([*args, str(link)]) == Exit.DONE
    assert link.is_symlink()
    assert target.read_bytes() != b"old\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in target.parent.iterdir()] == ["target"]
    assert main([*args, str(loop)]) == Exit.OUTPUT
    assert loop.is_symlink()


def test_a_text_that_cannot_be_written_names_its_place_and_the_cause(tmp_path: Path):
    file = write(tmp_path / "file", "text")
    for path, cause in (
        (file / "below.json", "Not a directory"),
        (tmp_path, "Is a directory"),
        (Path("/dev/full"), "No space left on device"),
    ):
        with pytest.raises(CommandError) as refused:
            write_text(path, "{}")
        assert str(refused.value) == f"cannot write {path}: {cause}"
        assert refused.value.code == Exit.OUTPUT


def test_a_full_standard_output_is_called_by_its_name():
    with pytest.raises(CommandError) as refused, writing(STDOUT):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(refused.value) == "cannot write to the standard output: No space left on device"


def test_a_closed_pipe_is_no_file_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(BrokenPipeError), writing(tmp_path):
        raise BrokenPipeError


@pytest.mark.parametrize("option", ["--out", "--work"])
def test_the_report_finds_an_unwritable_place_before_the_work(
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    subject = pytest.importorskip("hydrophone_hdl.report.measurements")

    def measure(*args: object, **options: object) -> None:
        pytest.fail("the work began")

    monkeypatch.setattr(subject, "measure_rows", measure)
    monkeypatch.chdir(tmp_path)
    below = write(tmp_path / "file", "text") / "folder" / "page.md"
    assert main(["report", option, str(below)]) == Exit.OUTPUT
    assert "hydrophone: cannot write " in capsys.readouterr().err


def test_the_report_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    subject = pytest.importorskip("hydrophone_hdl.report.page")
    monkeypatch.setattr(
        "hydrophone_hdl.report.measurements.measure_rows", lambda *args, **options: {}
    )
    monkeypatch.setattr(subject, "page", lambda *args: "a page\n")
    page = tmp_path / "docs" / "page.md"
    assert main(["report", "--out", str(page), "--work", str(tmp_path / "work")]) == 0
    assert page.read_text() == "a page\n"
    assert [path.name for path in page.parent.iterdir()] == ["page.md"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["bench", "instructions", "--json"],
        ["bench", "kernels", "--json"],
        ["evaluate", "--data", ".", "--json"],
        ["evaluate", "fusion", "--data", ".", "--report"],
        ["fit", "no.csv", "--out"],
    ],
)
def test_a_place_that_cannot_be_written_is_found_before_the_work(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("hydrophone.engine")
    assert main([*arguments, "no/folder/file"]) == Exit.OUTPUT
    assert "cannot write no/folder/file: No such file" in capsys.readouterr().err
