"""A tape: any number of sources, in any known format, as batches of market-event records."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.detect import Source, find_sources
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.merge import Events, merged
from hydrophone.feeds.options import TapeOptions
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.scale import Scales, Step
from hydrophone.feeds.text_stream import BLOCK
from hydrophone.feeds.tick_rule import PENDING_SIDE, TickRule
from hydrophone.feeds.timestamp_order import in_order
from hydrophone.feeds.trades import UNKNOWN_SIDE, Trades, valid
from hydrophone.stage_clock import Stage, StageClock
from hydrophone.symbol_table import SymbolTable
from hydrophone_model.records import EVENT

MAX_SOURCES = 512
"""Sources of one tape, members of archives included: each is open, and holds a block of text."""
_WAITING = 64 * BLOCK
"""Bytes of text that wait in all sources together."""
LEARNING = 1.0
"""Seconds that the first lines of a live source wait, for ticks and lots to be inferred from."""
_FAILURES = 3
"""Failed sources that an error tells of."""


class Tape:
    """Events of one or several sources, read once from front to back.

    Iterating yields structured arrays of `EVENT`: prices in ticks, sizes in lots, symbols as
    indices into `symbols`, consecutive sequence numbers from 0.

    Attributes:
        symbols: Names of the symbols so far, by index.
        report: What was skipped, changed and decided so far.
        clock: Counts the time of reading, decoding and ordering.
    """

    def __init__(self, *, sources: Sequence[tuple[str, Source]], options: TapeOptions) -> None:
        self._sources = sources
        self._options = options
        self._table = SymbolTable(capacity=options.capacity)
        self.report = TapeReport()
        self.clock = StageClock()
        self._scales = Scales(
            symbols=self._table, tick=options.tick, lot=options.lot, report=self.report
        )
        self._rule = TickRule(capacity=options.capacity)
        if any(source.live for _, source in sources) and not self._named:
            self.report.note(
                "a live source: ticks and lots that are not named are inferred from what its first "
                "second brings; name them with --tick and --lot for results that a recording "
                "repeats to the bit"
            )

    @property
    def _named(self) -> bool:
        """Whether the tick and the lot of every symbol are named."""
        return "" in self._options.tick and "" in self._options.lot

    @property
    def symbols(self) -> list[str]:
        """Names of the symbols so far, by index."""
        return self._table.names

    @property
    def sources(self) -> list[str]:
        """Names of the sources, each with its format."""
        return [f"{source.name} ({source.format})" for _, source in self._sources]

    @property
    def progress(self) -> tuple[int, int]:
        """Stored bytes or rows that were read, and of how many; 0 where that is not known."""
        parts = [source.progress for _, source in self._sources]
        return sum(part.done for part in parts), sum(part.total for part in parts)

    def tick(self, symbol: int) -> Decimal:
        """Exact price step of a symbol."""
        return self._scales.tick(symbol).exact

    def lot(self, symbol: int) -> Decimal:
        """Exact size step of a symbol."""
        return self._scales.lot(symbol).exact

    def describe(self, symbol: int) -> tuple[str, Step, Step]:
        """Name, tick and lot of a symbol."""
        return self.symbols[symbol], self._scales.tick(symbol), self._scales.lot(symbol)

    def expect(self, names: Sequence[str]) -> None:
        """Gives symbols their indices before they come, as they had them in a run before.

        Raises:
            FeedError: A live source is to infer ticks and lots: they could become others.
        """
        if not self._named:
            raise FeedError(
                "a live source goes on from a state only where ticks and lots are the same: name "
                "them with --tick and --lot"
            )
        for name in names:
            self._table.index(name)

    def price(self, symbol: int, ticks: int) -> int | float:
        """A price in the tape's own units."""
        return self._scales.tick(symbol).value(ticks)

    def size(self, symbol: int, lots: int) -> int | float:
        """A size in the tape's own units."""
        return self._scales.lot(symbol).value(lots)

    def prices(
        self, symbols: NDArray[np.unsignedinteger], ticks: NDArray[np.unsignedinteger]
    ) -> NDArray[np.float64]:
        """Prices in the tape's own units, event by event."""
        return self._scales.prices(symbols, ticks)

    def sizes(
        self, symbols: NDArray[np.unsignedinteger], lots: NDArray[np.unsignedinteger]
    ) -> NDArray[np.float64]:
        """Sizes in the tape's own units, event by event."""
        return self._scales.sizes(symbols, lots)

    def __iter__(self) -> Iterator[Events]:
        """Yields batches.

        Raises:
            DamagedInputError: After the last event, if sources broke off; the message says how many
                events came.
            FeedError: No source could be read, or there is no print in any.
        """
        failures: list[FeedError] = []
        streams = [self._events(source, label) for label, source in self._sources]
        for events in merged(streams, failures=failures, report=self.report):
            if self._rule.fill(events):
                self.report.note("sides that the tape does not tell follow the tick rule")
            self.clock.prepare(len(events))
            for start in range(0, len(events), self._options.batch):
                batch = events[start : start + self._options.batch]
                batch["sequence"] = np.arange(
                    self.report.events, self.report.events + len(batch), dtype=np.uint64
                )
                self.report.events += len(batch)
                yield batch
        if not (failures or self.report.events):
            raise FeedError(self._no_events_message())
        if failures:
            message = "; ".join([str(failure) for failure in failures[:_FAILURES]])
            if len(failures) > _FAILURES:
                message += f"; and {len(failures) - _FAILURES} more"
            if not self.report.events:
                raise FeedError(message)
            raise DamagedInputError(f"{message} ({self.report.events:,} events were processed)")

    def _no_events_message(self) -> str:
        """Why a tape without failures had no event."""
        report = self.report
        message = f"no print in {', '.join(self.sources)}"
        if report.passed_over.total():
            message += f"; {report.passed_over.total():,} other messages were passed over"
        for reason, count in report.skipped.most_common(1):
            message += f"; {count:,} were skipped as {reason}, such as {report.examples[reason][0]}"
        return message

    def _events(self, source: Source, label: str) -> Iterator[Events]:
        options, report = self._options, self.report
        for name in options.without_effect(source.format):
            report.note(f"{name} has no effect on {source.name}, which is {source.format}")
        context = ReaderContext(
            symbols=self._table,
            options=options,
            report=report,
            label=label,
            patience=0.0 if self._named else LEARNING,
        )
        if source.text is not None:
            source.text.clock = self.clock
        decoded = self.clock.timed(Stage.DECODE, source.read(context))
        chunks = self._with_room(valid(decoded, report))
        for chunk in in_order(
            chunks,
            late=options.late,
            capacity=options.capacity,
            report=report,
            live=source.live,
        ):
            trades, price, size = self._scales.scaled(chunk)
            if not len(trades):
                continue
            events = np.zeros(len(trades), dtype=EVENT.dtype)
            events["time_ns"] = trades.time_ns
            events["price"] = price
            events["size"] = size
            events["symbol"] = trades.symbol
            events["side"] = np.where(trades.side == UNKNOWN_SIDE, PENDING_SIDE, trades.side)
            yield events
        for note in source.text.notes if source.text is not None else ():
            report.note(note)

    def _with_room(self, chunks: Iterator[Trades]) -> Iterator[Trades]:
        capacity = self._options.capacity
        for trades in chunks:
            room = trades.without(
                "symbol_overflow",
                trades.symbol >= capacity,
                self.report,
                lambda _: f"a symbol beyond the {capacity} that the config has room for",
            )
            if len(room):
                yield room


def open_tape(
    sources: Sequence[str | Path] | str | Path,
    *,
    format: str = "auto",
    options: TapeOptions | None = None,
) -> Tape:
    """Opens sources as one tape; several are merged by time.

    Args:
        sources: Files, ``-`` for the standard input, or ``LABEL=FILE`` to put a label before the
            symbols of a source, so that one symbol on two venues stays two.
        format: One of `hydrophone.feeds.FORMATS`; ``auto`` looks into each source.
        options: What the tape does not say of itself.

    Raises:
        FeedError: A source cannot be opened, or its format is not known.
    """
    if isinstance(sources, str | Path):
        sources = [sources]
    if not sources:
        raise FeedError("no source was named: give at least one file, or - for standard input")
    found: list[tuple[str, Source]] = []
    for source in map(str, sources):
        label, path = labelled(source)
        found += [(label, part) for part in find_sources(path, format)]
    if len(found) > MAX_SOURCES:
        raise FeedError(
            f"{len(found):,} sources, and {MAX_SOURCES} at once are the most: listen to them in "
            "parts, an archive unpacked"
        )
    for _, source in found:
        if source.text is not None:
            source.text.block = min(BLOCK, _WAITING // len(found))
    return Tape(sources=found, options=options or TapeOptions())


def labelled(source: str) -> tuple[str, str]:
    """The label and the path of ``LABEL=FILE``; of what is a path alone, no label."""
    label, equals, path = source.partition("=")
    if not equals or "/" in label or Path(source).exists():
        return "", source
    return label, path
