"""Anomaly score: one head a kind, made comparable by its own tail probability.

A head is a sum of its evidence with non-negative weights. Heads have different units and tails,
so each is measured against its own history: a ladder of quantiles, tracked online for each class
of symbols, tells how rare the value is. Rung j follows the quantile exceeded with probability
4**-j by stochastic approximation: up by ``step (1 - 4**-j)`` when exceeded, else down by
``step 4**-j``. The score is -log2 of the tail probability, interpolated between rungs and, beyond
the last one, extrapolated with the last interval's slope: an exponential tail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    Setting,
    State,
    StateField,
    symbol_format,
)
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.formats import EVIDENCE, HEAD, TAIL, WEIGHT
from hydrophone_model.limits import parameter
from hydrophone_model.records import Kind

RUNG_LOG2 = 2
"""-log2 of the tail probability from one rung to the next."""
RUNG = Fixed(integer=HEAD.integer, fraction=HEAD.fraction + 12)
"""A tracked quantile: a head's value and the fraction bits that its slow steps need."""
RATIO = Fixed(integer=TAIL.integer - 1, fraction=TAIL.fraction)
"""Distance above a rung in units of the interval."""


class Evidence(IntEnum):
    """The evidence that heads may weigh, in the order of the score block's input."""

    PRINT = 0
    PARENT = 1
    WINDOW = 2
    SURPRISE = 3
    ORDER = 4
    PERSISTENCE = 5
    IMPACT = 6
    MATCH_BLOCK = 7
    MATCH_SWEEP = 8
    MATCH_ICEBERG = 9
    MATCH_SLICED = 10


HEADS: dict[Kind, tuple[Evidence, ...]] = {
    Kind.BLOCK: (Evidence.PRINT, Evidence.PARENT, Evidence.MATCH_BLOCK),
    Kind.SWEEP: (Evidence.PARENT, Evidence.WINDOW, Evidence.MATCH_SWEEP, Evidence.IMPACT),
    Kind.ICEBERG: (Evidence.SURPRISE, Evidence.ORDER, Evidence.MATCH_ICEBERG),
    Kind.SLICED: (Evidence.PERSISTENCE, Evidence.IMPACT, Evidence.MATCH_SLICED),
}
"""The evidence wired to each head."""
TERMS = sum(len(evidence) for evidence in HEADS.values())
LEARNED_WEIGHTS = (
    173, 0, 0,
    125, 18, 0, 131,
    208, 0, 0,
    110, 218, 0,
)  # fmt: skip
"""Weights that `hydrophone fit` learned, a line a head in the order of `HEADS`."""
LEARNED_LADDER = (
    150, 458, 685, 870, 1027, 1147,
    314, 612, 819, 965, 1029, 1072,
    151, 341, 667, 878, 1026, 1136,
    845, 931, 979, 1008, 1028, 1040,
)  # fmt: skip
"""First rungs that it learned with them, a line a head."""


@dataclass(frozen=True, kw_only=True)
class ScoreParams(Params):
    """Weights and tail ladders of the score block, head after head in the order of `HEADS`."""

    name: ClassVar[str] = "score"
    own_settings: ClassVar[Mapping[str, Setting]] = {
        "weights": Setting(format=WEIGHT, doc="weight of each term of each head"),
        "ladder": Setting(
            format=HEAD, doc="rungs of each head after clear, lowest first", initial=True
        ),
    }
    symbols: int = parameter(
        64, 1, 4096, "symbols, each with a state of its own", power_of_two=True
    )
    classes: int = parameter(
        16,
        1,
        4096,
        "classes of symbols that share ladders and thresholds: symbol mod classes",
        power_of_two=True,
    )
    rungs: int = parameter(6, 2, 6, "rungs of a ladder")
    step: int = parameter(4, 0, 12, "a rung of a ladder moves by 2**-step when exceeded")
    weights: tuple[int, ...] = parameter(
        LEARNED_WEIGHTS,
        WEIGHT.min,
        WEIGHT.max,
        f"weight of each term of each head, steps of 2**-{WEIGHT.fraction}",
        runtime=True,
    )
    ladder: tuple[int, ...] = parameter(
        LEARNED_LADDER,
        HEAD.min,
        HEAD.max,
        f"first rungs of each head's ladder, lowest first, steps of 2**-{HEAD.fraction}",
        runtime=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.classes > self.symbols:
            raise ConfigError(
                f"score.classes = {self.classes} is not allowed: use at most {self.symbols}, "
                "one for each symbol"
            )
        for name, want in (("weights", TERMS), ("ladder", len(HEADS) * self.rungs)):
            if len(getattr(self, name)) != want:
                raise ConfigError(
                    f"score.{name} has {len(getattr(self, name))} entries: give {want}"
                )

    @property
    def inputs(self) -> Ports:
        """The ``symbol`` and its ``evidence`` in the order of `Evidence`."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "evidence": Port(EVIDENCE, len(Evidence)),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The rungs of each class, head after head, the lowest first."""
        return {"rungs": StateField(format=RUNG, count=len(HEADS) * self.rungs, of="class")}

    @property
    def outputs(self) -> Ports:
        """``heads``: -log2 tail probability of each head."""
        return {"heads": Port(TAIL, len(Kind))}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """``terms``: places of each head's evidence, a row a head."""
        return {"terms": tuple(tuple(map(int, terms)) for terms in HEADS.values())}

    def head_weights(self) -> dict[Kind, tuple[int, ...]]:
        """Raw weights of each head, in the order of its evidence."""
        weights = iter(self.weights)
        return {kind: tuple(next(weights) for _ in terms) for kind, terms in HEADS.items()}


class ScoreModel(Model):
    """Golden model of the score block.

    An event is measured before its class's ladders learn it. An interval between rungs narrower
    than one step of `HEAD` counts as one step.

    State:
        Of each class of symbols, which is ``symbol`` modulo ``classes``, and of each head
        ``rungs`` rungs, raw `RUNG`, at first ``ladder << (RUNG.fraction - HEAD.fraction)``: the
        entries of ``ladder`` are those of the first head, its lowest rung first, then those of the
        next one.

    Steps:
        For each head, whose evidence ``terms`` lists by place and whose weights stand in
        ``weights``, head after head in the same order:

        1. ``head = (sum of evidence * weight) >> WEIGHT.fraction``, saturated to `HEAD`.
        2. ``rung[j] = state >> (RUNG.fraction - HEAD.fraction)`` for ``j`` from 1 to ``rungs``,
           as the class's last event left them; ``rung[0]`` is 0.
        3. ``below`` is the number of ``j >= 1`` with ``head > rung[j]``, in whatever order the
           rungs stand. ``above = max(head - rung[below], 0)``.
        4. ``last = min(below, rungs - 1)``; ``interval = max(rung[last + 1] - rung[last], 1)``.
        5. ``ratio = exp2(log2(above) - log2(interval), RATIO)``, at most `RATIO.one` where
           ``below < rungs``, and 0 where ``above`` is 0.
        6. ``heads = RUNG_LOG2 * ((below << TAIL.fraction) + ratio)``, saturated to `TAIL`.
        7. Then the rungs learn. ``value = head << (RUNG.fraction - HEAD.fraction)``,
           ``step`` is 2 to the power ``RUNG.fraction`` less the parameter ``step``, and
           ``fall[j] = step >> (RUNG_LOG2 * j)``. The state of each rung becomes
           ``state + step - fall[j]`` where ``value > state``, else ``state - fall[j]``, saturated
           to `RUNG`.

    Settings:
        ``weights`` act with the next event; ``ladder`` at the next reset.
    """

    def __init__(self, params: ScoreParams) -> None:
        self.params = params
        rung = np.arange(1, params.rungs + 1)
        step = 1 << (RUNG.fraction - params.step)
        self._fall = step >> (RUNG_LOG2 * rung)
        self._rise = step - self._fall
        self.reset()

    def reset(self) -> None:
        """Puts every ladder back to the configured first rungs."""
        params = self.params
        ladder = np.array(params.ladder, np.int64).reshape(len(HEADS), params.rungs)
        start = ladder << (RUNG.fraction - HEAD.fraction)
        self._ladders = np.repeat(start[None], params.classes, axis=0)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"rungs": self._ladders.reshape(self.params.classes, -1).copy()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._ladders[:] = state["rungs"].reshape(self._ladders.shape)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores a batch of events."""
        heads = head_values(inputs["evidence"], self.params)
        classes = (inputs["symbol"] & (self.params.classes - 1)).tolist()
        rungs = np.empty((len(classes), len(HEADS), self.params.rungs), np.int64)
        values = heads << (RUNG.fraction - HEAD.fraction)
        up = values[:, :, None]
        for place, group in enumerate(classes):
            ladder = rungs[place] = self._ladders[group]
            moved = np.where(up[place] > ladder, ladder + self._rise, ladder - self._fall)
            np.clip(moved, 0, RUNG.max, out=self._ladders[group])
        return {"heads": tail(heads, rungs >> (RUNG.fraction - HEAD.fraction))}


def head_values(evidence: Raw, params: ScoreParams) -> Raw:
    """Weighted sums of evidence, shaped (events, heads), raw `HEAD`."""
    sums = [
        evidence[:, list(HEADS[kind])] @ np.array(weights, np.int64)
        for kind, weights in params.head_weights().items()
    ]
    return HEAD.saturate(np.stack(sums, axis=-1) >> WEIGHT.fraction)


def tail(heads: Raw, rungs: Raw) -> Raw:
    """-log2 tail probability of head values against their ladders.

    Args:
        heads: Shaped (events, heads), raw `HEAD`.
        rungs: Shaped (events, heads, rungs), raw `HEAD`.

    Returns:
        Shaped (events, heads), raw `TAIL`.
    """
    count = rungs.shape[-1]
    # The number of rungs below the value, not their order, chooses the interval: two rungs that
    # have crossed while moving still leave exactly one answer.
    below = np.sum(heads[..., None] > rungs, axis=-1)
    ladder = np.concatenate([np.zeros_like(rungs[..., :1]), rungs], axis=-1)
    at = np.take_along_axis(ladder, below[..., None], -1)[..., 0]
    last = np.minimum(below, count - 1)[..., None]
    interval = np.take_along_axis(np.diff(ladder, axis=-1), last, -1)[..., 0]
    above = np.maximum(heads - at, 0)
    ratio = exp2(log2(above) - log2(np.maximum(interval, 1)), RATIO)
    ratio = np.where(below < count, np.minimum(ratio, RATIO.one), ratio)
    ratio = np.where(above > 0, ratio, 0)
    return TAIL.saturate(RUNG_LOG2 * ((below << TAIL.fraction) + ratio))
