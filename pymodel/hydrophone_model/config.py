"""Design configurations: every parameter in one frozen object, named presets, TOML.

A configuration file names a preset and overrides what differs::

    preset = "default"
    symbols = 128
    target = "ecp5"
    clock_mhz = 60.0

    [parent]
    gap_ns = 500_000

    [alert]
    budget = 300

    [fusion]
    systems = 4
    combination = "rank_average"

``target`` is one of `hydrophone_model.targets.TARGETS`; without ``clock_mhz`` it takes the family's
clock. The two decide the latency of the hardware and no result.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self, cast

from hydrophone_model.block import ConfigError, Params, limits_of
from hydrophone_model.dsp.correlation import CorrelationParams
from hydrophone_model.dsp.distance import DistanceParams
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.errors import nearest, shown
from hydrophone_model.fusion.combine import combination_of
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.signals.imbalance import ImbalanceParams
from hydrophone_model.signals.impact import ImpactParams
from hydrophone_model.signals.momentum import MomentumParams
from hydrophone_model.signals.realised import RealisedParams
from hydrophone_model.signals.reversion import ReversionParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.signals import SignalsParams, System
from hydrophone_model.signals.size_entropy import SizeEntropyParams
from hydrophone_model.signals.trend import TrendParams
from hydrophone_model.signals.volume_surprise import VolumeSurpriseParams
from hydrophone_model.signals.whale_flow import WhaleFlowParams
from hydrophone_model.timing import DEFAULT_TIMING, Timing
from hydrophone_model.whale.alert import AlertParams
from hydrophone_model.whale.parent import ParentParams
from hydrophone_model.whale.pattern import PatternParams, default_templates
from hydrophone_model.whale.persistence import PersistenceParams
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_model.whale.repeat import RepeatParams
from hydrophone_model.whale.score import ScoreParams
from hydrophone_model.whale.volume import VolumeParams

SECTIONS: dict[str, type[Params]] = {
    section.name: section
    for section in (
        ParentParams,
        VolumeParams,
        DistanceParams,
        EntropyParams,
        RepeatParams,
        PersistenceParams,
        CorrelationParams,
        ScoreParams,
        AlertParams,
        MomentumParams,
        ReversionParams,
        ImbalanceParams,
        VolumeSurpriseParams,
        SizeEntropyParams,
        ImpactParams,
        TrendParams,
        WhaleFlowParams,
        RealisedParams,
        FusionParams,
    )
}
"""The tables of a configuration file, one a block."""

RENAMED = {"surprise": "volume_surprise", "order": "size_entropy", "hearing": "whale_flow"}
"""Former names of tables, which a file may still use."""

SYSTEMS = tuple(system.name.lower() for system in System)
"""Those of the signals."""

SHARED = ("symbols", "classes", "target", "clock_mhz")
"""Keys of the file's top that several blocks share."""

Overrides = Mapping[str, Any]
_LARGEST_FILE = 1 << 20
"""Bytes of a configuration file."""


def _sized(fusion: FusionParams) -> Overrides:
    """The table of a fusion's sizes."""
    return {"systems": fusion.systems, "candidates": fusion.candidates}


PRESETS: dict[str, Overrides] = {
    "small": {"symbols": 16, "classes": 4, "fusion": _sized(FUSION_PRESETS["small"])},
    "default": {"symbols": 64, "classes": 16, "fusion": _sized(FUSION_PRESETS["default"])},
    # A quarter of the slots a symbol keeps 1024 symbols within the block RAM of a small part.
    "large": {
        "symbols": 1024,
        "classes": 16,
        "repeat": {"slots": 16},
        "fusion": _sized(FUSION_PRESETS["large"]),
    },
}
"""Symbols, classes, and fusions: 4 systems for 4 candidates, 8 for 16, 16 for 64.

``small`` is for small parts: on an ECP5 its pipeline takes 24 block RAMs instead of 57, its fusion
an eighth of the logic. ``large`` is for many symbols: its fusion is folded in hardware, and so is
that of the signal pipeline, eight signals for 64 candidates, whose signals and fusion are then
designs apart.
"""


@dataclass(frozen=True, kw_only=True)
class DesignConfig:
    """A named, validated set of parameters.

    Attributes:
        name: Preset it came from, and the file that overrides it if any.
        pipeline: Parameters of the whale pipeline.
        signals: Parameters of the signals, whose candidates are the fusion's.
        realised: Parameters of what becomes of these.
        fusion: Parameters of the fusion, for the pipeline's target and clock.
    """

    name: str
    pipeline: PipelineParams
    signals: SignalsParams
    realised: RealisedParams
    fusion: FusionParams

    @classmethod
    def preset(cls, name: str = "default") -> Self:
        """One of `PRESETS`.

        Raises:
            ConfigError: There is no such preset.
        """
        return cls.build({"preset": name}, name=name)

    @classmethod
    def load(cls, source: "str | Path | DesignConfig") -> "DesignConfig":
        """A preset's name, or the path of a TOML file, as a configuration.

        Raises:
            ConfigError: Neither a preset nor a readable file, or a value in it is wrong.
            TypeError: It is something else.
        """
        if isinstance(source, DesignConfig):
            return source
        if isinstance(source, str) and source in PRESETS:
            return cls.preset(source)
        try:
            path = Path(source)
        except TypeError:
            raise TypeError(
                f"config is a {type(source).__name__}: give a preset's name, the path of a TOML "
                f"file, or a DesignConfig, as DesignConfig.build({{...}}, name=...) makes of a dict"
            ) from None
        overrides = _read(path)
        try:
            return cls.build(overrides, name=path.stem)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from error

    @classmethod
    def build(cls, overrides: Overrides, *, name: str) -> Self:
        """A preset with overrides, laid out as a configuration file is."""
        overrides = dict(overrides)
        preset = overrides.pop("preset", "default")
        if preset not in tuple(PRESETS):
            near = nearest(str(preset), PRESETS)
            raise ConfigError(f"no preset {shown(preset)}: use one of {', '.join(PRESETS)}{near}")
        merged: dict[str, Any] = {**PRESETS[preset]}
        for given, value in overrides.items():
            key = RENAMED.get(given, given)
            if key != given and key in overrides:
                raise ConfigError(f"[{given}] is the former name of [{key}]: give one of the two")
            if key in SHARED:
                merged[key] = value
            elif key not in SECTIONS:
                raise ConfigError(
                    f"unknown key {shown(key)}: use preset, {', '.join(SHARED)} or one of the "
                    f"tables {', '.join(SECTIONS)}"
                    f"{_near(key, ('preset', *SHARED, *SECTIONS))}"
                )
            elif isinstance(value, Mapping):
                merged[key] = {**merged.get(key, {}), **value}
            else:
                raise ConfigError(
                    f"{key} = {shown(value)} is not allowed: {key} is a table, [{key}]"
                )
        shared = {key: merged.pop(key) for key in SHARED if key in merged}
        target = shared.pop("target", DEFAULT_TIMING.target)
        shared["timing"] = Timing.of(target, shared.pop("clock_mhz", None))
        parts: dict[str, Any] = {
            table: _section(table, shared, merged.get(table, {})) for table in SECTIONS
        }
        fusion: FusionParams = parts.pop(FusionParams.name)
        realised: RealisedParams = parts.pop(RealisedParams.name)
        signals = SignalsParams(
            symbols=shared["symbols"],
            candidates=fusion.candidates,
            timing=shared["timing"],
            **{system: parts.pop(system) for system in SYSTEMS},
        )
        return cls(
            name=name,
            pipeline=_pipeline(shared, parts),
            signals=signals,
            realised=replace(realised, candidates=fusion.candidates),
            fusion=fusion,
        )

    @property
    def timing(self) -> Timing:
        """What the hardware's registers are placed for."""
        return self.pipeline.timing

    @property
    def tables(self) -> dict[str, Params]:
        """The parameter objects behind the tables of a configuration file."""
        own = (*self.signals.systems, self.realised, self.fusion)
        return {**sections(self.pipeline), **{part.name: part for part in own}}

    @property
    def signal_pipeline(self) -> SignalPipelineParams:
        """Signals and fusion as one: the configured fusion, of the signals' systems."""
        fusion = replace(self.fusion, systems=len(System))
        return SignalPipelineParams(
            signals=self.signals, realised=self.realised, fusion=fusion, timing=self.timing
        )

    def at(self, timing: Timing) -> Self:
        """The same configuration for another target or clock."""
        return replace(
            self,
            pipeline=self.pipeline.at(timing),
            signals=self.signals.at(timing),
            realised=self.realised.at(timing),
            fusion=self.fusion.at(timing),
        )

    @property
    def shared(self) -> dict[str, Any]:
        """The values of `SHARED`."""
        timing = self.timing
        values = (
            self.pipeline.symbols, self.pipeline.score.classes, timing.target, timing.clock_mhz
        )  # fmt: skip
        return dict(zip(SHARED, values, strict=True))

    def to_toml(self, comments: Mapping[str, str] | None = None) -> str:
        """The whole configuration as a file that `load` reads back to an equal one.

        Args:
            comments: Text above keys, by their names: ``symbols``, ``parent.gap_ns``.
        """
        lines = list(_lines(self.shared, "", comments or {}))
        for table, params in self.tables.items():
            lines += ["", f"[{table}]", *_lines(settings(params), f"{table}.", comments or {})]
        return "\n".join(lines) + "\n"


def sections(pipeline: PipelineParams) -> dict[str, Params]:
    """The parameter objects behind those tables of a configuration file that are the pipeline's."""
    pattern = pipeline.pattern
    parts: tuple[Params, ...] = (
        pipeline.parent,
        pipeline.volume,
        pattern.distance,
        pattern.entropy,
        pattern.repeat,
        pattern.persistence,
        pattern.correlation,
        pipeline.score,
        pipeline.alert,
    )
    return {part.name: part for part in parts}


def settings(params: Params) -> dict[str, Any]:
    """The parameters of one table that a file may set, those that have names by these."""
    limits = limits_of(params)
    return {key: limits[key].named(getattr(params, key)) for key in _keys(type(params))}


def _keys(section: type[Params]) -> list[str]:
    """Keys that a table allows; how many candidates there are the fusion's says for all."""
    without = SHARED if section is FusionParams else (*SHARED, "candidates")
    return [key for key in limits_of(section) if key not in without]


def _near(key: str, known: Iterable[str]) -> str:
    """What an unknown key may have been meant for: one of another table, or a name like it."""
    homes = [f"[{table}]" for table, section in SECTIONS.items() if key in _keys(section)]
    if homes:
        return f"; {key} belongs to {' or '.join(homes)}"
    return f"; {key} belongs to the file's top" if key in SHARED else nearest(key, known)


def _read(path: Path) -> dict[str, Any]:
    """The contents of a configuration file; a pipe will do."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise ConfigError(
            f"no configuration {shown(str(path))}: give a preset ({', '.join(PRESETS)}) or the "
            f"path of a TOML file{nearest(str(path), PRESETS)}"
        ) from error
    except (OSError, ValueError) as error:  # the latter: a path that no file can have
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} cannot be read as a configuration: {reason}") from error
    if len(data) > _LARGEST_FILE:
        raise ConfigError(f"{path} is no configuration: it has more than {_LARGEST_FILE:,} bytes")
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deep") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _section(name: str, shared: Overrides, table: Overrides) -> Params:
    """The parameter object of one table."""
    section = SECTIONS[name]
    values: dict[str, Any] = {key: _tuple(value) for key, value in table.items()}
    keys = _keys(section)
    unknown = [key for key in values if key not in keys]
    if unknown:
        raise ConfigError(
            f"unknown key {name}.{shown(unknown[0])[1:-1]}: use one of {', '.join(keys)}"
            f"{_near(unknown[0], keys)}"
        )
    takes = {field.name for field in fields(section)}
    values.update({key: value for key, value in shared.items() if key in takes})
    if section is DistanceParams:
        usual = default_templates()
        values = {"shapes": usual.shapes, "groups": usual.groups, **values}
    if "combination" in values:
        values["combination"] = combination_of(values["combination"])
    return section(**values)


def _pipeline(shared: Overrides, parts: dict[str, Any]) -> PipelineParams:
    pattern = ("distance", "entropy", "repeat", "persistence", "correlation")
    return PipelineParams(
        pattern=PatternParams(
            symbols=shared["symbols"],
            timing=shared["timing"],
            **{name: parts.pop(name) for name in pattern},
        ),
        timing=shared["timing"],
        **parts,
    )


def _tuple(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuple(item) for item in cast("list[Any]", value))
    return value


def _lines(values: Mapping[str, Any], prefix: str, comments: Mapping[str, str]) -> Iterator[str]:
    """Keys of a table with their values, each below its comment."""
    for key, value in values.items():
        yield from (f"# {line}" for line in comments.get(prefix + key, "").splitlines())
        yield f"{key} = {toml_value(value)}"


def toml_value(value: Any) -> str:
    """A parameter's value as a configuration file has it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_value, cast("tuple[Any, ...]", value))) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
