"""Steps of a folded decision, each a datapath of its own.

    system by system     `System`     ranks, normal scores, rank-score function, performance
    pair by pair         `Pair`       diversity
    system by system     `Strength`   diversity strength
    candidate by cand.   `Candidate`  the six combinations, and the key that decides
    candidate by cand.   `Rank`       rank of its key

They are made of the same pieces as `hydrophone_hdl.fusion.fusion`, where all stand side by side;
`hydrophone_hdl.fusion.folded` runs them in turn.
"""

from dataclasses import dataclass
from typing import ClassVar

from hydrophone_hdl.block import Controls, Datapath, Numbers
from hydrophone_hdl.fusion.combine import combine_ranks, combine_scores, keys_of, trust
from hydrophone_hdl.fusion.diversity import log2_of, pair_diversity, rank_score, strengths
from hydrophone_hdl.fusion.normal import normalised
from hydrophone_hdl.fusion.performance import DecisionMemory, performances
from hydrophone_hdl.fusion.ranks import rank_of, ranked
from hydrophone_hdl.hls.flags import counted, masked
from hydrophone_model.block import Params, Port, Ports
from hydrophone_model.fixed import FLAG, Fixed
from hydrophone_model.formats import SCORE
from hydrophone_model.fusion.combine import INVERSE, SIDE, ranked_format
from hydrophone_model.fusion.diversity import DIVERSITY
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.normal import NORMAL, ONE
from hydrophone_model.fusion.performance import OUTCOME, PERFORMANCE
from hydrophone_model.fusion.ranks import half_rank_format


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Formats that follow from the sizes of a fusion.

    Attributes:
        fusion: Its parameters.
    """

    fusion: FusionParams

    @property
    def half(self) -> Fixed:
        """Twice a mean rank."""
        return Fixed(integer=half_rank_format(self.fusion.candidates).width)

    @property
    def total(self) -> Fixed:
        """Sum of a system's diversities."""
        most = (self.fusion.systems - 1) * ONE
        return Fixed.spanning(0, most, fraction=DIVERSITY.fraction)

    @property
    def key(self) -> Fixed:
        """What decides: a sum of weights, of which a reciprocal is the widest, times ranks."""
        return Fixed(integer=INVERSE.width + self.half.width + self.fusion.systems.bit_length())

    @property
    def system(self) -> Fixed:
        """Number of a system."""
        return Fixed(integer=(self.fusion.systems - 1).bit_length())

    @property
    def candidate(self) -> Fixed:
        """Number of a candidate."""
        return Fixed(integer=(self.fusion.candidates - 1).bit_length())


@dataclass(frozen=True, kw_only=True)
class StepParams(Params):
    """Ports of a step, which its fusion's sizes decide."""

    name: ClassVar[str] = "step"
    fusion: FusionParams
    takes: tuple[tuple[str, Port], ...]
    gives: tuple[tuple[str, Port], ...]

    @property
    def inputs(self) -> Ports:
        """What the step takes."""
        return dict(self.takes)

    @property
    def outputs(self) -> Ports:
        """What the step gives."""
        return dict(self.gives)


class Step(Datapath):
    """One step of a decision."""

    params: StepParams

    @classmethod
    def of(cls, fusion: FusionParams) -> "Step":
        """The step of a fusion, for its timing."""
        takes, gives = cls.ports(Sizes(fusion=fusion))
        params = StepParams(
            timing=fusion.timing,
            fusion=fusion,
            takes=tuple(takes.items()),
            gives=tuple(gives.items()),
        )
        return cls(params)

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """Inputs and outputs."""
        raise NotImplementedError


class System(Step):
    """System step: ranks, normalised scores, rank-score function, performance of one system."""

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """The row of a system's scores, and what the decision brings with it."""
        count = sizes.fusion.candidates
        takes = {
            "system": Port(sizes.system),
            "scores": Port(SCORE, count),
            "present": Port(FLAG, count),
            "outcome": Port(OUTCOME, count),
            "learn": Port(FLAG),
        }
        gives = {
            "half": Port(sizes.half, count),
            "values": Port(NORMAL, count),
            "function": Port(NORMAL, count),
            "used": Port(FLAG),
            "performance": Port(PERFORMANCE),
        }
        return takes, gives

    def build(self, inputs: Numbers) -> Numbers:
        """Ranks, normal scores, rank-score function and performance of ``system``."""
        fusion, scores, present = self.params.fusion, inputs["scores"], inputs["present"]
        (system,), (learn,) = inputs["system"], inputs["learn"]
        ranks = ranked(scores, present)
        last = (counted(present) - 1).wrap(ranks.places[0].format)
        normal = normalised(scores, ranks.places, present, last)
        before = DecisionMemory(
            1, fusion.candidates, ranks.half[0].format, which=system, groups=fusion.systems
        )
        performance = performances(before, inputs["outcome"], learn, fusion.rate)
        before.write(learn, [ranks.half], [normal.used], present)
        return {
            "half": ranks.half,
            "values": normal.values,
            "function": rank_score(normal.values, ranks.places),
            "used": [normal.used],
            "performance": performance,
        }


class Pair(Step):
    """Pair step: cognitive diversity of two systems."""

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """Two rank-score functions."""
        count = sizes.fusion.candidates
        functions = {name: Port(NORMAL, count) for name in ("a", "b")}
        takes = {**functions, "both": Port(FLAG), "present": Port(FLAG, count)}
        return takes, {"diversity": Port(DIVERSITY)}

    def build(self, inputs: Numbers) -> Numbers:
        """Diversity of ``a`` and ``b``, if ``both`` are used."""
        size = log2_of(counted(inputs["present"]))
        apart = pair_diversity(inputs["a"], inputs["b"], size)
        return {"diversity": [masked(apart, inputs["both"][0])]}


class Strength(Step):
    """Strength step: one system's diversity strength."""

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """A sum of diversities."""
        takes = {"total": Port(sizes.total), "used": Port(FLAG, sizes.fusion.systems)}
        return takes, {"diversity": Port(DIVERSITY)}

    def build(self, inputs: Numbers) -> Numbers:
        """Mean of ``total`` over the other systems that are ``used``."""
        systems = counted(inputs["used"])
        others = (systems - 1).wrap(systems.format)
        return {"diversity": strengths(inputs["total"], others, self.params.fusion.systems - 1)}


class Candidate(Step):
    """Candidate step: one candidate's combined scores and ranks."""

    @property
    def controls(self) -> Controls:
        """Which combination decides."""
        return self.params.fusion.controls

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """A column of normal scores and ranks, and the systems' weights."""
        systems = sizes.fusion.systems
        takes = {
            "values": Port(NORMAL, systems),
            "half": Port(sizes.half, systems),
            "used": Port(FLAG, systems),
            "totals": Port(sizes.total, systems),
            "performance": Port(PERFORMANCE, systems),
        }
        gives = {
            "fused_scores": Port(NORMAL, SIDE),
            "fused_ranks": Port(ranked_format(sizes.fusion.candidates), SIDE),
            "key": Port(sizes.key),
        }
        return takes, gives

    def build(self, inputs: Numbers) -> Numbers:
        """The combinations of a candidate's ``values`` and ranks."""
        used, totals = inputs["used"], inputs["totals"]
        trusts = [trust(*pair) for pair in zip(inputs["performance"], used, strict=True)]
        systems, output = counted(used), self.params.outputs["fused_ranks"].format
        values, half = ([[one] for one in inputs[name]] for name in ("values", "half"))
        by_score = combine_scores(values, systems, totals, trusts)
        by_rank = combine_ranks(half, used, systems, output, totals, trusts)
        (combination,) = self.control("combination")
        (key,) = keys_of(combination, by_score, by_rank)
        return {
            "fused_scores": [value for (value,) in by_score.values],
            "fused_ranks": [value for (value,) in by_rank.values],
            "key": [key.wrap(self.params.outputs["key"].format)],
        }


class Rank(Step):
    """Rank step: one candidate's rank among all."""

    @staticmethod
    def ports(sizes: Sizes) -> tuple[Ports, Ports]:
        """A candidate's key, and everyone's."""
        count = sizes.fusion.candidates
        takes = {
            "which": Port(sizes.candidate),
            "key": Port(sizes.key),
            "there": Port(FLAG),
            "keys": Port(sizes.key, count),
            "present": Port(FLAG, count),
        }
        return takes, {"half": Port(sizes.half), "first": Port(FLAG)}

    def build(self, inputs: Numbers) -> Numbers:
        """Rank of the candidate ``which``, and whether it is the first."""
        (which,), (key,), (there,) = inputs["which"], inputs["key"], inputs["there"]
        half, place = rank_of(which, key, there, inputs["keys"], inputs["present"])
        return {"half": [half], "first": [there & (place == 0)]}
