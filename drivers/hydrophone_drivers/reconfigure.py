"""Which parameters a running design takes over through its registers, and which shape the design.

`hydrophone_model.registers.whale_registers` says what registers there are; this says which keys of
a configuration they come from.
"""

from collections.abc import Iterable
from typing import Any

from hydrophone_model.block import ConfigError, Params
from hydrophone_model.config import DesignConfig, sections, settings
from hydrophone_model.whale.pipeline import PipelineParams

REGISTER_KEYS: dict[str, frozenset[str]] = {
    "parent": frozenset({"gap_ns"}),
    "volume": frozenset({"loud"}),
    "score": frozenset({"weights", "ladder"}),
    "alert": frozenset({"budget", "shares", "margin", "rise", "hold", "hysteresis"}),
}
"""Keys of each table of a configuration that registers carry."""
FUSION_KEYS = frozenset({"combination"})
"""Keys of the fusion's table that may change while it runs."""
Pairs = Iterable[tuple[str, Any, Any]]
"""Keys of a configuration, their values and those wanted."""


def check_reconfiguration(now: DesignConfig, wanted: DesignConfig) -> None:
    """Refuses a configuration that needs another design.

    Raises:
        ConfigError: Names the first parameter that registers do not carry, its two values and the
            remedy.
    """
    check_pipeline(now.pipeline, wanted.pipeline)
    _check(_fixed(now.fusion, wanted.fusion, FUSION_KEYS))


def check_pipeline(before: PipelineParams, after: PipelineParams) -> None:
    """Refuses a pipeline that needs another design; see `check_reconfiguration`."""
    _check(
        [
            ("symbols", before.symbols, after.symbols),
            ("classes", before.score.classes, after.score.classes),
        ]
    )
    new = sections(after)
    for name, params in sections(before).items():
        _check(_fixed(params, new[name], REGISTER_KEYS.get(name, frozenset())))


def _fixed(before: Params, after: Params, carried: frozenset[str]) -> Pairs:
    """The keys of a table that a running design does not take over."""
    wishes = settings(after)
    for key, value in settings(before).items():
        if key not in carried:
            yield f"{before.name}.{key}", value, wishes[key]


def _check(pairs: Pairs) -> None:
    for key, value, wish in pairs:
        if value != wish:
            raise ConfigError(
                f"{key} = {wish} needs another design, this one has {value}: open a new session"
            )
