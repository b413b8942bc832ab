"""Tape report: prints skipped or changed, by reason, the first few of each with file and line."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXAMPLES = 3
"""Examples kept of each reason."""


class TapeReport:
    """Counts and remarks of one pass over a tape; nothing that was left out is left unsaid.

    Attributes:
        events: Events handed on.
        skipped: Prints that were left out, by reason.
        changed: Prints that were handed on, but not as they were written, by reason.
        passed_over: Messages that are no prints (quotes, book changes), by source.
        examples: The first few places of each reason, as ``file:line: what``.
        notes: What was inferred or decided about the tape, in sentences.
    """

    def __init__(self) -> None:
        self.events = 0
        self.skipped: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.passed_over: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}
        self.notes: list[str] = []

    def note(self, sentence: str) -> None:
        """Says something once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def skip(
        self, reason: str, *, source: str, lines: NDArray[np.int64], what: Sequence[object]
    ) -> None:
        """Counts one skipped print a line; ``what`` tells of each of them in a few words."""
        self._count(self.skipped, reason, source, lines, what)

    def change(
        self, reason: str, *, source: str, lines: NDArray[np.int64], what: Sequence[object]
    ) -> None:
        """Counts prints that were handed on with a changed value."""
        self._count(self.changed, reason, source, lines, what)

    def _count(
        self,
        counter: Counter[str],
        reason: str,
        source: str,
        lines: NDArray[np.int64],
        what: Sequence[object],
    ) -> None:
        if not len(lines):
            return
        counter[reason] += len(lines)
        kept = self.examples.setdefault(reason, [])
        for line, detail in zip(lines[: EXAMPLES - len(kept)], what, strict=False):
            kept.append(f"{source}:{line}: {str(detail)[:120]}")
