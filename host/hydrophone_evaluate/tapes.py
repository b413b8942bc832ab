"""Catalogue of recorded tapes, split into training and held-out sets.

The catalogue names real tapes by their place below one data folder. Each serves for one purpose
only: the pipeline and every baseline are fitted on the first group and judged on the second.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds import DamagedInputError, FeedError, TapeOptions, TapeReport, open_tape
from hydrophone_evaluate.injection import Injection

Events = NDArray[np.void]
Say = Callable[[str], None]


class Purpose(Enum):
    """What a tape may be used for."""

    FIT = "fit"
    REPORT = "report"


LEAST_PRINTS = {Purpose.FIT: Injection().least_prints, Purpose.REPORT: 3_000}
"""Shorter tapes are left out: whales to learn from find no room in them, and at a budget of one in
a thousand there are three alerts to report on."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A tape of the catalogue.

    Attributes:
        name: What tables call it.
        family: Market, venue and time it comes from.
        purpose: Learning or reporting.
        sources: Files below the data folder; several are merged by time.
        first: First print used of the most traded symbol.
        most: Prints used at most.
    """

    name: str
    family: str
    purpose: Purpose
    sources: tuple[str, ...]
    first: int = 0
    most: int = 80_000


@dataclass(frozen=True, kw_only=True)
class Tape:
    """Prints of one symbol.

    Attributes:
        name: What tables call it.
        family: Market, venue and time it comes from.
        events: `hydrophone_model.records.EVENT` records, all of symbol 0.
    """

    name: str
    family: str
    events: Events


def raw_sources(name: str) -> tuple[str, ...]:
    """A raw capture of one exchange of August 2024."""
    return (f"binance_raw/{name}_20240808.gz",)


def deep_sources(symbol: str) -> tuple[str, ...]:
    """Two hours of one exchange of November 2020."""
    hours = ("09", "10")
    return tuple(
        f"binance_deep_2020/{symbol}_2020-11-01T{hour}-00-00_trades.json.gz" for hour in hours
    )


def us_sources(folder: str, days: Sequence[int]) -> tuple[str, ...]:
    """Days of October 2013 of the consolidated US tape."""
    return tuple(f"us_tape_2013/{folder}/201310{day:02d}_trade.zip" for day in days)


def nasdaq_sources(symbol: str) -> tuple[str, ...]:
    """A day of Nasdaq order messages."""
    return (f"lobster_2012/LOBSTER_SampleFile_{symbol}_2012-06-21_1.zip",)


_WEEK = (7, 8, 9, 10, 11)
_ES = ("es_2013/tick_data.csv.gz",)
_FIT, _REPORT = Purpose.FIT, Purpose.REPORT

CATALOGUE: tuple[Entry, ...] = (
    Entry(name="ETH perp", family="crypto 2024", purpose=_FIT, sources=raw_sources("usdm_ethusdt")),
    Entry(name="ETH spot", family="crypto 2024", purpose=_FIT, sources=raw_sources("spot_ethusdt")),
    Entry(name="BTC 2020", family="crypto 2020", purpose=_FIT, sources=deep_sources("BTCUSDT")),
    Entry(name="AIG", family="US tape 2013", purpose=_FIT, sources=us_sources("aig", _WEEK)),
    Entry(name="AMZN", family="Nasdaq 2012", purpose=_FIT, sources=nasdaq_sources("AMZN")),
    Entry(name="E-mini", family="futures 2013", purpose=_FIT, sources=_ES),
    Entry(
        name="BTC perp", family="crypto 2024", purpose=_REPORT, sources=raw_sources("usdm_btcusdt")
    ),
    Entry(
        name="BTC spot", family="crypto 2024", purpose=_REPORT, sources=raw_sources("spot_btcusdt")
    ),
    Entry(name="ETH 2020", family="crypto 2020", purpose=_REPORT, sources=deep_sources("ETHUSDT")),
    Entry(name="IBM", family="US tape 2013", purpose=_REPORT, sources=us_sources("ibm", _WEEK)),
    Entry(name="AAPL", family="Nasdaq 2012", purpose=_REPORT, sources=nasdaq_sources("AAPL")),
    Entry(
        name="gold",
        family="futures 2013",
        purpose=_REPORT,
        sources=us_sources("gc_future", _WEEK[:3]),
    ),
    Entry(name="E-mini later", family="futures 2013", purpose=_REPORT, sources=_ES, first=300_000),
)


def catalogued(
    data: Path, purpose: Purpose, *, most: int | None = None, say: Say = lambda _: None
) -> list[Tape]:
    """The tapes of one purpose whose files are there.

    Args:
        data: Folder of the tapes.
        purpose: Learning or reporting.
        most: Prints used of each at most; the catalogue's own number if left out.
        say: Told of damage, and of prints that were skipped or changed.

    Raises:
        FeedError: None of the files is there.
    """
    tapes: list[Tape] = []
    for entry in CATALOGUE:
        paths = [data / source for source in entry.sources]
        if entry.purpose is not purpose or not all(path.is_file() for path in paths):
            continue
        found = read_tapes(paths, purpose, name=entry.name, family=entry.family, say=say)
        busiest = max(found, key=lambda tape: tape.events.size)
        last = entry.first + min(entry.most, most or entry.most)
        tapes.append(replace(busiest, events=busiest.events[entry.first : last]))
    if not tapes:
        wanted = CATALOGUE[0].sources[0]
        raise FeedError(f"no tape to {purpose.value} on in {data}: it should hold {wanted}")
    return tapes


def read_tapes(
    sources: Sequence[str | Path],
    purpose: Purpose,
    *,
    name: str | None = None,
    family: str = "",
    say: Say = lambda _: None,
) -> list[Tape]:
    """Every symbol of some sources that has enough prints, each as a tape of its own.

    Args:
        sources: Files, merged by time.
        purpose: Learning or reporting, which decides how many prints are enough.
        name: What tables call the tape; its symbol if left out.
        family: Market, venue and time it comes from.
        say: Told of damage, of prints that were skipped or changed, and of symbols left out.

    Raises:
        FeedError: A source cannot be read, or no symbol has `LEAST_PRINTS`.
    """
    called = name or ", ".join(map(str, sources))
    tape = open_tape(sources, options=TapeOptions(capacity=1024))
    batches: list[Events] = []
    try:
        batches.extend(tape)
    except DamagedInputError as damage:
        if not batches:
            raise
        say(f"{called}: only what came before the damage is used: {damage}")
    for sentence in _remarks(tape.report):
        say(f"{called}: {sentence}")
    least = LEAST_PRINTS[purpose]
    parts = list(_by_symbol(np.concatenate(batches)))
    tapes = [
        Tape(name=name or tape.symbols[symbol], family=family, events=own)
        for symbol, own in parts
        if own.size >= least
    ]
    if not tapes:
        raise FeedError(f"no symbol of {called} has {least:,} prints: give longer tapes")
    if len(tapes) < len(parts):
        say(
            f"{called}: symbols with less than {least:,} prints left out: {len(parts) - len(tapes)}"
        )
    return tapes


def _remarks(report: TapeReport) -> Iterator[str]:
    """What was skipped or changed, a sentence a reason, each with its first place."""
    for done, counts in (("skipped", report.skipped), ("changed", report.changed)):
        for reason, count in counts.items():
            yield f"{done} {count:,} {reason}, such as {report.examples[reason][0]}"


def _by_symbol(events: Events) -> Iterator[tuple[int, Events]]:
    for symbol in np.unique(events["symbol"]).tolist():
        own = events[events["symbol"] == symbol]
        own["symbol"] = 0
        own["sequence"] = np.arange(own.size)
        yield symbol, own
