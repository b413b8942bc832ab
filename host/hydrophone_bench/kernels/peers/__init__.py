"""The peers: one module each, imported when it takes part, named in the table when it cannot."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from hydrophone_bench.kernels.cases import Offer

PEERS = {
    "NumPy": ("numpy", "numpy"),
    "SciPy": ("scipy", "scipy"),
    "PyWavelets": ("pywavelets", "PyWavelets"),
    "SimSIMD": ("simsimd", "simsimd"),
    "NumKong": ("numkong", "numkong"),
    "bottleneck": ("bottleneck", "bottleneck"),
    "TA-Lib": ("talib", "TA-Lib"),
    "numba": ("numba", "numba"),
    "river": ("river", "river"),
}
"""By the name that people know: our adapter's module, and the distribution."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A library that takes part.

    Attributes:
        name: As people know it.
        version: Of the distribution.
        offer: What it has.
    """

    name: str
    version: str
    offer: Offer


def gather() -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and the names of those that are not."""
    present: list[Peer] = []
    missing: list[str] = []
    for name, (module, distribution) in PEERS.items():
        adapter = import_module(f"{__name__}.{module}")
        try:
            offer: Offer = adapter.load()
        except ModuleNotFoundError:
            missing.append(name)
            continue
        present.append(Peer(name=name, version=version(distribution), offer=offer))
    return present, missing
