"""Public API of the trading process: sessions on any device, events in, results and alerts out.

`import hydrophone` loads nothing; the first use of a name loads what it needs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from hydrophone.arrow_export import arrow
    from hydrophone.decisions import Decisions
    from hydrophone.event_arrays import alerts, events
    from hydrophone.opening import open
    from hydrophone.session import Session
    from hydrophone.shared_memory import Publisher, SharedMemoryError, attach
    from hydrophone_drivers.errors import DeviceError, EventError
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.errors import ConfigError, HydrophoneError
    from hydrophone_model.fusion.combine import Combination
    from hydrophone_model.records import EVENT, RESULT, Kind, ResultFlag, Side

_HOMES = {
    "EVENT": "hydrophone_model.records",
    "RESULT": "hydrophone_model.records",
    "Combination": "hydrophone_model.fusion.combine",
    "ConfigError": "hydrophone_model.errors",
    "Decisions": "hydrophone.decisions",
    "DesignConfig": "hydrophone_model.config",
    "DeviceError": "hydrophone_drivers.errors",
    "EventError": "hydrophone_drivers.errors",
    "HydrophoneError": "hydrophone_model.errors",
    "Kind": "hydrophone_model.records",
    "Publisher": "hydrophone.shared_memory",
    "ResultFlag": "hydrophone_model.records",
    "Session": "hydrophone.session",
    "SharedMemoryError": "hydrophone.shared_memory",
    "Side": "hydrophone_model.records",
    "alerts": "hydrophone.event_arrays",
    "arrow": "hydrophone.arrow_export",
    "attach": "hydrophone.shared_memory",
    "events": "hydrophone.event_arrays",
    "open": "hydrophone.opening",
}
"""The module of each public name."""

__all__ = [
    "EVENT",
    "RESULT",
    "Combination",
    "ConfigError",
    "Decisions",
    "DesignConfig",
    "DeviceError",
    "EventError",
    "HydrophoneError",
    "Kind",
    "Publisher",
    "ResultFlag",
    "Session",
    "SharedMemoryError",
    "Side",
    "__version__",
    "alerts",
    "arrow",
    "attach",
    "events",
    "open",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        return _version()
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'hydrophone' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names and the module's own dunders: no submodule, nothing private."""
    return sorted({name for name in globals() if name.startswith("__")} | {*__all__})


def _version() -> str:
    """The version of the installed distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("hydrophone")
    except PackageNotFoundError:
        return "0+unknown"
