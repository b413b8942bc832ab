"""Benchmark history: every run's samples with its machine and commit, one JSON line each."""

import fcntl
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from hydrophone.engine import isas
from hydrophone_bench.machine import Machine
from hydrophone_bench.regression import Samples
from hydrophone_toolchain.cache import cache_folder

VERSION = 1
"""Version of a line; another one's are passed over."""
RUNS = 5
"""Earlier runs that a run is held against: the latest of the same machine."""


def default_path() -> Path:
    """Where the history of this user lies."""
    return cache_folder() / "bench-history.jsonl"


@dataclass(frozen=True, kw_only=True)
class BenchRun:
    """A run of benchmarks.

    Attributes:
        version: `VERSION`.
        time: When it ended, UTC, ISO 8601.
        commit: Of the sources, with a + where they were changed; empty where that is not known.
        machine: Its fingerprint, see `fingerprint`.
        described: The machine in words.
        figures: Samples by figure.
        nanoseconds: Median nanoseconds by figure, for people.
    """

    version: int
    time: str
    commit: str
    machine: str
    described: str
    figures: Mapping[str, Samples]
    nanoseconds: Mapping[str, float]

    @classmethod
    def of(cls, figures: Mapping[str, Samples], nanoseconds: Mapping[str, float]) -> Self:
        """A run that ends now and here."""
        machine = Machine.here(cpu=0, cores=os.cpu_count() or 1)
        return cls(
            version=VERSION,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            commit=commit(Path(__file__).parents[2]),
            machine=fingerprint(machine),
            described=str(machine),
            figures=figures,
            nanoseconds=nanoseconds,
        )


def fingerprint(machine: Machine) -> str:
    """What figures must share to be comparable, as a hash: processor, kernel, Python, NumPy."""
    parts = (
        machine.processor, str(machine.cores), str(machine.virtual), machine.governor,
        machine.kernel, machine.python, machine.numpy, platform.machine(), isas().chosen,
    )  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def commit(folder: Path) -> str:
    """The commit of the sources in a folder; empty where they are in no repository."""
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--abbrev=12"],
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
        return said.stdout.strip()
    return ""


def read(path: Path) -> tuple[list[BenchRun], int]:
    """The runs of a history, in order, and the number of lines that are none.

    Raises:
        OSError: It cannot be read; one that is not there is empty.
    """
    runs: list[BenchRun] = []
    broken = 0
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return [], 0
    for line in lines:
        try:
            record: dict[str, Any] = json.loads(line)
            run = BenchRun(**record)
            sound = run.version == VERSION and all(
                all(float(x) > 0 for x in samples) and len(samples) > 0
                for samples in run.figures.values()
            )
        except (ValueError, TypeError, AttributeError):
            sound = False
        else:
            if sound:
                runs.append(run)
        broken += not sound
    return runs, broken


def append(path: Path, run: BenchRun) -> None:
    """Adds a run to a history; two at once come one after the other.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(asdict(run)) + "\n")


def comparable(runs: list[BenchRun], latest: BenchRun) -> list[BenchRun]:
    """The latest runs of the same machine, `RUNS` at most."""
    return [run for run in runs if run.machine == latest.machine][-RUNS:]
