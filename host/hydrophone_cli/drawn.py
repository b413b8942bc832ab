"""The picture of a run, drawn when it has ended."""

from pathlib import Path
from typing import Any

from hydrophone.feeds import Tape
from hydrophone_cli.outputs import NewFile, writing
from hydrophone_cli.scene import Gathered, Records


class Picture:
    """A sink that gathers what its picture shows.

    Args:
        path: Where the picture goes.
        tape: Names the symbols and knows their units.
        device: What answered.
        title: Its title; ``{events}`` in it is the number of events processed.

    Raises:
        OutputError: It cannot be written; every method but `discard` may find that.
    """

    def __init__(self, path: Path, tape: Tape, device: str, title: str | None) -> None:
        self._file = NewFile(path)
        self._tape, self._device, self._title = tape, device, title
        self._view = Gathered()
        self.unfinished = False

    @property
    def path(self) -> Path:
        """Its place, as it was named."""
        return self._file.path

    @property
    def rows(self) -> int:
        """Events that were heard."""
        return self._view.heard

    def take(self, events: Records, results: Records, heard: list[dict[str, Any]]) -> None:
        """Takes a batch."""
        self._view.take(events, results, heard)

    def publish(self) -> None:
        """Draws the picture."""
        from hydrophone_cli.picture import draw

        title = None if self._title is None else self._title.format(events=self.rows)
        with writing(self.path):
            draw(self._view, self._tape, self._file.draft, title=title, device=self._device)
        self._file.publish()

    def discard(self) -> None:
        """Removes an incomplete picture."""
        self._file.discard()
