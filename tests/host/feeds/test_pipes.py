"""Tapes that come through named pipes: each byte is there once, and every event must arrive."""

import gzip
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.host.feeds.tools import HEADER, read, row

from hydrophone.feeds import FeedError, open_tape

COUNT = 3000
TEXT = "\n".join([HEADER, *(row(i) for i in range(COUNT))]).encode() + b"\n"


@contextmanager
def piped(folder: Path, data: bytes) -> Generator[Path]:
    """A named pipe that a thread writes once, to whoever opens it."""
    path = folder / "pipe"
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(_send, path, data)
        yield path
        writer.result(timeout=30)


def _send(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as pipe:
            pipe.write(data)
    except BrokenPipeError:
        pass


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_event_comes_through_a_named_pipe(tmp_path: Path, packed: bool):
    with piped(tmp_path, gzip.compress(TEXT) if packed else TEXT) as path:
        events, tape = read(path)
    assert len(events) == COUNT
    assert not tape.report.skipped
    assert tape.sources == [f"{path} (csv)"]


def test_every_event_comes_through_a_descriptor_of_a_shell():
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as pool, os.fdopen(writer, "wb") as pipe:

        def send() -> None:
            pipe.write(TEXT)
            pipe.close()

        sent = pool.submit(send)
        events, _ = read(f"/dev/fd/{reader}")
        sent.result(timeout=30)
    os.close(reader)
    assert len(events) == COUNT


def test_parquet_through_a_pipe_is_refused(tmp_path: Path):
    with piped(tmp_path, b"PAR1" + bytes(100)) as path, pytest.raises(FeedError) as refused:
        open_tape(path)
    assert "cannot be read from a pipe: name the file" in str(refused.value)
