"""Sink of a run that appends its alerts to an alert log; see docs/alert-log.md."""

from pathlib import Path

import hydrophone
from hydrophone.alert_log import AlertLog, AlertLogError, Sync
from hydrophone.feeds import Tape
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.listening.batch import Batch
from hydrophone_cli.outputs.files import OutputError


class LogSink:
    """Appends every alert, once, whatever ended the run before.

    Args:
        path: The log.
        tape: Names the symbols and knows their units.
        sync: When alerts are on the disk.
        begin: Sequence number of the run's first event.
    """

    def __init__(self, path: Path, tape: Tape, sync: Sync, begin: int) -> None:
        self.path, self._tape, self._sync, self._begin = path, tape, sync, begin
        self._log: AlertLog | None = None
        self.rows = 0
        self.unfinished = None

    @property
    def log(self) -> AlertLog:
        """The log, which is open."""
        if self._log is None:
            raise RuntimeError(f"{self.path} is not open: call open() first")
        return self._log

    def open(self) -> None:
        """Opens the log, and cuts a torn end off.

        Raises:
            CommandError: It cannot be written, or is no log.
        """
        try:
            self._log = AlertLog(self.path, sync=self._sync, begin=self._begin)
        except AlertLogError as error:
            raise CommandError(str(error), Exit.OUTPUT) from error
        if self.log.torn:
            self._tape.report.note(
                f"{self.path} ended within a record, its writer died: {self.log.torn} bytes of no "
                "use were cut off"
            )

    def take(self, batch: Batch) -> None:
        """Appends the alerts of a batch."""
        try:
            self.log.append(hydrophone.alerts(batch.results), self._tape.describe)
        except AlertLogError as error:
            raise OutputError(self.path, str(error)) from error
        self.rows += len(batch.alerts)

    def commit(self) -> None:
        """Waits until all alerts are on the disk."""
        try:
            self.log.commit()
        except AlertLogError as error:
            raise OutputError(self.path, str(error)) from error

    def publish(self) -> None:
        """Commits and closes."""
        try:
            self.log.close()
        except AlertLogError as error:
            raise OutputError(self.path, str(error)) from error

    def discard(self) -> None:
        """Closes: what is in the log stays."""
        if self._log is not None:
            self._log.close()
