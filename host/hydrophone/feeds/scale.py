"""Tick and lot scaling, the fourth stage of a feed: prices become ticks and sizes lots, by symbol.

A step that the user did not name is inferred from the first chunk in which a symbol appears, and
never changed after: the decimals in use there, kept within 32 bits with room for larger values to
come. A later value between two steps is rounded and counted. Prices get a coarser step (a quarter,
say) where many different prices prove it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.options import positive_step
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.trades import Mask, Trades
from hydrophone.steps import LIMIT, Step, values_of
from hydrophone.symbol_table import SymbolTable

_DECIMALS = 12
_THIN = 64
"""Fewer prints than this prove little about the decimals in use."""
_PRICE_ROOM = 2**6
"""A price may rise this many times above the first ones."""
_SIZE_ROOM = 2**6
"""A size may exceed the first ones this many times."""
_ODD_PRICE, _ODD_SIZE = 10**2, 10**6
"""A value this many times the median is taken for an error, and decides nothing."""
_THIN_SIZE_ROOM = 10**5
_THIN_PRICE_STEPS = 10**4
"""A price known from few prints gets at least this many ticks."""
_PROOF = 16
"""Different prices it takes to prove a step coarser than their decimals."""
_COARSER = (100, 50, 25, 20, 10, 5, 2)
_TOLERANCE = 1e-4


def decimals_in_use(values: NDArray[np.float64]) -> int:
    """Fewest decimals that write every value, at most 12."""
    for decimals in range(_DECIMALS):
        scaled = values * 10.0**decimals
        slack = np.abs(scaled) * 2.0**-50
        if np.all(np.abs(scaled - np.rint(scaled)) <= slack):
            return decimals
    return _DECIMALS


def infer_tick(prices: NDArray[np.float64]) -> Step:
    """Price step of a symbol from its first prices."""
    prices = prices[prices <= _ODD_PRICE * np.median(prices)]
    decimals = decimals_in_use(prices)
    top = float(prices.max())
    if len(prices) < _THIN:
        while decimals < _DECIMALS and top * 10.0**decimals < _THIN_PRICE_STEPS:
            decimals += 1
    while top * 10.0**decimals * _PRICE_ROOM > LIMIT:
        decimals -= 1
    steps = np.unique(np.rint(prices * 10.0**decimals).astype(np.int64))
    if len(prices) >= _THIN and len(steps) >= _PROOF and decimals > 0:
        for multiple in _COARSER:
            if multiple <= 10**decimals and not np.any(steps % multiple):
                return Step(multiple, decimals)
    return Step(1, decimals)


def infer_lot(sizes: NDArray[np.float64], *, fractional: bool) -> Step:
    """Size step of a symbol from its first sizes; never more than one unit unless it must."""
    sizes = sizes[sizes <= _ODD_SIZE * np.median(sizes)]
    decimals = decimals_in_use(sizes)
    top = float(sizes.max())
    room = _SIZE_ROOM
    if len(sizes) < _THIN and (decimals or fractional):
        decimals, room = _DECIMALS, _THIN_SIZE_ROOM
    while top * 10.0**decimals * room > LIMIT:
        decimals -= 1
    return Step(1, decimals)


class Scales:
    """Tick and lot of every symbol, named or inferred; keeps them for the life of a tape.

    Args:
        symbols: The tape's symbols.
        tick: Named price steps by symbol, ``""`` for all.
        lot: Named size steps likewise.
        report: Is told of inferred steps and of rounded or clipped values.
    """

    def __init__(
        self,
        *,
        symbols: SymbolTable,
        tick: Mapping[str, str],
        lot: Mapping[str, str],
        report: TapeReport,
    ) -> None:
        self._symbols = symbols
        self._tick = tick
        self._lot = lot
        self._report = report
        self.ticks: list[Step | None] = [None] * symbols.capacity
        self.lots: list[Step | None] = [None] * symbols.capacity
        self._per_price = np.zeros(symbols.capacity)
        self._per_size = np.zeros(symbols.capacity)

    def tick(self, symbol: int) -> Step:
        """Price step of a symbol that has appeared."""
        return self.ticks[symbol] or Step(1, 0)

    def lot(self, symbol: int) -> Step:
        """Size step of a symbol that has appeared."""
        return self.lots[symbol] or Step(1, 0)

    def prices(
        self, symbols: NDArray[np.unsignedinteger], ticks: NDArray[np.unsignedinteger]
    ) -> NDArray[np.float64]:
        """Prices in the tape's own units, event by event."""
        return values_of(self.ticks, symbols, ticks)

    def sizes(
        self, symbols: NDArray[np.unsignedinteger], lots: NDArray[np.unsignedinteger]
    ) -> NDArray[np.float64]:
        """Sizes in the tape's own units, event by event."""
        return values_of(self.lots, symbols, lots)

    def scaled(self, trades: Trades) -> tuple[Trades, NDArray[np.uint32], NDArray[np.uint32]]:
        """The prints that fit, their prices in ticks and their sizes in lots."""
        for symbol in np.flatnonzero(np.bincount(trades.symbol, minlength=1)):
            if self.ticks[symbol] is None:
                self._learn(int(symbol), trades)
        ticks = trades.price * self._per_price[trades.symbol]
        beyond = np.rint(ticks) > LIMIT
        if beyond.any():
            prices = trades.price
            trades = trades.without(
                "price_beyond_range",
                beyond,
                self._report,
                lambda p: f"price {prices[p]:g} is over {LIMIT} ticks: name a larger --tick",
            )
            ticks = ticks[~beyond]
        lots = trades.size * self._per_size[trades.symbol]
        price = self._whole(trades, ticks, "price", trades.price)
        size = self._whole(trades, lots, "size", trades.size)
        return trades, price, size

    def _whole(
        self, trades: Trades, steps: NDArray[np.float64], name: str, values: NDArray[np.float64]
    ) -> NDArray[np.uint32]:
        whole = np.rint(steps)
        self._count(trades, f"{name}_rounded", np.abs(steps - whole) > _TOLERANCE, values)
        self._count(trades, f"{name}_clipped", whole > LIMIT, values)
        return np.clip(whole, 1, LIMIT).astype(np.uint32)

    def _count(
        self, trades: Trades, reason: str, places: Mask, values: NDArray[np.float64]
    ) -> None:
        if not places.any():
            return
        name = reason.partition("_")[0]
        steps = self.tick if name == "price" else self.lot
        rows = np.flatnonzero(places)
        what = [
            f"{self._symbols.names[s]} {name} {values[r]:.12g} in steps of {steps(s).exact:f}"
            for r, s in ((r, int(trades.symbol[r])) for r in rows[:8])
        ]
        self._report.change(reason, source=trades.source, lines=trades.line[rows], what=what)

    def _learn(self, symbol: int, trades: Trades) -> None:
        name = self._symbols.names[symbol]
        rows = trades.symbol == symbol
        tick = self._tick.get(name, self._tick.get(""))
        lot = self._lot.get(name, self._lot.get(""))
        price_step = positive_step("tick", tick) if tick else infer_tick(trades.price[rows])
        size_step = (
            positive_step("lot", lot)
            if lot
            else infer_lot(trades.size[rows], fractional=trades.fractional)
        )
        self.ticks[symbol], self.lots[symbol] = price_step, size_step
        self._per_price[symbol] = price_step.per_unit
        self._per_size[symbol] = size_step.per_unit
        if not (tick and lot):
            how = "inferred from" if not (tick or lot) else "partly inferred from"
            self._report.note(
                f"{name}: tick {price_step.exact:f}, lot {size_step.exact:f}, {how} its first "
                f"{int(rows.sum())} prints"
            )
