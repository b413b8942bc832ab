"""Atomic file replacement: a locked draft beside the target, synced to disk, then renamed.

A draft is locked (``flock``) by the process that writes it, so that one that nobody holds is known
for what a dead process left behind, whatever the numbers of processes are. Whoever next writes in
the same folder clears it away. A file system without locks keeps such drafts.
"""

import errno
import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PREFIX, _SUFFIX = ".hydrophone-", ".draft"
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EROFS)
"""Errors of files and folders that cannot be synced, and need not be."""


class DiscardedAtExit:
    """A context whose end discards what was not published."""

    def discard(self) -> None:
        """Removes what was not published."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()


class Draft(DiscardedAtExit):
    """A file under a name of its own that takes its target's place when it is complete.

    A symbolic link stays one: the file that it leads to is replaced. The target's permissions are
    kept; a new file has the usual ones. Leaving the context without `publish` removes the draft.

    Args:
        target: The file's place.

    Attributes:
        path: Where it is written until then.

    Raises:
        OSError: The folder is missing or not writable.
    """

    def __init__(self, target: Path) -> None:
        self._target = followed(target)
        folder = self._target.parent
        clear_dead(folder)
        self._lock, self.path = _locked_file(folder)

    def publish(self) -> None:
        """Gives the complete file its name, once it is on the disk.

        Raises:
            OSError: The disk failed, or the place has become unwritable.
        """
        try:
            mode = stat.S_IMODE(self._target.stat().st_mode)
        except FileNotFoundError:
            mode = 0o666 & ~_umask()
        os.fchmod(self._lock, mode)
        sync(self._lock)
        self.path.replace(self._target)
        sync_folder(self._target.parent)

    def discard(self) -> None:
        """Removes what was not published, and lets go of the lock."""
        with suppress(FileNotFoundError):
            self.path.unlink()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def followed(path: Path) -> Path:
    """The file that a path leads to through symbolic links, whether it is there or not.

    Raises:
        OSError: The links lead in a circle.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def clear_dead(folder: Path) -> None:
    """Removes the drafts in a folder that no process holds."""
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.path
                for entry in entries
                if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX)
            ]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Path(name).unlink()
            finally:
                os.close(descriptor)


def sync(descriptor: int) -> None:
    """Waits until a file is on the disk.

    Raises:
        OSError: The disk is full or failed.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk; one that cannot be opened is left."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)


def _locked_file(folder: Path) -> tuple[int, Path]:
    """A new file that is locked before anyone could take it for dead."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=_SUFFIX)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Whoever clears the folder was faster, and removes the file.
            os.close(descriptor)
            continue
        except OSError:
            return descriptor, Path(name)  # a file system without locks
        if os.fstat(descriptor).st_nlink:
            return descriptor, Path(name)
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
