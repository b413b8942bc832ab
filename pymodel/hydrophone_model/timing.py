"""Target and clock of a design: what its registers are placed for.

Every parameter object carries a `Timing`. It decides where the hardware has registers, so the
latency, and nothing else: results never depend on it.
"""

from dataclasses import dataclass, field
from typing import Any

from hydrophone_model.errors import ConfigError, shown
from hydrophone_model.target import Target
from hydrophone_model.targets import TARGETS, XC7

SLOWEST_MHZ, FASTEST_MHZ = 1, 1000


def target_named(name: str) -> Target:
    """The device family of a name.

    Raises:
        ConfigError: There is none; the message names those there are.
    """
    # Whatever a file gave may be no key of a dictionary.
    if name not in tuple(TARGETS):
        raise ConfigError(f"target = {shown(name)} is not allowed: use one of {', '.join(TARGETS)}")
    return TARGETS[name]


@dataclass(frozen=True)
class Timing:
    """A target and its clock.

    Raises:
        ConfigError: There is no such target, or the clock is no number or outside its range.
    """

    target: str = field(
        default=XC7.name, metadata={"doc": "family of devices that the hardware is laid out for"}
    )
    clock_mhz: float = field(
        default=XC7.clock_mhz,
        metadata={"doc": "its clock, MHz; the family's where a file names none"},
    )

    def __post_init__(self) -> None:
        target_named(self.target)
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
        return cls(target, target_named(target).clock_mhz if clock_mhz is None else clock_mhz)

    def moved(self, target: str | None = None, clock_mhz: float | None = None) -> "Timing":
        """Another target or clock: another target at its family's clock, unless one is given."""
        if clock_mhz is None and target in (None, self.target):
            clock_mhz = self.clock_mhz
        return Timing.of(target or self.target, clock_mhz)

    @property
    def family(self) -> Target:
        """The record of the device family."""
        return TARGETS[self.target]

    @property
    def period_ps(self) -> float:
        """Length of a clock, picoseconds."""
        return 1e6 / self.clock_mhz


DEFAULT_TIMING = Timing()
"""Of every parameter object that names no other."""
