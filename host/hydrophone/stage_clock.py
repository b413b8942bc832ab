"""Stage clock: the time that a run spends in each of its stages, each without the others.

Stages are nested, for a tape is a chain of generators: order asks for what is decoded, which asks
for what is read. Time counts for the innermost stage alone. A change of stage takes a reading of
the clock, and happens a few times a batch.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter_ns
from typing import TypeVar

T = TypeVar("T")


class Stage(StrEnum):
    """What a run does with an event, in order."""

    READ = "read"
    """Bytes from files or pipes, decompressed; a live source is waited for here."""
    DECODE = "decode"
    """Bytes to prints."""
    ORDER = "order"
    """Prints to events: order of time, ticks and lots, merge of sources, aggressor's side."""
    PROCESS = "process"
    """Events to results: calls of the device."""
    DECIDE = "decide"
    """Results to decisions, if the run decides."""
    SINKS = "sinks"
    """Alerts as records, and whatever takes batches: files, subscribers, shared memory."""


class StageClock:
    """Nanoseconds spent in each stage since they were last taken."""

    def __init__(self) -> None:
        self._spent = dict.fromkeys(Stage, 0)
        self._prepared = 0
        self._stage: Stage | None = None
        self._since = perf_counter_ns()

    def _enter(self, stage: Stage | None) -> Stage | None:
        now = perf_counter_ns()
        before = self._stage
        if before is not None:
            self._spent[before] += now - self._since
        self._stage, self._since = stage, now
        return before

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Counts the time within for a stage."""
        before = self._enter(stage)
        try:
            yield
        finally:
            self._enter(before)

    def timed(self, stage: Stage, items: Iterable[T]) -> Iterator[T]:
        """Yields the items; what it takes to make each counts for a stage."""
        iterator = iter(items)
        while True:
            before = self._enter(stage)
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self._enter(before)
            yield item

    def prepare(self, events: int) -> None:
        """Tells that so many events have come through the stages before `Stage.PROCESS`."""
        self._prepared += events

    def take(self, events: int) -> dict[Stage, int]:
        """Nanoseconds of each stage for a batch that has come through all of them.

        What was read together is handed out in several batches: each takes its share of the time
        that it took.

        Args:
            events: Of the batch.
        """
        self._enter(self._stage)
        spent = dict(self._spent)
        if self._prepared > events:
            for stage in (Stage.READ, Stage.DECODE, Stage.ORDER):
                spent[stage] = spent[stage] * events // self._prepared
        self._prepared = max(self._prepared - events, 0)
        for stage, nanoseconds in spent.items():
            self._spent[stage] -= nanoseconds
        return spent
