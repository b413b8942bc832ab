"""Parameters of a block: dataclass fields of integers, each with its limits and its meaning.

Whatever a configuration file may set is such a field: ranges, messages, tables of the documentation
and what a running design takes over are read from its `Limits`.
"""

from collections.abc import Sequence
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Protocol, cast

from hydrophone_model.errors import ConfigError, nearest, shown


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an integer parameter may be, and what it means.

    Attributes:
        low: Smallest value, or element.
        high: Largest value, or element.
        doc: What the parameter is, in one line.
        depth: 0 for a number, 1 for a tuple of numbers, 2 for a tuple of such tuples.
        power_of_two: Whether only powers of two are allowed.
        words: Names that a configuration may give in place of the numbers ``low`` … ``high``.
        runtime: Whether a running design takes it over: settings of its block carry it.
    """

    low: int
    high: int
    doc: str
    depth: int = 0
    power_of_two: bool = False
    words: Sequence[str] = ()
    runtime: bool = False

    def __str__(self) -> str:
        return self._allowed(self.depth)

    def _allowed(self, depth: int) -> str:
        if self.words:
            return f"one of {', '.join(self.words)}, or its number {self.low} … {self.high}"
        numbers = f"{self.low} … {self.high}" + (", a power of two" if self.power_of_two else "")
        return ("", "a list of ", "a list of lists of ")[depth] + numbers

    def named(self, value: Any) -> Any:
        """A value as a configuration shows it: by its name, if it has one."""
        return self.words[value] if self.words else value

    def number(self, name: str, value: Any) -> Any:
        """A value as a number, which may be given by its name, if it has one.

        Raises:
            ConfigError: There is none of that name.
        """
        if not self.words or not isinstance(value, str):
            return value
        if value not in self.words:
            raise ConfigError(
                f"no {name} {shown(value)}: use {', '.join(self.words)}{nearest(value, self.words)}"
            )
        return self.words.index(value)

    def check(self, name: str, value: Any) -> None:
        """Refuses what is no value of the parameter.

        Raises:
            ConfigError: Names the element that is wrong, and what is allowed.
        """
        self._check(name, value, self.depth)

    def _check(self, name: str, value: Any, depth: int) -> None:
        if depth and isinstance(value, tuple):
            for place, part in enumerate(cast("tuple[Any, ...]", value)):
                self._check(f"{name}[{place}]", part, depth - 1)
            return
        wrong = depth or isinstance(value, bool) or not isinstance(value, int)
        if (
            wrong
            or not self.low <= value <= self.high
            or (self.power_of_two and value & (value - 1))
        ):
            raise ConfigError(f"{name} = {shown(value)} is not allowed: use {self._allowed(depth)}")


LIMITS = "limits"
"""Key of a field's metadata under which its `Limits` are."""


def parameter(
    default: Any,
    low: int,
    high: int,
    doc: str,
    *,
    power_of_two: bool = False,
    depth: int | None = None,
    words: Sequence[str] = (),
    runtime: bool = False,
) -> Any:
    """A dataclass field of an integer parameter, or of a tuple of integers, with its `Limits`.

    Args:
        default: Its default; `dataclasses.MISSING` for none.
        low: Smallest value.
        high: Largest value.
        doc: What it is.
        power_of_two: Whether only powers of two are allowed.
        depth: See `Limits`; that of the default, if left out.
        words: See `Limits`.
        runtime: See `Limits`; a `Setting` of this name carries it, or some that follow from it.
    """
    if depth is None:
        depth = int(isinstance(default, tuple))
    limits = Limits(
        low=low,
        high=high,
        doc=doc,
        depth=depth,
        power_of_two=power_of_two,
        words=words,
        runtime=runtime,
    )
    return field(default=default, metadata={LIMITS: limits})


class HasFields(Protocol):
    """Parameter object: a dataclass whose fields may be parameters."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def limits_of(params: HasFields | type[HasFields]) -> dict[str, Limits]:
    """The limits of every `parameter` of a block, by field."""
    fields = params.__dataclass_fields__.items()
    return {key: spec.metadata[LIMITS] for key, spec in fields if LIMITS in spec.metadata}


def runtime_keys(params: HasFields | type[HasFields]) -> frozenset[str]:
    """The parameters of a block that a running design takes over; those of its parts are theirs."""
    return frozenset(key for key, limits in limits_of(params).items() if limits.runtime)
