"""Anomaly score: weighted heads, and the ladder of quantiles that makes them comparable.

A head meets all rungs of its ladder at once. The comparisons serve the loop, which moves the rungs
to where both ways have been worked out, and the score, which counts the rungs below the value; the
distances to all of them are there when the count chooses one.
"""

from itertools import pairwise

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import (
    Number,
    choose,
    constant,
    join,
    lookup,
    number,
    positive,
    select,
    total,
)
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import HEAD, TAIL
from hydrophone_model.whale.score import HEADS, RATIO, RUNG, RUNG_LOG2, ScoreParams


class Score(Datapath):
    """The score block."""

    params: ScoreParams

    def build(self, inputs: Numbers) -> Numbers:
        """``heads``: -log2 tail probability of each head."""
        params, evidence = self.params, inputs["evidence"]
        (symbol,) = inputs["symbol"]
        weights = iter(self.control("weights"))
        ladder = State(
            "ladder",
            address=class_of(symbol, params.classes),
            depth=params.classes,
            members=[(RUNG, rung.cut(RUNG.fraction)) for rung in self.control("ladder")],
        )
        learned: list[Number] = []
        results: list[Number] = []
        for place, terms in enumerate(HEADS.values()):
            head = total([evidence[term] * next(weights) for term in terms]).to(HEAD)
            tracked = ladder.read[place * params.rungs :][: params.rungs]
            rungs = [rung.cut(HEAD.fraction) for rung in tracked]
            exceeded = [rung < head for rung in rungs]
            learned += self._moved(tracked, exceeded)
            results.append(_tail(head, rungs, exceeded))
        ladder.write(*learned)
        return {"heads": results}

    def _moved(self, rungs: list[Number], exceeded: list[Number]) -> list[Number]:
        """The rungs after an event: up where exceeded, else down, within their format."""
        step = 1 << (RUNG.fraction - self.params.step)
        falls = [step >> (RUNG_LOG2 * place) for place in range(1, len(rungs) + 1)]
        return [
            select(over, (rung + _raw(step - fall)).to(RUNG), (rung - _raw(fall)).to(RUNG))
            for rung, fall, over in zip(rungs, falls, exceeded, strict=True)
        ]


def class_of(symbol: Number, classes: int) -> Number:
    """The class of a symbol: its low bits."""
    return symbol.bits(0, (classes - 1).bit_length()) if classes > 1 else number(0)


def _tail(head: Number, rungs: list[Number], exceeded: list[Number]) -> Number:
    """Place of a head's value on its ladder."""
    count = len(rungs)
    flags = join(*exceeded)
    below = lookup([word.bit_count() for word in range(1 << count)], flags)
    differences = [head - rung for rung in rungs]
    above = choose(below, [head, *(d.wrap(HEAD) for d in differences)])
    # Chosen apart, or synthesis chooses among the rungs first and subtracts but once: too late.
    beneath = choose(below, [0, *(d.negative for d in differences)])
    # Beyond the last rung `choose` stays at the last interval.
    intervals = [rungs[0], *(positive(upper - lower) for lower, upper in pairwise(rungs))]
    # The logarithm of an interval of no step is that of one step. Where the value lies at or
    # below the rung, as rungs that have crossed may leave it, its own logarithm means nothing.
    exponent = log2(above) - log2(choose(below, intervals))
    # Short of the last rung the ratio is one at most: its logarithm is zero.
    limited = select(flags.all() | exponent.negative, exponent, 0)
    some = above.any() & ~beneath
    part = select(some, exp2(limited, RATIO), 0)
    return ((below + part) << (RUNG_LOG2 - 1)).to(TAIL)


def _raw(step: int) -> Number:
    """A step of a rung."""
    return constant(step, Fixed.spanning(0, step, fraction=RUNG.fraction))


ensure(RUNG_LOG2 == 2, "a rung is worth two bits of tail, a shift by one of the ratio")
