"""Sink of a run that publishes in shared memory; see docs/shared-memory.md."""

from collections.abc import Iterable
from pathlib import Path

from hydrophone.feeds import Tape
from hydrophone.session import Session
from hydrophone.shared_memory import Publisher, SharedMemoryError, thresholds_of
from hydrophone.shared_memory.publisher import segment_path
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.listening.batch import Batch
from hydrophone_drivers.errors import DeviceError


class SharedMemorySink:
    """Publishes every batch to the other processes of this user.

    The segment is there before the first event comes; it ends with the run, and its readers are
    told how.

    Args:
        name: Name of the segment, or an absolute path.
        session: Computes what is published.
    """

    def __init__(self, name: str, session: Session) -> None:
        self._name, self._session = name, session
        self._publisher: Publisher | None = None
        self._tape: Tape | None = None
        self.rows = 0
        """Events published."""

    @property
    def path(self) -> Path:
        """The segment's file."""
        return segment_path(self._name)

    @property
    def unfinished(self) -> None:
        """Nothing is held back, as by a pipe."""
        return

    def open(self) -> None:
        """Makes the segment.

        Raises:
            CommandError: Another process publishes under the name, or it cannot be made.
        """
        try:
            self._publisher = Publisher(self._name, self._session.config)
        except SharedMemoryError as error:
            raise CommandError(str(error), Exit.OUTPUT) from error

    def begin(self, tape: Tape) -> None:
        """Begins to publish a tape, whose symbols' names it takes as they come.

        Call it when the session has what it begins with, maybe another run's state.
        """
        self._tape = tape
        thresholds = _thresholds(self._session)
        self._opened().reconfigure(self._session.config, thresholds=thresholds)

    def take(self, batch: Batch) -> None:
        """Publishes a batch."""
        publisher = self._opened()
        if self._tape is not None:
            publisher.add_symbols(self._tape.symbols[len(publisher.symbols) :])
        publisher.publish(batch.results, batch.decisions)
        self.rows += len(batch.results)

    def publish(self) -> None:
        """Ends the segment: its readers are told that the run came to its end."""
        self._opened().close()

    def discard(self) -> None:
        """Ends the segment, if it has not ended: its readers are told that the run failed."""
        if self._publisher is not None:
            self._publisher.close(failed=True)

    def _opened(self) -> Publisher:
        if self._publisher is None:
            raise RuntimeError("the segment is not open: call open() first")
        return self._publisher


def _thresholds(session: Session) -> Iterable[Iterable[int]] | None:
    """Thresholds that a session begins with: of its state, where it goes on from one."""
    if not session.counters.events:
        return None
    try:
        return thresholds_of(session.export_state())
    except DeviceError:
        return ()
