"""Definitions of benchmark cases: the seven kernels, each in the shapes that users call.

A case fixes the definition and the data. Whoever takes part, ours and every peer, answers it with a
`Contender`: an expression whose value must agree with ours before it is timed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np


class Shape(StrEnum):
    """How a kernel is used."""

    CALL = "call"  # one window, from memory to result
    STREAM = "stream"  # one sample a push, a result for each
    SERIES = "series"  # a whole series in one call


UNITS = {Shape.CALL: "ns/call", Shape.STREAM: "ns/push", Shape.SERIES: "ns/sample"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to compute.

    Attributes:
        kernel: Name of the kernel.
        shape: How it is used.
        window: Samples of a window; of a fusion, scores of a decision.
        size: What it works on, in words.
        length: Samples for which one evaluation of a contender's expression pays: 1 for a call.
        definition: The formula.
        data: Arrays and lists by the names under which expressions know them.
        tolerance: Largest difference of two answers, of the largest magnitude among them.
    """

    kernel: str
    shape: Shape
    window: int
    size: str
    length: int
    definition: str
    data: Mapping[str, Any]
    tolerance: float

    @property
    def key(self) -> tuple[str, Shape]:
        """By which contenders are registered."""
        return self.kernel, self.shape

    @property
    def unit(self) -> str:
        """Unit of what is measured."""
        return UNITS[self.shape]


def _identity(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to compute a case.

    Attributes:
        code: The expression that is timed. It knows the case's data and ``names``.
        names: What it knows beside, or instead.
        answer: From the expression's value to the case's answer; not timed.
        aside: What a reader should know, such as that it drifts.
    """

    code: str
    names: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    answer: Callable[[Any], Any] = _identity
    aside: str = ""


Maker = Callable[[Case], Contender]
"""Makes the contender for a case."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Contenders that one library offers.

    Attributes:
        contenders: By case.
        natives: Addresses of its kernels for C++,
            ``void (const float *x, const float *y, size_t n, double *result)``.
        held: What must live as long as these addresses are used.
    """

    contenders: Mapping[tuple[str, Shape], Maker]
    natives: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    held: object = None


def always(code: str, *, aside: str = "", **names: Any) -> Maker:
    """The same contender for every case."""
    return lambda case: Contender(code=code, names=names, aside=aside)


def agree(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two answers are equal but for ``tolerance`` of the largest magnitude among them."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
        return False
    scale = max(float(np.nanmax(np.abs(b), initial=0.0)), np.finfo(np.float64).tiny)
    return bool(np.nanmax(np.abs(a - b), initial=0.0) <= tolerance * scale)
