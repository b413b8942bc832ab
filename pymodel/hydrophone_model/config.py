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

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from hydrophone_model.block import Params
from hydrophone_model.config_file import read_file, toml_lines
from hydrophone_model.config_tables import (
    DESIGN,
    SHARED,
    USUAL,
    Overrides,
    assembled,
    check_key,
    leaves,
    renamed,
    settings,
    table_params,
)
from hydrophone_model.errors import ConfigError, nearest, shown
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionParams
from hydrophone_model.signals.realised import RealisedParams
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.signals import SignalsParams, System
from hydrophone_model.timing import DEFAULT_TIMING, Timing
from hydrophone_model.whale.pipeline import PipelineParams


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
        overrides = read_file(path, PRESETS)
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
        for key, value in renamed(overrides).items():
            check_key(key, value)
            merged[key] = value if key in SHARED else {**merged.get(key, {}), **value}
        shared = {key: merged.pop(key) for key in SHARED if key in merged}
        target = shared.pop("target", DEFAULT_TIMING.target)
        shared["timing"] = Timing.of(target, shared.pop("clock_mhz", None))
        tables = {table: table_params(table, shared, merged.get(table, {})) for table in USUAL}
        shared["candidates"] = settings(tables[FusionParams.name])["candidates"]
        parts: dict[str, Any] = {
            name: assembled(usual, shared, tables) for name, usual in DESIGN.items()
        }
        return cls(name=name, **parts)

    @property
    def timing(self) -> Timing:
        """What the hardware's registers are placed for."""
        return self.pipeline.timing

    @property
    def tables(self) -> dict[str, Params]:
        """The parameter objects behind the tables of a configuration file."""
        found: dict[str, Params] = {}
        for part in self._parts.values():
            found |= leaves(part)
        return found

    @property
    def _parts(self) -> dict[str, Params]:
        """The parts of the design, by field."""
        return {name: getattr(self, name) for name in DESIGN}

    @property
    def signal_pipeline(self) -> SignalPipelineParams:
        """Signals and fusion as one: the configured fusion, of the signals' systems."""
        fusion = replace(self.fusion, systems=len(System))
        return SignalPipelineParams(
            signals=self.signals, realised=self.realised, fusion=fusion, timing=self.timing
        )

    def at(self, timing: Timing) -> Self:
        """The same configuration for another target or clock."""
        parts: dict[str, Any] = {name: part.at(timing) for name, part in self._parts.items()}
        return replace(self, **parts)

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
        lines = list(toml_lines(self.shared, "", comments or {}))
        for table, params in self.tables.items():
            lines += ["", f"[{table}]", *toml_lines(settings(params), f"{table}.", comments or {})]
        return "\n".join(lines) + "\n"
