"""Sinks of a run: each owns a file, opens it, takes batches, and publishes or discards it."""

from pathlib import Path
from typing import Protocol

from hydrophone.feeds import Tape
from hydrophone_cli.listening.batch import Batch, Records
from hydrophone_cli.listening.decider import SYSTEMS
from hydrophone_cli.listening.scene import EventCollector
from hydrophone_cli.outputs.decision_file import DecisionOutput
from hydrophone_cli.outputs.files import NewFile, writing
from hydrophone_cli.outputs.json_lines import LineWriter, line_file
from hydrophone_cli.outputs.output_set import FileOutput, Output
from hydrophone_cli.outputs.tables import ScoreFile


class Sink(Output, Protocol):
    """An output that grows by the batches of a run."""

    def take(self, batch: Batch) -> None:
        """Takes a batch."""
        ...


class AlertSink(FileOutput[LineWriter]):
    """Alerts as JSON lines.

    Args:
        path: Its place; ``-`` is the standard output.
        live: Whether a source is still growing, so that each alert appears at once.
    """

    def __init__(self, path: Path, *, live: bool) -> None:
        super().__init__(path)
        self._live = live

    def take(self, batch: Batch) -> None:
        """Adds the alerts of a batch."""
        self.file.write(batch.alerts)

    def _open_file(self) -> LineWriter:
        return line_file(self.path, live=self._live)


class DecisionSink(DecisionOutput):
    """Decisions in the form that the path's ending asks for.

    Args:
        path: Its place; ``-`` is the standard output.
        live: Whether lines appear as they are decided; tables are published at the end.
    """

    def __init__(self, path: Path, *, live: bool) -> None:
        super().__init__(path, SYSTEMS, live=live)

    def take(self, batch: Batch) -> None:
        """Adds the decisions of a batch."""
        if batch.decisions is not None:
            self.write(batch.events["time_ns"], batch.decisions, batch.candidates)


class ScoreSink(FileOutput[ScoreFile]):
    """Scores as Parquet.

    Args:
        path: Its place.
        tape: Names the symbols and knows their units.
    """

    def __init__(self, path: Path, tape: Tape) -> None:
        super().__init__(path)
        self._tape = tape

    def take(self, batch: Batch) -> None:
        """Adds the scores of a batch."""
        self.file.write(batch.events, batch.results)

    def _open_file(self) -> ScoreFile:
        return ScoreFile(self.path, self._tape)


class PictureFile:
    """The file of a picture, which collects what it shows, and is drawn when it is published.

    Args:
        path: Its place.
        tape: Names the symbols and knows their units.
        device: What answered.
        title: Its title; ``{events}`` in it is the number of events processed.

    Raises:
        OutputError: It cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path, tape: Tape, device: str, title: str | None) -> None:
        self._file = NewFile(path)
        self._tape, self._device, self._title = tape, device, title
        self._collected = EventCollector()
        self.unfinished = False

    @property
    def rows(self) -> int:
        """Events that were processed."""
        return self._collected.processed

    def add(self, events: Records, results: Records) -> None:
        """Adds a batch."""
        self._collected.take(events, results)

    def publish(self) -> None:
        """Draws the picture."""
        from hydrophone_cli.listening.picture import draw

        title = None if self._title is None else self._title.format(events=self.rows)
        with writing(self._file.path):
            draw(self._collected, self._tape, self._file.draft, title=title, device=self._device)
        self._file.publish()

    def discard(self) -> None:
        """Removes an incomplete picture."""
        self._file.discard()


class PictureSink(FileOutput[PictureFile]):
    """The picture of a run.

    Args:
        path: Its place.
        tape: Names the symbols and knows their units.
        device: What answered.
        title: Its title; ``{events}`` in it is the number of events processed.
    """

    def __init__(self, path: Path, tape: Tape, device: str, title: str | None) -> None:
        super().__init__(path)
        self._tape, self._device, self._title = tape, device, title

    def take(self, batch: Batch) -> None:
        """Adds a batch."""
        self.file.add(batch.events, batch.results)

    def _open_file(self) -> PictureFile:
        return PictureFile(self.path, self._tape, self._device, self._title)
