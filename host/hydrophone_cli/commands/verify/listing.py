"""``hydrophone verify --list``: blocks, engines, targets and configurations."""

import json
from typing import Any


def listing(engines: tuple[str, ...]) -> dict[str, Any]:
    """Blocks, engines, targets and configurations; docs/proof.md tells each key."""
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.config import PRESETS
    from hydrophone_model.targets import TARGETS
    from hydrophone_sim.tiny import NAME

    return {
        "blocks": list(BLOCKS),
        "engines": list(engines),
        "targets": [
            {"target": name, "clock_mhz": family.clock_mhz} for name, family in TARGETS.items()
        ],
        "configurations": [*PRESETS, NAME],
    }


def print_listing(engines: tuple[str, ...], *, as_json: bool) -> None:
    """Prints it."""
    found = listing(engines)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    targets = [f"{row['target']} at {row['clock_mhz']} MHz" for row in found["targets"]]
    for what, names in {**found, "targets": targets}.items():
        print(f"{what + ':':15} {', '.join(names)}")
