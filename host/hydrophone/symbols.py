"""Symbols of a session by name: indices, ticks and lots, both ways and exactly.

    session.symbols.add("BTCUSDT", tick="0.10", lot="0.001")
    session.push_trade(symbol="BTCUSDT", price="64123.10", size="0.5", side="buy", time=now)

A value that is no whole number of ticks or lots is refused, never rounded. Names belong to the
user: no result depends on them, and an exported state holds indices alone. `Symbols.definition`
is to be kept beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import index
from typing import Any, SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone.event_arrays import events
from hydrophone.steps import LIMIT, Number, Step, values_of
from hydrophone.symbol_table import SymbolTable
from hydrophone.timestamps import Time, all_nanoseconds, nanoseconds
from hydrophone_drivers.arrays import Events
from hydrophone_model.errors import nearest, shown
from hydrophone_model.records import Kind, Side

_SIDES = {"buy": Side.BUY, "sell": Side.SELL}


class Symbols:
    """Names, ticks and lots of a session's symbols.

    Args:
        capacity: Symbols of the configuration.
    """

    def __init__(self, *, capacity: int) -> None:
        self._table = SymbolTable(capacity=capacity)
        self._ticks: list[Step] = []
        self._lots: list[Step] = []

    def add(self, name: str, *, tick: Number, lot: Number) -> int:
        """Gives a symbol the next index; one that is known must have the same tick and lot.

        Args:
            name: What the user calls it.
            tick: Step of its prices.
            lot: Step of its sizes.

        Returns:
            The index that events carry.

        Raises:
            ValueError: A step is not positive, the symbol is known with another one, or the
                configuration has no room for more symbols.
        """
        steps = _step("tick", tick), _step("lot", lot)
        if name in self:
            place = self._table.index(name)
            if (self._ticks[place], self._lots[place]) != steps:
                raise ValueError(
                    f"symbol {shown(name)} has tick {self._ticks[place].exact:f} and lot "
                    f"{self._lots[place].exact:f}: they stay as they are for the session"
                )
            return place
        if len(self) >= self._table.capacity:
            raise ValueError(
                f"no room for symbol {shown(name)}: the configuration has "
                f"{self._table.capacity}, open one with more `symbols`"
            )
        self._ticks.append(steps[0])
        self._lots.append(steps[1])
        return self._table.index(name)

    def add_all(self, definition: Mapping[str, Mapping[str, Number]]) -> None:
        """Adds symbols in order, as `definition` gives them."""
        for name, steps in definition.items():
            self.add(name, tick=steps["tick"], lot=steps["lot"])

    def definition(self) -> dict[str, dict[str, str]]:
        """All symbols in the order of their indices, with tick and lot as text: JSON takes it."""
        steps = zip(self._ticks, self._lots, strict=True)
        return {
            name: {"tick": f"{tick.exact:f}", "lot": f"{lot.exact:f}"}
            for name, (tick, lot) in zip(self.names, steps, strict=True)
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of their indices."""
        return tuple(self._table.names)

    def __len__(self) -> int:
        return len(self._table.names)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def index(self, name: str) -> int:
        """Index of a symbol.

        Raises:
            ValueError: The name is not known; the message names the nearest one.
        """
        if name not in self:
            raise ValueError(
                f"symbol {shown(name)} is not known: session.symbols.add makes it so"
                f"{nearest(name, self._table.names)}"
            )
        return self._table.index(name)

    def name(self, symbol: SupportsIndex) -> str:
        """Name of an index.

        Raises:
            ValueError: No symbol has it.
        """
        return self._table.names[self._place(symbol)]

    def ticks(self, symbol: str, price: Number) -> int:
        """A price in ticks.

        Raises:
            TypeError: The price is no number.
            ValueError: The symbol is not known, or the price is not a whole number of ticks, or
                out of range.
        """
        return _count("price", price, symbol, "tick", self._ticks[self.index(symbol)])

    def lots(self, symbol: str, size: Number) -> int:
        """A size in lots; see `ticks`."""
        return _count("size", size, symbol, "lot", self._lots[self.index(symbol)])

    def price(self, symbol: str | SupportsIndex, ticks: SupportsIndex) -> Decimal:
        """Ticks as an exact price."""
        return self._ticks[self._place(symbol)].decimal(index(ticks))

    def size(self, symbol: str | SupportsIndex, lots: SupportsIndex) -> Decimal:
        """Lots as an exact size."""
        return self._lots[self._place(symbol)].decimal(index(lots))

    def prices(self, symbols: ArrayLike, ticks: ArrayLike) -> NDArray[np.float64]:
        """Prices of many records, such as ``results["symbol"], results["price"]``.

        Each is the float nearest to the exact price.
        """
        return values_of(self._ticks, self._places(symbols), np.asarray(ticks))

    def sizes(self, symbols: ArrayLike, lots: ArrayLike) -> NDArray[np.float64]:
        """Sizes of many records, such as ``results["symbol"], results["parent_size"]``."""
        return values_of(self._lots, self._places(symbols), np.asarray(lots))

    def trade(
        self, *, symbol: str, price: Number, size: Number, side: str | Side, time: Time
    ) -> dict[str, int]:
        """One trade as `hydrophone.Session.push` takes it: ``session.push(**symbols.trade(…))``.

        Raises:
            TypeError: A value is of another type.
            ValueError: A value is out of range, off its grid, or not known.
        """
        return {
            "time_ns": nanoseconds(time),
            "price": self.ticks(symbol, price),
            "size": self.lots(symbol, size),
            "symbol": self.index(symbol),
            "side": _side(side),
        }

    def events(
        self,
        *,
        symbol: str | Sequence[str] | NDArray[np.str_],
        price: ArrayLike | Sequence[Decimal],
        size: ArrayLike | Sequence[Decimal],
        side: str | ArrayLike,
        time: ArrayLike,
    ) -> Events:
        """Many trades as an event array, as `hydrophone.events` makes it of integers.

        Args:
            symbol: A name for each trade, or one for all; so are the others.
            price: In the market's own units: float64, integers, decimals or text.
            size: Likewise.
            side: ``"buy"`` or ``"sell"``, or `hydrophone_model.records.Side`.
            time: Nanoseconds since the Unix epoch, datetime64, or datetimes.

        Raises:
            TypeError: A column is of another type.
            ValueError: A value is out of range, off its grid, or not known; the message names it
                and its place.
        """
        columns = {"symbol": symbol, "price": price, "size": size}
        names, prices, sizes = (np.asarray(values) for values in columns.values())
        count = max((column.size for column in (names, prices, sizes) if column.ndim), default=1)
        for name, column in zip(columns, (names, prices, sizes), strict=True):
            if column.ndim > 1 or column.size not in (1, count):
                raise ValueError(
                    f"{name} has shape {column.shape}: give {count} values, or one for all"
                )
        places = np.broadcast_to(_mapped(names, self.index), (count,))
        return events(
            time_ns=all_nanoseconds(np.asarray(time)),
            price=self._counts("price", prices, places, "tick", self._ticks),
            size=self._counts("size", sizes, places, "lot", self._lots),
            symbol=places,
            side=_mapped(np.asarray(side), _side),
        )

    def readable(self, result: np.void) -> dict[str, object]:
        """One result with the symbol's name, exact price and size, side and kind in words."""
        symbol = int(result["symbol"])
        return {
            "time": np.datetime64(int(result["time_ns"]), "ns"),
            "symbol": self.name(symbol),
            "price": self.price(symbol, result["price"]),
            "parent_size": self.size(symbol, result["parent_size"]),
            "side": Side(int(result["side"])).name.lower(),
            "kind": Kind(int(result["kind"])).name.lower(),
        }

    def _counts(
        self, field: str, values: NDArray[Any], places: NDArray[np.int64], kind: str,
        steps: list[Step],
    ) -> NDArray[np.int64]:  # fmt: skip
        """Values as whole numbers of each one's step."""
        if values.dtype.kind == "f" and values.dtype != np.float64:
            raise TypeError(f"{field} has dtype {values.dtype}: give float64, which says more")
        values = np.broadcast_to(values, places.shape)
        counts = np.full(places.shape, -1, np.int64)
        numeric = values.dtype.kind in "fiu"
        present: list[int] = np.unique(places).tolist() if numeric else []
        for place in present:
            mine = places == place
            counts[mine] = steps[place].counts(values[mine].astype(np.float64))
        # Texts and decimals one by one; and the first number that is off its grid is told.
        for at in np.flatnonzero(counts < 1).tolist():
            place = int(places[at])
            try:
                counts[at] = _count(
                    field, values[at].item() if values.dtype != object else values[at],
                    self._table.names[place], kind, steps[place],
                )  # fmt: skip
            except (TypeError, ValueError) as error:
                raise type(error)(f"trade {at}: {error}") from None
        return counts

    def _place(self, symbol: str | SupportsIndex) -> int:
        if isinstance(symbol, str):
            return self.index(symbol)
        place = index(symbol)
        if not 0 <= place < len(self):
            raise ValueError(f"symbol {place} has no name: {len(self)} have one, from 0 on")
        return place

    def _places(self, symbols: ArrayLike) -> NDArray[np.unsignedinteger]:
        places = np.asarray(symbols)
        if places.size:
            self._place(places.max())
            self._place(places.min())
        return cast("NDArray[np.unsignedinteger]", places)


def _mapped(values: NDArray[Any], function: Callable[[Any], int]) -> NDArray[np.int64]:
    """The function of each value; each different text is looked up once."""
    if values.dtype.kind == "U":
        different, places = np.unique(values, return_inverse=True)
        found = np.array([function(text) for text in different.tolist()], np.int64)
        return found[places].reshape(values.shape)
    found = [function(value) for value in values.reshape(-1).tolist()]
    return np.array(found, np.int64).reshape(values.shape)


def _step(kind: str, given: Number) -> Step:
    try:
        return Step.of(given)
    except ValueError as error:
        raise ValueError(f"{kind} {shown(str(given))}: {error}") from error


def _count(field: str, value: Number, symbol: str, kind: str, step: Step) -> int:
    try:
        steps = step.count(value)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{field} {value} of {shown(symbol)}, {kind} {step.exact:f}, {error}"
        ) from None
    if not 1 <= steps <= LIMIT:
        raise ValueError(
            f"{field} {value} of {shown(symbol)} is {steps} steps of its {kind} {step.exact:f}: "
            f"allowed are 1 … {LIMIT}"
        )
    return steps


def _side(side: object) -> int:
    if isinstance(side, str):
        if side not in _SIDES:
            raise ValueError(f"side {shown(side)} is not known: use buy or sell")
        return int(_SIDES[side])
    return index(cast("SupportsIndex", side))
