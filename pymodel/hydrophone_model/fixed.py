"""Fixed-point number formats: the one description of a width, for model, hardware and kernel.

A `Fixed` is a shape for Amaranth, a column of the generated C++ header and, here, arithmetic on
raw integers held in NumPy `int64` arrays. A raw integer ``r`` stands for ``r * 2**-fraction``.
"""

import operator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone_model.errors import HydrophoneError

Raw = NDArray[np.int64]
"""Raw integers of a fixed-point format."""

MAX_WIDTH = 63
"""Widest value an `int64` carries for signed and unsigned formats alike."""

_MOST = np.iinfo(np.int64).max
_LAST = float(np.nextafter(2.0**63, 0.0))


class Rounding(Enum):
    """What becomes of fraction bits that a narrower format cannot hold."""

    FLOOR = "floor"
    HALF_UP = "half_up"


class Overflow(Enum):
    """What becomes of a value outside the range of its format."""

    SATURATE = "saturate"
    WRAP = "wrap"


class FormatError(HydrophoneError, ValueError):
    """A fixed-point format that cannot exist, or a value that its format cannot hold."""


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A two's-complement fixed-point format.

    Args:
        signed: Whether one bit of the width is the sign.
        integer: Bits left of the binary point, the sign bit not counted; may be negative.
        fraction: Bits right of the binary point; may be negative.
        rounding: Applied where `quantise` and `convert` lose fraction bits.
        overflow: Applied by `fit`, `quantise` and `convert` to values out of range.

    Raises:
        FormatError: The width is not within 1 … 63 bits, or an argument is of another type.
            NumPy's integers become Python's.
    """

    signed: bool = False
    integer: int
    fraction: int = 0
    rounding: Rounding = Rounding.FLOOR
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        for name, kind, wanted in _KINDS:
            value = getattr(self, name)
            if type(value) is not kind:
                known = _as_kind(kind, value)
                if known is None:
                    raise FormatError(f"{name} = {value!r} of a number format: give {wanted}")
                object.__setattr__(self, name, known)
        if not 1 <= self.width <= MAX_WIDTH:
            raise FormatError(
                f"{self} is {self.width} bits wide, outside 1 … {MAX_WIDTH}: "
                "narrow its operands or drop fraction bits first"
            )

    def __str__(self) -> str:
        return f"{'s' if self.signed else 'u'}{self.integer}.{self.fraction}"

    @cached_property
    def width(self) -> int:
        """Bits of storage, the sign bit included."""
        return int(self.signed) + self.integer + self.fraction

    @cached_property
    def min(self) -> int:
        """Smallest raw integer."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @cached_property
    def max(self) -> int:
        """Largest raw integer."""
        return (1 << (self.width - int(self.signed))) - 1

    @cached_property
    def one(self) -> int:
        """Raw integer of the value 1; the format needs a non-negative `fraction`."""
        return 1 << self.fraction

    @property
    def resolution(self) -> float:
        """Value of one raw step."""
        return 2.0**-self.fraction

    # -- growth -------------------------------------------------------------------------------

    def sum_of(self, terms: int) -> "Fixed":
        """Format that holds every sum of ``terms`` values of this format."""
        terms = operator.index(terms)
        if terms < 1:
            raise FormatError(f"a sum needs at least one term, got {terms}")
        return Fixed(
            signed=self.signed,
            integer=self.integer + (terms - 1).bit_length(),
            fraction=self.fraction,
        )

    def product(self, other: "Fixed") -> "Fixed":
        """Format that holds every product of a value of this format and one of ``other``."""
        both = int(self.signed and other.signed)
        return Fixed(
            signed=self.signed or other.signed,
            integer=self.integer + other.integer + both,
            fraction=self.fraction + other.fraction,
        )

    def plus(self, other: "Fixed") -> "Fixed":
        """Narrowest format that holds every sum of a value of this format and one of ``other``."""
        (low, high), (low2, high2), fraction = self._aligned(other)
        return Fixed.spanning(low + low2, high + high2, fraction=fraction)

    def minus(self, other: "Fixed") -> "Fixed":
        """Narrowest signed format that holds every value of this one less any of ``other``."""
        (low, high), (low2, high2), fraction = self._aligned(other)
        # Signed also where none is negative: less the two values 0 and -1 of a lone sign bit.
        return Fixed.spanning(min(low - high2, -1), high - low2, fraction=fraction)

    def union(self, other: "Fixed") -> "Fixed":
        """Narrowest format that holds every value of this format and every one of ``other``."""
        (low, high), (low2, high2), fraction = self._aligned(other)
        return Fixed.spanning(min(low, low2), max(high, high2), fraction=fraction)

    def shifted(self, places: int) -> "Fixed":
        """Narrowest format of ``raw << places``, or of ``raw >> -places``, at the same fraction."""
        if places > MAX_WIDTH:
            raise FormatError(
                f"{self} shifted left by {places} is wider than {MAX_WIDTH} bits: shift by less"
            )
        low, high = (
            raw << places if places >= 0 else raw >> -places for raw in (self.min, self.max)
        )
        return Fixed.spanning(low, high, fraction=self.fraction)

    def _aligned(self, other: "Fixed") -> tuple[tuple[int, int], tuple[int, int], int]:
        """Ranges of both formats as raw integers of the finer fraction, and that fraction."""
        fraction = max(self.fraction, other.fraction)
        mine, theirs = (
            (shape.min << (fraction - shape.fraction), shape.max << (fraction - shape.fraction))
            for shape in (self, other)
        )
        return mine, theirs, fraction

    # -- values -------------------------------------------------------------------------------

    def checked(self, raw: ArrayLike, name: str = "value") -> Raw:
        """Returns ``raw`` as `int64`, or raises `FormatError` naming the first value outside.

        A value with something behind its point is outside, too.
        """
        values = _numbers(raw, name)
        outside = np.asarray((values < self.min) | (values > self.max))
        if values.dtype.kind == "f":
            outside = outside | (np.trunc(values) != values)
        if np.any(outside):
            place = int(np.flatnonzero(outside)[0])
            raise FormatError(
                f"{name}[{place}] = {values.ravel()[place]} does not fit {self} "
                f"(raw {self.min} … {self.max}): scale it down or widen the format"
            )
        return raw_integers(values, name)

    def saturate(self, raw: ArrayLike) -> Raw:
        """Clips raw integers to the range."""
        return np.clip(raw_integers(raw), self.min, self.max)

    def wrap(self, raw: ArrayLike) -> Raw:
        """Keeps the low bits of raw integers, as a register of this width does."""
        bits = raw_integers(raw) & ((1 << self.width) - 1)
        if not self.signed:
            return bits
        sign = 1 << (self.width - 1)
        return (bits ^ sign) - sign

    def fit(self, raw: ArrayLike) -> Raw:
        """Brings raw integers into range by the format's overflow rule."""
        return self.saturate(raw) if self.overflow is Overflow.SATURATE else self.wrap(raw)

    def quantise(self, real: ArrayLike) -> Raw:
        """Raw integers nearest to real values, by the format's rounding and overflow rules.

        Raises:
            FormatError: A value is not finite.
        """
        values = np.asarray(real, dtype=np.float64)
        if not np.all(np.isfinite(values)):
            raise FormatError(f"cannot quantise a value that is not finite to {self}")
        with np.errstate(over="ignore", under="ignore"):
            if self.overflow is Overflow.WRAP:
                values = np.fmod(values, np.ldexp(1.0, self.width - self.fraction))
            scaled = np.ldexp(values, self.fraction)
        whole = np.floor(scaled)
        if self.rounding is Rounding.HALF_UP:
            # What is left is exact; one half added to a large value or to the one below it is not.
            with np.errstate(invalid="ignore"):
                whole += scaled - whole >= 0.5
        # No int64 holds what a float64 reaches: beyond the last one below 2**63 lies the maximum.
        inside = np.clip(whole, -(2.0**63), _LAST).astype(np.int64)
        rounded = np.where(whole > _LAST, self.max, inside)
        return self.fit(rounded)

    def convert(self, raw: ArrayLike, source: "Fixed") -> Raw:
        """Re-quantises raw integers of ``source`` into this format."""
        values = raw_integers(raw)
        down = source.fraction - self.fraction
        if down > 0:
            # Half up: the first bit that is lost is added. To add one half first may overflow.
            half = values >> (down - 1) & 1 if self.rounding is Rounding.HALF_UP else 0
            values = (values >> down) + half
        elif down < 0:
            if source.width - down > MAX_WIDTH:
                raise FormatError(
                    f"converting {source} to {self} shifts beyond {MAX_WIDTH} bits: "
                    "drop integer bits first"
                )
            values = values << -down
        return self.fit(values)

    def to_real(self, raw: ArrayLike) -> NDArray[np.float64]:
        """Values of raw integers as `float64`."""
        return np.ldexp(np.asarray(raw, dtype=np.float64), -self.fraction)

    @classmethod
    def spanning(cls, low: int, high: int, *, fraction: int = 0) -> Self:
        """Narrowest format of that fraction that holds the raw integers ``low`` … ``high``."""
        low, high = operator.index(low), operator.index(high)
        if low > high:
            raise FormatError(f"no value is from {low} to {high}: give the lower bound first")
        signed = low < 0
        bits = max(
            max(high, 0).bit_length(), (~low).bit_length() if signed else 0, 0 if signed else 1
        )
        return cls(signed=signed, integer=bits - fraction, fraction=fraction)


_KINDS: tuple[tuple[str, type, str], ...] = (
    ("signed", bool, "True or False"),
    ("integer", int, "an integer"),
    ("fraction", int, "an integer"),
    ("rounding", Rounding, "one of Rounding"),
    ("overflow", Overflow, "one of Overflow"),
)
"""Type of each argument of a format, and what to say where it is another."""


def _as_kind(kind: type, value: Any) -> Any:
    """An argument of a format as the type it should have, where NumPy's equals it; else None."""
    flag = type(value) in (bool, np.bool_)
    if kind is bool:
        return bool(value) if flag else None
    return (
        operator.index(value) if kind is int and hasattr(value, "__index__") and not flag else None
    )


def raw_integers(raw: ArrayLike, name: str = "value") -> Raw:
    """Integers of any type as `int64`; what a real value has behind its point is cut off.

    Raises:
        FormatError: They are no numbers, or beyond 64 bits.
    """
    values = _numbers(raw, name)
    if values.dtype == np.int64:
        return values
    if values.dtype.kind == "f":
        inside = bool(np.all(np.abs(values) <= _LAST))
    else:
        inside = not values.size or -_MOST <= int(values.min()) + 1 <= int(values.max()) + 1 <= (
            _MOST + 1
        )
    if not inside:
        raise FormatError(f"{name} = {raw!r} is beyond 64 bits with a sign: scale it down")
    return values.astype(np.int64)


def _numbers(raw: ArrayLike, name: str) -> NDArray[Any]:
    """An array of integers or real values; of Python's integers where NumPy has none so large."""
    values: NDArray[Any] = np.asarray(raw)
    whole = values.dtype.kind == "O" and all(hasattr(value, "__index__") for value in values.flat)
    if values.dtype.kind not in "biuf" and not whole:
        raise FormatError(f"{name} = {raw!r} is no raw integer: quantise() real values")
    return values


FLAG = Fixed(integer=1)
"""One bit."""
