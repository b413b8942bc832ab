"""Reference run: the golden model through the sections of vectors."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from hydrophone_hdl.top import ALERT_QUEUE
from hydrophone_model.block import Model, Params, Port, Ports, Values
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.records import ResultFlag
from hydrophone_sim.vectors.form import Before, Section, VectorError, joined

WORD = Fixed(integer=32)
NONE = WORD.max
"""Place of an alert that is not there."""
STATUS: Ports = {
    "events": Port(WORD),
    "alerts": Port(WORD),
    "alerts_dropped": Port(WORD),
    "late": Port(WORD),
    "alert_overflow": Port(FLAG),
    "queue": Port(WORD, ALERT_QUEUE),
}
"""What registers and alert queue of the whole pipeline hold at the end of each section.

Counters count since the last reset. The queue is empty when a section begins and nobody reads it
until the section ends; ``queue`` has the events whose alerts wait then, the oldest first.
"""


def status_ports(name: str) -> Ports:
    """What a block's vectors tell once a section, beside its ports."""
    return STATUS if name == "pipeline" else {}


class Sections:
    """A block within a configuration whose settings sections change.

    Args:
        name: One of `hydrophone_model.blocks.BLOCKS`.
        config: The configuration that sections differ from.
    """

    def __init__(self, name: str, config: DesignConfig) -> None:
        self.name = name
        self._tables = tomllib.loads(config.to_toml())
        self._config = config
        self.params = BLOCKS[name].params(config)

    def params_of(self, configuration: Mapping[str, Mapping[str, Any]]) -> Params:
        """The block's parameters with some keys of the configuration's tables changed.

        Raises:
            VectorError: There is no such table or key, a value is out of range, or the key is of
                the design itself, which no section changes.
        """
        try:
            changed = {
                table: {**self._tables[table], **keys} for table, keys in configuration.items()
            }
            config = DesignConfig.build({**self._tables, **changed}, name=self._config.name)
        except (ConfigError, KeyError, TypeError) as error:
            raise VectorError(f"{self.name}: no such settings {configuration}: {error}") from error
        params = BLOCKS[self.name].params(config)
        for key in _redesigned(self.params, params):
            raise VectorError(f"{self.name}: {key} is no setting: it needs another design")
        return params

    def run(self, sections: Sequence[Section], inputs: Values) -> tuple[dict[str, Raw], Values]:
        """Expected outputs of all events, and the status at the end of each section."""
        model = BLOCKS[self.name].model(self.params)
        outputs: list[dict[str, Raw]] = []
        for section in sections:
            self.begin(model, section.before, section.configuration)
            cut = {name: column[section.begin : section.end] for name, column in inputs.items()}
            outputs.append(model.process(**cut))
        whole = joined(outputs)
        return whole, _status(sections, whole) if status_ports(self.name) else {}

    def begin(
        self, model: Model, before: Before, configuration: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Does to a model what happens before a section."""
        _configure(model, self.params_of(configuration))
        if before is Before.RESET:
            model.reset()


def _redesigned(before: Params, after: Params) -> Iterator[str]:
    """Parameters that differ and are none of those that decide run-time settings."""
    for field in fields(before):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if isinstance(was, Params):
            yield from _redesigned(was, now)
        elif was != now and not (
            _decides(before, field.name, now) or _decides(after, field.name, was)
        ):
            yield f"{before.name}.{field.name}"


def _decides(params: Params, key: str, value: Any) -> bool:
    """Whether another value of a parameter, which may need others with it, is another setting."""
    try:
        return replace(params, **{key: value}).controls != params.controls
    except ConfigError:
        return False


def _configure(model: Model, params: Params) -> None:
    """Hands a model and the models it is made of other parameters; their states stay."""
    held = vars(model)
    held["params"] = params
    for name, part in params.parts.items():
        if isinstance(held.get(name), Model):
            _configure(held[name], part)


def _status(sections: Sequence[Section], outputs: Values) -> dict[str, Raw]:
    rows: dict[str, list[Any]] = {name: [] for name in STATUS}
    since, dropped = 0, 0
    for section in sections:
        if section.before is Before.RESET:
            since, dropped = section.begin, 0
        flags = outputs["flags"][since : section.end]
        alerts = np.flatnonzero(flags & ResultFlag.ALERT) + since
        waiting = alerts[alerts >= section.begin]
        dropped += max(len(waiting) - ALERT_QUEUE, 0)
        rows["events"].append(section.end - since)
        rows["alerts"].append(len(alerts))
        rows["alerts_dropped"].append(dropped)
        rows["late"].append(np.count_nonzero(flags & ResultFlag.LATE))
        rows["alert_overflow"].append(dropped > 0)
        queue = np.full(ALERT_QUEUE, NONE, np.int64)
        kept = waiting[:ALERT_QUEUE]
        queue[: len(kept)] = kept
        rows["queue"].append(queue)
    return {name: np.array(values, np.int64) for name, values in rows.items()}
