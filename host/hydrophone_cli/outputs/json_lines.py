"""JSON lines files: published whole, grown in place while a live source runs, or sent to a pipe."""

import fcntl
import json
import os
import select
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from hydrophone_cli.outputs.drafts import clear_dead, sync, sync_folder
from hydrophone_cli.outputs.files import STDOUT, NewFile, OpenFile, OutputError, writing
from hydrophone_cli.signals import asked

UNFINISHED = ".unfinished"
"""Ending of the mark beside a file that may still grow; it stays where the writer was killed."""
_ATOMIC = select.PIPE_BUF
"""Bytes that a pipe with any room takes without waiting."""
_PATIENCE = 1000
"""Milliseconds that a reader who takes nothing has left once a signal has come."""


class LineWriter(OpenFile, Protocol):
    """Takes records, each of which becomes a line of JSON."""

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds records."""
        ...


def line_file(path: Path, *, live: bool = False) -> LineWriter:
    """The file for a path: what is no regular file gets lines at once, and so does a live file.

    Args:
        path: Its place; ``-`` is the standard output.
        live: Whether records come from a source that is still growing.

    Raises:
        OutputError: It cannot be written; every method but `discard` may find that.
        BrokenPipeError: `write` finds that whoever read the pipe has gone.
    """
    if is_stream(path):
        return LineStream(path)
    return GrowingFile(path) if live else LineFile(path)


def is_stream(path: Path) -> bool:
    """Whether a path is written to as it is: the standard output, a pipe, a character device."""
    if path == STDOUT:
        return True
    with suppress(OSError):
        found = path.stat()
        if stat.S_ISFIFO(found.st_mode) or stat.S_ISCHR(found.st_mode):
            return True
        # `/dev/stdout` that a shell led to a file: replaced, it would lose what is printed.
        for descriptor in (1, 2):
            with suppress(OSError):
                if os.path.samestat(found, os.fstat(descriptor)):
                    return True
    return False


class LineFile:
    """Lines that appear under their name when the run has ended.

    Args:
        path: Where they go.

    Raises:
        OutputError: They cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.unfinished = False
        self._mark = _mark(path)
        self._file = NewFile(path)
        if self._mark.exists():
            # A live run that was killed, or one that is at work: it must not lose its file.
            with writing(path), suppress(FileNotFoundError):
                grown = os.open(path, os.O_WRONLY)
                try:
                    _lock(grown, path)
                finally:
                    os.close(grown)
        self._text = self._file.draft.open("w", encoding="utf-8")

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds records."""
        lines = [_line(record) for record in records]
        with writing(self.path):
            self._text.writelines(lines)
        self.rows += len(lines)

    def publish(self) -> None:
        """Completes the file."""
        with writing(self.path):
            self._text.close()
        self._file.publish()
        with writing(self.path):
            self._mark.unlink(missing_ok=True)

    def discard(self) -> None:
        """Removes an incomplete file."""
        with suppress(OSError):
            self._text.close()
        self._file.discard()


class GrowingFile:
    """Lines that are in the file as soon as they are written, for ``tail -f``.

    What the file held before goes with the first line. Whoever writes holds a lock on it
    (``flock``), and beside it stands an empty file, its name with `UNFINISHED` behind it, from the
    beginning until the run has ended in order: a file without that mark is finished.

    Args:
        path: Where they go; a symbolic link is followed.

    Raises:
        OutputError: They cannot be written, or another run is writing them; every method but
            `discard` may find that.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._mark = _mark(path)
        with writing(path):
            if path.is_dir():
                raise OutputError(path, f"{path} is a folder: name a file")
            clear_dead(path.parent)
            self._is_new, self._has_begun = not path.exists(), False
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                _lock(self._file, path)
                self._mark.touch()
                sync_folder(path.parent)
            except BaseException:
                os.close(self._file)
                raise

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds records; a disk that is full keeps the lines that are whole."""
        lines = [_line(record).encode() for record in records]
        if not lines:
            return
        with writing(self.path):
            self._begin()
            before, data = os.fstat(self._file).st_size, b"".join(lines)
            try:
                _write_all(self._file, data)
            except OSError:
                written = os.fstat(self._file).st_size - before
                os.ftruncate(self._file, before + data.rfind(b"\n", 0, written) + 1)
                self.rows += data.count(b"\n", 0, written)
                raise
        self.rows += len(lines)

    def publish(self) -> None:
        """Completes the file: it is on the disk, and its mark is gone."""
        with writing(self.path):
            self._begin()
            sync(self._file)
            self._mark.unlink(missing_ok=True)
            sync_folder(self.path.parent)
        self._close()

    def discard(self) -> None:
        """Leaves a file as it was if no line has come; one with lines stays, with its mark."""
        if self._file < 0:
            return
        if not self._has_begun:
            with suppress(OSError):
                self._mark.unlink(missing_ok=True)
                if self._is_new:
                    self.path.unlink(missing_ok=True)
        self._close()

    @property
    def unfinished(self) -> bool:
        """Whether it holds lines of a run that has not completed it."""
        return self._has_begun

    def _begin(self) -> None:
        if not self._has_begun:
            os.ftruncate(self._file, 0)
            self._has_begun = True

    def _close(self) -> None:
        os.close(self._file)
        self._file = -1


class LineStream:
    """Lines to a pipe, a terminal or another character device, each as soon as it is there.

    Args:
        path: Where they go; ``-`` is the standard output. A named pipe waits for its reader.

    Raises:
        OutputError: It cannot be opened or written.
        BrokenPipeError: `write` finds that the reader has gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.unfinished = None
        with writing(path):
            if path == STDOUT:
                self._file = os.dup(1)
            else:
                self._file = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        self._room = select.poll()
        self._room.register(self._file, select.POLLOUT)

    def write(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Sends records; a reader that is slow is waited for."""
        for record in records:
            try:
                with writing(self.path):
                    self._send(_line(record).encode())
            except BrokenPipeError as error:
                error.filename = None if self.path == STDOUT else str(self.path)
                raise
            self.rows += 1

    def _send(self, line: bytes) -> None:
        unsent = memoryview(line)
        while unsent:
            while not self._room.poll(_PATIENCE):
                if asked():
                    raise OutputError(self.path, f"{self.path} takes nothing any more")
            with suppress(BlockingIOError):
                unsent = unsent[os.write(self._file, unsent[:_ATOMIC]) :]

    def publish(self) -> None:
        """Lets go of the stream."""
        self.discard()

    def discard(self) -> None:
        """Lets go of the stream."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _mark(path: Path) -> Path:
    """The empty file that stands beside a file which may still grow."""
    return path.with_name(path.name + UNFINISHED)


def _lock(file: int, path: Path) -> None:
    """Locks a growing file for its writer.

    Raises:
        OutputError: Another process holds it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            path, f"{path} is being written by another run: name another file"
        ) from None
    except OSError:
        pass  # a file system without locks


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record) + "\n"


def _write_all(file: int, data: bytes) -> None:
    unwritten = memoryview(data)
    while unwritten:
        unwritten = unwritten[os.write(file, unwritten) :]
