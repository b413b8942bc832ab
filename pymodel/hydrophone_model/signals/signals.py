"""The eight signals side by side, and the board that holds them for the fusion.

    event, whale score -> momentum, reversion, imbalance, surprise, -> board -> scores, present
                          order, impact, trend, hearing

Each is a block of its own; what several need is worked out once: the price's change, and log2 of
the size.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    bit_length,
    by_symbol,
    parameter,
    symbol_format,
)
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import FLAG, Raw
from hydrophone_model.formats import CHANGE, PRICE, SIZE, TAIL, TIME
from hydrophone_model.signals.board import BoardModel, BoardParams
from hydrophone_model.signals.hearing import HearingModel, HearingParams
from hydrophone_model.signals.imbalance import ImbalanceModel, ImbalanceParams
from hydrophone_model.signals.impact import ImpactModel, ImpactParams
from hydrophone_model.signals.momentum import MomentumModel, MomentumParams
from hydrophone_model.signals.order import OrderModel, OrderParams
from hydrophone_model.signals.reversion import ReversionModel, ReversionParams
from hydrophone_model.signals.surprise import SurpriseModel, SurpriseParams
from hydrophone_model.signals.trend import TrendModel, TrendParams
from hydrophone_model.whale.pipeline import SEQUENCE

SystemParams = (
    MomentumParams
    | ReversionParams
    | ImbalanceParams
    | SurpriseParams
    | OrderParams
    | ImpactParams
    | TrendParams
    | HearingParams
)
PASSED = ("time_ns", "sequence", "symbol")
"""What the event passes on."""


class System(IntEnum):
    """The scoring systems, in the order of the board's rows."""

    MOMENTUM = 0
    REVERSION = 1
    IMBALANCE = 2
    SURPRISE = 3
    ORDER = 4
    IMPACT = 5
    TREND = 6
    HEARING = 7


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
    surprise: SurpriseParams = field(default_factory=SurpriseParams)
    order: OrderParams = field(default_factory=OrderParams)
    impact: ImpactParams = field(default_factory=ImpactParams)
    trend: TrendParams = field(default_factory=TrendParams)
    hearing: HearingParams = field(default_factory=HearingParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in self.systems:
            if part.symbols != self.symbols:
                raise ConfigError(
                    f"{part.name}.symbols = {part.symbols} is not allowed: use {self.symbols}, "
                    "the symbols of the signals block"
                )

    @property
    def systems(self) -> tuple[SystemParams, ...]:
        """The signals' parameters, in the order of `System`."""
        return (
            self.momentum,
            self.reversion,
            self.imbalance,
            self.surprise,
            self.order,
            self.impact,
            self.trend,
            self.hearing,
        )

    @property
    def board(self) -> BoardParams:
        """The board that the signals write on."""
        return BoardParams(
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
    def outputs(self) -> Ports:
        """Whose event it is, the ``column`` of its scores in the order of `System`, the board."""
        passed = {name: self.inputs[name] for name in PASSED}
        return {**passed, "column": self.board.inputs["column"], **self.board.outputs}


class SignalsModel(Model):
    """Golden model of the eight signals.

    The first print of a symbol does not move its price.

    State:
        Of each symbol its last price, none at first; and the states of the blocks momentum,
        reversion, imbalance, surprise, order, impact, trend, hearing and board.

    Steps:
        1. ``change`` is ``price`` less the symbol's last one, saturated to `CHANGE`, and 0 for its
           first print; ``price`` becomes the last one.
        2. ``move = sign(change) * bits(abs(change))``, ``print = log2(size)``.
        3. Each signal gets, by name, what its inputs ask for. ``column`` is their scores, in the
           order of the state.
        4. ``scores`` and ``present`` are what the block board answers to ``symbol`` and ``column``.
           The other outputs are the event's.
    """

    def __init__(self, params: SignalsParams) -> None:
        self.params = params
        self.systems: tuple[Model, ...] = (
            MomentumModel(params.momentum),
            ReversionModel(params.reversion),
            ImbalanceModel(params.imbalance),
            SurpriseModel(params.surprise),
            OrderModel(params.order),
            ImpactModel(params.impact),
            TrendModel(params.trend),
            HearingModel(params.hearing),
        )
        self.board = BoardModel(params.board)
        self._last: list[int | None] = [None] * params.symbols

    def reset(self) -> None:
        """Forgets every symbol."""
        self._last = [None] * self.params.symbols
        for part in (*self.systems, self.board):
            part.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Scores after each print of a batch."""
        column = np.stack([scores for _, scores in self.scores(**inputs)], axis=-1)
        return {
            **{name: inputs[name] for name in PASSED},
            "column": column,
            **self.board.process(symbol=inputs["symbol"], column=column),
        }

    def scores(self, **inputs: Raw) -> Iterator[tuple[System, Raw]]:
        """Each system's scores of the prints, one a print; the board is left as it is."""
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
