"""Build cache: what was compiled for a block, kept for the user; what was built once is there.

A build lives in a folder named by the hash of everything that went into it. It is made beside and
moved into place whole, so nobody sees half of it; of two programs that want the same build, one
waits for the other. Who uses a build holds a shared lock on it until the process ends. When a new
build makes the cache larger than its limit, those go that were used longest ago and are not locked.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hydrophone_model.errors import ConfigError, ensure

KINDS = ("sim", "custom")
"""Folders of the cache: simulations, and kernels of anybody's blocks."""
LIMIT = "HYDROPHONE_CACHE_LIMIT"
"""Environment variable: the size at which builds begin to go, as ``500M`` or ``4G``."""
DEFAULT_LIMIT = 4 << 30
_SETTING = "limit"
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_held: dict[Path, int] = {}
"""Locks of the builds that this process uses."""


def cache_folder() -> Path:
    """Where builds are kept: ``$XDG_CACHE_HOME/hydrophone``, else below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "hydrophone"


def digest(parts: Iterable[str | bytes]) -> str:
    """Name of what is made from these parts."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:24]


def built(kind: str, name: str, build: Callable[[Path], None]) -> Path:
    """The folder ``kind/name`` of the cache, made by ``build`` if it is not there.

    It stays there at least until this process ends.

    Args:
        kind: What is built, one of `KINDS`.
        name: Unique to what is built, see `digest`.
        build: Fills an empty folder; what it raises is passed on and leaves no trace.

    Raises:
        ConfigError: The cache's limit is no size.
    """
    ensure(kind in KINDS, f"nothing of the kind {kind} is cached")
    folder = cache_folder() / kind / name
    made, limit = False, 0
    while not (folder in _held and folder.is_dir()):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            lock = _lock(folder, fcntl.LOCK_SH)
        except OSError:
            if folder.is_dir():  # in a cache that this process may only read, and so may not lock
                return folder
            raise
        if folder.is_dir():
            _hold(folder, lock)
            break
        os.close(lock)
        limit = cache_limit()
        lock = _lock(folder, fcntl.LOCK_EX)
        try:
            if not folder.is_dir():
                _make(folder, build)
                made = True
        finally:
            os.close(lock)
    _touch(folder)
    if made:
        trim(limit)
    return folder


def _hold(folder: Path, lock: int) -> None:
    """Keeps a build's lock until the process ends."""
    former = _held.pop(folder, None)
    if former is not None:
        os.close(former)
    _held[folder] = lock


def _make(folder: Path, build: Callable[[Path], None]) -> None:
    """Builds beside the place and moves it there; drafts of builders that died are cleared."""
    _clear_drafts(folder)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        build(draft)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _clear_drafts(folder: Path) -> None:
    for draft in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(draft, ignore_errors=True)


def _touch(folder: Path) -> None:
    with suppress(OSError):
        os.utime(folder)


def _lock_file(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.lock"


def _lock(folder: Path, how: int) -> int:
    """The lock of a build as an open file, held until that is closed.

    Raises:
        BlockingIOError: Somebody else holds it, and ``how`` says not to wait.
        OSError: The file cannot be made.
    """
    path = _lock_file(folder)
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(lock, how)
            # Who removes a build removes its lock, too: what is locked has to be what is there.
            if os.path.samestat(path.stat(), os.fstat(lock)):
                return lock
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


@dataclass(frozen=True)
class Entry:
    """A build in the cache.

    Attributes:
        folder: Where it is.
        size: Bytes.
        used: When it was used last, in seconds since 1970.
    """

    folder: Path
    size: int
    used: float

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.folder.parent.name


def entries() -> list[Entry]:
    """What is in the cache, used longest ago first."""
    found: list[Entry] = []
    for kind in KINDS:
        for folder in (cache_folder() / kind).glob("*"):
            if not folder.name.startswith(".") and folder.is_dir():
                with suppress(FileNotFoundError):  # it may go while it is looked at
                    found.append(Entry(folder, _size(folder), folder.stat().st_mtime))
    return sorted(found, key=lambda entry: entry.used)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def trim(limit: int) -> list[Entry]:
    """Removes builds, used longest ago first, until the cache is no larger than a limit.

    What a process uses stays, this one's own included.

    Args:
        limit: Bytes.

    Returns:
        What was removed.
    """
    found = entries()
    total, removed = sum(entry.size for entry in found), list[Entry]()
    for entry in found:
        if total <= limit:
            break
        with _unused(entry.folder) as unused:
            if unused:
                shutil.rmtree(entry.folder, ignore_errors=True)
                total -= entry.size
                removed.append(entry)
    return removed


def clear() -> list[Entry]:
    """Removes every build that nobody uses, and what dead builders left."""
    removed = trim(-1)
    for kind in KINDS:
        for lock in (cache_folder() / kind).glob(".*.lock"):
            folder = lock.parent / lock.name.removeprefix(".").removesuffix(".lock")
            if not folder.is_dir():
                with _unused(folder) as unused:
                    if unused:
                        _clear_drafts(folder)
    return removed


@contextmanager
def _unused(folder: Path) -> Generator[bool]:
    """Whether nobody uses or makes a build; nobody does for as long as this lasts."""
    if folder in _held:
        yield False
        return
    try:
        lock = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
        return
    try:
        yield True
        _lock_file(folder).unlink(missing_ok=True)
    finally:
        os.close(lock)


def cache_limit() -> int:
    """The size in bytes at which builds begin to go: `LIMIT`'s, else the user's, else 4 GiB.

    Raises:
        ConfigError: It is no size.
    """
    text = os.environ.get(LIMIT, "")
    if text:
        return size_of(text, LIMIT)
    setting = cache_folder() / _SETTING
    if setting.is_file():
        text = setting.read_text(encoding="utf-8", errors="backslashreplace")
        return size_of(text.strip(), str(setting))
    return DEFAULT_LIMIT


def set_limit(limit: int) -> None:
    """Keeps a limit for this user; whoever reads meanwhile finds the one before or this one.

    Raises:
        OSError: It cannot be written.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=f".{_SETTING}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{limit}\n")
        Path(draft).chmod(0o644)
        Path(draft).replace(folder / _SETTING)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def size_of(text: str, name: str) -> int:
    """The bytes of a size such as ``500M``; the units are 1,024 times one another.

    Raises:
        ConfigError: It is none; the message has the name of what was set so.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ConfigError(
            f"{name} = {text!r} is no size: use bytes, or a number with K, M, G or T, as 4G"
        )
    return int(float(found[1]) * (1 << _UNITS[found[2].upper()]))
