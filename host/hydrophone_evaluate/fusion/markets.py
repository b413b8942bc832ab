"""Sampling of markets with several candidates: the systems' scores and the returns after them.

A candidate is one instrument on one venue. Its prints are read from its own files and merged with
the others' by time; the whale pipeline scores them, the signals score the candidates, and every
``horizon`` events the score matrix is read and the returns since the last time are settled.
Settlements do not overlap, and what is read at one knows nothing of what is settled at the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hydrophone
from hydrophone.feeds import FeedError, open_tape
from hydrophone_evaluate.tapes import (
    Events,
    Say,
    deep_sources,
    nasdaq_sources,
    raw_sources,
    us_sources,
)
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.signals import SignalsModel, SignalsParams, System

CHUNK = 1 << 15
"""Events whose boards are held in memory at a time."""
WEEK = (7, 8, 9, 10, 11)


@dataclass(frozen=True, kw_only=True)
class Market:
    """Candidates that trade at the same time.

    Attributes:
        name: What tables call it.
        candidates: Files below the data folder, by the candidate's name.
    """

    name: str
    candidates: dict[str, tuple[str, ...]]


MARKETS: tuple[Market, ...] = (
    Market(
        name="crypto 2024",
        candidates={
            "BTC perp": raw_sources("usdm_btcusdt"),
            "BTC spot": raw_sources("spot_btcusdt"),
            "BTC coin-M": raw_sources("cm_btcusd_perp"),
            "ETH perp": raw_sources("usdm_ethusdt"),
            "ETH spot": raw_sources("spot_ethusdt"),
        },
    ),
    Market(
        name="crypto 2020",
        candidates={name: deep_sources(name) for name in ("BTCUSDT", "ETHUSDT", "ETHBTC")},
    ),
    Market(
        name="US stocks 2013",
        candidates={"IBM": us_sources("ibm", WEEK), "AIG": us_sources("aig", WEEK)},
    ),
    Market(
        name="Nasdaq 2012",
        candidates={name: nasdaq_sources(name) for name in ("AAPL", "AMZN")},
    ),
)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A market at its settlements.

    Attributes:
        market: Its name.
        candidates: Their names.
        events: Prints that were read.
        scores: Raw `SCORE` of each system and candidate, shape (settlements, systems, candidates).
        present: Who takes part, shape (settlements, candidates).
        outcome: Return from this settlement to the next, raw `OUTCOME`, of the same shape.
        before: Return from the settlement before to this one.
    """

    market: str
    candidates: tuple[str, ...]
    events: int
    scores: Raw
    present: NDArray[np.bool_]
    outcome: Raw
    before: Raw


def markets(data: Path, say: Say) -> Iterator[tuple[Market, Events]]:
    """The markets whose files are all there, each with its merged prints.

    Raises:
        FeedError: There is none, or a file cannot be read.
    """
    found = False
    for market in MARKETS:
        sources = {
            name: [data / path for path in paths] for name, paths in market.candidates.items()
        }
        absent = [path for paths in sources.values() for path in paths if not path.is_file()]
        if absent:
            say(f"{market.name} is left out: {absent[0]} is not there")
            continue
        found = True
        yield market, _merged(list(sources.values()))
    if not found:
        wanted = next(iter(MARKETS[0].candidates.values()))[0]
        raise FeedError(f"no market of several candidates in {data}: it should hold {wanted}")


def _merged(candidates: Sequence[Sequence[Path]]) -> Events:
    """Prints of all candidates by time, each with its candidate's number as its symbol."""
    parts: list[Events] = []
    for number, paths in enumerate(candidates):
        events = np.concatenate(list(open_tape(paths)))
        events["symbol"] = number
        parts.append(events)
    events = np.concatenate(parts)
    events = events[np.argsort(events["time_ns"], kind="stable")]
    events["sequence"] = np.arange(events.size)
    return events


def sampled(
    market: Market,
    events: Events,
    *,
    horizons: Sequence[int],
    config: DesignConfig,
    device: str = "auto",
) -> dict[int, Samples]:
    """A market at its settlements, by horizon.

    Args:
        market: Whose events.
        events: Prints of all candidates by time.
        horizons: Events from one settlement to the next.
        config: Parameters of the pipeline and of the signals.
        device: What the whale pipeline runs on.
    """
    names = tuple(market.candidates)
    with hydrophone.open(device, config) as session:
        tail = session.process(events)["score"].astype(np.int64)
    inputs = {
        name: events[name].astype(np.int64)
        for name in ("time_ns", "sequence", "symbol", "price", "size", "side")
    }
    settled = {
        horizon: np.arange(horizon - 1, events.size, horizon, dtype=np.int64)
        for horizon in horizons
    }
    every = np.unique(np.concatenate(list(settled.values())))
    scores, present = _score_matrices(
        replace(config.signals, candidates=len(names)), {**inputs, "tail": tail}, every
    )
    result: dict[int, Samples] = {}
    for horizon, own in settled.items():
        params = replace(config.realised, candidates=len(names), horizon=horizon)
        realised = RealisedModel(params).process(symbol=inputs["symbol"], price=inputs["price"])
        returns = realised["outcome"][own]
        # What the last settlement's scores were worth is not known.
        rows = np.searchsorted(every, own)[:-1]
        result[horizon] = Samples(
            market=market.name,
            candidates=names,
            events=events.size,
            scores=scores[rows],
            present=present[rows],
            outcome=returns[1:],
            before=returns[:-1],
        )
    return result


def _score_matrices(
    params: SignalsParams, inputs: dict[str, Raw], wanted: Raw
) -> tuple[Raw, NDArray[np.bool_]]:
    """Score matrix and who is present after each wanted event."""
    model = SignalsModel(params)
    scores: list[Raw] = []
    present: list[Raw] = []
    for first in range(0, len(inputs["symbol"]), CHUNK):
        part = {name: column[first : first + CHUNK] for name, column in inputs.items()}
        outputs = model.process(**part)
        rows = wanted[(wanted >= first) & (wanted < first + CHUNK)] - first
        scores.append(outputs["scores"][rows])
        present.append(outputs["present"][rows])
    table = np.concatenate(scores).reshape(-1, len(System), params.candidates)
    return table, np.concatenate(present) != 0
