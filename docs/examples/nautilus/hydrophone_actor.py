"""NautilusTrader actor: whale alerts and fused ranks of its trades, as custom data.

    from hydrophone_actor import FusedRanks, HydrophoneActor, HydrophoneActorConfig, WhaleAlert

    engine.add_actor(HydrophoneActor(HydrophoneActorConfig(instruments=("BTCUSDT.BINANCE",))))

A strategy subscribes with ``self.subscribe_data(DataType(WhaleAlert))`` and gets each in `on_data`.
"""

import numpy as np
from nautilus_trader.common.actor import Actor
from nautilus_trader.common.config import ActorConfig
from nautilus_trader.core.data import Data
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.model.data import DataType, TradeTick
from nautilus_trader.model.enums import AggressorSide
from nautilus_trader.model.identifiers import InstrumentId

import hydrophone
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, ResultFlag, Side

SIDES = {AggressorSide.BUYER: Side.BUY, AggressorSide.SELLER: Side.SELL}


@customdataclass
class WhaleAlert(Data):
    """An alert that opened: who bought or sold how much so far, and what it looks like."""

    instrument_id: InstrumentId
    side: str
    kind: str
    parent_size: float
    price: float
    score: float


@customdataclass
class FusedRanks(Data):
    """Rank of an instrument among the candidates, as the fusion decided: 1 is the best."""

    instrument_id: InstrumentId
    best: bool
    rank: float


class HydrophoneActorConfig(ActorConfig, frozen=True):
    """What the actor listens to.

    Attributes:
        instruments: Their ids; the first ones are the fusion's candidates.
        preset: Hydrophone's configuration: a preset or a TOML file.
        device: As `hydrophone.open` takes it.
        decide: Whether ranks are fused, too, at each alert.
    """

    instruments: tuple[str, ...]
    preset: str = "default"
    device: str = "auto"
    decide: bool = False


class HydrophoneActor(Actor):
    """Hears trades, publishes `WhaleAlert` and, with ``decide``, `FusedRanks`.

    Attributes:
        skipped: Trades that were not heard, by reason; it is logged when the actor stops.
    """

    def __init__(self, config: HydrophoneActorConfig) -> None:
        super().__init__(config)
        self.skipped: dict[str, int] = {}
        self._session: hydrophone.Session | None = None
        self._heard = 0

    def on_start(self) -> None:
        """Opens the session and subscribes to the trades."""
        config = self.config
        ids = [InstrumentId.from_str(text) for text in config.instruments]
        instruments = [self.cache.instrument(each) for each in ids]
        missing = [str(each) for each, found in zip(ids, instruments, strict=True) if found is None]
        if missing:
            raise ValueError(f"no instrument {', '.join(missing)} in the cache: add it first")
        self._session = hydrophone.open(config.device, config=config.preset)
        if len(ids) > self._session.config.pipeline.symbols:
            raise ValueError(f"{len(ids)} instruments are more than the preset's symbols")
        self._instruments = instruments
        self._symbols = {each: place for place, each in enumerate(ids)}
        self._event = np.zeros(1, hydrophone.EVENT.dtype)
        for each in ids:
            self.subscribe_trade_ticks(each)

    def on_trade_tick(self, tick: TradeTick) -> None:
        """Scores a trade; publishes what it opened."""
        if self._session is None:
            return
        symbol = self._symbols[tick.instrument_id]
        instrument = self._instruments[symbol]
        side = SIDES.get(tick.aggressor_side)
        ticks, odd_price = divmod(tick.price.raw, instrument.price_increment.raw)
        lots, odd_size = divmod(tick.size.raw, instrument.size_increment.raw)
        if side is None or odd_price or odd_size:
            self._skip("no aggressor" if side is None else "off the grid")
            return
        event = self._event
        try:
            event[0] = (tick.ts_event, self._heard, ticks, lots, symbol, side, 0, 0)
            results = self._session.process(event)
        except (hydrophone.HydrophoneError, OverflowError) as error:
            self._skip(str(error))
            return
        self._heard += 1
        decisions = self._session.decide(event, results) if self.config.decide else None
        if results["flags"][0] & ResultFlag.ALERT:
            self._publish(tick, results[0], decisions)

    def _publish(
        self, tick: TradeTick, result: np.void, decisions: hydrophone.Decisions | None
    ) -> None:
        instrument = self._instruments[self._symbols[tick.instrument_id]]
        alert = WhaleAlert(
            ts_event=tick.ts_event,
            ts_init=self.clock.timestamp_ns(),
            instrument_id=tick.instrument_id,
            side=Side(int(result["side"])).name,
            kind=Kind(int(result["kind"])).name,
            parent_size=float(int(result["parent_size"]) * instrument.size_increment.as_decimal()),
            price=float(str(tick.price)),
            score=int(result["score"]) * TAIL.resolution,
        )
        self.publish_data(DataType(WhaleAlert), alert)
        if decisions is None or not decisions.decided[0]:
            return
        for place, candidate in enumerate(self._symbols):
            if place < decisions.rank.shape[-1] and not np.isnan(decisions.rank[0, place]):
                ranks = FusedRanks(
                    ts_event=tick.ts_event,
                    ts_init=self.clock.timestamp_ns(),
                    instrument_id=candidate,
                    best=bool(decisions.best[0] == place),
                    rank=float(decisions.rank[0, place]),
                )
                self.publish_data(DataType(FusedRanks), ranks)

    def on_save(self) -> dict[str, bytes]:
        """The session's state, which a node that is configured so keeps over a restart."""
        return {"hydrophone": self._session.export_state()} if self._session else {}

    def on_load(self, state: dict[str, bytes]) -> None:
        """Goes on from a saved state."""
        if self._session and "hydrophone" in state:
            self._session.import_state(state["hydrophone"])

    def on_stop(self) -> None:
        """Closes the session."""
        for reason, count in self.skipped.items():
            self.log.warning(f"{count} trades were not heard: {reason}")
        if self._session is not None:
            self._session.close()
            self._session = None

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
