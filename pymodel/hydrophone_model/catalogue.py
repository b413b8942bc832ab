"""Configuration parameters: meaning, allowed values, default and value of every key of a file.

All of it is read from the parameter objects themselves, see `hydrophone_model.limits.parameter`.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hydrophone_model.config import DesignConfig
from hydrophone_model.config_tables import USUAL as TABLES
from hydrophone_model.config_tables import settings
from hydrophone_model.limits import Limits, limits_of
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import FASTEST_MHZ, SLOWEST_MHZ, Timing
from hydrophone_model.whale.score import ScoreParams

USUAL = "default"
"""The preset whose values are the defaults, of `hydrophone_model.config.PRESETS`."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One key of a configuration file.

    Attributes:
        table: Table it stands in; empty for the top of the file.
        key: Its name there.
        doc: What it means.
        allowed: Allowed values, in words.
        limits: The same as data; None for target and clock.
        default: Value of the `USUAL` preset.
        value: Value in the configuration; a name where the numbers have some.
    """

    table: str
    key: str
    doc: str
    allowed: str
    limits: Limits | None
    default: Any
    value: Any

    @property
    def name(self) -> str:
        """Table and key, as messages name it."""
        return f"{self.table}.{self.key}" if self.table else self.key


def catalogue(config: DesignConfig) -> tuple[Entry, ...]:
    """Every key that a configuration file may set, in the file's order."""
    usual = {entry.name: entry.value for entry in _entries(DesignConfig.preset(USUAL))}
    return tuple(replace(entry, default=usual[entry.name]) for entry in _entries(config))


def _entries(config: DesignConfig) -> Iterator[Entry]:
    """The entries, with the value for a default."""
    limits = limits_of(ScoreParams)
    docs = {key: spec.metadata["doc"] for key, spec in Timing.__dataclass_fields__.items()}
    families = ", ".join(f"{name} ({family.clock_mhz:g} MHz)" for name, family in TARGETS.items())
    timing = {"target": f"one of {families}", "clock_mhz": f"{SLOWEST_MHZ} … {FASTEST_MHZ}"}
    for key, value in config.shared.items():
        known = limits.get(key)
        yield Entry(
            table="", key=key, doc=known.doc if known else docs[key],
            allowed=str(known) if known else timing[key], limits=known, default=value, value=value,
        )  # fmt: skip
    for table, params in config.tables.items():
        specs = limits_of(params)
        for key, value in settings(params).items():
            known = specs[key]
            yield Entry(
                table=table, key=key, doc=known.doc, allowed=str(known), limits=known,
                default=value, value=value,
            )  # fmt: skip


def table_doc(table: str) -> str:
    """What a table of a configuration file is about: what its block computes, in one sentence."""
    module = sys.modules[type(TABLES[table]).__module__]
    return " ".join((module.__doc__ or "").split("\n\n")[0].split()).rstrip(".")
