"""Tables of a configuration: one a block, its keys those of the block's parameters.

Which tables there are, the parameter objects say: each part of a design that has no parts of its
own has one. A parameter that is added to a block is a key of its table, a block that is added to a
part of the design is a table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, cast

from hydrophone_model.block import Params
from hydrophone_model.errors import ConfigError, nearest, shown
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.limits import limits_of
from hydrophone_model.signals.realised import RealisedParams
from hydrophone_model.signals.signals import SignalsParams
from hydrophone_model.whale.pipeline import PipelineParams

DESIGN: dict[str, Params] = {
    "pipeline": PipelineParams(),
    "signals": SignalsParams(),
    "realised": RealisedParams(),
    "fusion": FusionParams(),
}
"""The parts of a design with their usual parameters, by their names in a `DesignConfig`."""


def leaves(params: Params) -> dict[str, Params]:
    """The parameter objects that have tables, by table: all without parts that one is made of."""
    if not params.parts:
        return {params.name: params}
    found: dict[str, Params] = {}
    for part in params.parts.values():
        found |= leaves(part)
    return found


USUAL: dict[str, Params] = {
    table: params for part in DESIGN.values() for table, params in leaves(part).items()
}
"""The tables of a configuration file in their order, with the parameters that one begins from."""

RENAMED = {"surprise": "volume_surprise", "order": "size_entropy", "hearing": "whale_flow"}
"""Former names of tables, which a file may still use."""

SHARED = ("symbols", "classes", "target", "clock_mhz")
"""Keys of the file's top that several blocks share."""

Overrides = Mapping[str, Any]


def settings(params: Params) -> dict[str, Any]:
    """The parameters of one table that a file may set, those that have names by these."""
    limits = limits_of(params)
    return {key: limits[key].named(getattr(params, key)) for key in _keys(params)}


def renamed(overrides: Overrides) -> dict[str, Any]:
    """The same file with every table by its present name.

    Raises:
        ConfigError: It has a table by both of its names.
    """
    for former, name in RENAMED.items():
        if former in overrides and name in overrides:
            raise ConfigError(f"[{former}] is the former name of [{name}]: give one of the two")
    return {RENAMED.get(key, key): value for key, value in overrides.items()}


def check_key(key: str, value: Any) -> None:
    """Refuses what is no key of a file's top, and no table.

    Raises:
        ConfigError: Names the key, and those that there are.
    """
    if key in SHARED:
        return
    if key not in USUAL:
        raise ConfigError(
            f"unknown key {shown(key)}: use preset, {', '.join(SHARED)} or one of the "
            f"tables {', '.join(USUAL)}{_near(key, ('preset', *SHARED, *USUAL))}"
        )
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key} = {shown(value)} is not allowed: {key} is a table, [{key}]")


def table_params(table: str, shared: Overrides, given: Overrides) -> Params:
    """The parameter object of one table.

    Raises:
        ConfigError: A key or a value is wrong.
    """
    usual = USUAL[table]
    values: dict[str, Any] = {key: _tuple(value) for key, value in given.items()}
    keys = _keys(usual)
    unknown = [key for key in values if key not in keys]
    if unknown:
        raise ConfigError(
            f"unknown key {table}.{shown(unknown[0])[1:-1]}: use one of {', '.join(keys)}"
            f"{_near(unknown[0], keys)}"
        )
    limits = limits_of(usual)
    values = {key: limits[key].number(key, value) for key, value in values.items()}
    return replace(usual, **{**values, **_taken(usual, shared)})


def assembled(usual: Params, shared: Overrides, tables: Mapping[str, Params]) -> Params:
    """A part of a design, made of the parameter objects of its tables.

    Raises:
        ConfigError: They do not fit one another.
    """
    parts = {key: assembled(part, shared, tables) for key, part in usual.parts.items()}
    return replace(tables.get(usual.name, usual), **_taken(usual, shared), **parts)


def _taken(params: Params, shared: Overrides) -> dict[str, Any]:
    """Those shared values that a parameter object has a field for."""
    takes = {field.name for field in fields(params)}
    return {key: value for key, value in shared.items() if key in takes}


def _keys(params: Params) -> list[str]:
    """Keys that a table allows; how many candidates there are the fusion's says for all."""
    without = SHARED if isinstance(params, FusionParams) else (*SHARED, "candidates")
    return [key for key in limits_of(params) if key not in without]


def _near(key: str, known: Iterable[str]) -> str:
    """What an unknown key may have been meant for: one of another table, or a name like it."""
    homes = [f"[{table}]" for table, usual in USUAL.items() if key in _keys(usual)]
    if homes:
        return f"; {key} belongs to {' or '.join(homes)}"
    return f"; {key} belongs to the file's top" if key in SHARED else nearest(key, known)


def _tuple(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuple(item) for item in cast("list[Any]", value))
    return value
