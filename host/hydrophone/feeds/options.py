"""Tape options: what a user may say about a tape that the tape does not say of itself."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import Enum

from hydrophone.feeds.errors import OptionValueError
from hydrophone.feeds.time_zones import zone
from hydrophone.steps import Step
from hydrophone_model.errors import nearest, shown

COLUMNS = ("time_ns", "symbol", "price", "size", "side")
"""The columns of a tape, by the names that a mapping uses."""
TIME_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Nanoseconds in each unit of time."""

_TABLES = ("csv", "parquet")
_USED_BY = {
    "columns": _TABLES,
    "symbol": (*_TABLES, "lobster"),
    "time_unit": _TABLES,
    "time_zone": _TABLES,
    "sides": _TABLES,
    "conditions": ("lean",),
}
"""Formats whose reader looks at an option; options that are not here, every reader follows."""


class Late(Enum):
    """What becomes of a print whose time lies before its symbol's previous one."""

    SKIP = "skip"
    KEEP = "keep"


def _no_names() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class TapeOptions:
    """Options of `open_tape`.

    Attributes:
        capacity: Symbols the session has room for; prints of further ones are skipped, counted.
        columns: Column of the file for each name of `COLUMNS`; two joined by ``+`` (a date and a
            time); numbers count columns from 0 in a file without a header.
        symbol: Name of the symbol where no column tells it; otherwise the file's name.
        time_unit: Unit of numeric times, a key of `TIME_UNITS`; otherwise by column name or size.
        time_zone: Zone of textual times without one.
        tick: Price step, for all symbols under ``""`` or by symbol; otherwise inferred.
        lot: Size step, likewise.
        sides: What the side column says for ``buy`` and ``sell``.
        late: What becomes of prints whose time goes backwards.
        conditions: Whether to leave out prints whose sale condition says that they are auctions,
            late reports or off-market (formats that carry conditions).
        batch: Most events in one batch.

    Raises:
        OptionValueError: A value cannot be; the message names it and what is allowed.
    """

    capacity: int = 64
    columns: Mapping[str, str] = field(default_factory=_no_names)
    symbol: str | None = None
    time_unit: str | None = None
    time_zone: str = "UTC"
    tick: Mapping[str, str] = field(default_factory=_no_names)
    lot: Mapping[str, str] = field(default_factory=_no_names)
    sides: Mapping[str, str] = field(default_factory=_no_names)
    late: Late = Late.SKIP
    conditions: bool = True
    batch: int = 65_536

    def __post_init__(self) -> None:
        _known("column", self.columns, COLUMNS)
        _known("side", self.sides, ("buy", "sell"))
        if self.time_unit is not None:
            _known("time unit", (self.time_unit,), tuple(TIME_UNITS))
        zone(self.time_zone)
        if not 1 <= self.capacity <= 1 << 16:
            raise OptionValueError(f"room for {self.capacity} symbols: allowed are 1 … {1 << 16}")
        if self.batch < 1:
            raise OptionValueError(f"a batch of {self.batch} events: it needs at least 1")
        for name, steps in (("tick", self.tick), ("lot", self.lot)):
            for step in steps.values():
                positive_step(name, step)

    def without_effect(self, format: str) -> list[str]:
        """Options that were given though the reader of a format, which knows better, uses none."""
        return [
            spec.name
            for spec in fields(self)
            if format not in _USED_BY.get(spec.name, (format,)) and not self._usual(spec)
        ]

    def _usual(self, spec: Field[object]) -> bool:
        value = getattr(self, spec.name)
        return not value if spec.default is MISSING else value == spec.default


def positive_step(name: str, text: str) -> Step:
    """A tick or lot that a user named.

    Raises:
        OptionValueError: The text is no decimal number, or none that a step may be.
    """
    try:
        return Step.of(text)
    except ValueError as error:
        raise OptionValueError(f"{name} {shown(text)}: {error}") from error


def _known(kind: str, given: Mapping[str, str] | tuple[str, ...], allowed: tuple[str, ...]) -> None:
    for name in given:
        if name not in allowed:
            raise OptionValueError(
                f"{kind} {shown(name)} is not known: allowed are {', '.join(allowed)}"
                f"{nearest(name, allowed)}"
            )
