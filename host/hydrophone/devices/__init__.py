"""Device kinds: what a trading process can open, best first."""

from hydrophone.devices.cpu import CPU
from hydrophone.devices.rtl import RTL
from hydrophone_drivers.registry import GOLDEN, Backend

BACKENDS: tuple[Backend, ...] = (CPU, GOLDEN, RTL)
"""In the order in which ``auto`` tries them; ``rtl`` is opened by name only."""
