"""Step schedule of a folded decision: when each step has its turn."""

from dataclasses import dataclass

from hydrophone_hdl.fusion.steps import Candidate, Pair, Rank, Step, Strength, System
from hydrophone_model.fusion.fusion import FusionParams


@dataclass(frozen=True)
class Phase:
    """A step's part of a decision.

    Attributes:
        step: What is done.
        start: Clock of the decision on which it is given the first of its inputs.
        count: Inputs, one a clock.
    """

    step: Step
    start: int
    count: int

    @property
    def end(self) -> int:
        """Clock from which on all that comes of it is stored."""
        # Inputs wait in registers for a clock, and results are stored at the end of one.
        return self.start + self.count + self.step.schedule.latency + 1


class Phases:
    """A decision's phases, each beginning when what it needs is stored.

    Args:
        params: Sizes, target and clock.

    Attributes:
        params: The fusion's.
        system: All that a system has to do with no other.
        pair: Diversity of every two systems.
        strength: Diversity strength of the systems.
        candidate: Combinations of the candidates.
        rank: Ranks of the candidates.
        clocks: Clocks until everything is stored.
        latency: Clocks from the one that accepts a decision's scores to the one that offers it.
        initiation_interval: Clocks from one accepted decision to the next.

    Raises:
        ScheduleError: The clock is too fast for a step.
    """

    def __init__(self, params: FusionParams) -> None:
        self.params = params
        systems, candidates = params.systems, params.candidates
        self.system = Phase(System.of(params), 0, systems)
        self.pair = Phase(Pair.of(params), self.system.end, systems * (systems - 1) // 2)
        self.strength = Phase(Strength.of(params), self.pair.end, systems)
        self.candidate = Phase(Candidate.of(params), self.pair.end, candidates)
        self.rank = Phase(Rank.of(params), self.candidate.end, candidates)
        self.clocks = max(self.strength.end, self.rank.end)
        self.latency = self.clocks + 1
        self.initiation_interval = self.latency + 1

    @property
    def all(self) -> tuple[Phase, ...]:
        """The phases, in order."""
        return (self.system, self.pair, self.strength, self.candidate, self.rank)
