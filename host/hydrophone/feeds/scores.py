"""Recorded score tables: one row for each score that a system gave a candidate at a time.

Columns are ``time``, ``system``, ``candidate``, ``score`` and, if there is one, ``outcome``: what
became of the candidate since the last decision that has outcomes, or since the first one, as it was
known at that time. Rows are sorted by time; those of one time are one decision.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.columns import ColumnMap
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.inputs import is_parquet, open_inputs
from hydrophone.feeds.optional import optional
from hydrophone.feeds.options import TapeOptions
from hydrophone.feeds.values import TimeReader, floats
from hydrophone_model.fusion.fusion import FusionParams

COLUMNS = ("time", "system", "candidate", "score", "outcome")
"""What a score table tells; all but the last are needed."""

_USUAL = {"time": r"time(_?(s|ms|us|ns))?|timestamp|ts|datetime"}
_UNTOLD = r"^\s*(|-|none|null|n/?a|[+-]?(nan|inf|infinity))\s*$"
"""Words for no number."""
_DELIMITERS = (",", ";", "\t", "|")
_PURPOSE = "reading score tables"


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """A score table as arrays.

    Attributes:
        times: Nanoseconds since the epoch, rising, shape (decisions,).
        systems: Names in alphabetical order; so their numbers do not depend on the rows' order.
        candidates: Likewise.
        scores: NaN where there is none, shape (decisions, systems, candidates).
        present: Which candidates have a row at that time, shape (decisions, candidates).
        outcome: NaN where there is none, shape (decisions, candidates).
        missing: Scores that are not there, or not finite, of candidates that are present.
    """

    times: NDArray[np.int64]
    systems: list[str]
    candidates: list[str]
    scores: NDArray[np.float64]
    present: NDArray[np.bool_]
    outcome: NDArray[np.float64]
    missing: int


def read_scores(
    path: str, *, columns: Mapping[str, str] | None = None, time_unit: str | None = None
) -> ScoreTable:
    """Reads a score table whole: Parquet, or delimited text with a header, packed or not.

    Args:
        path: The file; ``-`` is standard input.
        columns: What columns are called, by `COLUMNS`, where it is something else.
        time_unit: ``s``, ``ms``, ``us`` or ``ns`` of numeric times; by default told from the
            column's name or the first time.

    Raises:
        FeedError: The file cannot be read, a column or value is wrong, rows are not sorted or
            occur twice, or there are more systems or candidates than a fusion takes.
    """
    table = _parquet(path) if is_parquet(path) else _text(path)
    if not table.num_rows:
        raise FeedError(f"{path}: there is no row in it")
    names = _columns(path, table.column_names, columns or {})
    times = _times(path, table, names["time"], time_unit)
    which, starts = _decisions(path, times)
    systems, system = _numbered(path, table, names["system"], "systems")
    candidates, candidate = _numbered(path, table, names["candidate"], "candidates")
    place = (which * len(systems) + system) * len(candidates) + candidate
    _check_once(path, place, which, [names["system"], names["candidate"]])

    score = _floats(path, table, names["score"])
    known = np.isfinite(score)
    shape = (starts.size, len(systems), len(candidates))
    scores = np.full(shape, np.nan)
    scores.reshape(-1)[place[known]] = score[known]
    present = np.zeros((shape[0], shape[2]), np.bool_)
    present[which, candidate] = True
    outcome = np.full(present.shape, np.nan)
    if "outcome" in names:
        values = _floats(path, table, names["outcome"])
        given = np.isfinite(values)
        rows = np.flatnonzero(given)
        outcome[which[given], candidate[given]] = values[given]
        apart = outcome[which[given], candidate[given]] != values[given]
        if np.any(apart):
            row = int(rows[apart][0])
            raise FeedError(
                f"{path}: row {row + 1} gives {candidates[candidate[row]]} another outcome than a "
                "row of the same time: an outcome is the candidate's, whatever system scored it"
            )
    return ScoreTable(
        times=times[starts],
        systems=systems,
        candidates=candidates,
        scores=scores,
        present=present,
        outcome=outcome,
        missing=int(np.count_nonzero(np.isnan(scores) & present[:, None])),
    )


def _parquet(path: str) -> Any:
    pa = optional("pyarrow", purpose=_PURPOSE)
    parquet = optional("pyarrow.parquet", purpose=_PURPOSE)
    try:
        return parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FeedError(
            f"{path}: not a whole Parquet file ({error}): was it cut short while copying?"
        ) from error


def _text(path: str) -> Any:
    pa = optional("pyarrow", purpose=_PURPOSE)
    csv = optional("pyarrow.csv", purpose=_PURPOSE)
    inputs = open_inputs(path)
    if len(inputs) > 1:
        raise FeedError(f"{path}: the archive holds {len(inputs)} files: name one table")
    data = b"".join(block.data for block in inputs[0].blocks())
    header = data.partition(b"\n")[0].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        return csv.read_csv(
            pa.BufferReader(data), parse_options=csv.ParseOptions(delimiter=delimiter)
        )
    except pa.ArrowInvalid as error:
        raise FeedError(f"{path}: no table of delimited text with a header: {error}") from error


def _columns(path: str, present: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """The column of each meaning."""
    found: dict[str, str] = {}
    for meaning in COLUMNS:
        pattern = re.escape(named[meaning]) if meaning in named else _USUAL.get(meaning, meaning)
        match = [name for name in present if re.fullmatch(pattern, name.strip(), re.IGNORECASE)]
        if match:
            found[meaning] = match[0]
        elif meaning in named or meaning != "outcome":
            raise FeedError(
                f"{path}: no column {named.get(meaning, meaning)!r} among "
                f"{', '.join(present[:16])}: name it with --columns {meaning}=NAME"
            )
    unknown = sorted(set(named) - set(COLUMNS))
    if unknown:
        raise FeedError(f"no column means {unknown[0]!r}: use {', '.join(COLUMNS)}")
    return found


def _times(path: str, table: Any, name: str, unit: str | None) -> NDArray[np.int64]:
    options = TapeOptions(time_unit=unit)
    columns = ColumnMap(time=(name,), price="", size="", symbol=None, side=None)
    times, usable = TimeReader(columns=columns, options=options, source=path).read(table)
    if not np.all(usable):
        row = int(np.argmin(usable))
        said = table.column(name)[row].as_py()
        raise FeedError(f"{path}: row {row + 1} has no time that can be read: {said!r}")
    return times


def _decisions(path: str, times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which decision each row belongs to, and the first row of each."""
    steps = np.diff(times)
    if np.any(steps < 0):
        row = int(np.argmax(steps < 0)) + 1
        raise FeedError(
            f"{path}: the time of row {row + 1}, {times[row]} ns, lies before that of the row "
            "above: sort the table by time"
        )
    which = np.concatenate([[0], np.cumsum(steps > 0)])
    return which, np.flatnonzero(np.diff(which, prepend=-1))


def _numbered(path: str, table: Any, name: str, what: str) -> tuple[list[str], NDArray[np.int64]]:
    """Names of a column in alphabetical order, and each row's number among them."""
    pa = optional("pyarrow", purpose=_PURPOSE)
    pc = optional("pyarrow.compute", purpose=_PURPOSE)
    column = pc.utf8_trim_whitespace(pc.fill_null(pc.cast(table.column(name), pa.string()), ""))
    coded = column.combine_chunks().dictionary_encode()
    words: list[str] = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy()
    if "" in words:
        row = int(np.argmax(codes == words.index("")))
        raise FeedError(f"{path}: row {row + 1} has an empty {name}: say whose score it is")
    limit: int = FusionParams.__dataclass_fields__[what].metadata["high"]
    if len(words) > limit:
        raise FeedError(
            f"{path}: {len(words)} {what}, and a fusion takes up to {limit}: leave some out"
        )
    order = sorted(range(len(words)), key=words.__getitem__)
    number = np.empty(len(words), np.int64)
    number[order] = np.arange(len(words))
    return [words[code] for code in order], number[codes]


def _check_once(
    path: str, place: NDArray[np.int64], which: NDArray[np.int64], names: Sequence[str]
) -> None:
    """Refuses a second row for one system and candidate at one time."""
    order = np.argsort(place, kind="stable")
    again = np.flatnonzero(np.diff(place[order]) == 0)
    if again.size:
        first, second = sorted(int(order[again[0] + k]) for k in (0, 1))
        raise FeedError(
            f"{path}: rows {first + 1} and {second + 1} have the same time, {names[0]} and "
            f"{names[1]}: leave one of them out"
        )


def _floats(path: str, table: Any, name: str) -> NDArray[np.float64]:
    """A column of numbers; NaN where one is missing or not finite."""
    pa = optional("pyarrow", purpose=_PURPOSE)
    pc = optional("pyarrow.compute", purpose=_PURPOSE)
    column = table.column(name).combine_chunks()
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if not pa.types.is_floating(column.type):
        column = pc.fill_null(pc.cast(column, pa.string()), "")
    values = floats(column)
    if pa.types.is_string(column.type):
        words = np.isnan(values) & ~pc.match_substring_regex(
            column, _UNTOLD, ignore_case=True
        ).to_numpy(zero_copy_only=False)
        if np.any(words):
            row = int(np.argmax(words))
            raise FeedError(
                f"{path}: row {row + 1} has no number for its {name}: {column[row].as_py()!r}; "
                "leave it empty where there is none"
            )
    return np.where(np.isfinite(values), values, np.nan)
