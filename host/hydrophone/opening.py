"""Opening a session: configuration in, device chosen, session out."""

from pathlib import Path

from hydrophone.design import load_design
from hydrophone.devices import BACKENDS
from hydrophone.session import Session
from hydrophone_drivers.registry import open_device
from hydrophone_model.config import DesignConfig


def open(
    device: str = "auto",
    config: str | Path | DesignConfig = "default",
    *,
    alert_budget: float | None = None,
    fail_over: bool = False,
) -> Session:
    """Opens a device and begins a session on it.

    Args:
        device: ``golden`` (the NumPy model), ``cpu`` (the C++ engine), ``rtl`` (the compiled
            simulation of the hardware), or ``auto``: the best present, ``rtl`` never.
        config: A preset's name, the path of a TOML file, or a configuration.
        alert_budget: Share of events that may open an alert episode, in place of the
            configuration's.
        fail_over: Whether the best device of this processor goes on where the device dies, see
            `hydrophone.devices.fail_over`; `Session.info` says so then, and a warning is logged.

    Raises:
        DeviceError: The device is unknown or absent here, or is to fail over and cannot show its
            state.
        ConfigError: The configuration or the budget is not allowed.
    """
    opened, reason = open_device(device, load_design(config, alert_budget), BACKENDS)
    if fail_over:
        from hydrophone.devices.fail_over import FailOverDevice

        opened = FailOverDevice(opened, lambda design: open_device("auto", design, BACKENDS)[0])
    return Session(opened, reason)
