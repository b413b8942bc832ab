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
) -> Session:
    """Opens a device and begins a session on it.

    Args:
        device: ``golden`` (the NumPy model), ``cpu`` (the C++ engine), ``rtl`` (the compiled
            simulation of the hardware), or ``auto``: the best present, ``rtl`` never.
        config: A preset's name, the path of a TOML file, or a configuration.
        alert_budget: Share of events that may open an alert episode, in place of the
            configuration's.

    Raises:
        DeviceError: The device is unknown or absent here.
        ConfigError: The configuration or the budget is not allowed.
    """
    return Session(*open_device(device, load_design(config, alert_budget), BACKENDS))
