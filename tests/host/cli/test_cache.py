"""`hydrophone cache` shows the build cache, clears it and keeps it small."""

import json
import os
from pathlib import Path

import pytest

from hydrophone_cli import main
from hydrophone_toolchain import cache


@pytest.fixture(autouse=True)
def home(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(cache.LIMIT, raising=False)
    for place, name in enumerate(("old", "new")):
        folder = empty_cache / "sim" / name
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(bytes(3 << 20))
        os.utime(folder, (10**9 + place, 10**9 + place))
    return empty_cache


def test_it_is_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    said = capsys.readouterr().out
    assert (
        said
        == f"sim: 2 builds, 6.0 MiB, used since 2001-09-09\n{home}: 6.0 MiB of at most 4.0 GiB\n"
    )


def test_a_limit_removes_and_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--limit", "4M", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["removed"] == [str(home / "sim" / "old")]
    assert [row["name"] for row in found["entries"]] == ["new"]
    assert (found["path"], found["limit"], found["size"]) == (str(home), 4 << 20, 3 << 20)
    assert main(["cache"]) == 0
    assert "3.0 MiB of at most 4.0 MiB" in capsys.readouterr().out


def test_it_is_cleared(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--clear"]) == 0
    said = capsys.readouterr().out
    assert said == f"removed 2 builds, 6.0 MiB\n{home}: 0 bytes of at most 4.0 GiB\n"
    assert list((home / "sim").iterdir()) == []


def test_a_limit_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--limit", "small"]) == 2
    assert (
        "--limit = 'small' is no size: use bytes, or a number with K, M" in capsys.readouterr().err
    )
