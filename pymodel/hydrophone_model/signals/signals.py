"""Signals: eight scores of a symbol side by side, and the matrix that holds them for the fusion.

    event, whale score -> momentum, reversion, imbalance, -> score_matrix -> scores, present
                          volume_surprise, size_entropy,
                          impact, trend, whale_flow

Each is a block of its own; what several need is worked out once: the price's change, and log2 of
the size.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateField,
    bit_length,
    by_symbol,
    model_of,
    symbol_format,
)
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import FLAG, Raw
from hydrophone_model.formats import CHANGE, PRICE, SEQUENCE, SIZE, TAIL, TIME
from hydrophone_model.limits import parameter
from hydrophone_model.signals.imbalance import ImbalanceParams
from hydrophone_model.signals.impact import ImpactParams
from hydrophone_model.signals.momentum import MomentumParams
from hydrophone_model.signals.reversion import ReversionParams
from hydrophone_model.signals.score_matrix import ScoreMatrixModel, ScoreMatrixParams
from hydrophone_model.signals.size_entropy import SizeEntropyParams
from hydrophone_model.signals.trend import TrendParams
from hydrophone_model.signals.volume_surprise import VolumeSurpriseParams
from hydrophone_model.signals.whale_flow import WhaleFlowParams

PASSED = ("time_ns", "sequence", "symbol")
"""What the event passes on."""


class System(IntEnum):
    """The scoring systems, in the order of the score matrix's rows."""

    MOMENTUM = 0
    REVERSION = 1
    IMBALANCE = 2
    VOLUME_SURPRISE = 3
    SIZE_ENTROPY = 4
    IMPACT = 5
    TREND = 6
    WHALE_FLOW = 7


@dataclass(frozen=True, kw_only=True)
class SignalsParams(Params):
    """Parameters of every signal.

    Raises:
        ConfigError: They disagree about the timing or the number of symbols.
    """

    name: ClassVar[str] = "signals"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    candidates: int = parameter(16, 2, 64, "candidates: the first symbols")
    momentum: MomentumParams = field(default_factory=MomentumParams)
    reversion: ReversionParams = field(default_factory=ReversionParams)
    imbalance: ImbalanceParams = field(default_factory=ImbalanceParams)
    volume_surprise: VolumeSurpriseParams = field(default_factory=VolumeSurpriseParams)
    size_entropy: SizeEntropyParams = field(default_factory=SizeEntropyParams)
    impact: ImpactParams = field(default_factory=ImpactParams)
    trend: TrendParams = field(default_factory=TrendParams)
    whale_flow: WhaleFlowParams = field(default_factory=WhaleFlowParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.agree("symbols", self.symbols, "signals")

    @property
    def systems(self) -> tuple[Params, ...]:
        """The signals' parameters, in the order of `System`."""
        return tuple(self.parts.values())

    @property
    def score_matrix(self) -> ScoreMatrixParams:
        """The score matrix that the signals write on."""
        return ScoreMatrixParams(
            symbols=self.symbols,
            systems=len(System),
            candidates=self.candidates,
            timing=self.timing,
        )

    @property
    def inputs(self) -> Ports:
        """The event, and its whale score ``tail``."""
        return {
            "time_ns": Port(TIME),
            "sequence": Port(SEQUENCE),
            "symbol": Port(symbol_format(self.symbols)),
            "price": Port(PRICE),
            "size": Port(SIZE),
            "side": Port(FLAG),
            "tail": Port(TAIL),
        }

    @property
    def stateful_parts(self) -> dict[str, Params]:
        """See `Params.stateful_parts`."""
        return {**self.parts, "score_matrix": self.score_matrix}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Each symbol's last price, 0 for none."""
        return {"last": StateField(format=PRICE)}

    @property
    def outputs(self) -> Ports:
        """Whose event it is, the ``column`` of its scores by `System`, and the score matrix."""
        passed = {name: self.inputs[name] for name in PASSED}
        return {**passed, "column": self.score_matrix.inputs["column"], **self.score_matrix.outputs}


class SignalsModel(Model):
    """Golden model of the eight signals.

    The first print of a symbol does not move its price.

    State:
        Of each symbol its last price, none at first; and the states of the blocks momentum,
        reversion, imbalance, volume_surprise, size_entropy, impact, trend, whale_flow and
        score_matrix.

    Steps:
        1. ``change`` is ``price`` less the symbol's last one, saturated to `CHANGE`, and 0 for its
           first print; ``price`` becomes the last one.
        2. ``move = sign(change) * bits(abs(change))``, ``print = log2(size)``.
        3. Each signal gets, by name, what its inputs ask for. ``column`` is their scores, in the
           order of the state.
        4. ``scores`` and ``present`` are what the block score_matrix answers to ``symbol`` and
           ``column``. The other outputs are the event's.
    """

    def __init__(self, params: SignalsParams) -> None:
        self.params = params
        self.systems = tuple(model_of(system) for system in params.systems)
        self.score_matrix = ScoreMatrixModel(params.score_matrix)
        self._last: list[int | None] = [None] * params.symbols

    def reset(self) -> None:
        """Forgets every symbol."""
        self._last = [None] * self.params.symbols
        for part in (*self.systems, self.score_matrix):
            part.reset()

    @property
    def parts(self) -> dict[str, Model]:
        """See `Model.parts`."""
        names = [system.name.lower() for system in System]
        return {**dict(zip(names, self.systems, strict=True)), "score_matrix": self.score_matrix}

    def export_state(self) -> dict[str, Raw]:
        """See `Model.export_state`; zeros of whom nothing reads: symbols that are no candidates."""
        state, candidates = super().export_state(), self.params.candidates
        for name, declared in self.params.state.items():
            if declared.of == "symbol":
                state[name][candidates:] = 0
        return state

    def configure(self, params: Params) -> None:
        """See `Model.configure`."""
        for model, system in zip(self.systems, params.parts.values(), strict=True):
            model.configure(system)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {"last": np.array([price or 0 for price in self._last], np.int64)}

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._last = [price or None for price in state["last"].tolist()]

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print of a batch."""
        column = np.stack([scores for _, scores in self.scores(**inputs)], axis=-1)
        return {
            **{name: inputs[name] for name in PASSED},
            "column": column,
            **self.score_matrix.process(symbol=inputs["symbol"], column=column),
        }

    def scores(self, **inputs: Raw) -> Iterator[tuple[System, Raw]]:
        """Each system's scores of the prints, one a print; the score matrix is left as it is."""
        change = self._changes(inputs["symbol"], inputs["price"])
        columns = {
            **inputs,
            "change": change,
            "move": np.sign(change) * bit_length(np.abs(change)),
            "print": log2(inputs["size"]),
        }
        for system, params, model in zip(System, self.params.systems, self.systems, strict=True):
            wanted = {name: columns[name] for name in params.inputs}
            yield system, model.process(**wanted)["score"]

    def _changes(self, symbol: Raw, price: Raw) -> Raw:
        """What each print changes its symbol's price by."""
        change = np.zeros_like(price)
        for who, places in by_symbol(symbol):
            prices = price[places]
            before = self._last[who]
            first = prices[0] if before is None else before
            change[places] = np.diff(prices, prepend=first)
            self._last[who] = int(prices[-1])
        return CHANGE.saturate(change)


ensure(
    [system.name.lower() for system in System] == list(SignalsParams().parts),
    "the systems are the signals, in their order",
)
