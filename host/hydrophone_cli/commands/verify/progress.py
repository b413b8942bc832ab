"""Progress display of a proof: lines as they come, and how far it is."""

import sys

from hydrophone_cli.terminal import moving


class ProgressLines:
    """Lines on standard error; on a terminal, the last one tells how far it is."""

    def __init__(self) -> None:
        self._terminal = moving(sys.stderr)

    def print_line(self, text: str) -> None:
        """Prints a line."""
        self.clear()
        print(text, file=sys.stderr, flush=True)

    def progress(self, what: str, done: int, total: int) -> None:
        """Renews the last line."""
        if self._terminal:
            print(f"\r{what}: {done:,} of {total:,}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Removes the last line."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
