"""Size entropy: how little the sizes of prints vary, signed by who has been the aggressor.

``(H_max - H) a``: the bits that the Shannon entropy of the sizes lies below its maximum
(`hydrophone_model.dsp.entropy`), times the average a of the aggressors' sides, from -1 to 1. Clips
of one size on one side are somebody at work; either alone says little. The entropy of order flow as
information of informed trading: Lopez de Prado (2018), chapter 18.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydrophone_model.average import ExponentialAverage, average_state
from hydrophone_model.block import Model, Params, Port, Ports, State, StateField, symbol_format
from hydrophone_model.dsp.entropy import EntropyModel, EntropyParams
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.flow import order_evidence
from hydrophone_model.formats import EVIDENCE, LOG, MISSING, SCORE
from hydrophone_model.limits import parameter

SIDE_FRACTION = 8
"""Fraction bits of a side, 1 or -1, before it is averaged."""


_SIDE = Fixed(signed=True, integer=1 + SIDE_FRACTION)
"""A side, as the average takes it in."""


@dataclass(frozen=True, kw_only=True)
class SizeEntropyParams(Params):
    """Sizes of the size_entropy block."""

    name: ClassVar[str] = "size_entropy"
    derived: ClassVar[tuple[str, ...]] = ("entropy",)
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    window: int = parameter(64, 8, 1024, "prints in the entropy's window", power_of_two=True)
    bins: int = parameter(32, 2, 32, "bins of sizes, an octave each", power_of_two=True)
    memory: int = parameter(5, 2, 8, "the average of sides learns by 2**-memory a print")

    @property
    def entropy(self) -> EntropyParams:
        """The entropy block inside."""
        return EntropyParams(
            symbols=self.symbols, window=self.window, bins=self.bins, timing=self.timing
        )

    @property
    def inputs(self) -> Ports:
        """``symbol``, log2 size ``print`` and aggressor's ``side``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "print": Port(LOG),
            "side": Port(FLAG),
        }

    @property
    def stateful_parts(self) -> dict[str, Params]:
        """See `Params.stateful_parts`."""
        return {"entropy": self.entropy}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The average of sides."""
        return average_state("sides", _SIDE, self.memory)

    @property
    def outputs(self) -> Ports:
        """``score``: above zero where buyers took equal sizes."""
        return {"score": Port(SCORE)}

    @property
    def tables(self) -> Mapping[str, tuple[Any, ...]]:
        """Those of the entropy block."""
        return self.entropy.tables


class SizeEntropyModel(Model):
    """Golden model of the size_entropy block.

    The score is missing until the entropy's window is full.

    State:
        That of the block entropy, with this block's ``window`` and ``bins``; and of each symbol a
        `ExponentialAverage` of sides with ``memory``.

    Steps:
        1. The block entropy gets ``bin = min(print >> LOG.fraction, bins - 1)``;
           ``below = order_evidence`` of what it answers.
        2. The memory takes in ``1 << SIDE_FRACTION``, where ``side`` is 1 the negative of it;
           ``lean`` is its mean then.
        3. ``score = (below * lean) >> (EVIDENCE.fraction + SIDE_FRACTION + memory -
           SCORE.fraction)``; but `MISSING` until the entropy's window is ``full``.
    """

    def __init__(self, params: SizeEntropyParams) -> None:
        self.params = params
        self.entropy = EntropyModel(params.entropy)
        self.reset()

    def reset(self) -> None:
        """Forgets every print."""
        params = self.params
        self.entropy.reset()
        self._sides = ExponentialAverage(symbols=params.symbols, memory=params.memory)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return self._sides.state("sides")

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._sides.set_state("sides", state)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print."""
        symbol, params = inputs["symbol"], self.params
        octave = np.minimum(inputs["print"] >> LOG.fraction, params.entropy.bin.max)
        entropy = self.entropy.process(symbol=symbol, bin=octave)
        side = np.where(inputs["side"] != 0, -1, 1) << SIDE_FRACTION
        lean, _ = self._sides.follow(symbol, side)
        below = order_evidence(entropy["entropy"], entropy["full"], params.entropy)
        down = EVIDENCE.fraction + SIDE_FRACTION + params.memory - SCORE.fraction
        score = (below * lean) >> down
        return {"score": np.where(entropy["full"] != 0, score, MISSING)}
