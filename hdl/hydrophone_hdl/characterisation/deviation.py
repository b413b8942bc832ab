"""Deviation of two delay files: whether the tools still give what is committed."""

from collections.abc import Mapping
from typing import Any

from hydrophone_hdl.hls.delays import KINDS, Table

_FLOOR_PS = 300
"""Deviations are relative to the delay, but to no less than this: a look-up table's, about."""


def deviation(new: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[float, str]:
    """Largest relative deviation of two delay files, and where it is."""
    found = [
        (_relative_difference(new[name], old[name]), name)
        for name in ("clk_to_q_ps", "setup_ps", "block_out_ps", "block_setup_ps")
    ]
    for kind, names in KINDS.items():
        sizes = len(names)
        table = Table.read(kind, old["kinds"][kind])
        for row in new["kinds"][kind]:
            at = [int(size) for size in row[:sizes]]
            found.append((_relative_difference(row[sizes], table.at(at)[0]), f"{kind} {at}"))
    return max(found)


def _relative_difference(new: float, old: float) -> float:
    """Relative difference of two delays, small ones held against the floor."""
    return abs(new - old) / max(old, _FLOOR_PS)
