"""Reconfiguration check: refuses what a running design cannot take over through its registers.

Which parameters it can is marked where they are defined: `hydrophone_model.limits.Limits.runtime`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from hydrophone_model.block import Params
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.limits import runtime_keys
from hydrophone_model.whale.pipeline import PipelineParams


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
    carried = runtime_keys(before)
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
