"""Combinatorial fusion of scoring systems, one decision a clock.

    scores -+-> ranks --------> rank-score functions -> diversity -+-> combinations -> decision
            +-> normal scores ---^                                 |
    outcome ------------------> performance -----------------------+

All systems, all pairs of them and all candidates are worked out side by side. The combination that
decides is a run-time setting.
"""

from collections.abc import Sequence

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.fusion.combine import combine_ranks, combine_scores, keys_of, trust
from hydrophone_hdl.fusion.diversity import diversities, rank_score, strengths
from hydrophone_hdl.fusion.normal import normalised
from hydrophone_hdl.fusion.performance import DecisionMemory, performances
from hydrophone_hdl.fusion.ranks import ranked
from hydrophone_hdl.hls.flags import any_of, counted, masked, merged
from hydrophone_hdl.hls.number import Number, constant
from hydrophone_model.fixed import Fixed
from hydrophone_model.fusion.fusion import FusionParams


class Fusion(Datapath):
    """The fusion block."""

    params: FusionParams

    def build(self, inputs: Numbers) -> Numbers:
        """A decision over ``scores`` of the ``present``, and what is learned of a former one."""
        params, present = self.params, inputs["present"]
        rows = range(0, params.systems * params.candidates, params.candidates)
        scores = [inputs["scores"][start:][: params.candidates] for start in rows]
        count = counted(present)
        ranks = [ranked(row, present) for row in scores]
        half, places = [own.half for own in ranks], [own.places for own in ranks]
        last = (count - 1).wrap(places[0][0].format)
        normal = [
            normalised(row, place, present, last) for row, place in zip(scores, places, strict=True)
        ]
        values, used = [own.values for own in normal], [own.used for own in normal]
        functions = [rank_score(*pair) for pair in zip(values, places, strict=True)]
        totals = diversities(functions, used, count)

        before = DecisionMemory(params.systems, params.candidates, half[0][0].format)
        (learn,) = inputs["learn"]
        performance = performances(before, inputs["outcome"], learn, params.rate)
        before.write(learn, half, used, present)

        trusts = [trust(*pair) for pair in zip(performance, used, strict=True)]
        systems = counted(used)
        by_score = combine_scores(values, systems, totals, trusts)
        ranked_like = params.outputs["fused_ranks"].format
        by_rank = combine_ranks(half, used, systems, ranked_like, totals, trusts)
        (combination,) = self.control("combination")
        decision = ranked(keys_of(combination, by_score, by_rank), present)
        decided = any_of(used)
        others = (systems - 1).wrap(systems.format)
        return {
            "decided": [decided],
            "best": [masked(_first(decision.places), decided)],
            "rank": [
                masked(own, decided).read_as(params.outputs["rank"].format) for own in decision.half
            ],
            "fused_scores": [value for values in by_score.values for value in values],
            "fused_ranks": [value for values in by_rank.values for value in values],
            "used": used,
            "diversity": strengths(totals, others, params.systems - 1),
            "performance": performance,
        }


def _first(places: Sequence[Number]) -> Number:
    """The candidate that has the first place."""
    like = Fixed(integer=(len(places) - 1).bit_length())
    numbers = [constant(number, like) for number in range(len(places))]
    return merged([place == 0 for place in places], numbers)
