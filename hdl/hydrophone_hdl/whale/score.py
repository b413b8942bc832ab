"""Anomaly score: weighted heads, and the ladder of quantiles that makes them comparable.

One comparison a rung serves both the loop, which moves the rung, and the score, which counts the
rungs below the value.
"""

from functools import partial

from amaranth.hdl import Cat, Const, Mux, Value

from hydrophone_hdl.arith import total
from hydrophone_hdl.block import Controls, Datapath, Wires
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_model.formats import HEAD, TAIL, WEIGHT
from hydrophone_model.whale.score import HEADS, RATIO, RUNG, RUNG_LOG2, ScoreParams

GUARD = RUNG.fraction - HEAD.fraction


class Score(Datapath):
    """The score block."""

    params: ScoreParams

    @property
    def controls(self) -> Controls:
        """Weights and first rungs."""
        return {
            "weights": (WEIGHT, self.params.weights),
            "ladder": (HEAD, self.params.ladder),
        }

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``heads``: -log2 tail probability of each head."""
        params, evidence = self.params, inputs["evidence"]
        (symbol,) = inputs["symbol"]
        weights = iter(pipe.control("weights"))
        heads = [
            self._head(pipe, [(evidence[term], next(weights)) for term in terms])
            for terms in HEADS.values()
        ]
        first = pipe.control("ladder")
        group = pipe.logic(lambda s: s & (params.classes - 1), symbol)
        ladder = pipe.recall(
            "ladder",
            address=group,
            depth=params.classes,
            reset=[Cat(Const(0, GUARD), rung) for rung in first],
            time=pipe.latest(*heads),
        )
        step = 1 << (RUNG.fraction - params.step)
        learned: list[Wire] = []
        results: list[Wire] = []
        for number, head in enumerate(heads):
            head = pipe.later(head, ladder.time)
            rungs = ladder.now[number * params.rungs :][: params.rungs]
            exceeded = [
                pipe.logic(lambda x, q: x > q.shift_right(GUARD), head, rung) for rung in rungs
            ]
            for place, (rung, over) in enumerate(zip(rungs, exceeded, strict=True), start=1):
                fall = step >> (RUNG_LOG2 * place)
                learned.append(pipe.logic(partial(_moved, rise=step - fall, fall=fall), rung, over))
            results.append(self._tail(pipe, head, rungs, exceeded))
        ladder.learn(*learned)
        return {"heads": results}

    @staticmethod
    def _head(pipe: Pipe, terms: list[tuple[Wire, Value]]) -> Wire:
        """Weighted sum of evidence."""
        products = [pipe.stage(lambda x, w=weight: x * w, wire) for wire, weight in terms]
        return pipe.stage_of(
            lambda some: saturate(total(some).shift_right(WEIGHT.fraction), HEAD), products
        )

    @staticmethod
    def _tail(pipe: Pipe, head: Wire, rungs: list[Wire], exceeded: list[Wire]) -> Wire:
        """Place of a head's value on its ladder."""
        count = len(rungs)
        values = [pipe.stage(lambda q: q.shift_right(GUARD), rung) for rung in rungs]
        below = pipe.stage_of(total, exceeded)
        value = pipe.later(head, below.time)
        ladder = [Wire(Const(0, HEAD.width), 0), *values]

        def measure(values: list[Value]) -> tuple[Value, Value]:
            x, n, *steps = values
            at, lower, upper = (
                pipe.let(_pick(n, table))
                for table in (
                    steps,
                    [*steps[:-1], steps[-2]],
                    [*steps[1:], steps[-1]],
                )
            )
            interval = pipe.let(positive(upper - lower))
            return positive(x - at), Mux(interval.any(), interval, 1)

        above, interval = pipe.stages_of(measure, [value, below, *ladder])
        exponent = pipe.logic(lambda a, b: a - b, log2(pipe, above), log2(pipe, interval))
        ratio = exp2(pipe, exponent, RATIO)

        def place(r: Value, a: Value, n: Value) -> Value:
            within = Mux((n < count) & (r > RATIO.one), RATIO.one, r)
            part = Mux(a.any(), within, 0)
            whole = (n.shift_left(TAIL.fraction) + part).shift_left(RUNG_LOG2 - 1)
            return saturate(whole, TAIL)

        return pipe.stage(place, ratio, above, below)


def _moved(rung: Value, over: Value, *, rise: int, fall: int) -> Value:
    """The rung after an event: up where it was exceeded, else down, within its format."""
    up = saturate(rung + rise, RUNG)
    return Mux(over, up, positive(rung - fall))


def _pick(index: Value, table: list[Value]) -> Value:
    """One of a few values."""
    result = table[-1]
    for place in reversed(range(len(table) - 1)):
        result = Mux(index == place, table[place], result)
    return result


assert RUNG_LOG2 == 2, "a rung is worth two bits of tail, a shift by one of the ratio"
