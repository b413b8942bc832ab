"""The C++ engine as a device."""

import importlib.util

from hydrophone_drivers.device import Device
from hydrophone_drivers.registry import Backend
from hydrophone_model.config import DesignConfig


def _absence() -> str | None:
    if importlib.util.find_spec("hydrophone._kernels") is None:
        return "the C++ engine is not built: install hydrophone with a C++ compiler at hand"
    if importlib.util.find_spec("hydrophone.engine") is None:
        return "this installation has no C++ engine: install hydrophone again"
    return None


def _open(config: DesignConfig) -> Device:
    raise NotImplementedError


CPU = Backend(name="cpu", doc="the C++ engine on this processor", absence=_absence, open=_open)
