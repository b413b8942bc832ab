"""Pattern match: the shape, repetition and persistence of a symbol's recent flow.

Composes the shared blocks: the last N signed flows -> Haar -> distance to templates of each kind;
entropy of sizes; repeat surprise; persistence; correlation of flow with price change (impact).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateField,
    by_symbol,
    symbol_format,
)
from hydrophone_model.dsp.correlation import CORRELATION, CorrelationModel, CorrelationParams
from hydrophone_model.dsp.distance import SQUARED_DISTANCE, DistanceModel, DistanceParams
from hydrophone_model.dsp.entropy import EntropyModel, EntropyParams
from hydrophone_model.dsp.haar import HaarParams, haar
from hydrophone_model.errors import ConfigError, shown
from hydrophone_model.fixed import FLAG, Raw
from hydrophone_model.flow import order_evidence, signed_flow
from hydrophone_model.formats import EVIDENCE, FLOW, LOG, PRICE, PRICE_MOVE, SIZE
from hydrophone_model.limits import parameter
from hydrophone_model.records import Kind
from hydrophone_model.whale.persistence import PersistenceModel, PersistenceParams
from hydrophone_model.whale.repeat import RepeatModel, RepeatParams
from hydrophone_model.whale.volume import OCTAVES
from hydrophone_model.window import SlidingWindow

NOISE = len(Kind)
"""Template group of both-sided noise, after those of the kinds."""

_SHAPES = (
    (Kind.BLOCK, (0,) * 15 + (1,)),
    (Kind.SWEEP, (0,) * 12 + (1,) * 4),
    (Kind.SWEEP, (0,) * 8 + (1,) * 8),
    (Kind.ICEBERG, (0, 0, 0, 1) * 4),
    (Kind.ICEBERG, (0, 1) * 8),
    (Kind.SLICED, (1,) * 16),
    (NOISE, (-1, 1) * 8),
    (NOISE, (-1, -1, 1, 1) * 4),
)


def default_templates() -> DistanceParams:
    """The eight templates of the presets: whales point to the print's own side."""
    return DistanceParams(
        shapes=tuple(shape for _, shape in _SHAPES), groups=tuple(int(g) for g, _ in _SHAPES)
    )


@dataclass(frozen=True, kw_only=True)
class PatternParams(Params):
    """The pattern block's own sizes and those of the blocks it is made of.

    Raises:
        ConfigError: The blocks disagree about the timing, the number of symbols or the template
            groups.
    """

    name: ClassVar[str] = "pattern"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    distance: DistanceParams = field(default_factory=default_templates)
    entropy: EntropyParams = field(default_factory=EntropyParams)
    repeat: RepeatParams = field(default_factory=RepeatParams)
    persistence: PersistenceParams = field(default_factory=PersistenceParams)
    correlation: CorrelationParams = field(default_factory=CorrelationParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.agree("symbols", self.symbols, "pattern")
        if self.distance.group_count != NOISE + 1:
            raise ConfigError(
                f"distance.groups = {shown(self.distance.groups)} is not allowed: use one "
                f"group for each of the {NOISE} kinds and {NOISE} for noise"
            )

    @property
    def haar(self) -> HaarParams:
        """The transform that feeds the distance block."""
        return HaarParams(
            length=self.distance.length, sample=self.distance.sample, timing=self.timing
        )

    @property
    def inputs(self) -> Ports:
        """The event, what the parent block says of it, its log2 size, ``above_print``."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "price": Port(PRICE),
            "size": Port(SIZE),
            "side": Port(FLAG),
            "joined": Port(FLAG),
            "move": Port(PRICE_MOVE),
            "print": Port(LOG),
            "above_print": Port(OCTAVES),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """The last flows, the newest last."""
        return {"flows": StateField(format=FLOW, count=self.distance.length)}

    @property
    def outputs(self) -> Ports:
        """Evidence.

        ``match``: for each kind, how much nearer the flow is to its templates than to noise;
        ``order``: how far the size entropy lies below its maximum; ``surprise`` of repetition;
        ``persistence`` of the side; ``impact`` of flow on price.
        """
        return {
            "match": Port(EVIDENCE, len(Kind)),
            "order": Port(EVIDENCE),
            "surprise": Port(EVIDENCE),
            "persistence": Port(EVIDENCE),
            "impact": Port(EVIDENCE),
        }


class PatternModel(Model):
    """Golden model of the pattern block.

    State:
        Of each symbol a `SlidingWindow` of the last flows, as many as a shape is long, which for
        the transform begins with flows of 0; and the states of the blocks entropy, repeat,
        persistence and correlation inside.

    Steps:
        1. ``flow = signed_flow(print, side)``; the window takes it in.
        2. The block entropy gets ``bin = min(print >> LOG.fraction, bins - 1)``, and
           ``order = order_evidence`` of what it answers.
        3. ``surprise`` is what the block repeat answers to ``price``, ``size``, ``side`` and
           ``joined``; ``persistence`` what the block of that name answers to ``side``, ``joined``
           and ``above_print``.
        4. The block correlation gets ``x = flow`` and ``y = move``;
           ``impact = max(correlation, 0) >> (CORRELATION.fraction - EVIDENCE.fraction)``.
        5. The block distance gets the Haar coefficients of the flows in the window, the oldest
           first, and ``flip = side``. For each kind
           ``match[kind] = max(distance[NOISE] - distance[kind], 0) >>
           (SQUARED_DISTANCE.fraction - EVIDENCE.fraction)``.
    """

    def __init__(self, params: PatternParams) -> None:
        self.params = params
        self.distance = DistanceModel(params.distance)
        self.entropy = EntropyModel(params.entropy)
        self.repeat = RepeatModel(params.repeat)
        self.persistence = PersistenceModel(params.persistence)
        self.correlation = CorrelationModel(params.correlation)
        self.reset()

    def reset(self) -> None:
        """Forgets every symbol."""
        params = self.params
        self._flows = SlidingWindow(
            symbols=params.symbols, length=params.distance.length, columns=1
        )
        for part in (self.entropy, self.repeat, self.persistence, self.correlation):
            part.reset()

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"flows": self._flows.values()}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._flows.put([state["flows"]])

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Evidence of a batch of prints."""
        symbol, side = inputs["symbol"], inputs["side"]
        flow = signed_flow(inputs["print"], side)
        octave = np.minimum(inputs["print"] >> LOG.fraction, self.params.entropy.bin.max)
        entropy = self.entropy.process(symbol=symbol, bin=octave)
        surprise = self.repeat.process(
            symbol=symbol,
            price=inputs["price"],
            size=inputs["size"],
            side=side,
            joined=inputs["joined"],
        )
        persistence = self.persistence.process(
            symbol=symbol, side=side, joined=inputs["joined"], above_print=inputs["above_print"]
        )
        correlation = self.correlation.process(symbol=symbol, x=flow, y=inputs["move"])
        return {
            "match": self._match(symbol, flow, side),
            "order": order_evidence(entropy["entropy"], entropy["full"], self.params.entropy),
            **surprise,
            **persistence,
            "impact": impact_evidence(correlation["correlation"]),
        }

    def _match(self, symbol: Raw, flow: Raw, side: Raw) -> Raw:
        """How much nearer the last flows are to each kind's templates than to noise."""
        length = self.params.distance.length
        windows = np.zeros((flow.size, length), np.int64)
        for who, places in by_symbol(symbol):
            history, _ = self._flows.extend(who, flow[places, None])
            windows[places] = sliding_window_view(history[1:, 0], length)
        distance = self.distance.process(coefficients=haar(windows), flip=side)["distance"]
        nearer = np.maximum(distance[:, NOISE:] - distance[:, :NOISE], 0)
        return nearer >> (SQUARED_DISTANCE.fraction - EVIDENCE.fraction)


def impact_evidence(correlation: Raw) -> Raw:
    """The positive part of the correlation of flow and price change."""
    return np.maximum(correlation, 0) >> (CORRELATION.fraction - EVIDENCE.fraction)
