"""Where a design is to run: the device family and the clock that its registers are placed for.

Every parameter object carries a `Timing`. It decides where the hardware has registers, so the
latency, and nothing else: results never depend on it.
"""

from dataclasses import dataclass, field
from typing import Any

from hydrophone_model.errors import ConfigError, shown

SLOWEST_MHZ, FASTEST_MHZ = 1, 1000


@dataclass(frozen=True)
class Family:
    """A family of devices.

    Attributes:
        doc: The family, and the part and speed grade that stand for it.
        clock_mhz: Clock of a design that names none.
    """

    doc: str
    clock_mhz: float


FAMILIES: dict[str, Family] = {
    "ecp5": Family("Lattice ECP5, LFE5U-85F-8", 64.0),
    "xc7": Family("Xilinx 7 series, XC7Z020-1", 125.0),
    "xcup": Family("Xilinx UltraScale+, speed grade -2", 322.0),
}
"""The targets there are, by name."""


def _family(target: str) -> Family:
    if target not in tuple(FAMILIES):
        raise ConfigError(
            f"target = {shown(target)} is not allowed: use one of {', '.join(FAMILIES)}"
        )
    return FAMILIES[target]


@dataclass(frozen=True)
class Timing:
    """A target and its clock.

    Raises:
        ConfigError: There is no such target, or the clock is no number or outside its range.
    """

    target: str = field(
        default="xc7", metadata={"doc": "family of devices that the hardware is laid out for"}
    )
    clock_mhz: float = field(
        default=FAMILIES["xc7"].clock_mhz,
        metadata={"doc": "its clock, MHz; the family's where a file names none"},
    )

    def __post_init__(self) -> None:
        _family(self.target)
        clock: Any = self.clock_mhz
        number = isinstance(clock, int | float) and not isinstance(clock, bool)
        if not number or not SLOWEST_MHZ <= clock <= FASTEST_MHZ:
            raise ConfigError(
                f"clock_mhz = {shown(clock)} is not allowed: use {SLOWEST_MHZ} … {FASTEST_MHZ} MHz"
            )

    def __str__(self) -> str:
        return f"{self.target} at {self.clock_mhz} MHz"

    @classmethod
    def of(cls, target: str, clock_mhz: float | None = None) -> "Timing":
        """A target at the clock given or, without one, at its family's."""
        return cls(target, _family(target).clock_mhz if clock_mhz is None else clock_mhz)

    def moved(self, target: str | None = None, clock_mhz: float | None = None) -> "Timing":
        """Another target or clock: another target at its family's clock, unless one is given."""
        if clock_mhz is None and target in (None, self.target):
            clock_mhz = self.clock_mhz
        return Timing.of(target or self.target, clock_mhz)

    @property
    def period_ps(self) -> float:
        """Length of a clock, picoseconds."""
        return 1e6 / self.clock_mhz


DEFAULT_TIMING = Timing()
"""Of every parameter object that names no other."""
