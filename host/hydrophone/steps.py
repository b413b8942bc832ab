"""Ticks and lots: the steps of prices and sizes, and exact conversion from and to whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

LIMIT = 2**32 - 1
"""Largest number of ticks or lots a record holds."""
FINEST, COARSEST = Decimal("1E-18"), Decimal("1E+18")
"""Smallest and largest step."""
_DIGITS = 36
"""Most digits of a step."""

Number = int | np.integer[Any] | float | str | Decimal
"""A price or size in the market's own units; of a float, its shortest decimal form counts."""


@dataclass(frozen=True)
class Step:
    """A tick or lot: ``multiple * 10**-decimals``."""

    multiple: int
    decimals: int

    @property
    def exact(self) -> Decimal:
        """The step as an exact decimal."""
        return Decimal(self.multiple).scaleb(-self.decimals).normalize()

    @property
    def per_unit(self) -> float:
        """Steps in one unit of the tape."""
        return 10.0**self.decimals / self.multiple

    def value(self, steps: int) -> int | float:
        """A number of steps in the tape's own units; exact for as many digits as are printed."""
        exact = steps * self.multiple
        if self.decimals <= 0:
            return exact * 10**-self.decimals
        value = exact / 10**self.decimals
        return int(value) if value.is_integer() else value

    def decimal(self, steps: int) -> Decimal:
        """A number of steps in the market's own units, exactly, with the step's decimals."""
        exact = Decimal(steps * self.multiple)
        return exact.scaleb(-self.decimals) if self.decimals > 0 else exact * 10**-self.decimals

    def count(self, value: Number) -> int:
        """The number of steps that a value is, exactly.

        Raises:
            TypeError: The value is of another type.
            ValueError: It is no finite number, or lies between two steps.
        """
        if isinstance(value, float) and np.isfinite(value):
            steps = round(value * self.per_unit)
            if self.value(steps) == value:
                return steps
        exact = _fraction(value) / Fraction(self.exact)
        if exact.denominator != 1:
            below = exact.numerator // exact.denominator
            raise ValueError(
                f"is off the grid: the nearest are {self.decimal(below):f} and "
                f"{self.decimal(below + 1):f}"
            )
        return exact.numerator

    def counts(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """The number of steps that each value is; -1 where it is none from 0 to `LIMIT`."""
        with np.errstate(invalid="ignore", over="ignore"):
            steps = np.rint(values * self.per_unit)
            known = (steps >= 0) & (steps <= LIMIT)
        whole = np.where(known, steps, 0).astype(np.int64)
        zeros = np.zeros(whole.shape, np.uint8)
        exact = values_of([self], zeros, whole) == values
        return np.where(known & exact, whole, -1)

    @classmethod
    def of(cls, step: Number) -> Self:
        """The step that a user named.

        Raises:
            ValueError: It is no positive decimal number, or none from `FINEST` to `COARSEST`.
        """
        try:
            exact = Decimal(str(step))
        except (InvalidOperation, TypeError):
            exact = Decimal(0)
        if (
            not exact.is_finite()
            or not FINEST <= exact <= COARSEST
            or len(exact.as_tuple()[1]) > _DIGITS
        ):
            raise ValueError(
                f"it must be a positive decimal number such as 0.25, from {FINEST} to {COARSEST}"
            )
        _, digits, exponent = exact.normalize().as_tuple()
        return cls(int("".join(map(str, digits))), -int(exponent))


def values_of(
    steps: Sequence[Step | None],
    symbols: NDArray[np.unsignedinteger],
    numbers: NDArray[np.integer[Any]],
) -> NDArray[np.float64]:
    """Numbers of steps in the tape's own units, each the float nearest to the exact value."""
    known = [step or Step(1, 0) for step in steps]
    multiple = np.array([step.multiple for step in known], dtype=np.float64)
    whole = np.array([10.0 ** max(step.decimals, 0) for step in known])
    raised = np.array([10.0 ** max(-step.decimals, 0) for step in known])
    return numbers * (multiple * raised)[symbols] / whole[symbols]


def _fraction(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | np.integer | float | str | Decimal):
        raise TypeError(
            f"is a {type(value).__name__}: give an integer, a float, a decimal or its text"
        )
    try:
        return Fraction(Decimal(str(cast("object", value))))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError("is no finite decimal number") from None
