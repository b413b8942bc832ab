"""What was compiled for a block, kept in the user's cache: what was built once is there at once.

A build lives in a folder named by the hash of everything that went into it. It is made beside and
moved into place whole, so nobody sees half of it; of two programs that want the same build, one
waits for the other.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


def cache_folder() -> Path:
    """Where builds are kept: ``$XDG_CACHE_HOME/hydrophone``, else below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hydrophone"


def digest(parts: Iterable[str | bytes]) -> str:
    """Name of what is made from these parts."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:24]


def built(kind: str, name: str, build: Callable[[Path], None]) -> Path:
    """The folder ``kind/name`` of the cache, made by ``build`` if it is not there.

    Args:
        kind: What is built, ``sim`` for simulations.
        name: Unique to what is built, see `digest`.
        build: Fills an empty folder; what it raises is passed on and leaves no trace.
    """
    folder = cache_folder() / kind / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
        try:
            build(draft)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder
