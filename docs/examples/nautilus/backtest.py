"""A backtest with the actor: prints each alert that a strategy would get.

python backtest.py              # a made-up tape of one instrument with a whale in it
"""

import sys
from decimal import Decimal

import numpy as np
from hydrophone_actor import FusedRanks, HydrophoneActor, HydrophoneActorConfig, WhaleAlert
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common.actor import Actor
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import DataType, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType
from nautilus_trader.model.identifiers import TradeId, Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider

PRICE, SIZE = Decimal("60000.00"), Decimal("0.010000")


class Listener(Actor):
    """Takes what the actor publishes, as a strategy would."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[WhaleAlert] = []
        self.ranks: list[FusedRanks] = []

    def on_start(self) -> None:
        """Subscribes."""
        self.subscribe_data(DataType(WhaleAlert))
        self.subscribe_data(DataType(FusedRanks))

    def on_data(self, data: object) -> None:
        """Keeps what comes."""
        if isinstance(data, WhaleAlert):
            self.alerts.append(data)
        elif isinstance(data, FusedRanks):
            self.ranks.append(data)


def tape(seed: int, count: int) -> list[tuple[int, Decimal, Decimal, bool]]:
    """Time, price, size and whether the seller was the aggressor; a whale from the middle on."""
    rng = np.random.default_rng(seed)
    prints: list[tuple[int, Decimal, Decimal, bool]] = []
    for place in range(count):
        price = PRICE + Decimal(int(rng.integers(-200, 200))).scaleb(-2)
        size = Decimal(int(rng.integers(1, 50))).scaleb(-4)
        if place > count // 2 and place % 40 < 3:
            size *= 5000
        prints.append(
            (1_700_000_000_000_000_000 + place * 50_000_000, price, size, bool(rng.integers(2)))
        )
    return prints


def backtest(prints: list[tuple[int, Decimal, Decimal, bool]], **options: object) -> Listener:
    """Runs the actor over a tape, and returns who listened to it."""
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(log_level="ERROR")))
    instrument = TestInstrumentProvider.btcusdt_binance()
    engine.add_venue(Venue("BINANCE"), OmsType.NETTING, AccountType.CASH, [Money(1_000_000, USDT)])
    engine.add_instrument(instrument)
    engine.add_data(
        [
            TradeTick(
                instrument.id,
                instrument.make_price(price),
                instrument.make_qty(size),
                AggressorSide.SELLER if sells else AggressorSide.BUYER,
                TradeId(str(place)),
                time,
                time,
            )
            for place, (time, price, size, sells) in enumerate(prints)
        ]
    )
    listener = Listener()
    config = HydrophoneActorConfig(instruments=(str(instrument.id),), **options)
    engine.add_actor(HydrophoneActor(config))
    engine.add_actor(listener)
    engine.run()
    engine.dispose()
    return listener


if __name__ == "__main__":
    for alert in backtest(tape(1, 4000), decide=True).alerts:
        print(alert)
    sys.exit(0)
