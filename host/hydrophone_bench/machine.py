"""Description of the machine that was measured: processor, kernel, versions."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

_CPUINFO = Path("/proc/cpuinfo")
_GOVERNOR = "/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a figure depends on beside the program.

    Attributes:
        processor: Model name.
        cores: Logical processors that this process may use.
        pinned_to: The one that was measured.
        virtual: Whether a hypervisor lies below, which can take the processor away at any time.
        governor: Frequency governor, where it can be read.
        kernel: Operating system.
        load: Processes that wanted to run, on average, in the minute before.
        python: Version.
        numpy: Version.
    """

    processor: str
    cores: int
    pinned_to: int
    virtual: bool
    governor: str
    kernel: str
    load: float
    python: str
    numpy: str

    @classmethod
    def here(cls, *, cpu: int, cores: int) -> Self:
        """This machine, of whose ``cores`` processors number ``cpu`` is measured."""
        info = _cpuinfo()
        return cls(
            processor=info.get("model name") or platform.processor() or platform.machine(),
            cores=cores,
            pinned_to=cpu,
            virtual="hypervisor" in info.get("flags", "").split(),
            governor=_read(Path(_GOVERNOR.format(cpu=cpu))) or "not readable",
            kernel=f"{platform.system()} {platform.release()}",
            load=os.getloadavg()[0],
            python=sys.version.split()[0],
            numpy=np.__version__,
        )

    def __str__(self) -> str:
        virtual = " (virtual)" if self.virtual else ""
        return (
            f"{self.processor}{virtual}, processor {self.pinned_to} of {self.cores} (from 0), "
            f"governor {self.governor}, load {self.load:.1f}; {self.kernel}; "
            f"Python {self.python}, NumPy {self.numpy}"
        )


def _cpuinfo() -> dict[str, str]:
    """Properties of the first processor."""
    pairs = (line.partition(":") for line in _read(_CPUINFO).partition("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
