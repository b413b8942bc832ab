"""The hardware itself, compiled to run here: slow, exact, and it counts clock cycles.

Amaranth and the simulators are loaded when such a device is opened, never before.
"""

import importlib.util

from hydrophone_drivers.device import Device
from hydrophone_drivers.registry import Backend
from hydrophone_model.config import DesignConfig


def _absence() -> str | None:
    for module in ("amaranth", "hydrophone_sim"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: pip install 'hydrophone[sim]'"
    if importlib.util.find_spec("hydrophone_sim.compiled") is None:
        return "this installation has no compiled simulation: install hydrophone again"
    return None


def _open(config: DesignConfig) -> Device:
    raise NotImplementedError


RTL = Backend(
    name="rtl",
    doc="the compiled simulation of the hardware, with clock cycles",
    absence=_absence,
    open=_open,
    automatic=False,
)
