"""Update scope of each parameter: a register, the next reset, a new design, or new hardware.

Nothing is listed here. A parameter is changed, and `hydrophone_drivers.reconfigure` is asked
whether a running design takes that over, and the parameter objects which of their run-time settings
carry it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, cast

from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_model.block import Controls
from hydrophone_model.catalogue import Entry
from hydrophone_model.config import DesignConfig
from hydrophone_model.config_tables import settings
from hydrophone_model.errors import ConfigError
from hydrophone_model.targets import TARGETS


class UpdateScope(Enum):
    """What it takes for a changed parameter to act."""

    REGISTER = "register"
    RESET = "reset"
    DESIGN = "new design"
    TIMING = "new hardware"


SCOPE_DOC: dict[UpdateScope, str] = {
    UpdateScope.REGISTER: "`session.reconfigure` takes it over between two events; states stay",
    UpdateScope.RESET: (
        "`session.reconfigure` takes it over, and it acts at the next `session.reset`"
    ),
    UpdateScope.DESIGN: "open a new session: hardware is built anew",
    UpdateScope.TIMING: "hardware is built anew; no result and no other device depends on it",
}
"""What each scope means."""


@dataclass(frozen=True)
class ParameterUpdate:
    """How a change of one parameter reaches a running design.

    Attributes:
        scope: What it takes for a change to act.
        settings: Run-time settings of the hardware that carry it; those of the pipeline are
            registers of these names.
    """

    scope: UpdateScope
    settings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.scope.value} {', '.join(self.settings)}".strip()


def parameter_update(config: DesignConfig, entry: Entry) -> ParameterUpdate:
    """How a change of a parameter reaches a running design.

    Args:
        config: The configuration in force.
        entry: The parameter, of its `hydrophone_model.catalogue.catalogue`.
    """
    changed = _changed(config, entry)
    if changed is None:
        return ParameterUpdate(UpdateScope.DESIGN)
    if changed.at(config.timing) == config:
        return ParameterUpdate(UpdateScope.TIMING)
    try:
        check_reconfiguration(config, changed)
    except ConfigError:
        return ParameterUpdate(UpdateScope.DESIGN)
    before, after = _controls(config), _controls(changed)
    carriers = tuple(name for name, setting in before.items() if setting != after[name])
    if not carriers:
        return ParameterUpdate(UpdateScope.DESIGN)
    known = {**config.pipeline.settings, **config.fusion.settings}
    initial = all(known[name].initial for name in carriers)
    return ParameterUpdate(UpdateScope.RESET if initial else UpdateScope.REGISTER, carriers)


def _controls(config: DesignConfig) -> Controls:
    return {**config.pipeline.controls, **config.fusion.controls}


def _changed(config: DesignConfig, entry: Entry) -> DesignConfig | None:
    """The configuration with another value for one parameter; None if others have to follow it."""
    file: dict[str, Any] = {**config.shared}
    file |= {table: settings(params) for table, params in config.tables.items()}
    place: dict[str, Any] = file[entry.table] if entry.table else file
    for value in _candidates(entry):
        place[entry.key] = value
        try:
            changed = DesignConfig.build(file, name=config.name)
        except ConfigError:
            continue
        if changed != config:
            return changed
    return None


def _candidates(entry: Entry) -> Iterator[Any]:
    """Candidates for another value of a parameter."""
    if isinstance(entry.value, str):
        yield from TARGETS if entry.limits is None else entry.limits.words
    else:
        yield from _neighbours(entry.value)


def _neighbours(value: Any) -> Iterator[Any]:
    """Values near a number, or tuples that differ in an element or in two whose sum stays."""
    if not isinstance(value, tuple):
        yield from (value + 1, value - 1, value * 2, value // 2)
        return
    parts = list(cast("tuple[Any, ...]", value))
    for place, part in enumerate(parts):
        for other in _neighbours(part):
            yield (*parts[:place], other, *parts[place + 1 :])
    for place, (left, right) in enumerate(pairwise(parts)):
        if isinstance(left, int):
            for step in (1, -1):
                yield (*parts[:place], left + step, right - step, *parts[place + 2 :])
