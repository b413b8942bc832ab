"""Bench plan: what a bench inside the simulator needs to know, handed over in the environment."""

import json
import os
import tomllib
from dataclasses import dataclass, field

from hydrophone_model.config import DesignConfig
from hydrophone_sim.named import Named, named

PLAN_VARIABLE = "HYDROPHONE_BENCH"


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """What a bench inside the simulator needs to know.

    Attributes:
        config: TOML of the design.
        blocks: Blocks to bench, each with its latency, its early latency, its initiation interval
            and the clocks of its sweep.
        events: Events of each scenario.
        seed: Of everything random.
        period_ps: Picoseconds of a clock, even.
        custom: References to anybody's blocks and to their models, by the names of their pins.
    """

    config: str
    blocks: dict[str, tuple[int, int, int, int]]
    events: int
    seed: int
    period_ps: int
    custom: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    @classmethod
    def current(cls) -> "BenchPlan":
        """The plan that this simulator was started with."""
        return cls(**json.loads(os.environ[PLAN_VARIABLE]))

    def design(self) -> DesignConfig:
        """The design."""
        return DesignConfig.build(tomllib.loads(self.config), name="bench")

    def named(self, pins: str) -> Named:
        """The block whose pins are called so."""
        return named(*self.custom.get(pins, (pins,)))
