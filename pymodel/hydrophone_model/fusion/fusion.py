"""Combinatorial fusion: K systems score N candidates, and one ranking comes of it.

    scores -+-> ranks --------> rank-score functions -> diversity -+-> combinations -> decision
            +-> normal scores ---^                                 |
    outcome ------------------> performance -----------------------+

Six combinations are worked out for every decision; the configured one decides. All of them are
read as in Hsu, Chung and Kristal (2006) and Hsu, Kristal and Schweikert (2010); what the papers
leave open is defined here and in the modules of each step.

A candidate that does not take part has no influence, whatever its scores are. A system that lacks
a score, or gives all candidates the same, is not used for that decision, and the result says so;
with no system left nothing is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import Model, Params, Port, Ports, Setting, State, StateField
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import SCORE
from hydrophone_model.fusion.combine import (
    CHOICE,
    COMBINATIONS,
    SIDE,
    Combination,
    combine_ranks,
    combine_scores,
    ranked_format,
    trust,
)
from hydrophone_model.fusion.diversity import DIVERSITY, diversities, rank_score, strengths
from hydrophone_model.fusion.normal import NORMAL, normalised
from hydrophone_model.fusion.performance import LOSS, OUTCOME, PERFORMANCE, Performance
from hydrophone_model.fusion.ranks import half_rank_format, ranked
from hydrophone_model.limits import parameter


@dataclass(frozen=True, kw_only=True)
class FusionParams(Params):
    """Sizes of the fusion block, and which combination decides."""

    name: ClassVar[str] = "fusion"
    own_settings: ClassVar[Mapping[str, Setting]] = {
        "combination": Setting(format=CHOICE, doc="combination that decides")
    }
    systems: int = parameter(8, 2, 16, "scoring systems of a table that `session.fuse` takes")
    candidates: int = parameter(
        16, 2, 64, "candidates among which is decided; on events, the first symbols"
    )
    rate: int = parameter(6, 1, 10, "performance learns by 2**-rate an outcome")
    combination: int = parameter(
        int(Combination.SCORE_DIVERSITY),
        0,
        len(Combination) - 1,
        "combination that decides",
        words=COMBINATIONS,
        runtime=True,
    )

    @property
    def inputs(self) -> Ports:
        """Scores of now, and what became of an earlier decision.

        ``scores``: system after system, each its candidates' in order; larger is better,
        `hydrophone_model.formats.MISSING` is none. ``present``: who takes part. ``learn``: judge
        the remembered decision by ``outcome``, what became of its candidates, and remember this one
        in its place.
        """
        return {
            "scores": Port(SCORE, self.systems * self.candidates),
            "present": Port(FLAG, self.candidates),
            "outcome": Port(OUTCOME, self.candidates),
            "learn": Port(FLAG),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """What the systems have shown, and the decision that they are to be judged by."""
        systems, candidates = self.systems, self.candidates
        half = Fixed.spanning(0, 2 * candidates)
        return {
            "performance": StateField(format=PERFORMANCE, count=systems, of="design"),
            "half": StateField(format=half, count=systems * candidates, of="design"),
            "used": StateField(format=FLAG, count=systems, of="design"),
            "present": StateField(format=FLAG, count=candidates, of="design"),
        }

    @property
    def outputs(self) -> Ports:
        """The decision, and how it came about.

        ``decided``: a system was used. ``best``: the first candidate, of equal ones that of the
        smallest number. ``rank``: mean ranks by the configured combination, 1 is best.
        ``fused_scores``, ``fused_ranks``: the combinations of either side, average, diversity,
        performance, each its candidates' in order. ``used``, ``diversity`` strength and
        ``performance`` of each system, the last after it has learned. All but the performance are 0
        where nothing is decided or a candidate is not present.
        """
        candidates = self.candidates
        return {
            "decided": Port(FLAG),
            "best": Port(Fixed(integer=(candidates - 1).bit_length())),
            "rank": Port(half_rank_format(candidates), candidates),
            "fused_scores": Port(NORMAL, SIDE * candidates),
            "fused_ranks": Port(ranked_format(candidates), SIDE * candidates),
            "used": Port(FLAG, self.systems),
            "diversity": Port(DIVERSITY, self.systems),
            "performance": Port(PERFORMANCE, self.systems),
        }

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``loss`` by the number of candidates that were present."""
        return {"loss": LOSS[: self.candidates + 1]}


FUSION_PRESETS: dict[str, FusionParams] = {
    "small": FusionParams(systems=4, candidates=4),
    "default": FusionParams(),
    "large": FusionParams(systems=16, candidates=64),
}
"""Usual sizes."""


class FusionModel(Model):
    """Golden model of the fusion block.

    State:
        `Performance` of the systems.

    Steps:
        1. Of each system, ``ranked`` of its scores gives half ranks and places, ``normalised`` who
           is ``used`` and the normalised scores.
        2. The totals are ``diversities`` of the rank-score functions. ``diversity`` is
           ``strengths`` of them.
        3. `Performance` learns; ``performance`` is what it is then. The trusts are ``trust`` of it
           and of who is used now.
        4. ``fused_scores`` is ``combine_scores`` and ``fused_ranks`` is ``combine_ranks``, each of
           the totals and the trusts: the average of every candidate, then the combination by
           diversity, then by performance.
        5. The key of a candidate is that of the combination with the number of the setting
           ``combination``: 0 to 2 those of scores, 3 to 5 those of ranks, of which the negative is
           taken. Of these keys ``rank`` is the half rank, ``best`` the candidate at place 0.
        6. ``decided`` is whether a system is used. Where none is, ``rank`` and ``best`` are 0.

    Settings:
        ``combination`` acts with the next event.
    """

    def __init__(self, params: FusionParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets what the systems have shown, and the remembered decision."""
        self._performance = Performance(self.params.systems, self.params.candidates)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return self._performance.state()

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._performance.set_state(state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Decides once an event."""
        params = self.params
        present = inputs["present"] != 0
        scores = inputs["scores"].reshape(len(present), params.systems, params.candidates)
        half, places = ranked(scores, present[:, None, :])
        used, values = normalised(scores, present)
        totals = diversities(rank_score(values, places, present), used, present.sum(axis=-1))
        performance = self._performance.learn(
            inputs["outcome"],
            inputs["learn"] != 0,
            rate=params.rate,
            half=half,
            used=used,
            present=present,
        )
        weights = totals, trust(performance, used)
        by_score = combine_scores(values, used, *weights)
        by_rank = combine_ranks(half, used, *weights)

        keys = np.concatenate([by_score.keys, -by_rank.keys])[params.combination]
        rank, place = ranked(keys, present)
        decided = np.asarray(used.any(axis=-1), np.int64)
        first = (present & (place == 0)).argmax(axis=-1)
        return {
            "decided": decided,
            "best": decided * first,
            "rank": decided[:, None] * rank,
            "fused_scores": _side_by_side(by_score.values),
            "fused_ranks": _side_by_side(by_rank.values),
            "used": used.astype(np.int64),
            "diversity": strengths(totals, used),
            "performance": performance,
        }


def _side_by_side(values: Raw) -> Raw:
    """Combinations, decisions, candidates as columns: decisions, then the other two as one."""
    sides, decisions, candidates = values.shape
    return np.moveaxis(values, 0, 1).reshape(decisions, sides * candidates)
