"""Score table reader: one row for each score that a system gave a candidate at a time.

Columns are ``time``, ``system``, ``candidate``, ``score`` and, if there is one, ``outcome``: what
became of the candidate since the last decision that has outcomes, or since the first one, as it was
known at that time. Rows are sorted by time; those of one time are one decision. Rows stay rows, so
that a table takes memory as its file does; as many as are decided at once are spread out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.score_columns import Cells
from hydrophone.feeds.score_files import read_cells
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.limits import limits_of


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """A score table, row by row.

    Attributes:
        times: Nanoseconds since the epoch, rising, shape (decisions,).
        systems: Names in alphabetical order; so their numbers do not depend on the rows' order.
        candidates: Likewise.
        starts: The first row of each decision, and the number of rows, shape (decisions + 1,).
        system: Number of the system, shape (rows,).
        candidate: Number of the candidate, likewise.
        score: NaN where there is none, likewise.
        outcome: NaN where there is none, likewise; None if there is no such column.
        missing: Scores that are not there, or not finite, of candidates that are present.
        notes: What a person should know of how the table was read.
    """

    times: NDArray[np.int64]
    systems: list[str]
    candidates: list[str]
    starts: NDArray[np.int64]
    system: NDArray[np.uint8]
    candidate: NDArray[np.uint8]
    score: NDArray[np.float64]
    outcome: NDArray[np.float64] | None
    missing: int
    notes: tuple[str, ...] = ()

    def spread(self, start: int, stop: int, *, systems: int, candidates: int) -> "Spread":
        """Some decisions as a fusion takes them.

        Args:
            start: The first one.
            stop: Behind the last one.
            systems: How many the fusion has, at least those of the table.
            candidates: Likewise.
        """
        edges = self.starts[start : stop + 1]
        rows, count = slice(edges[0], edges[-1]), edges.size - 1
        event = np.repeat(np.arange(count), np.diff(edges))
        system, candidate = self.system[rows], self.candidate[rows]
        scores = np.full((count, systems, candidates), np.nan)
        scores[event, system, candidate] = self.score[rows]
        present = np.zeros((count, candidates), np.bool_)
        present[event, candidate] = True
        outcome = np.full((count, candidates), np.nan)
        if self.outcome is not None:
            values = self.outcome[rows]
            given = np.isfinite(values)
            outcome[event[given], candidate[given]] = values[given]
        return Spread(scores=scores, present=present, outcome=outcome)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Decisions of a score table, as `hydrophone.Session.fuse` takes them.

    Attributes:
        scores: NaN where there is none, shape (decisions, systems, candidates).
        present: Which candidates have a row at that time, shape (decisions, candidates).
        outcome: NaN where there is none, shape (decisions, candidates).
    """

    scores: NDArray[np.float64]
    present: NDArray[np.bool_]
    outcome: NDArray[np.float64]


def read_scores(
    path: str, *, columns: Mapping[str, str] | None = None, time_unit: str | None = None
) -> ScoreTable:
    """Reads a score table whole: Parquet, or delimited text with a header, packed or not.

    Args:
        path: The file; ``-`` is standard input.
        columns: What columns are called, by `hydrophone.feeds.score_columns.COLUMNS`, where it is
            something else.
        time_unit: ``s``, ``ms``, ``us`` or ``ns`` of numeric times; by default told from the
            column's name or the first time.

    Raises:
        FeedError: The file cannot be read, a column or value is wrong, rows are not sorted or
            occur twice, or there are more systems or candidates than a fusion takes.
    """
    cells = read_cells(path, columns or {})
    times = cells.times(time_unit)
    starts = _decisions(path, times)
    systems, system = _numbered(path, cells, "system")
    candidates, candidate = _numbered(path, cells, "candidate")
    score = cells.numbers("score")
    outcome = cells.numbers("outcome") if "outcome" in cells.names else None

    # Rows in the order of their candidates at their times, and of the systems there.
    pair = np.repeat(np.arange(starts.size - 1), np.diff(starts)) * len(candidates) + candidate
    order = np.argsort(pair * len(systems) + system, kind="stable")
    pair, scorer = pair[order], system[order]
    same = np.diff(pair) == 0
    again = np.flatnonzero(same & (np.diff(scorer) == 0))
    if again.size:
        first, second = int(order[again[0]]) + 1, int(order[again[0] + 1]) + 1
        raise FeedError(
            f"{path}: rows {first} and {second} have the same time, {cells.names['system']} and "
            f"{cells.names['candidate']}: leave one of them out"
        )
    if outcome is not None and (apart := _two_outcomes(pair, outcome[order])) is not None:
        first, second = (int(order[place]) for place in apart)
        raise FeedError(
            f"{path}: row {first + 1} gives {candidates[candidate[first]]} another outcome than "
            f"row {second + 1} of the same time: an outcome is the candidate's, whatever system "
            "scored it"
        )
    asked = (1 + int(np.count_nonzero(~same))) * len(systems)
    return ScoreTable(
        times=times[starts[:-1]],
        systems=systems,
        candidates=candidates,
        starts=starts,
        system=system.astype(np.uint8),
        candidate=candidate.astype(np.uint8),
        score=score,
        outcome=outcome,
        missing=asked - int(np.count_nonzero(np.isfinite(score))),
        notes=cells.notes,
    )


def _decisions(path: str, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row of each decision, and the number of rows."""
    back = times[1:] < times[:-1]
    if np.any(back):
        row = int(np.argmax(back)) + 1
        raise FeedError(
            f"{path}: the time of row {row + 1}, {times[row]} ns, lies before that of the row "
            "above: sort the table by time"
        )
    return np.concatenate([[0], np.flatnonzero(times[1:] > times[:-1]) + 1, [times.size]])


def _numbered(path: str, cells: Cells, meaning: str) -> tuple[list[str], NDArray[np.int64]]:
    """Names in alphabetical order, no more than a fusion takes, and each row's number."""
    words, numbers = cells.words(meaning)
    what = f"{meaning}s"
    limit = limits_of(FusionParams)[what].high
    if len(words) > limit:
        raise FeedError(
            f"{path}: {len(words)} {what}, and a fusion takes up to {limit}: leave some out"
        )
    return words, numbers


def _two_outcomes(pair: NDArray[np.int64], outcome: NDArray[np.float64]) -> tuple[int, int] | None:
    """Where one candidate has two outcomes at one time, both given in the order of pairs."""
    given = np.flatnonzero(np.isfinite(outcome))
    apart = np.flatnonzero((np.diff(pair[given]) == 0) & (np.diff(outcome[given]) != 0))
    return (int(given[apart[0]]), int(given[apart[0] + 1])) if apart.size else None
