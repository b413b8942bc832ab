"""Device registry: the kinds of device, whether each is present, and how to open it.

A kind is data: boards, simulations and engines add theirs to a tuple and nobody else changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hydrophone_drivers.device import Device
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.golden import GoldenDevice
from hydrophone_model.config import DesignConfig


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A kind of device.

    Attributes:
        name: What it is opened by.
        doc: What it is, in a few words.
        absence: Says why the kind cannot be opened here and what to do, or None where it can.
        open: Opens one with a configuration.
        automatic: Whether ``auto`` may choose it.
    """

    name: str
    doc: str
    absence: Callable[[], str | None]
    open: Callable[[DesignConfig], Device]
    automatic: bool = True


def _present() -> None:
    """Nothing is missing, wherever NumPy is."""


GOLDEN = Backend(
    name="golden", doc="the NumPy model, the truth", absence=_present, open=GoldenDevice
)


def open_device(name: str, config: DesignConfig, backends: Sequence[Backend]) -> tuple[Device, str]:
    """Opens a device by name, or with ``auto`` the first of ``backends`` that is present.

    Args:
        name: A backend's name, or ``auto``.
        config: What to configure it with.
        backends: The kinds to choose from, best first.

    Returns:
        The device, and why it is this one.

    Raises:
        DeviceError: There is no such kind, or it is absent here; the message says what to do.
    """
    if name != "auto":
        backend = next((b for b in backends if b.name == name), None)
        if backend is None:
            known = ", ".join(["auto", *(b.name for b in backends)])
            raise DeviceError(f"no device {name!r}: use one of {known}")
        missing = backend.absence()
        if missing is not None:
            raise DeviceError(f"device {name} is absent: {missing}")
        return backend.open(config), "asked for by name"
    passed: list[str] = []
    for backend in backends:
        if not backend.automatic:
            continue
        missing = backend.absence()
        if missing is None:
            reason = "; ".join(["the best device present", *passed])
            return backend.open(config), reason
        passed.append(f"{backend.name} is absent: {missing}")
    raise DeviceError("no device is present: " + "; ".join(passed))
