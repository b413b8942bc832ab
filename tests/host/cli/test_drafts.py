"""Drafts: published whole, and cleared away when, and only when, nobody holds them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hydrophone_cli.outputs.drafts import Draft

WRITER = """
import sys
from pathlib import Path
from hydrophone_cli.outputs.drafts import Draft
draft = Draft(Path(sys.argv[1]))
draft.path.write_text("half")
print(draft.path.name, flush=True)
sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_dead_writers_draft_is_cleared_and_a_living_ones_is_kept(tmp_path: Path):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "out")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    dead, living = writers
    left = [writer.stdout.readline().strip() for writer in (dead, living) if writer.stdout]
    dead.kill()
    dead.wait()
    (tmp_path / ".out.swp").write_text("somebody's")
    assert names(tmp_path) == sorted([".out.swp", *left])
    with Draft(tmp_path / "other") as draft:
        draft.path.write_text("whole")
        draft.publish()
    assert names(tmp_path) == sorted([".out.swp", left[1], "other"])
    living.communicate("")
    Draft(tmp_path / "other").discard()
    assert names(tmp_path) == [".out.swp", "other"]
    dead.communicate()


def test_what_is_published_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, seen = tmp_path / "out", list[tuple[str, bool]]()

    def fsync(descriptor: int) -> None:
        seen.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with Draft(path) as draft:
        name = draft.path.name
        draft.publish()
    assert seen == [(name, False), (tmp_path.name, True)]
