"""Which parameters a running design takes over through its registers, and which shape the design.

`hydrophone_model.registers.whale_registers` says what registers there are; this says which keys of
a configuration they come from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from hydrophone_model.block import ConfigError, Params
from hydrophone_model.config import DesignConfig
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
_CARRIED = {**REGISTER_KEYS, "fusion": FUSION_KEYS}


def check_reconfiguration(now: DesignConfig, wanted: DesignConfig) -> None:
    """Refuses a configuration that needs another design: what is not refused is taken over.

    Target and clock are free, for no result depends on them.

    Raises:
        ConfigError: Names the first parameter that registers do not carry, its two values and the
            remedy.
    """
    check_pipeline(now.pipeline, wanted.pipeline)
    for before, after in (
        (now.signals, wanted.signals),
        (now.realised, wanted.realised),
        (now.fusion, wanted.fusion),
    ):
        _check(_fixed(before, after))


def check_pipeline(before: PipelineParams, after: PipelineParams) -> None:
    """Refuses a pipeline that needs another design; see `check_reconfiguration`."""
    _check(
        [
            ("symbols", before.symbols, after.symbols),
            ("classes", before.score.classes, after.score.classes),
        ]
    )
    _check(_fixed(before, after))


def _fixed(before: Params, after: Params) -> Iterator[tuple[str, Any, Any]]:
    """What a running design does not take over: keys, their values and those wanted."""
    carried = _CARRIED.get(before.name, frozenset())
    parts = before.parts
    for field in fields(before):
        if field.name in parts:
            yield from _fixed(parts[field.name], getattr(after, field.name))
        elif field.name != "timing" and field.name not in carried:
            key = f"{before.name}.{field.name}"
            yield key, getattr(before, field.name), getattr(after, field.name)


def _check(pairs: Iterable[tuple[str, Any, Any]]) -> None:
    for key, value, wish in pairs:
        if value != wish:
            raise ConfigError(
                f"{key} = {wish} needs another design, this one has {value}: open a new session"
            )
