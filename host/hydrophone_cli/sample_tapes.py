"""Sample tapes: real ticks, fetched from the package index, checked, kept in the user's cache.

The E-mini sample is part of the package mlfinpy (MIT). Its requirements conflict with ours and are
not wanted, so that pip only downloads the wheel, and the one file is read out of it.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hydrophone_cli.outputs.drafts import Draft
from hydrophone_model.errors import InputError
from hydrophone_toolchain.cache import cache_folder

_TIMEOUT = 300
"""Seconds that a download may take."""


class SampleError(InputError):
    """A sample that cannot be fetched, or is not what it should be."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A file within a wheel of the package index.

    Attributes:
        name: What it is called here, and its file's name in the cache.
        about: What it is, for a person.
        symbol: Symbol of its prints.
        package: Package and version that carry it.
        member: Its path within the wheel.
        sha256: Of the file.
    """

    name: str
    about: str
    symbol: str
    package: str
    member: str
    sha256: str


ES_2013 = Sample(
    name="es_2013.csv",
    about="500,000 E-mini S&P 500 ticks, 1-3 September 2013: time, price, volume",
    symbol="ES",
    package="mlfinpy==0.1.2",
    member="mlfinpy/dataset/data/tick_data.csv",
    sha256="b65c9d481aab09af7c7290d898382e9231e6a4694d2685cb0858d248812d0b0e",
)
SAMPLES = (ES_2013,)


def cached(sample: Sample) -> Path | None:
    """The sample's file, if it is in the cache and intact."""
    path = cache_folder() / sample.name
    if not path.is_file() or _digest(path.read_bytes()) != sample.sha256:
        return None
    return path


def fetch(sample: Sample) -> Path:
    """The sample's file, downloaded first if it is not in the cache.

    Raises:
        SampleError: It cannot be downloaded or stored, or its checksum is wrong.
    """
    kept = cached(sample)
    if kept is not None:
        return kept
    with tempfile.TemporaryDirectory(prefix="hydrophone-") as folder:
        data = _read(sample, _download(sample, Path(folder)))
    digest = _digest(data)
    if digest != sample.sha256:
        raise SampleError(
            f"{sample.member} of {sample.package} has sha256 {digest}, expected is "
            f"{sample.sha256}: the index serves another file, it was not kept"
        )
    path = cache_folder() / sample.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Draft(path) as draft:
            draft.path.write_bytes(data)
            draft.publish()
    except OSError as error:
        raise SampleError(
            f"cannot keep {path}: {error.strerror}; name another place with XDG_CACHE_HOME"
        ) from error
    return path


def _download(sample: Sample, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", sample.package, "--no-deps"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command += ["--dest", str(folder)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise SampleError(
            f"{sample.package}: no download within {_TIMEOUT} s: is the package index reachable?"
        ) from None
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["pip said nothing"]
        errors = [line for line in said if "error" in line.lower()] or said
        remedy = "" if "No module named pip" not in errors[-1] else " (python -m ensurepip)"
        raise SampleError(f"{sample.package} cannot be downloaded: {errors[-1].strip()}{remedy}")
    return wheels[0]


def _read(sample: Sample, wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(sample.member)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise SampleError(f"{wheel.name} does not hold {sample.member}: {error}") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
