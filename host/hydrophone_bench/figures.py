"""Benchmark results and goals as data."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.machine import Machine

PERCENTILES = (50.0, 99.0, 99.9, 99.99)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing measured.

    Attributes:
        name: What.
        unit: Unit of every value.
        values: By statistic, such as ``p50``; a single one is called ``median``.
        start: Where the time starts.
        stop: Where it stops.
        work: How many events, how often, after what.
        headline: What it is called on the first page, if it stands there; a second figure of the
            same headline is the same by each call's median.
    """

    name: str
    unit: str
    values: dict[str, float]
    start: str
    stop: str
    work: str
    headline: str = ""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Performance goal of a figure.

    Attributes:
        name: The goal in words.
        value: What was measured.
        limit: What it must not pass.
        atleast: Whether larger is better.
        unit: Unit of both.
    """

    name: str
    value: float
    limit: float
    unit: str
    atleast: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.value >= self.limit if self.atleast else self.value <= self.limit


@dataclass(kw_only=True)
class Report:
    """All figures of one run.

    Attributes:
        machine: Where.
        interruptions: What the machine takes for itself, measured before the rest.
        isa: Instruction set of the engine.
        tape: The events, in words.
        figures: What was measured.
        goals: What it was held against.
        notes: What could not be measured, and why.
    """

    machine: Machine
    interruptions: Interruptions
    isa: str
    tape: str
    figures: list[Figure] = field(default_factory=list["Figure"])
    goals: list[Goal] = field(default_factory=list["Goal"])
    notes: list[str] = field(default_factory=list[str])

    def record(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        goals = [{**asdict(goal), "met": goal.met} for goal in self.goals]
        return {**asdict(self), "goals": goals}


def distribution(samples: ArrayLike) -> dict[str, float]:
    """Percentiles and the largest of a sample."""
    values = np.asarray(samples, np.float64)
    found = np.percentile(values, PERCENTILES, method="higher")
    named = {f"p{share:g}": float(v) for share, v in zip(PERCENTILES, found, strict=True)}
    return {**named, "max": float(values.max())}


def median(samples: ArrayLike) -> dict[str, float]:
    """The median of a sample, named."""
    return {"median": float(np.median(np.asarray(samples, np.float64)))}
