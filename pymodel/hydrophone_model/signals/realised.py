"""Realised returns: what became of each candidate since the last settlement.

Every ``horizon`` events, of all symbols together, outcomes are settled: each candidate's return
from its price at the settlement before to its price now is given to the fusion, whose systems are
judged by it. Prices of then and now are those of prints that had been seen then and now.

The return is ``(p - p0) / p0`` in steps of 2**-17, 0.076 basis points, by a quotient in the log
domain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    State,
    StateError,
    StateField,
    each,
    symbol_format,
)
from hydrophone_model.dsp.exp2 import exp2
from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import PRICE
from hydrophone_model.fusion.performance import OUTCOME
from hydrophone_model.limits import parameter
from hydrophone_model.signals.score_matrix import latest

STEP_LOG2 = -17
"""log2 of the return that is one step of an outcome."""
RETURN = Fixed(integer=14)
"""A return without its sign; saturates at an eighth."""


@dataclass(frozen=True, kw_only=True)
class RealisedParams(Params):
    """Sizes of the block of realised returns."""

    name: ClassVar[str] = "realised"
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    candidates: int = parameter(16, 2, 64, "candidates: the first symbols")
    horizon: int = parameter(256, 1, 65536, "events between settlements", power_of_two=True)

    @property
    def inputs(self) -> Ports:
        """``symbol`` and ``price`` of a print."""
        return {"symbol": Port(symbol_format(self.symbols)), "price": Port(PRICE)}

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """A counter; of each candidate its last price and the one at the settlement, 0 for none."""
        return {
            "event": StateField(format=Fixed.spanning(0, self.horizon - 1), of="design"),
            "last": StateField(format=PRICE, count=self.candidates, of="design"),
            "settled": StateField(format=PRICE, count=self.candidates, of="design"),
        }

    @property
    def outputs(self) -> Ports:
        """``outcome``: each candidate's return so far; ``learn``: it is settled with this event."""
        return {"outcome": Port(OUTCOME, self.candidates), "learn": Port(FLAG)}


class RealisedModel(Model):
    """Golden model of the block of realised returns.

    The first settlement is due ``horizon`` events after reset. A candidate's first print is where
    its return begins; one that has not printed since the settlement has returned nothing.

    State:
        A counter of all events, 0 at first. Of each candidate its ``last`` price and the one at the
        settlement, ``settled``, none of either at first; and ``outcome``, 0.

    Steps:
        1. If the counter is a multiple of ``horizon``, as 0 is: ``settled`` of every candidate
           becomes ``last``, which may be none, and every ``outcome`` becomes 0.
        2. If ``symbol < candidates``: where ``settled`` of that candidate is none, it becomes
           ``price``. ``change = price - settled``;
           ``e = log2(abs(change)) - log2(settled) - (STEP_LOG2 << FRACTION)``; its ``outcome``
           becomes ``sign(change) * exp2(e, RETURN)``, and ``last`` becomes ``price``.
        3. The output ``outcome`` is that of all candidates now. The counter becomes one more;
           ``learn`` is whether it is a multiple of ``horizon`` then.
    """

    def __init__(self, params: RealisedParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forgets every price."""
        candidates = self.params.candidates
        self._event = 0
        # Of each candidate: its last price, and that at the settlement; None before the first.
        self._last: list[int | None] = [None] * candidates
        self._settled: list[int | None] = [None] * candidates
        self._outcome = np.zeros(candidates, np.int64)

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {
            "event": np.array([self._event], np.int64),
            "last": np.array([[price or 0 for price in self._last]], np.int64),
            "settled": np.array([[price or 0 for price in self._settled]], np.int64),
        }

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        last, settled = state["last"][0], state["settled"][0]
        if np.any((last == 0) & (settled != 0)):
            raise StateError("settled is not 0 where last is: take another state")
        self._event = int(state["event"][0])
        self._last = [price or None for price in last.tolist()]
        self._settled = [price or None for price in settled.tolist()]
        self._outcome = _outcome(last, settled)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Returns after each print."""
        params, symbol = self.params, inputs["symbol"]
        event = self._event + np.arange(symbol.size)
        begins = event & (params.horizon - 1) == 0
        found = latest(symbol, params.candidates)
        # Of the events of this batch those that belong to the horizon of the event asked for.
        start = np.maximum.accumulate(np.where(begins, np.arange(symbol.size), -1))[:, None]
        carried = np.where(start >= 0, 0, self._outcome)
        own = self._returns(symbol, inputs["price"], begins)
        outcome = np.where(found >= np.maximum(start, 0), own[found], carried)
        if symbol.size:
            self._outcome = outcome[-1]
            self._event = int(event[-1] + 1) & (params.horizon - 1)
        learn = (event + 1) & (params.horizon - 1) == 0
        return {"outcome": outcome, "learn": learn.astype(np.int64)}

    def _returns(self, symbol: Raw, price: Raw, begins: Raw) -> Raw:
        """Each print's return since the settlement, raw `OUTCOME`; 0 of who is no candidate."""
        since = price.copy()
        for place, (who, now, new) in enumerate(each(symbol, price, begins)):
            if new:
                self._settled = self._last.copy()
            if who < self.params.candidates:
                before = self._settled[who]
                if before is None:
                    before = self._settled[who] = now
                since[place] = before
                self._last[who] = now
        return _outcome(price, since)


def _outcome(price: Raw, since: Raw) -> Raw:
    """Returns since other prices; 0 where there is none, which is a price of 0."""
    change = np.where(since != 0, price - since, 0)
    exponent = log2(np.abs(change)) - log2(since) - (STEP_LOG2 << FRACTION)
    return np.sign(change) * exp2(exponent, RETURN)
