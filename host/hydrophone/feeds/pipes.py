"""Pipe reader: pipes, FIFOs and sockets, read as bytes come and polled for more."""

import errno
import fcntl
import io
import os
import select
import socket
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from hydrophone.feeds.errors import FeedError

READ = 1 << 16
"""Bytes that one read takes at most: what a pipe of Linux holds."""
_LINGER = 2
"""Milliseconds that a writer of whole buffers is given to bring the next one."""


class Pipe:
    """Pipe reader: gives the bytes that have come, and waits only where there are none.

    Args:
        stream: Its bytes.
    """

    def __init__(self, stream: io.BufferedReader | BinaryIO) -> None:
        self._stream = stream
        self._full = False
        self._ready: select.poll | None = None
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):
            return  # a stream within the process, which is never waited for
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLIN)

    def read(self, size: int) -> bytes:
        """The bytes that have come, up to ``size``; none at the end."""
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read(size)
        self._full = len(data) == size
        return data

    def is_idle(self, milliseconds: int = 0) -> bool:
        """Whether nothing comes within a time; a full read waits a little in any case."""
        if self._ready is None:
            return False
        return not self._ready.poll(max(milliseconds, _LINGER if self._full else 0))


def is_pipe(path: str) -> bool:
    """Whether a path is no regular file: what is read from it is gone."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def is_live(path: str) -> bool:
    """Whether a source may still grow while it is read; ``-`` is the standard input.

    Raises:
        FeedError: The standard input is closed.
    """
    if path != "-":
        return is_pipe(path)
    try:
        descriptor = sys.stdin.fileno()
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return not stat.S_ISREG(os.fstat(descriptor).st_mode)
    except (AttributeError, ValueError, OSError) as error:
        raise FeedError(
            "standard input is closed: give it a pipe or a file, or name a file in place of -"
        ) from error


def opened(path: str) -> BinaryIO:
    """A file, a named pipe, or what a socket of that name sends.

    Raises:
        OSError: It cannot be opened.
    """
    file = Path(path)
    if file.is_socket():
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            return connection.makefile("rb")
    return file.open("rb")
